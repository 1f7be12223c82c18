#pragma once

// The records of the state machine's tables. Everything links by 32-bit index; nothing here owns
// heap memory per task.

#include <deque>
#include <map>
#include <memory>
#include <scheduler/policy/ready_heap.hpp>
#include <scheduler/state/ids.hpp>
#include <string>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/key.hpp>
#include <tartan/base/time.hpp>
#include <tartan/graph/graph.hpp>
#include <vector>

namespace tartan::scheduler {

struct Task {
  Key key;
  std::uint64_t priority = 0;  ///< smaller first; unique
  std::uint64_t nbytes = 0;    ///< of the result, once known
  // Over dependencies that are being processed, while this task waits: how many, and the sum and
  // the sum of squares of their workers' slots. That tells whether all run on one worker, and so
  // whether the task is fit to be sent ahead, without looking at its dependencies.
  std::uint64_t producer_sum = 0;
  std::uint64_t producer_squares = 0;
  std::uint32_t producers = 0;

  std::uint32_t attempt = 0;    ///< counter of the latest attempt
  std::uint32_t block = kNone;  ///< the submission that brought its spec; kNone: plain data
  std::uint32_t row = 0;        ///< its row there
  std::uint32_t group = 0;
  std::uint32_t restriction = 0;
  std::uint32_t deps = kNone;  ///< first of dep_count edges
  std::uint32_t dep_count = 0;
  std::uint32_t dependents_head = kNone;  ///< edges in which this is the dependency
  std::uint32_t dependents_tail = kNone;
  std::uint32_t waiting_on = 0;    ///< dependencies not in memory; waiting, queued, processing
  std::uint32_t needed_by = 0;     ///< edges to waiting, queued and processing dependents
  std::uint32_t holds = kNone;     ///< clients
  std::uint32_t replicas = kNone;  ///< workers
  std::uint32_t failure = kNone;   ///< erred
  std::uint32_t inline_value = kNone;
  WorkerId worker = kNoWorker;      ///< processing: where; queued: in whose own queue
  WorkerId retract_to = kNoWorker;  ///< asked back for this idle worker
  std::uint32_t prev = kNone;       ///< neighbours in the worker's list of tasks
  std::uint32_t next = kNone;
  std::uint32_t estimate_us = 0;      ///< what it counts in its worker's occupancy
  std::uint32_t promised_kib = 0;     ///< what it counts in its worker's promised memory
  std::uint32_t retries = 0;          ///< attempts left after an exception
  std::uint32_t setback_since_s = 0;  ///< time of the first of its setbacks
  std::uint16_t setbacks = 0;         ///< attempts or results of it that got lost on the way
  std::uint16_t deaths = 0;
  TaskState state = TaskState::forgotten;
  bool expected = false;    ///< data that is to be announced by a worker, until a deadline
  bool orphan = false;      ///< data announced that no client has claimed yet, until a deadline
  bool started = false;     ///< its worker would not give it back
  bool seceded = false;     ///< waits, on its worker, for other tasks; not in its worker's load
  bool producing = false;   ///< counted in its dependents' producers
  bool replicated = false;  ///< several copies of its value are wished for
  bool actor = false;       ///< its result is one object on one worker, never made anew or copied
  bool made = false;        ///< an actor's object has existed
  bool doubted = false;     ///< its worker's last report did not list the actor
  bool anew = false;        ///< an actor is made anew after that; the old object may turn up
};

/// One dependency. Consecutive for the dependent; a list for the dependency.
struct Edge {
  TaskIndex dep = kNone;
  TaskIndex dependent = kNone;
  std::uint32_t prev = kNone;
  std::uint32_t next = kNone;
};

/// What is kept of a submission: the columns tasks are sent from. Freed with its last task.
struct Block {
  std::uint64_t priority = 0;            ///< of rank 0, without the user's
  Graph graph;                           ///< without keys, deps and rank
  std::vector<std::uint32_t> functions;  ///< to the scheduler's numbers
  std::vector<std::uint32_t> groups;
  std::vector<std::uint32_t> restrictions;  ///< of each option
  std::uint32_t tasks = 0;
};

struct Group {
  std::string name;
  std::uint32_t blocks = 0;
  bool listed = false;  ///< among those kept for their duration only
  std::uint32_t samples = 0;
  std::uint64_t mean_ns = 0;     ///< moving averages of its tasks' durations
  std::uint64_t mean_bytes = 0;  ///< and of their results' sizes
  std::uint64_t bytes = 0;       ///< of its values that exist
  std::uint32_t counts[kTaskStates] = {};
};

/// Tasks with equal demands on their worker share a queue.
struct Restriction {
  std::vector<std::string> workers;
  std::map<std::string, double> resources;
  std::vector<WorkerId> eligible;  ///< ascending; not kept for the unrestricted class 0
  ReadyHeap ready;
  std::uint32_t blocks = 0;
  bool free = false;  ///< the slot can be reused
};

struct Worker {
  WorkerId id = kNoWorker;
  std::uint32_t slot = 0;
  std::string name;
  std::string address;
  std::string host;
  std::uint32_t nthreads = 1;
  std::uint32_t saturation = 2;  ///< ready tasks it is given at most, unless they are tiny
  std::uint64_t memory_limit = 0;
  std::map<std::string, double> resources;

  // Tasks given to it, oldest first: `ready` of them have all dependencies in memory, the others
  // were sent ahead or wait for a lost dependency. Those that have seceded count in neither.
  TaskIndex head = kNone;
  TaskIndex tail = kNone;
  std::uint32_t ready = 0;
  std::uint32_t ahead = 0;
  std::uint32_t seceded = 0;
  std::uint64_t ready_us = 0;  ///< sums of estimates
  std::uint64_t ahead_us = 0;
  std::uint32_t retracting = 0;                           ///< of its tasks, asked back
  std::uint32_t expecting = 0;                            ///< tasks asked back from others for it
  std::map<std::uint32_t, std::uint32_t> by_restriction;  ///< ready tasks of limited classes
  ReadyHeap own;  ///< queued tasks that are better run here than elsewhere
  std::uint64_t own_us = 0;
  std::deque<TaskIndex> backlog;  ///< fit to be sent ahead when there is room
  std::uint32_t replicas = kNone;
  std::uint64_t stored_bytes = 0;
  std::uint64_t promised_kib = 0;   ///< of the tasks it was given
  std::uint64_t spilled_bytes = 0;  ///< of stored_bytes, on disk alone at its last heartbeat
  bool paused = false;              ///< it started no task then, for want of memory
  TaskIndex isolated = kNone;       ///< a suspect that runs here without any other task
  Time last_progress{};
  bool lost = false;  ///< about to be dropped; nothing is sent to it

  bool nanny = false;               ///< its process is started anew when it ends with an error
  bool closing = false;             ///< is to leave: gets no task, and its copies do not count
  std::uint64_t copying_bytes = 0;  ///< of values it was told to fetch and keep

  // What it should report in a heartbeat.
  std::uint64_t attempts = 0;
  std::uint64_t attempts_digest = 0;
  std::uint64_t held = 0;
  std::uint64_t held_digest = 0;
  std::uint64_t version = 0;  ///< counts changes of the four above
  bool suspect = false;       ///< the last heartbeat disagreed, at suspect_version
  std::uint64_t suspect_version = 0;
  std::uint64_t report = 0;  ///< the last request for one
  bool reporting = false;    ///< asked for it, when attempts had reached report_counter
  std::uint32_t report_counter = 0;
};

struct Client {
  std::string name;
  bool nested = false;
  std::uint32_t holds = kNone;
  std::uint32_t count = 0;
  std::uint64_t held_digest = 0;  ///< XOR of digest_of over the keys it holds
};

}  // namespace tartan::scheduler

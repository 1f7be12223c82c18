#pragma once

// The worker's state machine: handle(event, now) -> actions, and nothing else. No sockets,
// threads, files or clocks, and no values: those stay with the node and the store.
//
// A task is known by its attempt id; what it makes and needs is known by key, as a *datum*. A task
// moves
//
//   released -> waiting <-> fetching -> ready -> executing -> memory | erred
//
// and from any of the unstarted states back to released. It is waiting while an input comes from
// a task of our own or nobody is known to hold it, or its function's module is on its way,
// fetching while all that lacks is asked of peers. A finished task is gone; its datum stays in
// memory until the scheduler frees it.
//
// Invariants (validate() checks them)
// 1. An attempt is in at most one task; a datum has at most one task of ours that makes it.
// 2. A task is ready or executing only if all its inputs were in memory when it became so; they
//    are not dropped before it starts.
// 3. A datum without a value, a waiting task, a maker, a fetch under way or a wish of the
//    scheduler does not exist.
// 4. One request at a time goes to a peer, at most batch_bytes long unless it is a single value;
//    no more than incoming_bytes are under way unless by a single request.
// 5. The digests equal the XOR over the unreported attempts and over the reported data.
//
// 6. At most start_limit() tasks run besides those that have seceded: they wait for other tasks and
//    keep their resources, but no thread. One that rejoins runs at once, beyond the limit if need
//    be.
//
// Messages that come late, twice or for unknown attempts and keys change nothing that matters.
// Nothing iterates in an order that depends on hashes or addresses.
//
// "In memory" is the store's business: a value it has moved to disk counts as in memory here.

#include <optional>
#include <set>
#include <tsl/robin_map.h>
#include <worker/state/events.hpp>

namespace tartan::worker {

enum class TaskState : std::uint8_t {
  released,
  waiting,
  fetching,
  ready,
  executing,
  memory,
  erred,
};
std::string_view name(TaskState state);

struct StateConfig {
  std::uint32_t nthreads = 1;
  Resources resources = {};
  std::uint64_t batch_bytes = 50 << 20;
  std::uint64_t incoming_bytes = 200 << 20;
  /// A datum that nobody is known to hold is reported missing again after this long.
  Duration missing_interval{std::chrono::seconds(2)};
};

/// What the heartbeat says about us.
struct StateDigest {
  std::uint64_t attempts = 0;
  std::uint64_t attempts_digest = 0;
  std::uint64_t held = 0;
  std::uint64_t held_digest = 0;
  std::uint64_t executing = 0;  ///< tasks that have seceded are not counted
};

class State {
 public:
  explicit State(StateConfig config);

  /// Appends what is to be done to `actions`.
  void handle(Event event, Time now, Actions& actions);

  const StateDigest& digest() const { return digest_; }
  /// Where a live attempt stands; nothing once it is finished, failed or dropped.
  std::optional<TaskState> find(AttemptId attempt) const;
  bool holds(Key key) const;
  std::size_t task_count() const { return attempts_.size(); }
  /// The attempts that wait for other tasks and are still wanted.
  std::vector<AttemptId> seceded() const;
  /// When the next Tick is of use, if any is.
  std::optional<Time> next_deadline() const;
  /// The last transitions of the attempt, oldest first.
  std::string story(AttemptId attempt) const;
  /// Empty, or a sentence about the first broken invariant.
  std::string validate() const;

 private:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = 0xFFFFFFFF;

  /// Where a datum's value is or comes from.
  enum class Place : std::uint8_t {
    nowhere,    ///< nobody here asks for it
    expected,   ///< a task of ours will make it
    missing,    ///< asked for, and no holder is known
    queued,     ///< to be fetched from `holder`
    in_flight,  ///< being fetched
    memory,
  };
  struct Waiter {
    Slot task;
    std::uint64_t sequence;  ///< the slot may have been used again
  };
  struct Datum {
    Key key;
    std::uint64_t nbytes = 0;
    std::uint64_t ticket = 0;    ///< of its valid entry in a fetch queue
    std::uint64_t priority = 0;  ///< of the most urgent task that asked for it
    Time missing_since{};
    std::vector<Waiter> waiters;
    WorkerId holder = kNoWorker;
    Slot maker = kNone;
    std::uint32_t needed = 0;  ///< inputs of unstarted tasks that are this datum
    Place place = Place::nowhere;
    bool reported = false;  ///< the scheduler counts on us to hold it
    bool acquire = false;   ///< the scheduler wants a replica here
    bool live = false;
  };
  struct Task {
    AttemptId attempt = 0;
    std::uint64_t priority = 0;
    std::uint64_t sequence = 0;
    std::shared_ptr<const Resources> resources;
    std::vector<Slot> inputs;  ///< data; inlined dependencies are left out
    Slot output = kNone;
    Key module;  ///< waited for; null: none
    std::uint32_t to_wait = 0;
    std::uint32_t to_fetch = 0;
    TaskState state = TaskState::released;
    Duration timeout{};
    Time expires{};          ///< while it runs, if it has a timeout
    bool cancelled = false;  ///< runs on, but its result is not wanted
    bool seceded = false;    ///< waits for other tasks, off the threads that count
  };
  struct Ranked {
    std::uint64_t priority;
    std::uint64_t sequence;
    Slot slot;
    friend bool operator<(const Ranked& a, const Ranked& b) {
      return a.priority != b.priority ? a.priority < b.priority : a.sequence < b.sequence;
    }
    friend bool operator>(const Ranked& a, const Ranked& b) { return b < a; }
  };
  struct Request {
    std::uint64_t number = 0;  ///< 0: none under way
    std::uint64_t nbytes = 0;
    std::vector<Key> keys;
  };
  struct Peer {
    std::vector<Ranked> queue;  ///< heap; entries whose ticket is old are skipped
    Request request;
  };
  struct Transition {
    AttemptId attempt;
    std::uint64_t stimulus;
    TaskState from;
    TaskState to;
  };

  // tasks.cpp
  void on(event::Registered& event);
  void on(event::Compute& event);
  void on(event::Retract& event);
  void on(event::Cancel& event);
  void on(event::Report& event);
  void on(event::Finished& event);
  void on(event::Failed& event);
  void on(event::Seceded& event);
  void on(event::Rejoined& event);
  void on(event::ModuleSettled& event);
  void admit(TaskSpec& spec);
  bool superseded(const TaskSpec& spec);
  void add_inputs(Slot task, const TaskSpec& spec);
  /// Drops an unstarted task, or turns away from a running one.
  void withdraw(Slot task);
  void released_to_waiting(Slot task);
  void released_to_fetching(Slot task);
  void released_to_ready(Slot task);
  void waiting_to_fetching(Slot task);
  void waiting_to_ready(Slot task);
  void fetching_to_waiting(Slot task);
  void fetching_to_ready(Slot task);
  void ready_to_executing(Slot task);
  void executing_to_memory(Slot task, const event::Finished& finished);
  void executing_to_erred(Slot task, Failure failure);
  void executing_to_released(Slot task);
  void unstarted_to_released(Slot task);
  void enter(Slot task, TaskState from, TaskState to);
  /// Moves an unstarted task to the state its counters call for.
  void settle(Slot task);
  void make_ready(Slot task);
  void start_ready();
  std::uint32_t start_limit() const;
  bool resources_fit(const Task& task) const;
  void take_resources(const Task& task, double sign);
  void leave_thread(Slot task);
  void expire_tasks();
  void expire(Slot task);
  void drop_task(Slot task);
  void count_attempt(AttemptId attempt, bool add);

  // data.cpp
  void on(event::Free& event);
  void on(event::Acquire& event);
  void on(event::NewHolders& event);
  void on(event::Fetched& event);
  void on(event::PeerGone& event);
  void on(event::Put& event);
  void on(event::Tick& event);
  Slot datum(Key key);
  Slot find_datum(Key key) const;
  bool wanted(const Datum& datum) const { return datum.needed > 0 || datum.acquire; }
  bool remote(WorkerId holder) const { return holder != kNoWorker && holder != self_; }
  /// Makes sure the value comes, from `holder` if that is somebody else.
  void seek(Slot datum, WorkerId holder, std::uint64_t nbytes, std::uint64_t priority);
  void set_place(Slot datum, Place place);
  void now_in_memory(Slot datum, std::uint64_t nbytes);
  void lose(Slot datum);
  void unneed(Slot datum);
  void report_held(Slot datum, bool held);
  void forget_if_unused(Slot datum);
  void enqueue(Slot datum, WorkerId holder);
  void fetch_failed(Slot datum, WorkerId holder);
  void start_fetches();
  void start_fetch(WorkerId id, Peer& peer);
  Request close_request(WorkerId id);

  // pressure.cpp
  void on(event::Pause& event);
  void on(event::Resume& event);
  void on(event::Lost& event);
  void on(event::Unstarted& event);
  void give_back_dependents(Slot datum);

  // validate.cpp
  std::string validate_task(Slot task) const;
  std::string validate_datum(Slot datum) const;
  std::string validate_fetches() const;

  StateConfig config_;
  WorkerId self_ = kNoWorker;
  std::vector<Task> tasks_;
  std::vector<Slot> free_tasks_;
  tsl::robin_map<AttemptId, Slot> attempts_;
  std::vector<Datum> data_;
  std::vector<Slot> free_data_;
  tsl::robin_map<Key, Slot, std::hash<Key>> keys_;

  std::vector<Ranked> ready_;         ///< heap of tasks without resources; old entries skipped
  std::set<Ranked> ready_resources_;  ///< tasks that need resources, exactly
  Resources available_;
  std::uint32_t running_ = 0;  ///< executing and not seceded
  std::set<AttemptId> seceded_;
  std::set<std::pair<Time, AttemptId>> expiries_;  ///< of running tasks with a timeout
  std::optional<std::uint32_t> pause_limit_;       ///< that may run while memory is short
  double mean_ns_ = 0;  ///< moving average of durations, 0 until there is one

  std::map<Key, std::vector<Waiter>> modules_;  ///< waited for

  std::map<WorkerId, Peer> peers_;
  std::set<WorkerId> fetchable_;  ///< peers with a queue and no request under way
  std::map<std::uint64_t, WorkerId> requests_;
  std::uint64_t incoming_ = 0;
  std::uint64_t next_request_ = 1;
  std::uint64_t sequence_ = 0;
  std::set<Slot> missing_;
  std::optional<Time> nag_at_;  ///< when missing data are reported again

  StateDigest digest_;
  std::vector<Transition> story_;
  std::size_t story_next_ = 0;

  // Of the event being handled.
  Time now_{};
  std::uint64_t stimulus_ = 0;
  Actions* actions_ = nullptr;
};

}  // namespace tartan::worker

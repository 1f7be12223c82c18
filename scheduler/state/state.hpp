#pragma once

// The scheduler's pure state machine: handle(event, now) -> actions. No sockets, threads, clocks
// or randomness; the same events at the same times give the same actions.
//
//   released ──> waiting ──> queued ──> processing ──> memory ──> released ...
//                   └── sent ahead ────────┘             └──> forgotten, when nobody holds the
//   any of them ──> erred ──> released (submitted anew)        task and nothing depends on it
//
// Words
//   hold       a client's wish for a key. A task is needed while a client holds it or a dependent
//              that is waiting, queued or processing will read it; results nobody needs are freed.
//   ready      all dependencies are in memory.
//   ahead      given to the worker on which all unfinished dependencies are being processed.
//   inline     a small result kept here besides (or instead of) on workers.
//   plain data a key without a spec: scattered by a client. It cannot be made again.
//
// Invariants (validate() checks all of them)
// 1. Every edge of a waiting, queued or processing task counts in its dependency's needed_by, and
//    each such task's waiting_on counts its edges to tasks not in memory.
// 2. Queued tasks have waiting_on 0. Active tasks' dependencies are active or in memory, never
//    released or erred, except data still expected.
// 3. A task in memory has a replica or an inline value. No other task has either.
// 4. A task exists only while a client holds it, a dependent exists, or it is needed.
// 5. A worker's counters and digests agree with the tasks and replicas linked to it.
// 6. The result of an actor's task has one replica, which counts whatever is inline: the handle.
//
// Policy in one paragraph: tasks are ordered by (user priority, submission, depth-first rank).
// Ready tasks whose dependencies are small queue here and workers draw consecutive runs of them,
// up to ceil(1.1 x threads) each, more while their group is measured to be tiny; ready tasks with
// large dependencies go where moving and waiting cost least. When a task is given to a worker,
// dependents that need nothing from elsewhere follow at once. Idle workers take queued tasks of
// others, then ask the busiest for unstarted ones.
//
// A running task that waits for tasks it has submitted (it has *seceded*) uses none of its worker's
// threads and is not in its load; otherwise the tasks it waits for might find no room. What clients
// inside tasks submit goes before everything else of its user priority, the newest first: that
// finishes nested work depth first, with few tasks waiting at a time.
//
// Decisions where Dask differs: a task that failed keeps its error only while a client holds it,
// and runs anew when submitted after that. A worker's death counts against the tasks it was
// running, as its parent process saw them, or else the first nthreads it could have been running,
// in priority order. A task one death away from its last runs alone on its worker, so that no
// innocent neighbour fails with it.

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <scheduler/state/actions.hpp>
#include <scheduler/state/events.hpp>
#include <scheduler/state/inline_store.hpp>
#include <scheduler/state/operation.hpp>
#include <scheduler/state/range_pool.hpp>
#include <scheduler/state/relation.hpp>
#include <scheduler/state/task.hpp>
#include <span>
#include <string>
#include <tsl/robin_map.h>
#include <vector>

namespace tartan::scheduler {

struct StateConfig {
  double saturation = 1.1;           ///< ready tasks per thread given to a worker
  std::uint32_t allowed_deaths = 3;  ///< worker deaths while running before a task fails
  /// A task whose attempts or result got lost between living workers so often, and over so long,
  /// will not get through: some kind of message never arrives.
  std::uint32_t allowed_setbacks = 10;
  Duration setback_time{std::chrono::seconds(20)};
  /// Assumed between workers, and what starting a transfer costs.
  std::uint64_t bytes_per_us = 500;
  std::uint64_t transfer_us = 50;
  /// Plain data that is held but not announced, or announced but not held, is given this long.
  Duration grace{std::chrono::seconds(5)};
  std::size_t inline_budget = std::size_t{512} << 20;
  bool validate = false;
};

class State {
 public:
  /// Where a worker finds one dependency of a task.
  struct Source {
    Key key;
    std::uint64_t nbytes = 0;
    WorkerId holder = kNoWorker;  ///< kNoWorker: itself, or inline
    std::span<const std::byte> inline_value;
  };
  struct Totals {
    std::uint32_t counts[kTaskStates] = {};
    std::uint64_t submitted = 0;
    std::uint64_t finished = 0;
    std::uint64_t failed = 0;
  };

  explicit State(const StateConfig& config = {});

  /// The actions stay valid until the next call.
  const Actions& handle(Event event, Time now);
  /// When a Tick is next of use; Time::max() when never.
  Time next_deadline() const;
  /// Checks every invariant; a violation is our mistake and ends the process.
  void validate() const;

  // Reading, for the node and tests.
  TaskIndex find(const Key& key) const;
  const Task& task(TaskIndex task) const { return tasks_[task]; }
  std::size_t slots() const { return tasks_.size(); }
  /// As people see it: `group[index]`, or the key of plain data.
  std::string task_name(TaskIndex task) const;
  const Block& block(TaskIndex task) const { return *blocks_[tasks_[task].block]; }
  const FunctionRef& function(std::uint32_t number) const { return *functions_[number]; }
  void sources(TaskIndex task, WorkerId worker, std::vector<Source>& out) const;
  std::vector<WorkerId> holders(TaskIndex task) const;
  std::span<const std::byte> inline_value(TaskIndex task) const;
  std::shared_ptr<const Failure> failure(TaskIndex task) const;
  const Worker* worker(WorkerId id) const;
  const std::vector<WorkerId>& workers() const { return alive_; }
  const std::map<ClientId, Client>& clients() const { return clients_; }
  const std::vector<Group>& groups() const { return groups_; }
  std::vector<Key> held_by(ClientId client) const;
  std::vector<Key> held_by_worker(WorkerId worker) const;
  std::vector<TaskIndex> processing_on(WorkerId worker) const;
  const Totals& totals() const { return totals_; }
  std::size_t inline_bytes() const { return inline_store_.bytes(); }
  /// Unfinished tasks.
  std::size_t active() const;
  /// Why a queued task is not running, for people.
  std::string why_queued(TaskIndex task) const;

 private:
  // One handler per event (state.cpp, submit.cpp, finish.cpp, loss.cpp, reconcile.cpp).
  void on(WorkerJoined& event);
  void on(WorkerLost& event);
  void on(ClientJoined& event);
  void on(ClientLeft& event);
  void on(GraphSubmitted& event);
  void on(KeysHeld& event);
  void on(KeysReleased& event);
  void on(KeysCancelled& event);
  void on(KeysDetached& event);
  void on(KeysRetried& event);
  void on(OperationAsked& event);
  void on(FetchFailed& event);
  void on(Finished& event);
  void on(Failed& event);
  void on(Waited& event);
  void on(RetractAnswered& event);
  void on(ReplicasAdded& event);
  void on(ReplicasDropped& event);
  void on(ReplicasMissing& event);
  void on(Heartbeat& event);
  void on(Reported& event);
  void on(Tick& event);

  // table.cpp: slots, the legal transitions, small helpers.
  TaskIndex create(const Key& key);
  void transition(Task& task, TaskState to);
  bool has_spec(const Task& task) const { return task.block != kNone; }
  bool needed(const Task& task) const { return task.holds != kNone || task.needed_by > 0; }
  static bool active(TaskState state) {
    return state == TaskState::waiting || state == TaskState::queued ||
           state == TaskState::processing;
  }
  TaskIndex running(WorkerId worker, AttemptId attempt) const;
  Worker* live_worker(WorkerId id);
  template <class Visit>
  void for_dependents(const Task& task, Visit&& visit);
  void link_dependencies(TaskIndex task, std::span<const TaskIndex> deps);
  void unlink_dependencies(TaskIndex task);
  void shrink_when_empty();
  bool add_hold(ClientId client, TaskIndex task);
  bool drop_hold(ClientId client, TaskIndex task);

  // submit.cpp, block.cpp
  std::uint32_t make_block(Graph& graph);
  void drop_block_task(std::uint32_t block);
  std::uint32_t intern_function(const FunctionRef& ref);
  std::uint32_t intern_group(const std::string& name);
  std::uint32_t intern_restriction(const TaskOptions& options);
  std::vector<TaskIndex> create_rows(const Graph& graph, std::uint32_t block);
  void attach(TaskIndex task, const Graph& graph, std::uint32_t block, std::uint32_t row);
  std::uint64_t claim_priorities(ClientId client, std::uint64_t tasks);
  bool may_attach(TaskIndex task, const Graph& graph, const std::vector<TaskIndex>& external) const;
  void want(ClientId client, TaskIndex task);
  bool is_cancelled(TaskIndex task) const;
  bool may_run_anew(TaskIndex task) const;
  static void make_anew(Task& task);
  void revive(TaskIndex task);
  void revive_failed(TaskIndex root);
  void drop_detached(TaskIndex task);

  // ready.cpp: from released to processing.
  void activate(TaskIndex root);
  void recount(TaskIndex task);
  void settle();
  bool settled() const {
    return failing_.empty() && release_.empty() && ready_.empty() && ahead_.empty();
  }
  void place_ready();
  void enqueue(TaskIndex task, WorkerId own);
  void unqueue(Task& task);
  void assign(TaskIndex task, Worker& worker);
  void detach(TaskIndex task);
  void detach_dependents(TaskIndex task, Worker& worker);
  void cancel_attempt(TaskIndex task);
  void produce_on(TaskIndex task, const Worker& worker);
  void count_ready(Worker& worker, const Task& task, int sign);
  void count_ahead(Worker& worker, const Task& task, int sign);
  void count_load(Worker& worker, const Task& task, int sign);
  void change_waiting_on(TaskIndex task, Worker& worker, std::uint32_t count);
  void secede(TaskIndex task, Worker& worker);
  void rejoin(TaskIndex task, Worker& worker);
  void match_seceded(Worker& worker, std::vector<AttemptId>& seceded);
  bool in_queue(const ReadyHeap::Entry& entry, WorkerId own) const {
    if (entry.task >= tasks_.size()) return false;
    const Task& task = tasks_[entry.task];
    return task.state == TaskState::queued && task.priority == entry.priority && task.worker == own;
  }

  // policy/
  struct Pick {
    ReadyHeap* heap = nullptr;
    TaskIndex task = kNone;
  };
  void schedule();
  void fill_all(std::uint32_t Worker::*limit);
  void fill_tiny();
  Pick best_for(Worker& worker);
  void take(const Pick& pick, Worker& worker);
  std::vector<Worker*> by_load() const;
  std::uint64_t queued() const {
    return totals_.counts[static_cast<std::size_t>(TaskState::queued)];
  }
  void assign_siblings(TaskIndex task, Worker& worker);
  ReadyHeap& heap_of(const Task& task);
  bool eligible(const Worker& worker, std::uint32_t restriction) const;
  bool matches(const Worker& worker, const Restriction& restriction) const;
  bool below_limit(const Worker& worker, const Task& task) const;
  bool admits(const Worker& worker, TaskIndex task) const;
  bool has_room(const Worker& worker, TaskIndex task) const;
  bool tiny(const Task& task) const;
  std::uint32_t estimate_us(const Task& task) const;
  WorkerId choose_worker(TaskIndex task);
  std::uint64_t transfer_us(TaskIndex task, const Worker& worker) const;
  std::uint64_t wait_us(const Worker& worker) const;
  bool heavy_dependencies(TaskIndex task) const;
  void send_ahead();
  bool room_ahead(const Worker& worker, TaskIndex task) const;
  bool fit_ahead(const Task& task) const;
  void drain_ahead();
  void rebalance();
  bool steal_queued(Worker& thief);
  void ask_back(Worker& thief, Worker& victim, std::uint32_t count);
  void measure(const Task& task, std::uint64_t duration_ns, std::uint64_t nbytes);

  // policy/memory.cpp
  static std::uint64_t in_memory(const Worker& worker) {
    return worker.stored_bytes - std::min(worker.stored_bytes, worker.spilled_bytes);
  }
  std::uint64_t declared_bytes(const Task& task) const;
  std::uint64_t expected_bytes(TaskIndex task, const Worker& worker) const;
  bool fits(const Worker& worker, TaskIndex task) const;
  bool too_large(const Worker& worker, const Task& task) const;
  bool fits_nowhere(TaskIndex task) const;
  void fail_too_large(TaskIndex task);
  void reduce_replicas(Worker& worker);

  // policy/copies.cpp
  struct Spread {
    std::uint32_t open = 0;     ///< copies on workers that stay
    std::uint32_t closing = 0;  ///< and on ones that are to leave
    std::uint32_t under_way = 0;
  };
  Spread spread_of(const Task& task) const;
  std::uint32_t copies_wanted(const Task& task, const Spread& spread) const;
  bool may_move(const Task& task) const;
  bool read_on(const Task& task, const Worker& worker) const;
  std::uint64_t room_for_copies(const Worker& worker) const;
  bool spare_copy(const Task& task) const;
  bool has_open_copy(const Task& task) const;
  std::uint32_t open_workers() const;
  WorkerId copy_target(const Task& task, WorkerId except) const;
  WorkerId copy_source(const Task& task) const;
  void ensure_copies(const Key& key, WorkerId except = kNoWorker);
  void start_copy(TaskIndex task, WorkerId target, WorkerId instead_of);
  void end_copy(std::map<CopyId, Copy>::iterator copy);
  void drop_copy(std::map<CopyId, Copy>::iterator copy);
  void drop_copies(const Key& key);
  void drop_copies_of(const Worker& worker);
  void copy_landed(const Task& task, const Worker& worker);
  void look_at(const Task& task) { look_at_.push_back(task.key); }
  void vacate(const Key& key, WorkerId from);
  void repeat_copies();

  // administer.cpp
  bool operate();
  void begin(Operation& operation);
  void advance(Operation& operation, bool round);
  void expire(Operation& operation);
  void finish(Operation& operation, Errc code = {}, std::string message = {});
  void remember(Operation& operation);
  void plan_round();
  void close_worker(Worker& worker);
  void reopen(WorkerId id);

  // policy/drain.cpp, replicate.cpp, level.cpp, restart.cpp
  void begin_retire(Operation& operation);
  void advance_retire(Operation& operation, bool round);
  void expire_retire(Operation& operation);
  bool refuse_retire(Operation& operation, const std::vector<Worker*>& leaving);
  std::uint64_t bytes_to_save(const Worker& worker) const;
  bool saved(const Worker& worker);
  void take_back_unstarted(const Worker& worker);
  void requeue_own(Worker& worker);
  void begin_replicate(Operation& operation);
  void advance_replicate(Operation& operation, bool round);
  void expire_replicate(Operation& operation);
  void drop_wish(Task& task);
  void advance_level(Operation& operation);
  bool plan_moves(Operation& operation);
  void begin_restart(Operation& operation);
  void advance_restart(Operation& operation, bool round);
  void expire_restart(Operation& operation);
  void cancel_everything(const std::string& who);
  void note_successor(const WorkerJoined& event);
  void note_death(const WorkerLost& event);
  std::string no_room_text() const;

  // finish.cpp
  void become_memory(TaskIndex task, Worker* worker, std::uint64_t nbytes,
                     std::span<const std::byte> inline_value);
  void arrived(TaskIndex dependent, const Task& dep, WorkerId holder);
  void notify_ready(TaskIndex task);
  void fail(TaskIndex task, std::shared_ptr<const Failure> failure);
  void fail_all();
  void fail_one(TaskIndex task, std::uint32_t failure);
  void drop_use(std::uint32_t failure);
  std::uint32_t keep_failure(std::shared_ptr<const Failure> failure);
  void drop_failure(Task& task);

  // loss.cpp
  void add_replica(TaskIndex task, Worker& worker);
  void remove_replica(std::uint32_t pair);
  void check_lost(TaskIndex task, const std::string& how = {});
  std::vector<TaskIndex> suspects(const WorkerLost& event, const Worker& worker) const;
  void blame(TaskIndex task, const WorkerLost& event, const Worker& worker);
  void acquit(TaskIndex task);
  bool must_run_alone(const Task& task) const {
    return task.deaths > 0 && task.deaths + 1U >= config_.allowed_deaths;
  }
  std::shared_ptr<const Failure> lost_failure(std::string name, const std::string& why) const;
  void fail_lost(TaskIndex task, const std::string& why);
  void fail_actor(TaskIndex task, const std::string& how);
  bool can_be_made(TaskIndex task) const;
  TaskIndex missing(const Key& key, WorkerId holder);
  void take_back(TaskIndex task);
  void set_back(TaskIndex task);
  void data_arrived(Worker& worker, const Key& key, std::uint64_t nbytes);
  void check_deadlines();
  void expect_data(TaskIndex task);

  // release.cpp
  void release_checks();
  void release_value(TaskIndex task);
  void stop(TaskIndex task);
  void forget(TaskIndex task);
  void consumed(Task& task);
  void free_data(WorkerId worker, const Key& key);
  bool needed_elsewhere(TaskIndex root, ClientId client) const;

  // reconcile.cpp
  void note_attempt(Worker& worker, AttemptId attempt, bool added);
  void note_held(Worker& worker, const Key& key, bool added);
  void ask_report(Worker& worker);
  template <class SizeOf>
  void reconcile_attempts(Worker& worker, const std::vector<AttemptId>& reported, SizeOf&& size_of);

  // validate.cpp
  void validate_copies() const;
  void validate_task(TaskIndex task) const;
  void validate_edges(TaskIndex task) const;
  void validate_worker(const Worker& worker) const;

  StateConfig config_;
  Time now_{};
  Actions actions_;

  std::vector<Task> tasks_;
  std::vector<TaskIndex> free_;   ///< slots to reuse
  std::vector<TaskIndex> freed_;  ///< slots to reuse from the next event on
  tsl::robin_map<Key, TaskIndex> index_;
  RangePool<Edge> edges_;
  Relation holds_;
  Relation replicas_;
  InlineStore inline_store_;
  std::vector<std::unique_ptr<Block>> blocks_;
  std::vector<std::uint32_t> free_blocks_;
  std::uint64_t next_priority_ = std::uint64_t{1} << 51;  ///< grows
  std::uint64_t next_nested_ = std::uint64_t{1} << 51;    ///< shrinks, below the others
  std::uint32_t next_attempt_ = 1;

  std::map<FunctionRef, std::uint32_t> function_numbers_;
  std::vector<const FunctionRef*> functions_;
  std::map<std::string, std::uint32_t> group_numbers_;
  std::vector<Group> groups_;
  std::deque<std::uint32_t> idle_groups_;
  std::vector<Restriction> restrictions_;

  struct FailureEntry {
    std::shared_ptr<const Failure> failure;
    std::uint32_t uses = 0;
  };
  std::vector<FailureEntry> failures_;
  std::vector<std::uint32_t> free_failures_;

  std::vector<std::unique_ptr<Worker>> workers_;  ///< by id; null when gone
  std::vector<WorkerId> alive_;                   ///< ascending
  std::vector<WorkerId> by_slot_;                 ///< slot -> worker, kNoWorker when free
  std::map<ClientId, Client> clients_;
  Totals totals_;

  // Work left by the transitions of one event, done by settle().
  std::vector<TaskIndex> ready_;    ///< waiting tasks whose waiting_on reached 0
  std::vector<TaskIndex> ahead_;    ///< candidates for sending ahead
  std::vector<TaskIndex> release_;  ///< tasks that may be needed no more
  std::vector<std::pair<TaskIndex, std::uint32_t>> failing_;

  // What operators asked for; nothing here in most clusters at most times.
  std::map<Key, Operation> operations_;
  std::deque<Key> done_operations_;  ///< oldest first
  std::map<CopyId, Copy> copies_;    ///< under way
  std::map<Key, Wish> wishes_;
  std::deque<Key> look_at_;                       ///< values that may lack copies
  std::set<Key> no_room_;                         ///< values that lack copies and fit nowhere
  std::vector<std::pair<Key, WorkerId>> vacate_;  ///< copies that others took the place of
  std::uint32_t closing_ = 0;                     ///< workers
  std::uint32_t operating_ = 0;                   ///< operations that are not done
  bool reopened_ = false;                         ///< a worker may be given tasks again
  Time next_round_ = Time::max();
  Time last_landed_{};

  struct Deadline {
    TaskIndex task = kNone;
    Key key;
    bool last = true;  ///< false: workers are asked before the data is given up
  };
  std::multimap<Time, Deadline> deadlines_;
  /// Of tasks that were running when their workers died: a phrase for each death.
  std::map<TaskIndex, std::vector<std::string>> deaths_;

  struct Cost {
    std::uint64_t local_bytes = 0;
    std::uint32_t local_count = 0;
  };
  std::vector<Cost> cost_of_slot_;  ///< scratch of choose_worker
  std::vector<std::uint32_t> slots_touched_;
};

template <class Visit>
void State::for_dependents(const Task& task, Visit&& visit) {
  for (std::uint32_t edge = task.dependents_head; edge != kNone;) {
    const std::uint32_t next = edges_[edge].next;
    visit(edges_[edge].dependent);
    edge = next;
  }
}

}  // namespace tartan::scheduler

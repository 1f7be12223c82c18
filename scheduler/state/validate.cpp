// Every invariant of the state machine, checked from scratch.

#include <algorithm>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>

namespace tartan::scheduler {

void State::validate() const {
  TARTAN_ASSERT(ready_.empty() && ahead_.empty() && release_.empty() && failing_.empty(),
                "an event left work undone");
  Totals totals;
  std::size_t live = 0;
  for (TaskIndex i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].state == TaskState::forgotten) continue;
    ++live;
    ++totals.counts[static_cast<std::size_t>(tasks_[i].state)];
    validate_task(i);
    validate_edges(i);
  }
  TARTAN_ASSERT(live == index_.size(), "the key index has other tasks than the table");
  TARTAN_ASSERT(
      std::equal(std::begin(totals.counts), std::end(totals.counts), std::begin(totals_.counts)),
      "the counts per state are wrong");
  std::size_t replicas = 0;
  for (const WorkerId id : alive_) {
    TARTAN_ASSERT(workers_[id] != nullptr && !workers_[id]->lost, "a lost worker is alive");
    validate_worker(*workers_[id]);
    replicas += workers_[id]->held;
  }
  TARTAN_ASSERT(replicas == replicas_.size(), "replicas on workers that are gone");
  std::size_t holds = 0;
  for (const auto& [id, client] : clients_) {
    std::size_t count = 0;
    for (auto p = client.holds; p != kNone; p = holds_[p].next_of_owner) ++count;
    TARTAN_ASSERT(count == client.count, "a client's count of holds is wrong");
    holds += count;
  }
  TARTAN_ASSERT(holds == holds_.size(), "holds of clients that are gone");
  validate_copies();
  std::size_t uses = 0;
  for (const FailureEntry& entry : failures_) uses += entry.uses;
  TARTAN_ASSERT(uses == totals.counts[static_cast<std::size_t>(TaskState::erred)],
                "failures are kept that no task has");
}

void State::validate_copies() const {
  std::map<WorkerId, std::uint64_t> bytes;
  for (const auto& [id, copy] : copies_) {
    const TaskIndex index = find(id.first);
    TARTAN_ASSERT(index != kNone && tasks_[index].state == TaskState::memory,
                  "a value that is not there is being copied");
    TARTAN_ASSERT(worker(id.second) != nullptr, "a copy goes to a worker that is gone");
    TARTAN_ASSERT(replicas_.find(tasks_[index].replicas, id.second) == kNone,
                  "a copy is under way to a worker that has it");
    bytes[id.second] += copy.nbytes;
  }
  std::uint32_t closing = 0;
  for (const WorkerId id : alive_) {
    closing += workers_[id]->closing ? 1 : 0;
    TARTAN_ASSERT(workers_[id]->copying_bytes == bytes[id], "bytes being copied are wrong");
  }
  TARTAN_ASSERT(closing == closing_, "the count of workers that are to leave is wrong");
  for (const auto& [key, wish] : wishes_) {
    const TaskIndex index = find(key);
    TARTAN_ASSERT(index != kNone && tasks_[index].replicated, "copies of nothing are wished for");
  }
  std::uint32_t operating = 0;
  for (const auto& [id, operation] : operations_) operating += operation.done ? 0 : 1;
  TARTAN_ASSERT(operating == operating_, "the count of operations under way is wrong");
}

void State::validate_task(TaskIndex index) const {
  const Task& task = tasks_[index];
  TARTAN_ASSERT(find(task.key) == index, "a task is not found under its key");
  const bool has_data = task.replicas != kNone || task.inline_value != kNone;
  TARTAN_ASSERT(has_data == (task.state == TaskState::memory),
                "a value without the state memory, or the other way round");
  TARTAN_ASSERT((task.failure != kNone) == (task.state == TaskState::erred),
                "a failure without the state erred, or the other way round");
  TARTAN_ASSERT(needed(task) || task.dependents_head != kNone || task.orphan,
                "a task that nothing refers to should have been forgotten");
  const bool awaited = task.state == TaskState::released && needed(task);
  TARTAN_ASSERT(!awaited || task.expected, "a needed task is not being made");
  if (active(task.state)) {
    TARTAN_ASSERT(needed(task), "work goes into a task nobody needs");
    TARTAN_ASSERT(has_spec(task), "plain data cannot be made");
  }
  if (task.state == TaskState::memory) {
    TARTAN_ASSERT(needed(task) || task.orphan, "a value nobody needs is kept");
  }
  if (task.state == TaskState::queued) {
    TARTAN_ASSERT(task.waiting_on == 0, "a queued task waits for a dependency");
    TARTAN_ASSERT(task.worker == kNoWorker || workers_[task.worker] != nullptr,
                  "a task is queued for a worker that is gone");
  }
  if (task.state == TaskState::waiting) {
    TARTAN_ASSERT(task.waiting_on > 0, "a task waits for nothing");
  }
  if (task.state == TaskState::processing) {
    TARTAN_ASSERT(worker(task.worker) != nullptr, "a task runs on a worker that is gone");
  } else {
    TARTAN_ASSERT(!task.producing && !task.seceded && task.retract_to == kNoWorker &&
                      task.prev == kNone && task.next == kNone,
                  "a task is linked to a worker it does not run on");
  }
}

void State::validate_edges(TaskIndex index) const {
  const Task& task = tasks_[index];
  std::uint32_t waiting_on = 0;
  std::uint32_t producers = 0;
  std::uint64_t sum = 0;
  std::uint64_t squares = 0;
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const Edge& edge = edges_[task.deps + i];
    TARTAN_ASSERT(edge.dependent == index, "an edge belongs to another task");
    const Task& dep = tasks_[edge.dep];
    TARTAN_ASSERT(dep.state != TaskState::forgotten, "a dependency was forgotten");
    if (dep.state != TaskState::memory) ++waiting_on;
    if (dep.producing) {
      const std::uint64_t slot = workers_[dep.worker]->slot;
      ++producers;
      sum += slot;
      squares += slot * slot;
    }
    if (active(task.state)) {
      TARTAN_ASSERT(dep.state == TaskState::memory || active(dep.state) || dep.expected,
                    "an active task's dependency is not coming");
    }
  }
  if (active(task.state)) {
    TARTAN_ASSERT(waiting_on == task.waiting_on, "waiting_on is wrong");
  }
  if (task.state == TaskState::waiting) {
    TARTAN_ASSERT(
        producers == task.producers && sum == task.producer_sum && squares == task.producer_squares,
        "the sums over running dependencies are wrong");
  }
  std::uint32_t needed_by = 0;
  std::uint32_t before = kNone;
  for (auto e = task.dependents_head; e != kNone; e = edges_[e].next) {
    TARTAN_ASSERT(edges_[e].dep == index && edges_[e].prev == before,
                  "the list of dependents is broken");
    if (active(tasks_[edges_[e].dependent].state)) ++needed_by;
    before = e;
  }
  TARTAN_ASSERT(before == task.dependents_tail, "the list of dependents ends elsewhere");
  TARTAN_ASSERT(needed_by == task.needed_by, "needed_by is wrong");
}

void State::validate_worker(const Worker& worker) const {
  std::uint32_t ready = 0;
  std::uint32_t ahead = 0;
  std::uint32_t seceded = 0;
  std::uint32_t retracting = 0;
  std::uint64_t ready_us = 0;
  std::uint64_t ahead_us = 0;
  std::uint64_t promised = 0;
  std::uint64_t digest = 0;
  for (TaskIndex i = worker.head; i != kNone; i = tasks_[i].next) {
    const Task& task = tasks_[i];
    TARTAN_ASSERT(task.state == TaskState::processing && task.worker == worker.id,
                  "a worker's list has a task that is not its own");
    promised += task.promised_kib;
    if (task.seceded) {
      ++seceded;
    } else {
      (task.waiting_on == 0 ? ready : ahead) += 1;
      (task.waiting_on == 0 ? ready_us : ahead_us) += task.estimate_us;
    }
    if (task.retract_to != kNoWorker) ++retracting;
    digest ^= digest_of(Key{0, make_attempt(task.attempt, i)});
  }
  TARTAN_ASSERT(ready == worker.ready && ahead == worker.ahead && ready_us == worker.ready_us &&
                    ahead_us == worker.ahead_us && seceded == worker.seceded &&
                    retracting == worker.retracting,
                "a worker's load is wrong");
  TARTAN_ASSERT(promised == worker.promised_kib, "a worker's promised memory is wrong");
  TARTAN_ASSERT(worker.isolated == kNone || tasks_[worker.isolated].worker == worker.id,
                "a worker is kept free for a suspect it does not have");
  TARTAN_ASSERT(worker.attempts == ready + ahead + seceded && worker.attempts_digest == digest,
                "a worker's digest of attempts is wrong");
  std::uint64_t held = 0;
  std::uint64_t bytes = 0;
  digest = 0;
  for (auto p = worker.replicas; p != kNone; p = replicas_[p].next_of_owner) {
    const Task& task = tasks_[replicas_[p].task];
    TARTAN_ASSERT(replicas_[p].owner == worker.id, "a replica is in another worker's list");
    ++held;
    bytes += task.nbytes;
    digest ^= digest_of(task.key);
  }
  TARTAN_ASSERT(held == worker.held && digest == worker.held_digest && bytes == worker.stored_bytes,
                "a worker's digest of values is wrong");
}

}  // namespace tartan::scheduler

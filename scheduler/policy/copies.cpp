// Copies of values: how many there should be, who is to have them, and that they arrive. A copy
// counts when its worker says that it has it. Each holder serves one new copy of a value at a time,
// so that those that have just got it serve the next.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/policy/limits.hpp>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>
#include <tartan/base/config.hpp>
#include <tuple>

namespace tartan::scheduler {

namespace {

constexpr Duration kFirstPatience{std::chrono::seconds(2)};
constexpr Duration kMostPatience{std::chrono::seconds(30)};

/// The copies of this key among those under way.
template <class Copies>
auto range_of(Copies& copies, const Key& key) {
  return std::pair(copies.lower_bound({key, 0}), copies.upper_bound({key, kNoWorker}));
}

}  // namespace

/// Whether the value may be anywhere but where it is.
bool State::may_move(const Task& task) const { return !task.actor; }

std::uint32_t State::open_workers() const {
  return static_cast<std::uint32_t>(alive_.size()) - closing_;
}

bool State::has_open_copy(const Task& task) const {
  for (auto p = task.replicas; p != kNone; p = replicas_[p].next_of_task) {
    if (!workers_[replicas_[p].owner]->closing) return true;
  }
  return false;
}

State::Spread State::spread_of(const Task& task) const {
  Spread spread;
  for (auto p = task.replicas; p != kNone; p = replicas_[p].next_of_task) {
    ++(workers_[replicas_[p].owner]->closing ? spread.closing : spread.open);
  }
  const auto [begin, end] = range_of(copies_, task.key);
  spread.under_way = static_cast<std::uint32_t>(std::distance(begin, end));
  return spread;
}

/// Copies the value should have on workers that stay.
std::uint32_t State::copies_wanted(const Task& task, const Spread& spread) const {
  const std::uint32_t most = open_workers();
  std::uint64_t wanted = 0;
  if (task.replicated) {
    wanted = wishes_.at(task.key).copies;
    if (wanted == 0) wanted = most;
  }
  const bool leaving = spread.closing > 0 && task.inline_value == kNone;
  if (leaving) wanted = std::max<std::uint64_t>(wanted, 1);
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(wanted, most));
}

/// Whether one of the workers that stay can do without the value.
bool State::spare_copy(const Task& task) const {
  const Spread spread = spread_of(task);
  return spread.open > std::max(1U, copies_wanted(task, spread));
}

/// Whether the worker was given a task that reads the value.
bool State::read_on(const Task& task, const Worker& worker) const {
  for (auto edge = task.dependents_head; edge != kNone; edge = edges_[edge].next) {
    const Task& reader = tasks_[edges_[edge].dependent];
    if (reader.state == TaskState::processing && reader.worker == worker.id) return true;
  }
  return false;
}

/// Bytes of copies the worker may take, as admission allows.
std::uint64_t State::room_for_copies(const Worker& worker) const {
  if (worker.memory_limit == 0) return UINT64_MAX / 65536;
  const std::uint64_t budget = worker.memory_limit / 100 * kAdmittedPercent;
  const std::uint64_t used = in_memory(worker) + worker.promised_kib * 1024 + worker.copying_bytes;
  return budget - std::min(budget, used);
}

/// The emptiest worker that could take the value and does not have it.
WorkerId State::copy_target(const Task& task, WorkerId except) const {
  WorkerId best = kNoWorker;
  std::tuple<std::uint64_t, WorkerId> least;
  for (const WorkerId id : alive_) {
    const Worker& worker = *workers_[id];
    if (id == except || worker.closing || worker.paused) continue;
    if (replicas_.find(task.replicas, id) != kNone || copies_.contains({task.key, id})) continue;
    if (room_for_copies(worker) < task.nbytes) continue;
    const std::tuple load{in_memory(worker) + worker.copying_bytes, id};
    if (best == kNoWorker || load < least) {
      best = id;
      least = load;
    }
  }
  return best;
}

/// The holder that serves the fewest copies of the value.
WorkerId State::copy_source(const Task& task) const {
  const auto [begin, end] = range_of(copies_, task.key);
  WorkerId best = kNoWorker;
  std::tuple<std::uint32_t, WorkerId> least;
  for (auto p = task.replicas; p != kNone; p = replicas_[p].next_of_task) {
    std::uint32_t serves = 0;
    for (auto copy = begin; copy != end; ++copy) {
      serves += copy->second.holder == replicas_[p].owner ? 1 : 0;
    }
    const std::tuple load{serves, replicas_[p].owner};
    if (best == kNoWorker || load < least) {
      best = replicas_[p].owner;
      least = load;
    }
  }
  return best;
}

/// Begins the copies the value lacks, as far as its holders can serve them now.
void State::ensure_copies(const Key& key, WorkerId except) {
  const TaskIndex index = find(key);
  if (index == kNone || tasks_[index].state != TaskState::memory) return;
  const Task& task = tasks_[index];
  if (task.replicas == kNone || !may_move(task)) return;
  Spread spread = spread_of(task);
  const std::uint32_t wanted = copies_wanted(task, spread);
  while (spread.open + spread.under_way < wanted &&
         spread.under_way < spread.open + spread.closing) {
    const WorkerId target = copy_target(task, except);
    if (target == kNoWorker) {
      no_room_.insert(key);
      return;
    }
    start_copy(index, target, kNoWorker);
    ++spread.under_way;
  }
}

void State::start_copy(TaskIndex index, WorkerId target, WorkerId instead_of) {
  const Task& task = tasks_[index];
  const WorkerId holder = copy_source(task);
  copies_[{task.key, target}] = {
      holder, instead_of, task.nbytes, kFirstPatience, now_ + kFirstPatience, 0};
  workers_[target]->copying_bytes += task.nbytes;
  actions_.emplace_back(Acquire{target, index, holder});
}

void State::end_copy(std::map<CopyId, Copy>::iterator copy) {
  workers_[copy->first.second]->copying_bytes -= copy->second.nbytes;
  copies_.erase(copy);
}

/// The copy is not wanted any more; its worker forgets that it was to have it.
void State::drop_copy(std::map<CopyId, Copy>::iterator copy) {
  free_data(copy->first.second, copy->first.first);
  end_copy(copy);
}

void State::drop_copies(const Key& key) {
  if (copies_.empty()) return;
  const auto [begin, end] = range_of(copies_, key);
  for (auto copy = begin; copy != end;) drop_copy(copy++);
}

/// The worker gets no copies any more, and copies that were read from it are read elsewhere.
void State::drop_copies_of(const Worker& worker) {
  for (auto next = copies_.begin(); next != copies_.end();) {
    const auto copy = next++;
    if (copy->first.second == worker.id) {
      look_at_.push_back(copy->first.first);
      drop_copy(copy);
    } else if (copy->second.holder == worker.id && worker.lost) {
      copy->second.again = now_;
    }
  }
}

/// The worker has the value: the copy that was under way to it is made.
void State::copy_landed(const Task& task, const Worker& worker) {
  const auto copy = copies_.find({task.key, worker.id});
  if (copy != copies_.end()) {
    if (copy->second.instead_of != kNoWorker) {
      vacate_.emplace_back(task.key, copy->second.instead_of);
    }
    end_copy(copy);
    last_landed_ = now_;
    look_at(task);
  } else if (task.replicated || worker.closing) {
    look_at(task);
  }
}

/// Another worker has the value in this one's place.
void State::vacate(const Key& key, WorkerId from) {
  const TaskIndex index = find(key);
  if (index == kNone || live_worker(from) == nullptr) return;
  const Task& task = tasks_[index];
  const std::uint32_t pair = replicas_.find(task.replicas, from);
  if (pair == kNone) return;
  const Spread spread = spread_of(task);
  const std::uint32_t others = spread.open - (workers_[from]->closing ? 0 : 1);
  if (others < std::max(1U, copies_wanted(task, spread))) return;
  remove_replica(pair);
  free_data(from, key);
}

/// Copies that have not arrived in time are asked for again, and at last of another worker.
void State::repeat_copies() {
  std::vector<CopyId> given_up;
  for (auto& [id, copy] : copies_) {
    if (copy.again > now_) continue;
    const TaskIndex index = find(id.first);
    TARTAN_ASSERT(index != kNone, "a copy of a value nobody knows is under way");
    TARTAN_PROBE("scheduler: asks for a copy again");
    // Without a holder only the scheduler has it, which is safe.
    if (++copy.tries >= kCopyTries || tasks_[index].replicas == kNone) {
      given_up.push_back(id);
      continue;
    }
    copy.patience = std::min(2 * copy.patience, kMostPatience);
    copy.again = now_ + copy.patience;
    copy.holder = copy_source(tasks_[index]);
    actions_.emplace_back(Acquire{id.second, index, copy.holder});
  }
  for (const CopyId& id : given_up) {
    TARTAN_PROBE("scheduler: a copy is to go to another worker");
    drop_copy(copies_.find(id));
    ensure_copies(id.first, id.second);
  }
}

std::string State::no_room_text() const {
  std::uint64_t bytes = 0;
  for (const Key& key : no_room_) {
    const TaskIndex index = find(key);
    if (index != kNone) bytes += tasks_[index].nbytes;
  }
  std::string rooms;
  for (const WorkerId id : alive_) {
    const Worker& worker = *workers_[id];
    if (worker.closing) continue;
    rooms +=
        fmt::format("{}{} {}", rooms.empty() ? "" : ", ", worker.name,
                    worker.paused              ? "none, it is paused"
                    : worker.memory_limit == 0 ? "any"
                                               : fmt::format("{} of its limit of {}",
                                                             format_bytes(room_for_copies(worker)),
                                                             format_bytes(worker.memory_limit)));
  }
  return fmt::format(
      "{} values ({}) fit on no other worker; room below {} % of the memory limit: {}; start "
      "another worker, or release futures",
      no_room_.size(), format_bytes(bytes), kAdmittedPercent, rooms);
}

}  // namespace tartan::scheduler

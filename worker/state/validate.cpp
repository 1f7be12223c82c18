// The full check of the state machine's invariants, for tests and simulation.

#include <fmt/format.h>
#include <worker/state/state.hpp>

namespace tartan::worker {

std::string State::validate() const {
  StateDigest digest;
  std::vector<std::uint32_t> needed(data_.size(), 0);
  std::uint32_t live_tasks = 0;
  for (Slot slot = 0; slot < tasks_.size(); ++slot) {
    const Task& task = tasks_[slot];
    if (task.state == TaskState::released) continue;
    ++live_tasks;
    std::string broken = validate_task(slot);
    if (!broken.empty()) return broken;
    for (Slot input : task.inputs) ++needed[input];
    if (task.seceded != seceded_.contains(task.attempt))
      return "the list of seceded tasks is wrong";
    const bool timed =
        task.state == TaskState::executing && !task.cancelled && task.timeout > Duration::zero();
    if (timed && !expiries_.contains({task.expires, task.attempt}))
      return "a timeout is not watched";
    if (task.seceded && task.state != TaskState::executing)
      return "a task seceded that does not run";
    digest.executing += task.state == TaskState::executing && !task.seceded ? 1 : 0;
    if (task.cancelled) continue;
    ++digest.attempts;
    digest.attempts_digest ^= digest_of(Key{0, task.attempt});
  }
  if (live_tasks != attempts_.size()) return "the attempt table and the task slots disagree";
  std::size_t live_data = 0;
  for (Slot slot = 0; slot < data_.size(); ++slot) {
    const Datum& datum = data_[slot];
    if (!datum.live) continue;
    ++live_data;
    if (datum.needed != needed[slot]) {
      return fmt::format("key {} counts {} needs, tasks have {}", datum.key.to_string(),
                         datum.needed, needed[slot]);
    }
    std::string broken = validate_datum(slot);
    if (!broken.empty()) return broken;
    if (!datum.reported) continue;
    ++digest.held;
    digest.held_digest ^= digest_of(datum.key);
  }
  if (live_data != keys_.size()) return "the key table and the data slots disagree";
  if (digest.executing != running_) return "the count of running tasks is wrong";
  if (digest.attempts != digest_.attempts || digest.attempts_digest != digest_.attempts_digest) {
    return "the digest of attempts is wrong";
  }
  if (digest.held != digest_.held || digest.held_digest != digest_.held_digest) {
    return "the digest of held data is wrong";
  }
  return validate_fetches();
}

std::string State::validate_task(Slot slot) const {
  const Task& task = tasks_[slot];
  auto broken = [&](std::string_view what) {
    return fmt::format("attempt {:x} ({}): {}", task.attempt, name(task.state), what);
  };
  auto found = attempts_.find(task.attempt);
  if (found == attempts_.end() || found->second != slot) return broken("is not in the table");
  if (task.cancelled) {
    return task.state == TaskState::executing ? "" : broken("is cancelled but does not run");
  }
  if (task.output == kNone || data_[task.output].maker != slot) {
    return broken("is not the maker of its result");
  }
  std::uint32_t to_wait = task.module ? 1 : 0;
  std::uint32_t to_fetch = 0;
  for (Slot input : task.inputs) {
    Place place = data_[input].place;
    if (place == Place::nowhere) return broken("needs a key nobody seeks");
    to_fetch += place == Place::queued || place == Place::in_flight ? 1 : 0;
    to_wait += place == Place::expected || place == Place::missing ? 1 : 0;
  }
  if (to_wait != task.to_wait || to_fetch != task.to_fetch) return broken("miscounts its inputs");
  TaskState state = to_wait > 0    ? TaskState::waiting
                    : to_fetch > 0 ? TaskState::fetching
                                   : TaskState::ready;
  if (task.state == TaskState::executing && task.inputs.empty()) return {};
  return task.state == state ? "" : broken(fmt::format("should be {}", name(state)));
}

std::string State::validate_datum(Slot slot) const {
  const Datum& datum = data_[slot];
  auto broken = [&](std::string_view what) {
    return fmt::format("key {}: {}", datum.key.to_string(), what);
  };
  auto found = keys_.find(datum.key);
  if (found == keys_.end() || found->second != slot) return broken("is not in the table");
  if (datum.reported && datum.place != Place::memory) return broken("is reported but not held");
  if (missing_.contains(slot) != (datum.place == Place::missing)) {
    return broken("is in the wrong list of missing keys");
  }
  switch (datum.place) {
    case Place::nowhere:
      return broken("exists for nothing");
    case Place::expected:
      return datum.maker == kNone ? broken("is expected from no task") : "";
    case Place::missing:
    case Place::queued:
      return wanted(datum) ? "" : broken("is sought for nobody");
    case Place::in_flight:
      return "";
    case Place::memory:
      return datum.reported || datum.needed > 0 ? "" : broken("is held for nobody");
  }
  return {};
}

std::string State::validate_fetches() const {
  std::uint64_t incoming = 0;
  std::size_t requests = 0;
  for (const auto& [id, peer] : peers_) {
    incoming += peer.request.nbytes;
    requests += peer.request.number != 0 ? 1 : 0;
    bool idle = peer.request.number == 0 && !peer.queue.empty();
    if (idle && !fetchable_.contains(id)) return fmt::format("peer {} is never asked", id);
  }
  if (incoming != incoming_) return "the bytes under way are miscounted";
  if (requests != requests_.size()) return "the requests under way are miscounted";
  if (incoming_ == 0 && !fetchable_.empty())
    return "nothing is under way though a peer could be asked";
  return {};
}

}  // namespace tartan::worker

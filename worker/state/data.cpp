// Where values are and how they come here: places, fetch queues, holders.

#include <algorithm>
#include <core/base/probe.hpp>
#include <tartan/base/assert.hpp>
#include <worker/state/state.hpp>

namespace tartan::worker {

namespace {
constexpr std::size_t kBatchKeys = 4096;
/// Replicas the scheduler asks for go before the inputs of tasks: somebody waits for them.
constexpr std::uint64_t kAcquirePriority = 0;
}  // namespace

bool State::holds(Key key) const {
  Slot slot = find_datum(key);
  return slot != kNone && data_[slot].place == Place::memory;
}

State::Slot State::find_datum(Key key) const {
  auto found = keys_.find(key);
  return found == keys_.end() ? kNone : found->second;
}

State::Slot State::datum(Key key) {
  auto [where, added] = keys_.try_emplace(key, kNone);
  if (!added) return where->second;
  Slot slot = static_cast<Slot>(data_.size());
  if (free_data_.empty()) {
    data_.emplace_back();
  } else {
    slot = free_data_.back();
    free_data_.pop_back();
  }
  where.value() = slot;
  data_[slot].key = key;
  data_[slot].live = true;
  return slot;
}

// ---- events ---------------------------------------------------------------------------------

void State::on(event::Free& event) {
  for (Key key : event.keys) {
    Slot slot = find_datum(key);
    if (slot == kNone) continue;
    Datum& datum = data_[slot];
    datum.acquire = false;
    report_held(slot, false);
    if (datum.needed > 0) continue;
    if (datum.place == Place::memory) actions_->push_back(action::Drop{key});
    if (datum.place != Place::in_flight) lose(slot);
  }
}

void State::on(event::Acquire& event) {
  for (std::size_t i = 0; i < event.keys.size(); ++i) {
    Slot slot = datum(event.keys[i]);
    if (data_[slot].place == Place::memory) {
      report_held(slot, true);
      actions_->push_back(action::ReportAdded{event.keys[i], data_[slot].nbytes});
      continue;
    }
    data_[slot].acquire = true;
    seek(slot, event.holders[i], event.nbytes[i], kAcquirePriority);
  }
}

void State::on(event::NewHolders& event) {
  for (std::size_t i = 0; i < event.keys.size(); ++i) {
    Slot slot = find_datum(event.keys[i]);
    if (slot == kNone || !wanted(data_[slot])) continue;
    if (event.holders[i] == kNoWorker) {
      // It is being made again; the wait for the next report starts over.
      data_[slot].missing_since = now_;
    } else {
      seek(slot, event.holders[i], 0, data_[slot].priority);
    }
  }
}

void State::on(event::Fetched& event) {
  auto found = requests_.find(event.request);
  if (found == requests_.end()) return;
  WorkerId peer = found->second;
  Request request = close_request(peer);
  for (std::size_t i = 0; i < event.keys.size(); ++i) {
    Slot slot = find_datum(event.keys[i]);
    if (slot == kNone || data_[slot].place == Place::memory) continue;
    if (!wanted(data_[slot])) continue;
    actions_->push_back(action::Keep{event.keys[i]});
    actions_->push_back(action::ReportAdded{event.keys[i], event.nbytes[i]});
    now_in_memory(slot, event.nbytes[i]);
  }
  for (Key key : request.keys) {
    Slot slot = find_datum(key);
    if (slot != kNone && data_[slot].place == Place::in_flight) fetch_failed(slot, peer);
  }
}

void State::on(event::PeerGone& event) {
  auto found = peers_.find(event.peer);
  if (found == peers_.end()) return;
  std::vector<Ranked> queue = std::move(found->second.queue);
  found->second.queue.clear();
  fetchable_.insert(event.peer);
  std::vector<Key> keys;
  if (found->second.request.number != 0) keys = close_request(event.peer).keys;
  for (Key key : keys) {
    Slot slot = find_datum(key);
    if (slot != kNone && data_[slot].place == Place::in_flight) fetch_failed(slot, event.peer);
  }
  std::sort(queue.begin(), queue.end());
  for (const Ranked& entry : queue) {
    const Datum& datum = data_[entry.slot];
    if (!datum.live || datum.place != Place::queued || datum.ticket != entry.sequence) continue;
    fetch_failed(entry.slot, event.peer);
  }
}

void State::on(event::Put& event) {
  for (std::size_t i = 0; i < event.keys.size(); ++i) {
    Slot slot = datum(event.keys[i]);
    actions_->push_back(action::Keep{event.keys[i]});
    actions_->push_back(action::ReportAdded{event.keys[i], event.nbytes[i]});
    now_in_memory(slot, event.nbytes[i]);
  }
}

void State::on(event::Tick&) {
  expire_tasks();
  if (!nag_at_ || now_ < *nag_at_) return;
  for (Slot slot : missing_) {
    Datum& datum = data_[slot];
    if (now_ - datum.missing_since < config_.missing_interval) continue;
    datum.missing_since = now_;
    TARTAN_PROBE("worker: says again that an input is missing");
    actions_->push_back(action::ReportMissing{datum.key, self_});
  }
  nag_at_ = missing_.empty() ? std::nullopt : std::optional(now_ + config_.missing_interval);
}

// ---- places ---------------------------------------------------------------------------------

void State::seek(Slot slot, WorkerId holder, std::uint64_t nbytes, std::uint64_t priority) {
  Datum& datum = data_[slot];
  if (datum.place == Place::memory) return;
  if (nbytes > 0) datum.nbytes = nbytes;
  bool first = datum.place == Place::nowhere || datum.place == Place::expected;
  bool urgent = !first && priority < datum.priority;
  if (first || urgent) datum.priority = priority;
  switch (datum.place) {
    case Place::in_flight:
      if (remote(holder)) datum.holder = holder;
      return;
    case Place::queued:
      if (urgent) enqueue(slot, datum.holder);
      return;
    case Place::nowhere:
    case Place::expected:
    case Place::missing:
      if (remote(holder)) {
        enqueue(slot, holder);
      } else if (datum.maker == kNone && datum.place != Place::missing) {
        set_place(slot, Place::missing);
        actions_->push_back(action::ReportMissing{datum.key, self_});
      }
      return;
    case Place::memory:
      return;
  }
}

void State::set_place(Slot slot, Place place) {
  Datum& datum = data_[slot];
  Place old = datum.place;
  if (old == place) return;
  datum.place = place;
  if (old == Place::missing) missing_.erase(slot);
  if (place == Place::missing) {
    missing_.insert(slot);
    datum.missing_since = now_;
    if (!nag_at_) nag_at_ = now_ + config_.missing_interval;
  }
  auto by_fetch = [](Place p) { return p == Place::queued || p == Place::in_flight; };
  bool was_fetch = by_fetch(old);
  bool is_fetch = by_fetch(place);
  bool arrived = place == Place::memory;
  if (datum.waiters.empty() || (was_fetch == is_fetch && !arrived)) return;
  std::vector<Waiter> waiters = std::move(datum.waiters);
  datum.waiters.clear();
  for (const Waiter& waiter : waiters) {
    Task& task = tasks_[waiter.task];
    if (task.sequence != waiter.sequence) continue;
    --(was_fetch ? task.to_fetch : task.to_wait);
    if (!arrived) {
      ++(is_fetch ? task.to_fetch : task.to_wait);
      datum.waiters.push_back(waiter);
    }
    settle(waiter.task);
  }
}

void State::now_in_memory(Slot slot, std::uint64_t nbytes) {
  data_[slot].nbytes = nbytes;
  data_[slot].acquire = false;
  report_held(slot, true);
  set_place(slot, Place::memory);
}

void State::lose(Slot slot) {
  const Datum& datum = data_[slot];
  if (datum.maker != kNone) {
    set_place(slot, Place::expected);
  } else {
    set_place(slot, wanted(datum) ? Place::missing : Place::nowhere);
  }
  forget_if_unused(slot);
}

void State::unneed(Slot slot) {
  Datum& datum = data_[slot];
  TARTAN_ASSERT(datum.needed > 0, "an input is given up more often than it was asked for");
  if (--datum.needed > 0) return;
  if (datum.place == Place::memory && !datum.reported) {
    actions_->push_back(action::Drop{datum.key});
    lose(slot);
  } else if (!wanted(datum) && (datum.place == Place::queued || datum.place == Place::missing)) {
    lose(slot);
  }
}

void State::report_held(Slot slot, bool held) {
  Datum& datum = data_[slot];
  if (datum.reported == held) return;
  datum.reported = held;
  digest_.held += held ? 1 : -1;
  digest_.held_digest ^= digest_of(datum.key);
}

void State::forget_if_unused(Slot slot) {
  Datum& datum = data_[slot];
  if (!datum.live || datum.place != Place::nowhere || datum.maker != kNone || wanted(datum)) return;
  keys_.erase(datum.key);
  datum = Datum{};
  free_data_.push_back(slot);
}

// ---- fetches --------------------------------------------------------------------------------

void State::enqueue(Slot slot, WorkerId holder) {
  Datum& datum = data_[slot];
  datum.holder = holder;
  datum.ticket = ++sequence_;
  Peer& peer = peers_[holder];
  peer.queue.push_back({datum.priority, datum.ticket, slot});
  std::push_heap(peer.queue.begin(), peer.queue.end(), std::greater<>());
  if (peer.request.number == 0) fetchable_.insert(holder);
  set_place(slot, Place::queued);
}

void State::fetch_failed(Slot slot, WorkerId holder) {
  Datum& datum = data_[slot];
  if (wanted(datum)) actions_->push_back(action::ReportMissing{datum.key, holder});
  WorkerId other = datum.holder;
  datum.holder = kNoWorker;
  if (wanted(datum) && remote(other) && other != holder) {
    TARTAN_PROBE("worker: fetches from another holder it heard of meanwhile");
    enqueue(slot, other);
  } else {
    lose(slot);
  }
}

void State::start_fetches() {
  for (auto next = fetchable_.begin(); next != fetchable_.end();) {
    if (incoming_ >= config_.incoming_bytes) return;
    WorkerId id = *next;
    Peer& peer = peers_[id];
    start_fetch(id, peer);
    bool done = peer.request.number != 0 || peer.queue.empty();
    next = done ? fetchable_.erase(next) : std::next(next);
    if (peer.request.number == 0 && peer.queue.empty()) peers_.erase(id);
  }
}

void State::start_fetch(WorkerId id, Peer& peer) {
  Request request;
  while (!peer.queue.empty() && request.keys.size() < kBatchKeys) {
    Ranked entry = peer.queue.front();
    Datum& datum = data_[entry.slot];
    bool valid = datum.live && datum.place == Place::queued && datum.ticket == entry.sequence;
    if (valid) {
      std::uint64_t batch = request.nbytes + datum.nbytes;
      bool too_long = !request.keys.empty() && batch > config_.batch_bytes;
      bool too_much = incoming_ + request.nbytes > 0 && incoming_ + batch > config_.incoming_bytes;
      if (too_long || too_much) break;
    }
    std::pop_heap(peer.queue.begin(), peer.queue.end(), std::greater<>());
    peer.queue.pop_back();
    if (!valid) continue;
    request.nbytes += datum.nbytes;
    request.keys.push_back(datum.key);
    set_place(entry.slot, Place::in_flight);
  }
  if (request.keys.empty()) return;
  request.number = next_request_++;
  incoming_ += request.nbytes;
  requests_.emplace(request.number, id);
  actions_->push_back(action::Fetch{request.number, id, request.keys});
  peer.request = std::move(request);
}

State::Request State::close_request(WorkerId id) {
  Peer& peer = peers_[id];
  Request request = std::move(peer.request);
  peer.request = Request{};
  requests_.erase(request.number);
  TARTAN_ASSERT(incoming_ >= request.nbytes, "more bytes arrive than were asked for");
  incoming_ -= request.nbytes;
  // An empty queue keeps the entry for one more pass, where start_fetches drops it.
  fetchable_.insert(id);
  return request;
}

}  // namespace tartan::worker

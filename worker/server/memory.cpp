// What moves between memory and disk, and who waits for it.

#include <algorithm>
#include <fmt/format.h>
#include <tartan/base/assert.hpp>
#include <tartan/base/config.hpp>
#include <worker/server/node_impl.hpp>

namespace tartan::worker {

namespace {
/// After a write that failed, the next is tried this much later.
constexpr Duration kWriteAgain{std::chrono::seconds(5)};
/// A worker as fast as its disk pauses and resumes many times a second; once is told.
constexpr Duration kTellAgain{std::chrono::seconds(1)};
}  // namespace

void Node::on_disk(DiskResult result, Time now) {
  impl_->now = now;
  ++impl_->stimulus;
  if (result.task == DiskTask::read) {
    impl_->take_read(result, now);
    return;
  }
  impl_->note_write(result, now);
  impl_->store.on_written(result);
}

void Node::on_memory(std::uint64_t process_bytes, Time now) {
  impl_->now = now;
  ++impl_->stimulus;
  impl_->pressure.measure(process_bytes, impl_->store.bytes());
  // At once: what is fed next may start tasks.
  impl_->decide_pause();
}

bool Node::should_trim(std::uint64_t process_bytes) const {
  return impl_->pressure.above_spill(process_bytes);
}

// ---- inputs ---------------------------------------------------------------------------------

void Node::Impl::gather_inputs(Execution execution, std::vector<Key> dependencies) {
  AttemptId attempt = execution.attempt;
  Payload& payload = payloads.find(attempt).value();
  std::size_t lacking = 0;
  for (std::size_t d = 0; d < execution.dependencies.size(); ++d) {
    if (!execution.dependencies[d].empty()) continue;
    Key key = dependencies[d];
    if (const Value* value = store.get(key)) {
      // A handle that is decoded holds its actor; that of the store would for ever.
      execution.dependencies[d] =
          actor_calls.has(key) ? Value::from_encoded(value->encode()) : *value;
      if (value->nbytes() >= Store::kSmallest) payload.pins.push_back(store.pin(key));
      continue;
    }
    TARTAN_ASSERT(store.contains(key), "a task starts whose input is not in the store");
    reading(key).tasks.push_back(attempt);
    to_read.push_back(key);
    ++lacking;
  }
  if (lacking == 0) {
    out.start.push_back(std::move(execution));
  } else {
    held_back.emplace(attempt, HeldBack{std::move(execution), std::move(dependencies), lacking});
  }
}

Reading& Node::Impl::reading(Key key) {
  auto [where, fresh] = readings.try_emplace(key);
  if (fresh) {
    where->second.file = store.file_to_read(key);
    where->second.nbytes = store.nbytes(key);
  }
  return where->second;
}

void Node::Impl::order_read(Key key, Reading& reading, bool counted) {
  reading.ordered = true;
  reading.counted = counted;
  if (counted) reading_bytes += reading.nbytes;
  store.read(key, reading.file);
}

void Node::Impl::take_read(DiskResult& result, Time at) {
  auto found = readings.find(result.key);
  if (found == readings.end() || found->second.file != result.file) return;
  Reading done = std::move(found->second);
  readings.erase(found);
  if (done.counted) reading_bytes -= done.nbytes;
  if (!result.problem.empty()) {
    lose_value(result, done, at);
    return;
  }
  // What is only sent on need not come back into memory to stay.
  if (!done.tasks.empty()) store.on_read(result.key, result.file, result.value);
  for (AttemptId attempt : done.tasks) give_input(attempt, result.key, result.value);
  for (std::uint64_t number : done.requests) {
    auto request = parked.find(number);
    if (request == parked.end()) continue;
    request->second.values.emplace(result.key, result.value);
    if (--request->second.to_read == 0) answer_parked(number);
  }
}

void Node::Impl::give_input(AttemptId attempt, Key key, const Value& value) {
  auto found = held_back.find(attempt);
  if (found == held_back.end()) return;
  HeldBack& held = found->second;
  for (std::size_t d = 0; d < held.dependencies.size(); ++d) {
    Value& input = held.execution.dependencies[d];
    if (held.dependencies[d] == key && input.empty()) input = value;
  }
  if (store.get(key) != nullptr) {
    payloads.find(attempt).value().pins.push_back(store.pin(key));
  }
  if (--held.to_read > 0) return;
  out.start.push_back(std::move(held.execution));
  held_back.erase(found);
}

void Node::Impl::lose_value(const DiskResult& result, const Reading& reading, Time at) {
  logging::warning(label(), "cannot bring back the value of {}: {}; it will be computed again",
                   result.key.to_string(), result.problem);
  if (store.file_to_read(result.key) == result.file) feed(event::Lost{{result.key}}, at);
  for (AttemptId attempt : reading.tasks) {
    if (held_back.erase(attempt) == 0) continue;
    end_execution(attempt);
    feed(event::Unstarted{attempt}, at);
  }
  for (std::uint64_t number : reading.requests) {
    auto request = parked.find(number);
    if (request != parked.end() && --request->second.to_read == 0) answer_parked(number);
  }
}

void Node::Impl::end_execution(AttemptId attempt) {
  auto found = payloads.find(attempt);
  if (found == payloads.end()) return;
  for (const Store::Pin& pin : found->second.pins) store.unpin(pin);
  payloads.erase(found);
}

// ---- requests -------------------------------------------------------------------------------

std::optional<Value> Node::Impl::look_up(Key key) {
  if (answering != nullptr) {
    auto found = answering->values.find(key);
    if (found != answering->values.end()) return found->second;
  }
  const Value* value = store.get(key);
  if (value == nullptr) return std::nullopt;
  store.touch(key);
  return *value;
}

bool Node::Impl::park(net::PeerId from, const net::Envelope& envelope) {
  if (store.spilled_bytes() == 0) return false;
  Result<std::vector<wire::Message>> records = wire::decode(envelope.control);
  if (!records) return false;
  std::vector<Key> keys;
  for (const wire::Message& record : *records) {
    const auto* get = std::get_if<wire::GetData>(&record);
    if (get != nullptr) keys.insert(keys.end(), get->keys.begin(), get->keys.end());
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  bool all_here = std::all_of(keys.begin(), keys.end(),
                              [this](Key key) { return store.file_to_read(key) == 0; });
  if (all_here) return false;
  auto of_peer = [&](const auto& entry) { return entry.second.from == from; };
  std::size_t most = net::TransferLimits{}.requests;
  if (static_cast<std::size_t>(std::count_if(parked.begin(), parked.end(), of_peer)) >= most) {
    drop_peer(from, fmt::format("more than {} requests at a time", most));
    return true;
  }
  std::uint64_t number = next_parked++;
  Parked& request = parked[number];
  request.from = from;
  request.envelope = envelope;
  for (Key key : keys) {
    if (const Value* value = store.get(key)) {
      request.values.emplace(key, *value);  // it might leave memory while others come back
    } else if (store.contains(key)) {
      Reading& wanted = reading(key);
      wanted.requests.push_back(number);
      if (!wanted.ordered) order_read(key, wanted, !wanted.tasks.empty());
      ++request.to_read;
    }
  }
  return true;
}

void Node::Impl::answer_parked(std::uint64_t number) {
  auto request = parked.extract(number);
  answering = &request.mapped();
  serve(request.mapped().from, request.mapped().envelope);
  answering = nullptr;
}

/// A disk may take longer than a peer waits for a sign of life; an empty frame is one.
void Node::Impl::comfort_parked() {
  for (const auto& [number, request] : parked) out.data.push_back({request.from, {}});
}

// ---- room -----------------------------------------------------------------------------------

void Node::Impl::note_write(const DiskResult& result, Time at) {
  bool failed = !result.problem.empty();
  if (failed && result.unwritable) {
    logging::warning(label(), "keeps a value in memory: {}", result.problem);
    return;
  }
  if (failed) write_again = at + kWriteAgain;
  if (failed == write_trouble) return;
  write_trouble = failed;
  if (failed) {
    logging::warning(label(),
                     "cannot spill: {}; {} stay in memory, of a limit of {}. Trying again every "
                     "{} s",
                     result.problem, format_bytes(store.bytes()), format_bytes(store.limit()),
                     std::chrono::duration_cast<std::chrono::seconds>(kWriteAgain).count());
  } else {
    logging::info(label(), "can spill again");
  }
}

void Node::Impl::manage_memory() {
  if (!config.spills) return;
  order_reads();
  std::uint64_t cap = pressure.cap();
  store.make_room(cap - std::min(cap, reading_bytes), now >= write_again);
  decide_pause();
  tell_pause();
  order_reads();  // of what has just been started
  for (DiskOrder& order : store.take_orders()) out.disk.push_back(std::move(order));
}

/// Values come back when there is room for them, or none can be made.
void Node::Impl::order_reads() {
  std::uint64_t cap = pressure.cap();
  bool may_write = now >= write_again;
  for (; !to_read.empty(); to_read.pop_front()) {
    auto found = readings.find(to_read.front());
    if (found == readings.end() || found->second.ordered) continue;
    std::uint64_t coming = reading_bytes + found->second.nbytes;
    store.make_room(cap - std::min(cap, coming), may_write);
    bool fits = cap >= coming && store.bytes() <= cap - coming;
    // Of what leaves memory soon one has to wait for the end; what is pinned leaves by tasks
    // that end, one of which may be waiting for this very value.
    if (!fits && store.leaving_bytes() > 0) return;
    order_read(found->first, found->second, true);
  }
}

void Node::Impl::note_output(std::uint64_t nbytes) {
  mean_output = 0.75 * mean_output + 0.25 * static_cast<double>(nbytes);
}

void Node::Impl::decide_pause() {
  if (!config.spills) return;
  double expected = mean_output * static_cast<double>(state.digest().executing);
  pressure.count(store.bytes(), static_cast<std::uint64_t>(expected));
  // All that could be written by now is, or is under way.
  bool alone = state.digest().executing == 0 && store.leaving_bytes() == 0;
  bool is_paused = pressure.paused();
  if (is_paused == paused && (!is_paused || alone == one_by_one)) return;
  paused = is_paused;
  one_by_one = alone;
  if (paused) {
    feed(event::Pause{one_by_one}, now);
  } else {
    feed(event::Resume{}, now);
  }
}

void Node::Impl::tell_pause() {
  if (paused == told_paused || now < tell_after) return;
  told_paused = paused;
  tell_after = now + kTellAgain;
  logging::info(label(),
                "{} starting tasks: the process has {} and its values {} in memory, {} are on "
                "disk; the limit is {}",
                paused ? "pauses" : "resumes", format_bytes(pressure.process_bytes()),
                format_bytes(store.bytes()), format_bytes(store.spilled_bytes()),
                format_bytes(store.limit()));
}

}  // namespace tartan::worker

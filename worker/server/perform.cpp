// The state machine's actions carried out: executions, stores, fetches and reports.

#include <algorithm>
#include <core/value/failure.hpp>
#include <tartan/base/assert.hpp>
#include <worker/server/node_impl.hpp>

namespace tartan::worker {

namespace {
/// A frame this long is sent as it is, and another begun: control frames have a limit.
constexpr std::size_t kFrameBytes = 8 << 20;
}  // namespace

void Node::Impl::feed(event::Any what, Time at) {
  events.push_back(std::move(what));
  if (feeding) return;
  feeding = true;
  while (!events.empty()) {
    Event event{stimulus, std::move(events.front())};
    events.pop_front();
    actions.clear();
    state.handle(std::move(event), at, actions);
    for (action::Any& action : actions) {
      std::visit([&](auto& a) { perform(a, at); }, action);
    }
  }
  staged.clear();
  feeding = false;
}

void Node::Impl::perform(action::Start& start, Time) {
  auto found = payloads.find(start.attempt);
  TARTAN_ASSERT(found != payloads.end(), "a task starts whose bytes are not here");
  Payload& payload = found.value();
  Execution execution;
  execution.attempt = start.attempt;
  execution.key = payload.key;
  execution.function = payload.function;
  if (payload.function == nullptr) {
    const auto entry = functions.find(payload.number);
    if (entry != functions.end()) execution.function = entry->second.function;
  }
  if (execution.function == nullptr) {
    fail_start(start.attempt, payload.number);
    return;
  }
  execution.arguments = std::move(payload.arguments);
  execution.dependencies = std::move(payload.inputs);
  gather_inputs(std::move(execution), std::move(payload.dependencies));
}

void Node::Impl::perform(action::Forget& forget, Time) { payloads.erase(forget.attempt); }

void Node::Impl::perform(action::Abandon& abandon, Time) {
  if (held_back.erase(abandon.attempt) == 0) {
    out.abandon.push_back(abandon.attempt);
    return;
  }
  // No thread has it, so nobody else would say that it has ended.
  end_execution(abandon.attempt);
  events.push_back(event::Unstarted{abandon.attempt});
}

void Node::Impl::perform(action::Keep& keep, Time) {
  auto found = staged.find(keep.key);
  TARTAN_ASSERT(found != staged.end(), "a value is to be kept that did not come");
  store.put(keep.key, keep_actor(keep.key, found->second));
}

void Node::Impl::perform(action::Drop& drop, Time) {
  // Who waits for the value still gets it: orders are performed in order.
  auto waited_for = readings.find(drop.key);
  if (waited_for != readings.end() && !waited_for->second.ordered) {
    order_read(drop.key, waited_for->second, false);
  }
  store.drop(drop.key);
  drop_actor(drop.key);
}

void Node::Impl::perform(action::Fetch& fetch, Time at) {
  auto address = addresses.find(fetch.peer);
  if (address == addresses.end()) {
    ask_introductions(at);
    events.push_back(event::Fetched{fetch.request, {}, {}, std::move(fetch.keys)});
    return;
  }
  auto found = peers.find(address->second);
  if (found == peers.end()) {
    bool shares_memory = address->second.rfind("local://", 0) == 0;
    found = peers.try_emplace(address->second, shares_memory).first;
  }
  PeerLink& link = found->second;
  if (link.requests.empty()) link.last_sign = at;
  link.requests.insert(fetch.request);
  link.client.get(fetch.request, std::move(fetch.keys));
  touched.insert(address->second);
}

void Node::Impl::perform(action::ReportFinished& report, Time at) {
  static_assert(wire::kInlineBytes < Store::kSmallest, "what is sent inline must be in memory");
  std::vector<std::byte> packed;
  if (report.nbytes <= wire::kInlineBytes) {
    const Value* value = store.get(report.key);
    TARTAN_ASSERT(value != nullptr, "a finished task's result is not in the store");
    try {
      packed = wire::pack_value(*value);
    } catch (...) {
      // The codec is user code. Whoever fetches the value will be told the same.
      Failure failure = current_failure();
      logging::warning(label(), "cannot encode a result of type {}: {}: {}", value->type_name(),
                       failure.type, failure.message);
      packed.clear();
    }
    if (packed.size() > wire::kInlineBytes) packed.clear();
  }
  finished.attempts.push_back(report.attempt);
  finished.nbytes.push_back(report.nbytes);
  finished.duration_ns.push_back(static_cast<std::uint64_t>(report.duration.count()));
  finished.inline_values.push_back(packed);
  if (finished.inline_values.bytes.size() >= kFrameBytes) flush_reports();
  static_cast<void>(at);
}

void Node::Impl::perform(action::ReportFailed& report, Time) {
  fail(report.attempt, std::move(report.failure));
}

void Node::Impl::perform(action::ReportRetracted& report, Time) {
  retracted.attempts.push_back(report.attempt);
  retracted.accepted.push_back(report.accepted ? 1 : 0);
}

void Node::Impl::perform(action::ReportWaiting& report, Time) {
  waiting.attempts.push_back(report.attempt);
  waiting.seceded.push_back(report.seceded ? 1 : 0);
}

void Node::Impl::perform(action::ReportAdded& report, Time) {
  added.keys.push_back(report.key);
  added.nbytes.push_back(report.nbytes);
}

void Node::Impl::perform(action::ReportMissing& report, Time) {
  missing.keys.push_back(report.key);
  missing.holders.push_back(report.holder);
}

void Node::Impl::perform(action::ReportDropped& report, Time) {
  dropped.keys.push_back(report.key);
}

void Node::Impl::perform(action::ReportState& report, Time) {
  // It tells how things stand now, so what led here goes first.
  flush_reports();
  send_record(wire::StateReport{std::move(report.attempts), std::move(report.held),
                                std::move(report.nbytes), report.request});
}

void Node::Impl::fail(AttemptId attempt, Failure failure) {
  if (failure.worker.empty()) failure.worker = where();
  send_record(wire::TaskFailed{attempt, std::move(failure)});
}

void Node::Impl::flush_reports() {
  // Results go before what was given back, so that no attempt is asked for again that has ended;
  // lost values too, so that none is given out again before its inputs are known to be lost.
  if (!finished.attempts.empty()) send_record(std::exchange(finished, {}));
  if (!added.keys.empty()) send_record(std::exchange(added, {}));
  if (!dropped.keys.empty()) send_record(std::exchange(dropped, {}));
  if (!missing.keys.empty()) send_record(std::exchange(missing, {}));
  if (!waiting.attempts.empty()) send_record(std::exchange(waiting, {}));
  if (!retracted.attempts.empty()) send_record(std::exchange(retracted, {}));
}

void Node::Impl::send_record(const wire::Message& message) {
  frame.add(message);
  if (frame.size() >= kFrameBytes) cut_frame();
}

void Node::Impl::cut_frame() {
  if (frame.empty()) return;
  net::Envelope envelope;
  envelope.control = frame.take();
  out.control.push_back(std::move(envelope));
}

}  // namespace tartan::worker

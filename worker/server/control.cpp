// The scheduler's records turned into events. The decoder has checked that columns fit together.

#include <algorithm>
#include <core/base/probe.hpp>
#include <worker/server/node_impl.hpp>

namespace tartan::worker {

namespace {

bool is_inlined(const wire::ComputeTasks& c, std::size_t dep) {
  return c.inline_values.size() != 0 && !c.inline_values[dep].empty();
}

TaskSpec spec_of(const wire::ComputeTasks& c, std::size_t i,
                 const std::vector<std::shared_ptr<const Resources>>& sets) {
  TaskSpec spec;
  spec.attempt = c.attempts[i];
  spec.key = c.keys[i];
  spec.priority = c.priorities[i];
  if (!c.output_bytes.empty()) spec.output_bytes = c.output_bytes[i];
  if (!c.scratch_bytes.empty()) spec.scratch_bytes = c.scratch_bytes[i];
  if (!c.timeouts_ns.empty()) {
    spec.timeout = std::chrono::duration_cast<Duration>(std::chrono::nanoseconds(
        std::min<std::uint64_t>(c.timeouts_ns[i], std::uint64_t{1} << 61)));
  }
  if (!c.resources.empty() && c.resources[i] > 0) spec.resources = sets[c.resources[i] - 1];
  spec.dependencies.reserve(c.dep_offsets[i + 1] - c.dep_offsets[i]);
  for (std::size_t d = c.dep_offsets[i]; d < c.dep_offsets[i + 1]; ++d) {
    std::uint64_t nbytes = c.dep_nbytes.empty() ? 0 : c.dep_nbytes[d];
    spec.dependencies.push_back({c.deps[d], nbytes, c.holders[d], is_inlined(c, d)});
  }
  return spec;
}

}  // namespace

void Node::Impl::unexpected(std::string_view kind) const {
  logging::warning(label(), "ignores a {} record: it is not for workers", kind);
}

void Node::Impl::on_record(wire::Welcome& welcome, Time at) {
  bool first = !scheduler;
  bool same = welcome.scheduler == scheduler && welcome.worker == self;
  if (welcome.scheduler != scheduler) {
    functions.clear();
    asked_functions.clear();
    addresses.clear();
    modules.forget_wishes();
  }
  scheduler = welcome.scheduler;
  self = welcome.worker;
  name = welcome.name;
  heartbeat = std::max(Duration(welcome.heartbeat_ns), Duration(std::chrono::milliseconds(1)));
  lease = std::max(Duration(welcome.lease_ns), 2 * heartbeat);
  if (!joined) next_heartbeat = at;
  joined = true;
  if (same) return;
  tell_functions(std::nullopt);
  feed(event::Registered{self, !first}, at);
  // What we hold from earlier on is offered: the scheduler takes it up or frees it.
  if (!first || state.digest().held > 0) feed(event::Report{}, at);
}

void Node::Impl::on_record(wire::Refused& refused, Time) {
  out.stop = true;
  out.refused = true;
  out.reason = refused.reason;
}

/// That it came is all there is to know.
void Node::Impl::on_record(wire::Beat&, Time) {}

void Node::Impl::on_record(wire::Unknown&, Time at) {
  if (joined) rejoin(at);
}

void Node::Impl::on_record(wire::Goodbye& goodbye, Time at) {
  if (!joined) return;
  logging::info(label(), "the scheduler says goodbye: {}; waiting for one to come back",
                goodbye.reason);
  rejoin(at);
}

void Node::Impl::on_record(wire::Shutdown& shutdown, Time) {
  out.stop = true;
  out.reason = shutdown.reason;
}

void Node::Impl::on_record(wire::Leave& leave, Time) {
  const StateDigest& digest = state.digest();
  const bool saved =
      digest.attempts == 0 && digest.held == leave.held && digest.held_digest == leave.held_digest;
  if (!leave.restart && !saved) {
    TARTAN_PROBE("worker: stays, it has more than the scheduler knows of");
    return;
  }
  out.stop = true;
  out.restart = leave.restart;
  out.reason = leave.reason;
}

void Node::Impl::on_record(wire::AddPeers& add, Time) {
  for (std::size_t i = 0; i < add.workers.size(); ++i) addresses[add.workers[i]] = add.addresses[i];
}

void Node::Impl::on_record(wire::ComputeTasks& compute, Time at) {
  std::vector<std::shared_ptr<const Resources>> sets;
  for (Resources& set : compute.resource_sets) {
    sets.push_back(std::make_shared<const Resources>(std::move(set)));
  }
  drop_stale_actors(compute, at);
  event::Compute event;
  event.tasks.reserve(compute.size());
  for (std::size_t i = 0; i < compute.size(); ++i) {
    // A repetition of what we have must not touch the bytes put aside.
    if (payloads.contains(compute.attempts[i])) continue;
    TaskSpec spec = spec_of(compute, i, sets);
    if (take_payload(compute, i, spec, at)) event.tasks.push_back(std::move(spec));
  }
  feed(std::move(event), at);
}

bool Node::Impl::take_payload(wire::ComputeTasks& compute, std::size_t i, TaskSpec& spec, Time at) {
  Payload payload;
  payload.key = spec.key;
  if (!take_function(compute.functions[i], spec, payload, at)) return false;
  auto arguments = compute.arguments[i];
  payload.arguments.assign(arguments.begin(), arguments.end());
  payload.dependencies.reserve(spec.dependencies.size());
  payload.inputs.resize(spec.dependencies.size());
  for (std::size_t d = 0; d < spec.dependencies.size(); ++d) {
    payload.dependencies.push_back(spec.dependencies[d].key);
    if (!spec.dependencies[d].inlined) continue;
    Result<Value> value = wire::unpack_value(compute.inline_values[compute.dep_offsets[i] + d]);
    if (!value) {
      Failure failure;
      failure.code = value.error().code();
      failure.type = tartan::name(failure.code);
      failure.message =
          "an input that came with the task cannot be read: " + value.error().message();
      fail(spec.attempt, std::move(failure));
      return false;
    }
    payload.inputs[d] = std::move(*value);
  }
  payloads.emplace(spec.attempt, std::move(payload));
  return true;
}

void Node::Impl::on_record(wire::RetractTasks& retract, Time at) {
  feed(event::Retract{std::move(retract.attempts)}, at);
}

void Node::Impl::on_record(wire::CancelAttempts& cancel, Time at) {
  feed(event::Cancel{std::move(cancel.attempts)}, at);
}

void Node::Impl::on_record(wire::FreeKeys& free, Time at) {
  feed(event::Free{std::move(free.keys)}, at);
}

void Node::Impl::on_record(wire::AcquireKeys& acquire, Time at) {
  feed(event::Acquire{std::move(acquire.keys), std::move(acquire.nbytes),
                      std::move(acquire.holders)},
       at);
}

void Node::Impl::on_record(wire::UpdateHolders& update, Time at) {
  feed(event::NewHolders{std::move(update.keys), std::move(update.holders)}, at);
}

void Node::Impl::on_record(wire::ReportState& question, Time at) {
  feed(event::Report{question.request}, at);
}

}  // namespace tartan::worker

// The calls of actors between the wire and ActorCalls, and the actors' objects as results of tasks.

#include <fmt/format.h>
#include <tartan/value/actor.hpp>
#include <worker/server/node_impl.hpp>

namespace tartan::worker {

namespace {

/// The counter in an attempt's high bits may have gone round.
bool is_later(AttemptId a, AttemptId b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>((a >> 32) - (b >> 32))) > 0;
}

Failure failure_of(const Error& error, const std::string& worker) {
  Failure failure;
  failure.code = error.code();
  failure.type = tartan::name(error.code());
  failure.message = error.message();
  failure.worker = worker;
  return failure;
}

/// One envelope of answers to one caller.
struct AnswerWriter {
  wire::ActorReply record;
  std::vector<Buffer> bulk;
  std::size_t bytes = 0;

  void add(std::uint64_t number, const ActorOutcome& outcome) {
    if (outcome.failure) {
      record.failed.push_back(static_cast<std::uint32_t>(record.numbers.size()));
      record.failures.push_back(*outcome.failure);
    }
    record.numbers.push_back(number);
    const bool beside = outcome.packed.size() > net::kInlinePayload;
    record.bulk_bytes.push_back(beside ? outcome.packed.size() : 0);
    record.values.push_back(beside ? std::span<const std::byte>() : outcome.packed.bytes());
    if (beside) net::append_payload(bulk, outcome.packed);
    bytes += outcome.nbytes() + 64;
  }
};

}  // namespace

bool Node::Impl::take_actor_calls(net::PeerId from, const net::Envelope& envelope) {
  if (!wire::begins_with_actors(envelope.control)) return false;
  Result<std::vector<wire::Message>> records = wire::decode(envelope.control);
  if (!records) {
    drop_peer(from, records.error().to_string());
    return true;
  }
  net::PayloadReader reader(envelope);
  for (wire::Message& record : *records) {
    Result<> taken = on_actor_record(from, record, reader);
    if (taken) continue;
    drop_peer(from, taken.error().to_string());
    break;
  }
  return true;
}

Result<> Node::Impl::on_actor_record(net::PeerId from, wire::Message& record,
                                     net::PayloadReader& reader) {
  if (const auto* ack = std::get_if<wire::ActorAck>(&record)) {
    actor_calls.on_ack(from, ack->actor, ack->caller, ack->acknowledged, ack->probe, ack->closed);
    return {};
  }
  if (auto* call = std::get_if<wire::ActorCall>(&record)) {
    return take_calls(from, *call, reader);
  }
  return Error(Errc::malformed,
               fmt::format("a {} record among the calls of actors", wire::kind_name(record)));
}

Result<> Node::Impl::take_calls(net::PeerId from, wire::ActorCall& call,
                                net::PayloadReader& reader) {
  std::vector<Result<const FunctionInfo*>> methods;
  for (const FunctionRef& ref : call.methods) methods.push_back(config.functions->find(ref, {}));
  // The calls share the bytes of their record.
  const auto bytes = std::make_shared<const wire::BlobColumn>(std::move(call.arguments));
  std::vector<ActorRun> runs;
  runs.reserve(call.numbers.size());
  for (std::size_t i = 0; i < call.numbers.size(); ++i) {
    ActorRun run;
    run.id.number = call.numbers[i];
    const Result<const FunctionInfo*>& method = methods[call.method[i]];
    if (method) {
      run.method = *method;
    } else {
      run.problem = failure_of(method.error(), where());
    }
    if (call.bulk_bytes[i] == 0) {
      run.arguments = Buffer(bytes, (*bytes)[i]);
    } else {
      Result<Buffer> payload = reader.take(call.bulk_bytes[i]);
      if (!payload) return payload.error();
      run.arguments = std::move(*payload);
    }
    runs.push_back(std::move(run));
  }
  actor_calls.on_calls(from, call.actor, call.caller, call.acknowledged, std::move(runs));
  return {};
}

void Node::on_actor_ran(ActorRan ran, Time now) {
  impl_->now = now;
  if (ran.outcome.failure) ran.outcome.failure->worker = impl_->where();
  impl_->actor_calls.on_ran(std::move(ran));
}

// ---- objects --------------------------------------------------------------------------------

Value Node::Impl::keep_actor(Key key, const Value& value) {
  if (!value.holds<ActorObject>()) return value;
  actor_calls.create(key);
  actors_made[key] = ended;
  out.actors.emplace_back(ActorCreate{key, value});
  return value.get<ActorObject>().handle;
}

void Node::Impl::drop_actor(Key key) {
  if (!actor_calls.has(key)) return;
  actor_calls.destroy(key);
  actors_made.erase(key);
  out.actors.emplace_back(ActorDestroy{key});
}

void Node::Impl::drop_stale_actors(const wire::ComputeTasks& compute, Time at) {
  for (std::size_t i = 0; i < compute.size(); ++i) {
    // The same attempt, or an older one, is a repetition; an object that nobody has called will do.
    if (!actor_calls.was_called(compute.keys[i])) continue;
    if (!is_later(compute.attempts[i], actors_made.at(compute.keys[i]))) continue;
    logging::debug(label(), "drops the object of an actor that is to be made again");
    feed(event::Free{{compute.keys[i]}}, at);
  }
}

// ---- at the end of a turn -------------------------------------------------------------------

void Node::Impl::collect_actors() {
  for (ActorRun& run : actor_calls.take_runs()) out.actors.emplace_back(std::move(run));
  for (const auto& [names, answer] : actor_calls.take_answers()) {
    answer_caller(names.first, names.second, answer);
  }
}

void Node::Impl::answer_caller(Key actor, Key caller, const ActorCalls::Answer& answer) {
  AnswerWriter writer;
  const auto begin = [&] {
    writer = AnswerWriter{};
    writer.record.actor = actor;
    writer.record.caller = caller;
    writer.record.received = answer.received;
    writer.record.unknown = answer.unknown;
  };
  const auto send = [&] {
    out.data.push_back({answer.to, {wire::encode(writer.record), std::move(writer.bulk), {}}});
  };
  begin();
  for (const auto& [number, outcome] : answer.replies) {
    if (!net::payload_fits(writer.bytes, writer.bulk.size(), outcome->nbytes())) {
      send();
      begin();
    }
    writer.add(number, *outcome);
  }
  // The last one says that all kept replies are here.
  writer.record.probe = answer.probe;
  send();
}

}  // namespace tartan::worker

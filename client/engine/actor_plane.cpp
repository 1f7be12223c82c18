#include <algorithm>
#include <client/engine/actor_plane.hpp>
#include <core/base/probe.hpp>
#include <core/wire/codec.hpp>
#include <fmt/format.h>
#include <tartan/base/log.hpp>

namespace tartan::client {
namespace {

/// Replies acknowledged by themselves; fewer wait for the next calls, or the next tick.
constexpr std::uint64_t kAckCalls = 256;
constexpr Duration kMostPatience{std::chrono::seconds(8)};

Failure lost(Key actor, const std::string& how) {
  Failure failure;
  failure.code = Errc::actor_lost;
  failure.type = name(failure.code);
  failure.task = actor.to_string();
  failure.message = fmt::format("the actor {} {}; create it again", failure.task, how);
  return failure;
}

Failure unreachable(Key actor, const std::string& address) {
  Failure failure;
  failure.code = Errc::unreachable;
  failure.task = actor.to_string();
  failure.message =
      address.empty()
          ? fmt::format("the scheduler does not say where the actor {} is", failure.task)
          : fmt::format(
                "the actor {} exists, but its worker at {} does not answer this client; "
                "whether the calls ran is not known; check that this machine reaches the "
                "workers' data addresses (tartan workers)",
                failure.task, address);
  return failure;
}

std::variant<Value, Failure> unpacked(std::span<const std::byte> packed) {
  Result<Value> value = wire::unpack_value(packed);
  if (value) return std::move(*value);
  Failure failure;
  failure.code = value.error().code();
  failure.message = "the result does not decode: " + value.error().message();
  return failure;
}

/// One envelope of calls to one actor.
struct CallWriter {
  wire::ActorCall record;
  std::vector<Buffer> bulk;
  std::map<const FunctionRef*, std::uint32_t> methods;
  std::size_t bytes = 0;

  void add(std::uint64_t number, const ActorCallBody& body) {
    const auto next = static_cast<std::uint32_t>(methods.size());
    const auto [method, fresh] = methods.try_emplace(body.method, next);
    if (fresh) record.methods.push_back(*body.method);
    record.numbers.push_back(number);
    record.method.push_back(method->second);
    const bool beside = body.arguments.size() > net::kInlinePayload;
    record.bulk_bytes.push_back(beside ? body.arguments.size() : 0);
    record.arguments.push_back(beside ? std::span<const std::byte>() : body.arguments.bytes());
    if (beside) net::append_payload(bulk, body.arguments);
    bytes += body.arguments.size() + 32;
  }
};

}  // namespace

ActorPlane::Link& ActorPlane::link(Key actor) {
  const auto [found, fresh] = links_.try_emplace(actor);
  if (fresh) {
    found->second.caller = combine(identity_, next_link_++);
    found->second.patience = limits_.patience;
  }
  return found->second;
}

void ActorPlane::look_for(Key actor, Link& link) {
  if (link.ready && link.address.empty() && !link.failure) questions_.push_back(actor);
}

void ActorPlane::call(Key actor, std::uint64_t call, std::optional<ActorCallBody> body) {
  Link& to = link(actor);
  if (to.failure) {
    answers_.push_back({call, *to.failure});
    return;
  }
  to.waiting.push_back({call, std::move(body)});
  touched_.insert(actor);
}

void ActorPlane::complete(Key actor, std::uint64_t call,
                          std::variant<ActorCallBody, Failure> body) {
  const auto found = links_.find(actor);
  if (found == links_.end()) return;
  std::deque<Waiting>& waiting = found->second.waiting;
  const auto entry = std::find_if(waiting.begin(), waiting.end(),
                                  [call](const Waiting& one) { return one.call == call; });
  if (entry == waiting.end()) return;
  touched_.insert(actor);
  if (auto* arguments = std::get_if<ActorCallBody>(&body)) {
    entry->body = std::move(*arguments);
  } else {
    answers_.push_back({call, std::move(std::get<Failure>(body))});
    waiting.erase(entry);
  }
}

void ActorPlane::on_ready(Key actor) {
  // A link is made with the first call; until then nobody needs to know where the actor is.
  const auto found = links_.find(actor);
  if (found == links_.end() || found->second.ready) return;
  if (found->second.failure) {
    links_.erase(found);  // the task that makes it was retried
    return;
  }
  found->second.ready = true;
  look_for(actor, found->second);
}

void ActorPlane::on_failed(Key actor, const Failure& failure) {
  const auto found = links_.find(actor);
  if (found != links_.end()) lose(actor, found->second, failure);
}

void ActorPlane::lose(Key actor, Link& link, const Failure& failure) {
  if (link.failure) return;
  link.failure = failure;
  for (const auto& [number, sent] : link.sent) answers_.push_back({sent.call, failure});
  for (const Waiting& waiting : link.waiting) answers_.push_back({waiting.call, failure});
  link.sent.clear();
  link.unsent.clear();
  link.waiting.clear();
  link.bytes = 0;
  touched_.erase(actor);
}

void ActorPlane::release(Key actor) {
  const auto found = links_.find(actor);
  if (found == links_.end()) return;
  Link& link = found->second;
  if (!link.failure && !link.address.empty() && link.next > 1) {
    const wire::ActorAck last{actor, link.caller, link.acknowledged(), 0, true};
    farewells_.push_back({link.address, {wire::encode(last), {}, {}}});
  }
  lose(actor, link, lost(actor, "was released"));
  touched_.erase(actor);
  links_.erase(found);
}

// ---- what the scheduler says ----------------------------------------------------------------

void ActorPlane::on_holders(const wire::Holders& holders) {
  for (std::size_t i = 0; i + 1 < holders.offsets.size() && i < holders.keys.size(); ++i) {
    const auto found = links_.find(holders.keys[i]);
    if (found == links_.end() || found->second.failure) continue;
    if (holders.offsets[i] >= holders.offsets[i + 1]) continue;
    if (holders.offsets[i + 1] > holders.workers.size()) return;
    Link& link = found->second;
    const wire::WorkerId worker = holders.workers[holders.offsets[i]];
    const auto named = std::find(holders.table.begin(), holders.table.end(), worker);
    const auto place = static_cast<std::size_t>(named - holders.table.begin());
    if (place >= holders.addresses.size()) continue;
    if (link.worker != wire::kNoWorker && link.worker != worker) {
      TARTAN_PROBE("client: another actor is in the place of one that was called");
      lose(found->first, link, lost(found->first, "was lost, and another is in its place"));
      continue;
    }
    link.ready = true;
    link.worker = worker;
    link.address = holders.addresses[place];
    if (std::exchange(link.broken, false) && !link.sent.empty()) link.ask = true;
    touched_.insert(found->first);
  }
}

void ActorPlane::ask_again() {
  for (auto& [actor, link] : links_) look_for(actor, link);
}

// ---- what workers say -----------------------------------------------------------------------

void ActorPlane::on_peer(const std::string& address, const net::Envelope& envelope, Time now) {
  Result<std::vector<wire::Message>> records = wire::decode(envelope.control);
  if (!records) {
    logging::warning("client", "ignores a frame from the worker at {}: {}", address,
                     records.error().to_string());
    return;
  }
  net::PayloadReader payloads(envelope);
  for (const wire::Message& record : *records) {
    const auto* reply = std::get_if<wire::ActorReply>(&record);
    if (reply == nullptr) continue;
    const auto found = links_.find(reply->actor);
    // One that came late, for calls that have ended since.
    if (found == links_.end() || found->second.caller != reply->caller) return;
    if (const Result<> read = on_reply(found->second, *reply, payloads, now); !read) {
      logging::warning("client", "ignores replies of the worker at {}: {}", address,
                       read.error().to_string());
      return;
    }
    touched_.insert(reply->actor);
    if (reply->unknown) on_unknown(reply->actor, found->second, now);
  }
}

Result<> ActorPlane::on_reply(Link& link, const wire::ActorReply& reply,
                              net::PayloadReader& payloads, Time now) {
  link.quiet_since = now;
  // A worker that answers, but to which no call gets through, is as good as silent.
  const bool has_all = reply.received + 1 >= link.next && !reply.unknown;
  if (has_all || reply.received > link.received || !reply.numbers.empty()) link.heard = now;
  link.received = std::max(link.received, reply.received);
  if (!reply.unknown) link.unknown_since = {};
  std::map<std::uint32_t, const Failure*> failed;
  for (std::size_t i = 0; i < reply.failed.size(); ++i) {
    failed[reply.failed[i]] = &reply.failures[i];
  }
  for (std::uint32_t i = 0; i < reply.numbers.size(); ++i) {
    std::span<const std::byte> packed = reply.values[i];
    Buffer beside;
    if (reply.bulk_bytes[i] != 0) {
      Result<Buffer> payload = payloads.take(reply.bulk_bytes[i]);
      if (!payload) return payload.error();
      beside = std::move(*payload);
      packed = beside.bytes();
    }
    const auto sent = link.sent.find(reply.numbers[i]);
    if (sent == link.sent.end()) continue;
    ActorAnswer answer{sent->second.call, Value()};
    if (const auto failure = failed.find(i); failure != failed.end()) {
      answer.outcome = *failure->second;
    } else {
      answer.outcome = unpacked(packed);
    }
    answers_.push_back(std::move(answer));
    link.bytes -= sent->second.body.arguments.size();
    link.unsent.erase(sent->first);
    link.sent.erase(sent);
    link.patience = limits_.patience;
  }
  if (reply.probe == 0 || reply.probe != link.probe || reply.unknown) return {};
  for (const auto& [number, sent] : link.sent) {
    if (number <= reply.received || number > link.probed) continue;
    TARTAN_PROBE("client: sends a call of an actor again");
    link.unsent.insert(number);
  }
  return {};
}

/// The worker denies what the scheduler says; one of them learns better.
void ActorPlane::on_unknown(Key actor, Link& link, Time now) {
  TARTAN_PROBE("client: a worker does not know the actor");
  if (link.unknown_since == Time{}) link.unknown_since = now;
  missing_.keys.push_back(actor);
  missing_.holders.push_back(link.worker);
  questions_.push_back(actor);
}

void ActorPlane::on_peer_gone(const std::string& address) {
  for (auto& [actor, link] : links_) {
    if (link.address != address || link.failure) continue;
    link.broken = true;
    questions_.push_back(actor);
  }
}

// ---- time -----------------------------------------------------------------------------------

void ActorPlane::on_tick(Time now) {
  for (auto next = links_.begin(); next != links_.end();) {
    const auto current = next++;
    if (current->second.failure || check(current->first, current->second, now)) continue;
    links_.erase(current);  // a later call begins anew, as another caller
  }
}

bool ActorPlane::check(Key actor, Link& link, Time now) {
  if (link.acknowledged() > link.told && !link.address.empty()) {
    link.ack_due = true;
    touched_.insert(actor);
  }
  if (link.unknown_since != Time{} && now - link.unknown_since >= limits_.denial) {
    lose(actor, link, lost(actor, "is not where the scheduler says it is, for too long"));
    return true;
  }
  const bool unfound = link.ready && link.address.empty() && !link.waiting.empty();
  if (link.sent.empty() && !unfound) {
    link.quiet_since = {};
    link.heard = {};
    return true;
  }
  if (link.quiet_since == Time{}) link.quiet_since = now;
  if (link.heard == Time{}) link.heard = now;
  if (now - link.heard >= limits_.silence) {
    TARTAN_PROBE("client: gives a silent actor up");
    lose(actor, link, unreachable(actor, link.address));
    return false;
  }
  if (now - link.quiet_since < link.patience) return true;
  TARTAN_PROBE("client: an actor is silent");
  link.quiet_since = now;
  link.patience = std::min(2 * link.patience, kMostPatience);
  link.ask = !link.address.empty();
  questions_.push_back(actor);
  touched_.insert(actor);
  return true;
}

// ---- at the end of a turn -------------------------------------------------------------------

void ActorPlane::number_calls(Link& link) {
  while (!link.waiting.empty() && link.waiting.front().body &&
         link.next - link.acknowledged() <= limits_.calls) {
    const std::size_t size = link.waiting.front().body->arguments.size();
    if (!link.sent.empty() && link.bytes + size > limits_.bytes) return;
    link.bytes += size;
    link.unsent.insert(link.next);
    link.sent[link.next++] = {link.waiting.front().call, std::move(*link.waiting.front().body)};
    link.waiting.pop_front();
  }
}

void ActorPlane::write_calls(Key actor, Link& link, Output& output) {
  CallWriter writer;
  const auto begin = [&] {
    writer = CallWriter{};
    writer.record.actor = actor;
    writer.record.caller = link.caller;
    writer.record.acknowledged = link.acknowledged();
  };
  const auto send = [&] {
    output.peers.push_back(
        {link.address, {wire::encode(writer.record), std::move(writer.bulk), {}}});
  };
  begin();
  for (const std::uint64_t number : std::exchange(link.unsent, {})) {
    const ActorCallBody& body = link.sent.at(number).body;
    if (!net::payload_fits(writer.bytes, writer.bulk.size(), body.arguments.size())) {
      send();
      begin();
    }
    writer.add(number, body);
  }
  send();
  link.told = link.acknowledged();
}

void ActorPlane::write_ack(Key actor, Link& link, Output& output) {
  wire::ActorAck ack{actor, link.caller, link.acknowledged(), 0, false};
  if (std::exchange(link.ask, false)) {
    ack.probe = ++link.probe;
    link.probed = link.next - 1;
  }
  output.peers.push_back({link.address, {wire::encode(ack), {}, {}}});
  link.told = ack.acknowledged;
}

void ActorPlane::take_output(Output& output) {
  for (const Key actor : std::exchange(touched_, {})) {
    Link& link = links_.at(actor);
    if (link.address.empty()) continue;
    number_calls(link);
    if (!link.unsent.empty()) write_calls(actor, link, output);
    const std::uint64_t owed = link.acknowledged() - link.told;
    const bool due = std::exchange(link.ack_due, false) && owed > 0;
    if (link.ask || due || owed >= kAckCalls) write_ack(actor, link, output);
  }
  std::move(farewells_.begin(), farewells_.end(), std::back_inserter(output.peers));
  std::move(answers_.begin(), answers_.end(), std::back_inserter(output.answers));
  farewells_.clear();
  answers_.clear();
}

}  // namespace tartan::client

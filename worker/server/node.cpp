// Node: its entrances, and what depends on time.

#include <algorithm>
#include <core/base/probe.hpp>
#include <core/base/process.hpp>
#include <tartan/base/log.hpp>
#include <worker/server/node_impl.hpp>

namespace tartan::worker {

namespace {
constexpr Duration kHelloInterval{std::chrono::milliseconds(500)};

/// What may be under way from peers at a time: it is in memory before the store can count it.
std::uint64_t incoming_bytes(std::uint64_t limit) {
  std::uint64_t most = StateConfig{}.incoming_bytes;
  return limit == 0 ? most : std::min(most, std::max<std::uint64_t>(limit / 8, 1));
}
}  // namespace

Node::Impl::Impl(const NodeConfig& node_config, Key own_incarnation)
    : config(node_config),
      incarnation(own_incarnation),
      state({.nthreads = node_config.nthreads,
             .resources = node_config.resources,
             .incoming_bytes = incoming_bytes(node_config.memory_limit)}),
      store(node_config.memory_limit),
      server([this](Key key) { return look_up(key); },
             [this](const auto& values) { return accept(values); }, node_config.shares_memory),
      name(node_config.name.empty() ? node_config.data_address : node_config.name),
      pressure(node_config.memory_limit, node_config.memory) {}

Node::Node(const NodeConfig& config, Key incarnation)
    : impl_(std::make_unique<Impl>(config, incarnation)) {}
Node::~Node() = default;

void Node::on_control(const net::Envelope& envelope, Time now) {
  impl_->now = now;
  impl_->last_heard = now;
  ++impl_->stimulus;
  Result<std::vector<wire::Message>> records = wire::decode(envelope.control);
  if (!records) {
    std::string why = records.error().to_string();
    logging::warning(impl_->label(), "ignores a frame from the scheduler: {}", why);
    return;
  }
  for (wire::Message& record : *records) {
    std::visit([&](auto& what) { impl_->on_record(what, now); }, record);
  }
}

void Node::on_data(net::PeerId from, const net::Envelope& envelope, Time now) {
  impl_->now = now;
  ++impl_->stimulus;
  if (impl_->take_actor_calls(from, envelope)) return;
  if (!impl_->park(from, envelope)) impl_->serve(from, envelope);
}

void Node::Impl::serve(net::PeerId from, const net::Envelope& envelope) {
  Result<> handled = server.on_envelope(from, envelope);
  if (handled) return;
  drop_peer(from, handled.error().to_string());
}

void Node::Impl::drop_peer(net::PeerId peer, const std::string& why) {
  logging::warning(label(), "drops data peer {}: {}", peer, why);
  server.on_gone(peer);
  std::erase_if(parked, [&](const auto& entry) { return entry.second.from == peer; });
  out.drop_data.push_back(peer);
}

void Node::on_peer(const std::string& address, const net::Envelope& envelope, Time now) {
  impl_->now = now;
  ++impl_->stimulus;
  auto found = impl_->peers.find(address);
  if (found == impl_->peers.end()) return;
  PeerLink& link = found->second;
  link.last_sign = now;
  impl_->touched.insert(address);
  Result<> handled = link.client.on_envelope(envelope);
  if (!handled) {
    impl_->peer_gone(address, handled.error().to_string(), now);
    return;
  }
  impl_->take_fetched(address, link, now);
}

void Node::on_data_gone(net::PeerId peer) {
  impl_->server.on_gone(peer);
  std::erase_if(impl_->parked, [&](const auto& entry) { return entry.second.from == peer; });
}

void Node::on_peer_gone(const std::string& address, Time now) {
  impl_->now = now;
  ++impl_->stimulus;
  impl_->peer_gone(address, "it cannot be reached", now);
}

void Node::on_executed(Executed executed, Time now) {
  impl_->now = now;
  ++impl_->stimulus;
  auto found = impl_->payloads.find(executed.attempt);
  if (found == impl_->payloads.end()) return;
  Key key = found->second.key;
  impl_->end_execution(executed.attempt);
  if (Failure* failure = std::get_if<Failure>(&executed.outcome)) {
    failure->worker = impl_->where();
    impl_->feed(event::Failed{executed.attempt, std::move(*failure)}, now);
    return;
  }
  Value& value = std::get<Value>(executed.outcome);
  if (value.empty()) {
    Failure failure;
    failure.type = "tartan::ValueError";
    failure.message = "the task's function returned an empty Value; return Value::of(result)";
    failure.worker = impl_->where();
    impl_->feed(event::Failed{executed.attempt, std::move(failure)}, now);
    return;
  }
  std::uint64_t nbytes = value.nbytes();
  impl_->note_output(nbytes);
  impl_->ended = executed.attempt;
  impl_->staged.insert_or_assign(key, std::move(value));
  impl_->feed(event::Finished{executed.attempt, nbytes, executed.duration}, now);
}

void Node::on_waiting(wire::AttemptId attempt, bool seceded, Time now) {
  ++impl_->stimulus;
  if (seceded) {
    impl_->feed(event::Seceded{attempt}, now);
  } else {
    impl_->feed(event::Rejoined{attempt}, now);
  }
}

void Node::on_usage(std::uint64_t process_bytes, double cpu) {
  impl_->process_bytes = process_bytes;
  impl_->cpu = cpu;
}

void Node::on_tick(Time now) {
  Impl& node = *impl_;
  node.now = now;
  ++node.stimulus;
  if (!node.started) {
    node.started = true;
    node.last_heard = now;
    node.send_hello(now);
  }
  // An idle scheduler may just have had nothing to say; saying hello again tells.
  if (node.joined && now - node.last_heard > node.lease) node.rejoin(now);
  if (!node.joined && now >= node.next_hello) node.send_hello(now);
  if (node.joined && now >= node.next_heartbeat) {
    node.send_heartbeat();
    node.next_heartbeat = now + node.heartbeat;
  }
  if (node.joined) {
    node.modules.tick(now);
    node.settle_modules(now);
  }
  node.check_peers(now);
  node.comfort_parked();
  node.feed(event::Tick{}, now);
}

Time Node::next_deadline() const {
  const Impl& node = *impl_;
  if (!node.started) return Time::min();
  Time next = node.joined
                  ? std::min(node.next_heartbeat, node.last_heard + node.lease + Duration(1))
                  : node.next_hello;
  if (node.state.next_deadline()) next = std::min(next, *node.state.next_deadline());
  for (const auto& [address, link] : node.peers) next = std::min(next, node.peer_deadline(link));
  return node.joined ? std::min(next, node.modules.next_deadline()) : next;
}

void Node::leave(const std::string& reason) {
  impl_->flush_reports();
  impl_->send_record(wire::Goodbye{reason});
}

Output Node::take_output() {
  Impl& node = *impl_;
  node.manage_memory();
  node.flush_reports();
  for (const wire::ModuleWanted& question : node.modules.take_questions()) {
    node.send_record(question);
  }
  node.out.modules = node.modules.take_orders();
  node.cut_frame();
  node.collect_peers();
  node.collect_actors();
  for (net::Outgoing& outgoing : node.server.take_outgoing()) {
    node.out.data.push_back(std::move(outgoing));
  }
  return std::exchange(node.out, {});
}

Time Node::last_heard() const { return impl_->last_heard; }
bool Node::joined() const { return impl_->joined; }
const std::string& Node::name() const { return impl_->name; }
const State& Node::state() const { return impl_->state; }
const Store& Node::store() const { return impl_->store; }

std::string Node::Impl::label() const { return "worker " + name; }
std::string Node::Impl::where() const { return name + " at " + config.data_address; }

void Node::Impl::send_hello(Time at) {
  wire::Hello hello;
  hello.role = wire::Role::worker;
  hello.name = config.name.empty() ? config.data_address : config.name;
  hello.incarnation = incarnation;
  hello.build = build_text();
  hello.host = config.host;
  hello.pid = config.pid;
  hello.data_address = config.data_address;
  hello.nthreads = config.nthreads;
  hello.memory_limit = config.memory_limit;
  hello.resources = config.resources;
  hello.nanny = config.nanny;
  if (config.predecessor) {
    hello.predecessor = config.predecessor->incarnation;
    hello.predecessor_end = config.predecessor->how;
    hello.predecessor_peak = config.predecessor->peak_bytes;
    hello.predecessor_ran = config.predecessor->ran;
  }
  send_record(hello);
  next_hello = at + kHelloInterval;
}

void Node::Impl::send_heartbeat() {
  const StateDigest& digest = state.digest();
  wire::WorkerHeartbeat beat;
  beat.attempts = digest.attempts;
  beat.attempts_digest = digest.attempts_digest;
  beat.held = digest.held;
  beat.held_digest = digest.held_digest;
  beat.executing = digest.executing;
  beat.store_bytes = store.bytes();
  beat.process_bytes = process_bytes;
  beat.cpu = cpu;
  beat.seceded = state.seceded();
  beat.spilled_bytes = store.spilled_bytes();
  beat.paused = paused;
  flush_reports();
  send_record(beat);
}

/// The scheduler names functions and peers once; a word that was lost is said again after a hello.
/// False when one was said only just now.
bool Node::Impl::ask_introductions(Time at) {
  if (at < next_hello) return false;
  TARTAN_PROBE("worker: asks for introductions");
  send_hello(at);
  return true;
}

void Node::Impl::rejoin(Time at) {
  logging::debug(label(), "says hello again");
  joined = false;
  send_hello(at);
}

}  // namespace tartan::worker

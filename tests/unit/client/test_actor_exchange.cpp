// Both halves of actors' calls, a network between them that loses, doubles and delays, and a worker
// whose replies travel the same way: each call runs once, in its caller's order, and is answered.

#include <catch2/catch.hpp>
#include <client/engine/actor_plane.hpp>
#include <core/wire/codec.hpp>
#include <tartan/base/random.hpp>
#include <worker/state/actor_calls.hpp>

using namespace tartan;

namespace {

const Key kActor{1, 1};
const FunctionRef kMethod{Key{3, 3}, "method", 4, false};
constexpr const char* kHome = "tcp://home:1";

struct Caller {
  explicit Caller(std::uint64_t number)
      : plane(Key{7, number}, {.calls = 16, .bytes = 300, .silence = std::chrono::hours(9)}),
        peer(number) {}

  client::ActorPlane plane;
  net::PeerId peer;
  std::uint64_t made = 0;
  std::vector<std::uint64_t> answered;
};

struct Exchange {
  Exchange(std::uint64_t seed, std::size_t count) : random(seed) {
    calls.create(kActor);
    for (std::size_t i = 0; i < count; ++i) callers.emplace_back(i + 1);
    for (Caller& caller : callers) {
      make_call(caller);
      caller.plane.on_ready(kActor);
      find(caller);
    }
  }

  void find(Caller& caller) {
    wire::Holders holders{0, {kActor}, {1}, {0, 1}, {4}, {4}, {kHome}};
    caller.plane.on_holders(holders);
  }
  void make_call(Caller& caller) {
    const std::uint64_t number = ++caller.made;
    std::string text = std::to_string(number);
    text.resize(20 + random.below(60), ' ');
    caller.plane.call(kActor, number, client::ActorCallBody{&kMethod, Buffer::copy(text)});
  }

  /// Into the network: lost, once or twice, sooner or later.
  template <class Link>
  void send(Link& link, typename Link::value_type::second_type what) {
    for (int copies = 0; copies < 2; ++copies) {
      if (lossy && random.chance(copies == 0 ? 0.2 : 0.9)) continue;
      if (!lossy && copies == 1) continue;
      const std::size_t place = lossy ? random.below(link.size() + 1) : link.size();
      auto at = link.begin();
      std::advance(at, static_cast<std::ptrdiff_t>(place));
      link.insert(at, {0, what});
    }
  }

  void turn() {
    now += std::chrono::milliseconds(500);
    for (Caller& caller : callers) {
      if (caller.made < 200 && random.chance(0.7)) make_call(caller);
      caller.plane.on_tick(now);
      if (!caller.plane.take_questions().empty()) find(caller);
      client::Output output;
      caller.plane.take_output(output);
      for (auto& peer : output.peers) send(to_worker, {caller.peer, peer.envelope.control});
      for (auto& answer : output.answers) take_answer(caller, answer);
    }
    while (!to_worker.empty() && random.chance(0.8)) arrive(pop(to_worker));
    for (worker::ActorRun& run : calls.take_runs()) pending.push_back(std::move(run));
    while (!pending.empty() && random.chance(0.9)) run_next();
    reply();
    while (!to_callers.empty() && random.chance(0.8)) {
      const auto [peer, frame] = pop(to_callers);
      callers[peer - 1].plane.on_peer(kHome, {frame, {}, {}}, now);
    }
  }

  using Frame = std::pair<net::PeerId, Buffer>;
  using Link = std::vector<std::pair<int, Frame>>;
  static Frame pop(Link& link) {
    Frame frame = link.front().second;
    link.erase(link.begin());
    return frame;
  }

  void arrive(const Frame& frame) {
    const auto records = wire::decode(frame.second);
    REQUIRE(records);
    for (const wire::Message& record : *records) {
      if (const auto* ack = std::get_if<wire::ActorAck>(&record)) {
        calls.on_ack(frame.first, ack->actor, ack->caller, ack->acknowledged, ack->probe,
                     ack->closed);
        continue;
      }
      const auto& call = std::get<wire::ActorCall>(record);
      std::vector<worker::ActorRun> runs;
      for (std::size_t i = 0; i < call.numbers.size(); ++i) {
        worker::ActorRun run;
        run.id.number = call.numbers[i];
        run.arguments = Buffer::copy(call.arguments[i]);
        runs.push_back(std::move(run));
      }
      calls.on_calls(frame.first, call.actor, call.caller, call.acknowledged, std::move(runs));
    }
  }

  void run_next() {
    worker::ActorRun run = std::move(pending.front());
    pending.erase(pending.begin());
    const auto made = static_cast<std::uint64_t>(std::stol(std::string(run.arguments.text())));
    ran[run.id.caller].push_back(made);
    const std::vector<std::byte> packed = wire::pack_value(Value::of(made));
    calls.on_ran({run.id, {Buffer::copy(packed), std::nullopt}});
    for (worker::ActorRun& next : calls.take_runs()) pending.push_back(std::move(next));
  }

  void reply() {
    for (const auto& [names, answer] : calls.take_answers()) {
      wire::ActorReply record;
      record.actor = names.first;
      record.caller = names.second;
      record.received = answer.received;
      record.probe = answer.probe;
      record.unknown = answer.unknown;
      for (const auto& [number, outcome] : answer.replies) {
        record.numbers.push_back(number);
        record.bulk_bytes.push_back(0);
        record.values.push_back(outcome->packed.bytes());
      }
      send(to_callers, {answer.to, wire::encode(record)});
    }
  }

  void take_answer(Caller& caller, client::ActorAnswer& answer) {
    REQUIRE(std::holds_alternative<Value>(answer.outcome));
    CHECK(std::get<Value>(answer.outcome).get<std::uint64_t>() == answer.call);
    caller.answered.push_back(answer.call);
  }

  Random random;
  worker::ActorCalls calls{{.window = 20, .arrived_bytes = 600, .reply_bytes = 500, .in_hand = 3}};
  std::vector<Caller> callers;
  Link to_worker;
  Link to_callers;
  std::vector<worker::ActorRun> pending;
  std::map<Key, std::vector<std::uint64_t>> ran;
  Time now{std::chrono::hours(1)};
  bool lossy = true;
};

}  // namespace

TEST_CASE(
    "over a network that loses, doubles and delays each call of an actor runs once in order") {
  std::vector<std::uint64_t> all(200);
  for (std::uint64_t i = 0; i < 200; ++i) all[i] = i + 1;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    INFO("seed " << seed);
    Exchange exchange(seed, 1 + seed % 3);
    for (int i = 0; i < 3000; ++i) {
      exchange.turn();
      if (i == 2000) exchange.lossy = false;
    }
    REQUIRE(exchange.ran.size() == exchange.callers.size());
    for (const auto& [caller, numbers] : exchange.ran) CHECK(numbers == all);
    for (Caller& caller : exchange.callers) {
      std::sort(caller.answered.begin(), caller.answered.end());
      CHECK(caller.answered == all);
    }
  }
}

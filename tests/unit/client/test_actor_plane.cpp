// The client's half of actors' calls, against scripted workers.

#include <catch2/catch.hpp>
#include <client/engine/actor_plane.hpp>
#include <core/wire/codec.hpp>

using namespace tartan;
using namespace tartan::client;
using namespace std::chrono_literals;

namespace {

const Key kActor{1, 1};
const FunctionRef kMethod{Key{3, 3}, "method", 4, false};
constexpr const char* kHome = "tcp://home:1";

ActorCallBody body(std::size_t bytes = 3) {
  return {&kMethod, Buffer::copy(std::string(bytes, 'x'))};
}

struct Plane {
  explicit Plane(ActorLimits limits = {}) : plane(Key{7, 7}, limits) {}

  void found(wire::WorkerId worker = 4) {
    wire::Holders holders;
    holders.keys = {kActor};
    holders.nbytes = {1};
    holders.offsets = {0, 1};
    holders.workers = {worker};
    holders.table = {worker};
    holders.addresses = {kHome};
    plane.on_holders(holders);
  }
  /// What leaves in a turn: numbers of calls, "ack", "probe", "closed".
  std::string sent() {
    Output output;
    plane.take_output(output);
    for (ActorAnswer& answer : output.answers) answers.push_back(std::move(answer));
    std::string text;
    const auto say = [&](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
    for (const PeerEnvelope& peer : output.peers) {
      CHECK(peer.address == kHome);
      const auto records = wire::decode(peer.envelope.control);
      REQUIRE(records);
      for (const wire::Message& record : *records) {
        if (const auto* call = std::get_if<wire::ActorCall>(&record)) {
          caller = call->caller;
          acknowledged = call->acknowledged;
          for (const std::uint64_t number : call->numbers) say(std::to_string(number));
        } else {
          const auto& ack = std::get<wire::ActorAck>(record);
          acknowledged = ack.acknowledged;
          probe = ack.probe;
          say(ack.closed ? "closed" : ack.probe != 0 ? "probe" : "ack");
        }
      }
    }
    return text;
  }
  void reply(const std::vector<std::uint64_t>& numbers, std::uint64_t received = 0,
             std::uint64_t answered_probe = 0, bool unknown = false) {
    wire::ActorReply reply{kActor, caller, received, answered_probe, unknown, {}, {}, {}, {}, {}};
    for (const std::uint64_t number : numbers) {
      reply.numbers.push_back(number);
      reply.bulk_bytes.push_back(0);
      reply.values.push_back(wire::pack_value(Value::of(static_cast<std::int64_t>(number))));
    }
    plane.on_peer(kHome, {wire::encode(reply), {}, {}}, now);
  }
  void later(Duration duration) {
    now += duration;
    plane.on_tick(now);
  }

  ActorPlane plane;
  Time now{std::chrono::hours(1)};
  Key caller;
  std::uint64_t acknowledged = 0;
  std::uint64_t probe = 0;
  std::vector<ActorAnswer> answers;
};

std::vector<std::uint64_t> calls_of(const std::vector<ActorAnswer>& answers) {
  std::vector<std::uint64_t> calls;
  for (const ActorAnswer& answer : answers) calls.push_back(answer.call);
  return calls;
}

/// Two calls on their way to a worker that was found.
Plane with_two_calls() {
  Plane one;
  one.plane.call(kActor, 101, body());
  one.plane.call(kActor, 102, body());
  one.plane.on_ready(kActor);
  one.found();
  CHECK(one.sent() == "1 2");
  one.plane.take_questions();
  return one;
}

}  // namespace

TEST_CASE("calls wait until the actor exists and is found, and leave in order") {
  Plane one;
  one.plane.call(kActor, 101, body());
  CHECK(one.sent().empty());
  CHECK(one.plane.take_questions().empty());
  one.plane.on_ready(kActor);
  CHECK(one.plane.take_questions() == std::vector{kActor});
  one.plane.call(kActor, 102, body());
  CHECK(one.sent().empty());
  one.found();
  CHECK(one.sent() == "1 2");
  one.reply({1, 2}, 2);
  CHECK(one.sent().empty());
  CHECK(calls_of(one.answers) == std::vector<std::uint64_t>{101, 102});
  CHECK(std::get<Value>(one.answers[1].outcome).get<std::int64_t>() == 2);
  one.later(500ms);
  CHECK(one.sent() == "ack");
  CHECK(one.acknowledged == 2);
  one.later(500ms);
  CHECK(one.sent().empty());
}

TEST_CASE("a call whose arguments are to come holds up those behind it, unless they fail") {
  Plane one;
  one.plane.on_ready(kActor);
  one.plane.call(kActor, 101, std::nullopt);
  one.plane.call(kActor, 102, std::nullopt);
  one.plane.call(kActor, 103, body());
  one.plane.on_ready(kActor);
  one.found();
  CHECK(one.sent().empty());
  one.plane.complete(kActor, 102, Failure{});
  CHECK(one.sent().empty());
  CHECK(calls_of(one.answers) == std::vector<std::uint64_t>{102});
  one.plane.complete(kActor, 101, body());
  CHECK(one.sent() == "1 2");
}

TEST_CASE("after a silence the worker is probed, and what it lacks is sent again") {
  Plane one = with_two_calls();
  one.later(1s);
  one.later(1s);
  CHECK(one.sent().empty());
  one.later(1s);
  CHECK(one.sent() == "probe");
  CHECK(one.plane.take_questions() == std::vector{kActor});  // is it there still?
  one.plane.call(kActor, 103, body());
  CHECK(one.sent() == "3");
  one.reply({}, 1, one.probe);
  CHECK(one.sent() == "2");  // 1 runs, 3 left after the probe
  one.reply({1}, 3);
  CHECK(one.sent().empty());
}

TEST_CASE("a connection that broke is probed as soon as the actor is known to be there") {
  Plane one = with_two_calls();
  one.plane.on_peer_gone(kHome);
  CHECK(one.plane.take_questions() == std::vector{kActor});
  CHECK(one.sent().empty());
  one.found();
  CHECK(one.sent() == "probe");
  one.reply({1}, 1, one.probe);
  CHECK(one.sent() == "2");
}

TEST_CASE("replies that come twice or late count once") {
  Plane one = with_two_calls();
  one.reply({2}, 2);
  one.reply({2}, 2);
  one.sent();
  CHECK(calls_of(one.answers) == std::vector<std::uint64_t>{102});
  one.plane.call(kActor, 103, body());
  CHECK(one.sent() == "3");
  CHECK(one.acknowledged == 0);  // 1 has no reply yet
}

TEST_CASE("no more than so many calls and bytes are under way") {
  Plane one({.calls = 2, .bytes = 100});
  one.plane.call(kActor, 101, body(500));
  for (std::uint64_t call = 102; call < 106; ++call) one.plane.call(kActor, call, body(30));
  one.plane.on_ready(kActor);
  one.found();
  CHECK(one.sent() == "1");  // one call may be as large as it likes
  one.reply({1}, 1);
  CHECK(one.sent() == "2 3");
  one.reply({2}, 3);
  CHECK(one.sent() == "4");
}

TEST_CASE("when the scheduler says that the actor is lost its calls end, now and later") {
  Plane one = with_two_calls();
  Failure failure;
  failure.code = Errc::actor_lost;
  one.plane.on_failed(kActor, failure);
  one.plane.call(kActor, 103, body());
  CHECK(one.sent().empty());
  CHECK(calls_of(one.answers) == std::vector<std::uint64_t>{101, 102, 103});
  CHECK(std::get<Failure>(one.answers[2].outcome).code == Errc::actor_lost);
  one.later(1h);
  CHECK(one.sent().empty());
}

TEST_CASE("another actor in the place of the one that was called is not called instead") {
  Plane one = with_two_calls();
  one.found(5);
  CHECK(one.sent().empty());
  CHECK(calls_of(one.answers) == std::vector<std::uint64_t>{101, 102});
}

TEST_CASE("a worker that does not know the actor is reported, and not believed for ever") {
  Plane one = with_two_calls();
  one.reply({}, 0, 0, true);
  CHECK(one.plane.take_missing().holders == std::vector<wire::WorkerId>{4});
  for (int i = 0; i < 10 && one.answers.empty(); ++i) {
    one.later(10s);
    if (one.sent() == "probe") one.reply({}, 0, one.probe, true);
  }
  CHECK(calls_of(one.answers) == std::vector<std::uint64_t>{101, 102});
  CHECK(std::get<Failure>(one.answers[0].outcome).code == Errc::actor_lost);
}

TEST_CASE("a worker that never answers is given up, and the next call begins anew") {
  Plane one = with_two_calls();
  for (int i = 0; i < 100 && one.answers.empty(); ++i) {
    one.later(1s);
    one.sent();
  }
  CHECK(calls_of(one.answers) == std::vector<std::uint64_t>{101, 102});
  CHECK(std::get<Failure>(one.answers[0].outcome).code == Errc::unreachable);
  const Key before = one.caller;
  one.plane.call(kActor, 103, body());
  one.plane.on_ready(kActor);
  one.found();
  CHECK(one.sent() == "1");
  CHECK(one.caller != before);
}

TEST_CASE("a worker that answers probes, but that no call reaches, is given up too") {
  Plane one = with_two_calls();
  for (int i = 0; i < 100 && one.answers.empty(); ++i) {
    one.later(1s);
    if (one.sent() == "probe") one.reply({}, 0, one.probe);
  }
  CHECK(calls_of(one.answers) == std::vector<std::uint64_t>{101, 102});
}

TEST_CASE("a method that takes long is waited for as long as the worker answers probes") {
  Plane one = with_two_calls();
  for (int i = 0; i < 1000; ++i) {
    one.later(1s);
    if (one.sent() == "probe") one.reply({}, 2, one.probe);
  }
  CHECK(one.answers.empty());
  one.reply({1, 2}, 2);
  one.sent();
  CHECK(one.answers.size() == 2);
}

TEST_CASE("a worker is told when the last handle is gone, and a new one starts afresh") {
  Plane one = with_two_calls();
  one.reply({1, 2}, 2);
  const Key before = one.caller;
  one.plane.release(kActor);
  CHECK(one.sent() == "closed");
  one.plane.call(kActor, 103, body());
  one.plane.on_ready(kActor);
  one.found();
  CHECK(one.sent() == "1");
  CHECK(one.caller != before);
}

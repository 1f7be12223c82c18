// Coordination as the scheduler's peers see it: sessions that end, futures that are kept.

#include <catch2/catch.hpp>
#include <core/wire/codec.hpp>
#include <map>
#include <scheduler/coordination/coordination.hpp>
#include <scheduler/server/node.hpp>
#include <scheduler/state/state.hpp>

namespace {

using namespace tartan;
using namespace tartan::scheduler;
using namespace std::chrono_literals;
using wire::Operation;

constexpr net::PeerId kWorker = 10;
constexpr net::PeerId kAnn = 20;
constexpr net::PeerId kBob = 21;

struct Net {
  Net() {
    wire::Hello worker;
    worker.role = wire::Role::worker;
    worker.name = "w";
    worker.incarnation = Key{1, kWorker};
    worker.data_address = "tcp://w:1";
    worker.nthreads = 1;
    say(kWorker, worker);
    join(kBob);
  }
  void join(net::PeerId peer, Key of_worker = {}) {
    wire::Hello hello;
    hello.name = peer == kAnn ? "ann" : "bob";
    hello.incarnation = Key{2, peer};
    hello.of_worker = of_worker;
    say(peer, hello);
  }
  void say(net::PeerId from, const wire::Message& message) {
    node.on_envelope(from, {wire::encode(message), {}, {}}, now);
    deliver();
  }
  void deliver() {
    for (net::Outgoing& out : node.take_outgoing()) {
      auto messages = wire::decode(out.envelope.control);
      REQUIRE(messages.has_value());
      for (auto& message : *messages) {
        sent[out.to].push_back(std::move(message));
      }
    }
  }
  void pass(Duration time, const std::vector<net::PeerId>& living) {
    for (const Time end = now + time; now < end;) {
      now += 100ms;
      for (const net::PeerId peer : living) say(peer, wire::InfoRequest{0, "identity"});
      if (now >= node.next_deadline()) node.on_tick(now);
      deliver();
    }
  }
  wire::Coordinate ask(net::PeerId peer, std::uint64_t request, wire::Operation operation,
                       std::vector<Key> keys = {}) {
    wire::Coordinate question;
    question.request = request;
    question.operation = operation;
    question.name = "x";
    question.amount = 1;
    question.keys = std::move(keys);
    say(peer, question);
    return question;
  }
  /// How often the request was answered.
  int answers(net::PeerId peer, std::uint64_t request) {
    int count = 0;
    for (const wire::Message& message : sent[peer]) {
      const auto* reply = std::get_if<wire::Coordinated>(&message);
      count += reply != nullptr && reply->request == request && reply->code == 0 ? 1 : 0;
    }
    return count;
  }

  Node node{[] {
              NodeConfig config;
              config.validate = true;
              config.client_lease = 10s;
              return config;
            }(),
            Key{9, 9}};
  Time now = Time{} + 1h;
  std::map<net::PeerId, std::vector<wire::Message>> sent;
};

}  // namespace

TEST_CASE("a silent client's lock is the next one's when its lease has run out, and not before") {
  Net net;
  net.join(kAnn);
  net.ask(kAnn, 1, wire::Operation::lock);
  net.ask(kBob, 1, wire::Operation::lock);
  net.pass(9s, {kWorker, kBob});
  CHECK(net.answers(kBob, 1) == 0);
  net.pass(2s, {kWorker, kBob});
  CHECK(net.answers(kBob, 1) == 1);
}

TEST_CASE("a client that says goodbye gives its lock back at once") {
  Net net;
  net.join(kAnn);
  net.ask(kAnn, 1, wire::Operation::lock);
  net.ask(kBob, 1, wire::Operation::lock);
  net.say(kAnn, wire::Goodbye{});
  CHECK(net.answers(kBob, 1) == 1);
}

TEST_CASE("a client whose connection broke keeps its lock and its place when it comes back") {
  Net net;
  net.join(kAnn);
  const auto question = net.ask(kAnn, 1, wire::Operation::lock);
  net.node.on_gone(kAnn, net.now);
  net.sent[kAnn].clear();
  net.join(kAnn);
  net.say(kAnn, question);
  CHECK(net.answers(kAnn, 1) == 1);
  CHECK(net.node.coordination().locks().at("x").holders.size() == 1);
}

TEST_CASE("the client of a dead worker's tasks goes with the worker, that of a clean one later") {
  Net net;
  net.join(kAnn, Key{1, kWorker});
  net.ask(kAnn, 1, wire::Operation::lock);
  net.ask(kBob, 1, wire::Operation::lock);
  SECTION("it died") {
    net.node.on_gone(kWorker, net.now);
    net.deliver();
    CHECK(net.answers(kBob, 1) == 1);
    // If it lives after all, it learns that it was taken for dead.
    CHECK(std::holds_alternative<wire::Unknown>(net.sent[kAnn].back()));
  }
  SECTION("it left by itself") {
    net.say(kWorker, wire::Goodbye{});
    CHECK(net.answers(kBob, 1) == 0);
    net.say(kAnn, wire::Goodbye{});
    CHECK(net.answers(kBob, 1) == 1);
  }
}

TEST_CASE("a client that comes back after its lease has another number") {
  Net net;
  net.join(kAnn);
  const auto number = [&] { return std::get<wire::Welcome>(net.sent[kAnn].at(0)).client; };
  const std::uint32_t first = number();
  net.sent[kAnn].clear();
  net.join(kAnn);
  CHECK(number() == first);
  net.pass(11s, {kWorker, kBob});
  net.sent[kAnn].clear();
  net.join(kAnn);
  CHECK(number() != first);
}

TEST_CASE("a value in a queue is not freed when its putter goes, but when its getter lets go") {
  Net net;
  const Key key{3, 3};
  net.join(kAnn);
  net.say(kAnn, wire::HoldKeys{{key}});
  net.say(kWorker, wire::DataAdded{{key}, {8}});
  net.ask(kAnn, 1, wire::Operation::queue_put, {key});
  net.say(kAnn, wire::Goodbye{});
  CHECK(net.node.state().held_by(kShared) == std::vector<Key>{key});
  net.ask(kBob, 1, wire::Operation::queue_get);
  REQUIRE(net.answers(kBob, 1) == 1);
  net.say(kBob, wire::HoldKeys{{key}});
  net.say(kBob, wire::Acknowledge{{1}});
  CHECK(net.node.state().find(key) != kNone);
  CHECK_FALSE(net.node.state().clients().contains(kShared));
  net.say(kBob, wire::ReleaseKeys{{key}});
  CHECK(net.node.state().find(key) == kNone);
}

TEST_CASE("a scheduler that only keeps datasets is idle") {
  Net net;
  Time since{};
  net.ask(kBob, 1, wire::Operation::dataset_publish, {Key{3, 3}});
  CHECK_FALSE(net.node.idle_since(since));
  net.say(kBob, wire::Goodbye{});
  CHECK(net.node.idle_since(since));
}

TEST_CASE("the scheduler tells people who holds a lock and how many wait") {
  Net net;
  net.join(kAnn);
  net.ask(kAnn, 1, wire::Operation::lock);
  net.ask(kBob, 1, wire::Operation::lock);
  CHECK_THAT(net.node.info("coordination"),
             Catch::Contains(R"("name":"x","leases":1,"taken":1,"holders":[{"client":"ann",)"
                             R"("leases":1}],"waiting":1)"));
}

TEST_CASE("an answer nobody acknowledges comes again with the heartbeats") {
  Net net;
  net.join(kAnn);
  net.ask(kAnn, 1, wire::Operation::lock);
  for (int i = 0; i < 5; ++i) {
    net.pass(1s, {kWorker, kBob});
    net.say(kAnn, wire::ClientHeartbeat{});
  }
  CHECK(net.answers(kAnn, 1) == 2);
}

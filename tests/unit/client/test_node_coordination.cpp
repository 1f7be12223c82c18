// The client's half of coordination, with a scheduler played by hand.

#include <catch2/catch.hpp>

#include "scripted.hpp"

using namespace scripted;
using namespace std::chrono_literals;

namespace {

wire::Coordinate get(std::uint64_t request) {
  wire::Coordinate question;
  question.request = request;
  question.operation = wire::Operation::queue_get;
  question.name = "items";
  return question;
}

wire::Coordinated answer_to(std::uint64_t request, const std::vector<Key>& keys = {}) {
  wire::Coordinated reply;
  reply.request = request;
  if (keys.empty()) return reply;
  reply.values.push_back({});
  reply.key_counts = {static_cast<std::uint32_t>(keys.size())};
  reply.keys = keys;
  return reply;
}

struct Welcomed : Script {
  Welcomed() {
    greet(1);
    said();
  }
  void greet(std::uint32_t number) {
    wire::Welcome record;
    record.scheduler = kScheduler;
    record.heartbeat_ns = 500'000'000;
    record.client = number;
    hear(record);
  }
};

}  // namespace

TEST_CASE("a coordination question is repeated until it is answered, and then acknowledged") {
  Welcomed script;
  script.node.ask(5, get(5));
  CHECK(script.said_only<wire::Coordinate>().size() == 1);
  script.pass(6s);
  const auto again = script.said_only<wire::Coordinate>();
  REQUIRE(again.size() == 1);
  CHECK(again[0].request == 5);
  script.hear(answer_to(5));
  script.said();
  REQUIRE(script.replies.size() == 1);
  script.node.acknowledge(5, {});
  const auto read = script.said_only<wire::Acknowledge>();
  REQUIRE(read.size() == 1);
  CHECK(read[0].requests == std::vector<std::uint64_t>{5});
}

TEST_CASE("an answer is not acknowledged before it is accepted, however often it comes") {
  Welcomed script;
  script.node.ask(5, get(5));
  script.hear(answer_to(5));
  script.hear(answer_to(5));
  CHECK(script.said_only<wire::Acknowledge>().empty());
  CHECK(script.replies.size() == 1);
}

TEST_CASE("an answer that comes again after it was read is acknowledged again") {
  Welcomed script;
  script.node.ask(5, get(5));
  script.hear(answer_to(5));
  script.said();
  script.node.acknowledge(5, {});
  script.said();
  script.hear(answer_to(5));
  CHECK(script.said_only<wire::Acknowledge>().size() == 1);
  CHECK(script.replies.size() == 1);
}

TEST_CASE("keys in an answer are held before the answer is acknowledged") {
  Welcomed script;
  const Key key{4, 4};
  script.node.ask(5, get(5));
  script.hear(answer_to(5, {key}));
  script.said();
  script.node.acknowledge(5, {key});
  const auto said = script.said();
  REQUIRE(said.size() == 2);
  REQUIRE(std::holds_alternative<wire::HoldKeys>(said[0]));
  CHECK(std::get<wire::HoldKeys>(said[0]).keys == std::vector<Key>{key});
  CHECK(std::holds_alternative<wire::Acknowledge>(said[1]));
}

TEST_CASE("a key that is held already is told of at once") {
  Welcomed script;
  const Key key{4, 4};
  script.node.hold(key);
  script.ready(key);
  script.said();
  script.events.clear();
  script.node.ask(5, get(5));
  script.hear(answer_to(5, {key}));
  script.said();
  script.node.acknowledge(5, {key});
  CHECK(script.said_only<wire::HoldKeys>().empty());
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].status == client::Status::ready);
}

TEST_CASE(
    "a withdrawal is repeated until it is confirmed, and a grant that crossed it stays unread") {
  Welcomed script;
  script.node.ask(5, get(5));
  script.said();
  script.node.withdraw(5, 6);
  auto said = script.said_only<wire::Withdraw>();
  REQUIRE(said.size() == 1);
  CHECK(said[0].withdrawn == 5);
  script.hear(answer_to(5));
  CHECK(script.said_only<wire::Acknowledge>().empty());
  CHECK(script.replies.empty());
  script.pass(6s);
  CHECK(script.said_only<wire::Withdraw>().size() == 1);
  script.hear(answer_to(6));
  for (int i = 0; i < 30; ++i) {
    script.hear(wire::Beat{});
    script.pass(1s);
    CHECK(script.said_only<wire::Withdraw>().empty());
  }
  CHECK_FALSE(script.ended);
}

TEST_CASE("an answer that was delivered and then withdrawn is never acknowledged") {
  Welcomed script;
  script.node.ask(5, get(5));
  script.hear(answer_to(5));
  script.said();
  script.node.withdraw(5, 6);
  script.said();
  script.hear(answer_to(5));
  CHECK(script.said_only<wire::Acknowledge>().empty());
}

TEST_CASE("a question says below which number all is done") {
  Welcomed script;
  script.node.ask(5, get(5));
  script.node.ask(6, get(6));
  script.hear(answer_to(5));
  script.said();
  script.node.acknowledge(5, {});
  script.node.ask(7, get(7));
  const auto said = script.said_only<wire::Coordinate>();
  REQUIRE(said.size() == 1);
  CHECK(said[0].done_below == 6);
}

TEST_CASE("questions are asked again on a new connection, in order") {
  Welcomed script;
  script.node.ask(5, get(5));
  script.node.ask(6, get(6));
  script.said();
  script.hear(wire::Unknown{});
  script.greet(1);
  const auto said = script.said_only<wire::Coordinate>();
  REQUIRE(said.size() == 2);
  CHECK(said[0].request == 5);
  CHECK(said[1].request == 6);
}

TEST_CASE("a client that was taken for dead is told so by its open questions, which end") {
  Welcomed script;
  script.node.ask(5, get(5));
  script.said();
  script.hear(wire::Unknown{});
  script.greet(2);
  CHECK(script.said_only<wire::Coordinate>().empty());
  REQUIRE(script.replies.size() == 1);
  const auto& reply = std::get<wire::Coordinated>(script.replies[0].second);
  CHECK(static_cast<Errc>(reply.code) == Errc::unreachable);
  CHECK_THAT(reply.message, Catch::Contains("'items'"));
}

TEST_CASE("a question with a scattered future waits until a worker has the value") {
  Welcomed script;
  const Key key{4, 4};
  std::vector<std::pair<Key, Value>> values;
  values.emplace_back(key, Value::of<double>(1.5));
  script.node.scatter(std::move(values), false);
  wire::Coordinate put = get(5);
  put.operation = wire::Operation::queue_put;
  put.keys = {key};
  script.node.ask(5, put);
  CHECK(script.said_only<wire::Coordinate>().empty());
  script.pass(6s);
  CHECK(script.said_only<wire::Coordinate>().empty());
}

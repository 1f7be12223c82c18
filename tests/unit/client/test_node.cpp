// The client's session with the scheduler, keys and graphs.

#include <algorithm>
#include <catch2/catch.hpp>

#include "scripted.hpp"

using namespace scripted;
using namespace std::chrono_literals;
using client::Status;

TEST_CASE("a client says hello until it is welcome, and only then what it wants") {
  Script script;
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  auto first = script.said();
  REQUIRE(first.size() == 1);
  CHECK(std::get<wire::Hello>(first[0]).role == wire::Role::client);
  script.pass(300ms);
  CHECK(script.said_only<wire::Hello>().size() == 1);
  CHECK_FALSE(script.node.connected());
  script.welcome();
  CHECK(script.node.connected());
  const auto submitted = script.said_only<wire::SubmitGraph>();
  REQUIRE(submitted.size() == 1);
  const auto decoded = wire::decode_graph(submitted[0].frame);
  REQUIRE(decoded);
  CHECK(decoded->keys == std::vector<Key>{key});
}

TEST_CASE("a scheduler that never answers is reported with its address and what to do") {
  Script script;
  script.pass(5s);
  script.said();
  CHECK_FALSE(script.ended);
  script.pass(6s);
  script.said();
  REQUIRE(script.ended);
  CHECK(script.ended->code() == Errc::unreachable);
  CHECK_THAT(script.ended->message(), Catch::Contains("tcp://127.0.0.1:8786"));
  CHECK_THAT(script.ended->message(), Catch::Contains("tartan-scheduler"));
}

TEST_CASE("a refusal ends the client with the scheduler's reason") {
  Script script;
  script.hear(wire::Refused{"this scheduler speaks protocol 2"});
  script.said();
  REQUIRE(script.ended);
  CHECK(script.ended->code() == Errc::refused);
  CHECK_THAT(script.ended->message(), Catch::Contains("protocol 2"));
}

TEST_CASE("a connected client sends heartbeats at the interval it was given") {
  Script script;
  script.welcome();
  script.said();
  script.pass(200ms);
  CHECK(script.said_only<wire::ClientHeartbeat>().empty());
  script.pass(300ms);
  CHECK(script.said_only<wire::ClientHeartbeat>().size() == 1);
  CHECK(script.node.next_deadline() <= script.now + 500ms);
}

TEST_CASE("an idle scheduler is asked for a sign of life, and given up only without one") {
  Script script;
  script.welcome();
  bool asked = false;
  for (int i = 0; i < 18; ++i) {
    script.pass(500ms);
    for (const auto& question : script.said_only<wire::WhoHas>()) {
      asked = true;
      script.hear(wire::Holders{question.request, {}, {}, {0}, {}, {}, {}});
    }
  }
  CHECK(asked);
  for (int i = 0; i < 14; ++i) script.pass(500ms);
  script.said();
  CHECK_FALSE(script.ended);
  for (int i = 0; i < 8; ++i) script.pass(500ms);
  script.said();
  REQUIRE(script.ended);
  CHECK(script.ended->code() == Errc::unreachable);
  CHECK_THAT(script.ended->message(), Catch::Contains("silent"));
}

TEST_CASE("a small result comes along with the news that it is ready") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.node.fetch(key);
  script.said();
  script.ready(key, Value::of(2.0));
  CHECK(script.said_only<wire::WhoHas>().empty());
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].status == Status::ready);
  CHECK(script.events[0].value.get<double>() == 2.0);
}

TEST_CASE("releases wait for the last holder and leave together, after the graphs") {
  Script script;
  script.welcome();
  script.said();
  const auto [graph, key] = one_task(1);
  const auto [other, other_key] = one_task(2);
  script.node.submit(graph, script.now);
  script.node.submit(other, script.now);
  script.node.hold(key);
  script.node.release(key);
  CHECK(script.said_only<wire::ReleaseKeys>().empty());
  script.node.release(other_key);
  script.node.release(key);
  const auto [third, third_key] = one_task(3);
  script.node.submit(third, script.now);
  const auto messages = script.said();
  REQUIRE(messages.size() == 2);
  CHECK(std::holds_alternative<wire::SubmitGraph>(messages[0]));
  CHECK(std::get<wire::ReleaseKeys>(messages[1]).keys == std::vector<Key>{other_key, key});
}

TEST_CASE("a key released and wanted again in one turn is never released") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.said();
  script.node.release(key);
  script.node.submit(graph, script.now);
  CHECK(script.said_only<wire::ReleaseKeys>().empty());
  script.node.release(key);
  CHECK(script.said_only<wire::ReleaseKeys>().size() == 1);
}

TEST_CASE("who comes to hold a key that another holds already hears what is known of it") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.ready(key, std::nullopt, 24);
  script.said();
  script.events.clear();
  // The first holder goes in the same turn.
  script.node.hold(key);
  script.node.release(key);
  script.said();
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].key == key);
  CHECK(script.events[0].status == Status::ready);
  CHECK(script.events[0].nbytes == 24);
  script.node.scatter({{key, Value::of(1.5)}}, false);
  script.said();
  REQUIRE(script.events.size() == 2);
  CHECK(script.events[1].status == Status::ready);

  const auto [other, failing] = one_task(2);
  script.node.submit(other, script.now);
  Failure failure;
  failure.message = "because";
  script.failed(failing, failure);
  script.said();
  script.events.clear();
  script.node.hold(failing);
  script.said();
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].status == Status::failed);
  CHECK(script.events[0].failure.message == "because");
}

TEST_CASE("a cancelled key that somebody comes to hold is asked for again") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.node.cancel({key});
  Failure cancelled;
  cancelled.code = Errc::cancelled;
  script.failed(key, cancelled);
  script.said();
  script.events.clear();
  script.node.hold(key);
  CHECK(script.said_only<wire::HoldKeys>().size() == 1);
  CHECK(script.events.empty());
  script.ready(key);
  script.said();
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].status == Status::ready);
}

TEST_CASE("a task submitted again after its cancellation is not cancelled") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.said();
  script.node.cancel({key});
  script.node.submit(graph, script.now);
  script.node.release(key);
  const auto messages = script.said();
  REQUIRE(messages.size() == 2);
  CHECK(std::holds_alternative<wire::CancelKeys>(messages[0]));
  CHECK(std::holds_alternative<wire::SubmitGraph>(messages[1]));
  Failure cancelled;
  cancelled.code = Errc::cancelled;
  SECTION("it runs") {
    script.failed(key, cancelled, 1);
    CHECK(script.said_only<wire::WhoHas>().empty());
    script.hear(wire::SubmitAccepted{2});
    CHECK(script.said_only<wire::WhoHas>().size() == 1);
    CHECK(script.events.empty());
    script.ready(key);
    script.said();
    REQUIRE(script.events.size() == 1);
    CHECK(script.events[0].status == Status::ready);
  }
  SECTION("it had been done before") {
    script.ready(key);
    script.failed(key, cancelled, 1);
    script.hear(wire::SubmitAccepted{2});
    script.said();
    REQUIRE(script.events.size() == 1);
    CHECK(script.events[0].status == Status::ready);
  }
  SECTION("it is cancelled again") {
    script.node.cancel({key});
    script.said();
    script.failed(key, cancelled, 2);
    script.said();
    REQUIRE(script.events.size() == 1);
    CHECK(script.events[0].status == Status::failed);
  }
}

TEST_CASE("a cancellation that is never answered holds all the same") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.said();
  script.node.cancel({key});
  script.said();
  const auto pass = [&](int beats) {
    for (; beats > 0; --beats) {
      script.pass(500ms);
      script.hear(wire::Beat{});
      script.said();
    }
  };
  pass(19);
  CHECK(script.events.empty());
  pass(2);
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].failure.code == Errc::cancelled);
}

TEST_CASE("a released key causes no further events") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.node.release(key);
  script.said();
  script.ready(key, Value::of(2.0));
  script.failed(key, Failure{});
  script.said();
  CHECK(script.events.empty());
}

TEST_CASE("a failure reaches the client whole") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  const Failure failure{Errc::task_failed, "std::domain_error", "no", "twice[0]", "alpha"};
  script.failed(key, failure);
  script.said();
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].status == Status::failed);
  CHECK(script.events[0].failure == failure);
}

TEST_CASE("a refused submission fails its futures and no others") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  const auto [other, other_key] = one_task(2);
  script.node.submit(graph, script.now);
  script.node.submit(other, script.now);
  const auto submitted = script.said_only<wire::SubmitGraph>();
  REQUIRE(submitted.size() == 2);
  script.hear(wire::SubmitRefused{submitted[0].submission,
                                  Failure{Errc::malformed, "", "unknown external key", "", ""}});
  script.said();
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].key == key);
  CHECK(script.events[0].failure.message == "unknown external key");
}

TEST_CASE("a scheduler that forgot the client hears everything that still matters again") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  const auto [done, done_key] = one_task(2);
  script.node.submit(graph, script.now);
  script.node.submit(done, script.now);
  script.hear(wire::SubmitAccepted{2});
  script.ready(done_key, Value::of(4.0));
  script.node.ask(5, wire::InfoRequest{5, "workers"});
  script.said();
  script.hear(wire::Unknown{});
  CHECK(script.said_only<wire::Hello>().size() == 1);
  CHECK_FALSE(script.node.connected());
  script.welcome();
  const auto messages = script.said();
  REQUIRE(messages.size() == 4);
  CHECK(std::get<wire::HoldsReport>(messages[0]).keys.size() == 2);
  CHECK(std::holds_alternative<wire::SubmitGraph>(messages[1]));
  CHECK(std::get<wire::InfoRequest>(messages[2]).request == 5);
  CHECK(std::get<wire::WhoHas>(messages[3]).keys == std::vector<Key>{key});
}

TEST_CASE("a detached key is held until the scheduler says that it knows") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.node.detach({key});
  script.node.release(key);
  CHECK(script.said_only<wire::DetachKeys>().empty());
  // It would mean nothing to a scheduler that did not get the graph.
  script.hear(wire::SubmitAccepted{1});
  const auto first = script.said_only<wire::DetachKeys>();
  REQUIRE(first.size() == 1);
  CHECK(first[0].keys == std::vector<Key>{key});
  // Lost: it is said again, and nothing is released meanwhile.
  script.pass(6s);
  auto messages = script.said();
  std::vector<std::uint64_t> again;
  for (const wire::Message& message : messages) {
    CHECK_FALSE(std::holds_alternative<wire::ReleaseKeys>(message));
    if (const auto* detach = std::get_if<wire::DetachKeys>(&message)) {
      again.push_back(detach->request);
    }
  }
  CHECK(again == std::vector<std::uint64_t>{first[0].request});
  script.hear(wire::Acknowledged{first[0].request});
  const auto released = script.said_only<wire::ReleaseKeys>();
  REQUIRE(released.size() == 1);
  CHECK(released[0].keys == std::vector<Key>{key});
  script.hear(wire::Acknowledged{first[0].request});
  CHECK(script.said_only<wire::ReleaseKeys>().empty());
}

TEST_CASE("a client that ends at once says first what is to run to its end") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.node.detach({key});
  script.node.release(key);
  script.node.close();
  std::vector<std::size_t> kinds;
  for (const wire::Message& message : script.said()) kinds.push_back(message.index());
  const auto place = [&](const wire::Message& like) {
    return std::find(kinds.begin(), kinds.end(), like.index()) - kinds.begin();
  };
  CHECK(place(wire::SubmitGraph{}) < place(wire::DetachKeys{}));
  CHECK(place(wire::DetachKeys{}) < place(wire::Goodbye{}));
}

TEST_CASE("a retry that is never acknowledged fails at last") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.failed(key, Failure{});
  script.node.retry({key});
  script.said();
  script.events.clear();
  std::size_t asked = 0;
  for (int second = 0; second < 400; ++second) {
    script.pass(1s);
    script.hear(wire::Beat{});
    asked += script.said_only<wire::RetryKeys>().size();
  }
  CHECK(asked == 5);
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].failure.code == Errc::unreachable);
}

TEST_CASE("a retried key does not fail with the failure it is retried for") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  Failure old;
  old.message = "old";
  script.failed(key, old);
  script.said();
  script.events.clear();
  script.node.retry({key});
  const auto first = script.said_only<wire::RetryKeys>();
  REQUIRE(first.size() == 1);
  // The scheduler starts over with us before it has read the question: it knows the old failure.
  script.hear(wire::Unknown{});
  script.welcome();
  script.failed(key, old);
  const auto again = script.said_only<wire::RetryKeys>();
  REQUIRE(again.size() == 1);
  CHECK(again[0].request == first[0].request);
  CHECK(script.events.empty());
  // What was heard may have been the new failure: once the question is known, we ask.
  script.hear(wire::Acknowledged{first[0].request});
  const auto asked = script.said_only<wire::WhoHas>();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].keys == std::vector<Key>{key});
  Failure fresh;
  fresh.message = "fresh";
  script.failed(key, fresh);
  script.said();
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].failure.message == "fresh");
}

TEST_CASE("a question is asked again until it is answered, once") {
  Script script;
  script.welcome();
  script.said();
  script.node.ask(7, wire::InfoRequest{7, "tasks"});
  CHECK(script.said_only<wire::InfoRequest>().size() == 1);
  for (int i = 0; i < 6; ++i) {
    script.pass(1s);
    script.hear(wire::Beat{});
  }
  const auto again = script.said_only<wire::InfoRequest>();
  REQUIRE(again.size() == 1);
  CHECK(again[0].request == 7);
  script.hear(wire::InfoReply{7, "{}"});
  script.hear(wire::InfoReply{7, "{}"});
  for (int i = 0; i < 30; ++i) {
    script.pass(1s);
    script.hear(wire::Beat{});
  }
  CHECK(script.said_only<wire::InfoRequest>().empty());
  CHECK(script.replies.size() == 1);
}

TEST_CASE("a scheduler with another incarnation has lost the results, and that is said") {
  Script script;
  script.welcome();
  script.said();
  script.hear(wire::Unknown{});
  script.welcome(Key{8, 8});
  script.said();
  REQUIRE(script.ended);
  CHECK(script.ended->code() == Errc::unreachable);
  CHECK_THAT(script.ended->message(), Catch::Contains("restarted"));
}

TEST_CASE("bytes that are no tartan records end the connection with a sentence") {
  Script script;
  script.node.on_scheduler({Buffer::copy(std::string_view("HTTP/1.1 400 Bad Request")), {}, {}},
                           script.now);
  script.said();
  REQUIRE(script.ended);
  CHECK_THAT(script.ended->message(), Catch::Contains("not a tartan scheduler"));
}

TEST_CASE("a graph whose arrival is not confirmed is sent again, a confirmed one is not") {
  Script script;
  script.welcome();
  script.node.submit(one_task(1).first, script.now);
  script.node.submit(one_task(2).first, script.now);
  const auto first = script.said_only<wire::SubmitGraph>();
  REQUIRE(first.size() == 2);
  script.hear(wire::SubmitAccepted{first[1].submission});
  script.pass(std::chrono::seconds(6));
  const auto again = script.said_only<wire::SubmitGraph>();
  REQUIRE(again.size() == 1);
  CHECK(again[0].submission == first[0].submission);
}

TEST_CASE("the heartbeat tells what is held and up to where the news were read") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.said();
  wire::KeysReady ready{{key}, {8}, {}, 1};
  script.hear(ready);
  ready.news = 3;  // the second is lost
  script.hear(ready);
  script.pass(std::chrono::milliseconds(500));
  const auto beats = script.said_only<wire::ClientHeartbeat>();
  REQUIRE(beats.size() == 1);
  CHECK(beats[0].held == 1);
  CHECK(beats[0].held_digest == digest_of(key));
  CHECK(beats[0].news == 1);
}

TEST_CASE("news that were lost with a Welcome are missed") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  wire::KeysReady ready{{key}, {8}, {}, 1};
  script.hear(ready);
  // The scheduler has welcomed us again meanwhile, and told news 2; both were lost.
  ready.news = 3;
  script.hear(ready);
  script.pass(std::chrono::milliseconds(500));
  CHECK(script.said_only<wire::ClientHeartbeat>().back().news == 1);
  wire::Welcome again;
  again.scheduler = kScheduler;
  again.news = 3;
  script.hear(again);
  ready.news = 4;
  script.hear(ready);
  again.news = 2;  // comes late
  script.hear(again);
  script.pass(std::chrono::milliseconds(500));
  CHECK(script.said_only<wire::ClientHeartbeat>().back().news == 4);
}

TEST_CASE("closing says goodbye and nothing after it") {
  Script script;
  script.welcome();
  script.said();
  script.node.close();
  const auto messages = script.said();
  REQUIRE(messages.size() == 1);
  CHECK(std::holds_alternative<wire::Goodbye>(messages[0]));
  script.node.ask(1, wire::InfoRequest{1, "workers"});
  script.pass(20s);
  CHECK(script.said().empty());
  CHECK_FALSE(script.ended);
}

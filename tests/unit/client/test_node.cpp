#include <algorithm>
#include <catch2/catch.hpp>
#include <core/net/transfer.hpp>

#include "scripted.hpp"

using namespace scripted;
using namespace std::chrono_literals;
using client::Status;

namespace {

wire::Holders held_by(std::uint64_t request, Key key, std::vector<wire::WorkerId> workers) {
  wire::Holders holders;
  holders.request = request;
  holders.keys = {key};
  holders.nbytes = {8};
  holders.offsets = {0, static_cast<std::uint32_t>(workers.size())};
  for (const wire::WorkerId worker : workers) {
    holders.table.push_back(worker);
    holders.addresses.push_back("tcp://10.0.0." + std::to_string(worker) + ":4000");
  }
  holders.workers = std::move(workers);
  return holders;
}

/// A worker's data side with some values, answering what the node asks of its address.
struct FakeWorker {
  FakeWorker(Script& script, std::string at, std::map<Key, Value> held)
      : address(std::move(at)), values(std::move(held)), script_(script) {}

  std::size_t serve() {
    std::size_t served = 0;
    for (;;) {
      script_.said();
      std::vector<client::PeerEnvelope> mine;
      std::vector<client::PeerEnvelope> others;
      for (auto& outgoing : script_.to_peers) {
        (outgoing.address == address ? mine : others).push_back(std::move(outgoing));
      }
      script_.to_peers = std::move(others);
      if (mine.empty()) return served;
      for (auto& outgoing : mine) {
        ++served;
        REQUIRE(server.on_envelope(1, outgoing.envelope));
        for (auto& answer : server.take_outgoing()) {
          script_.node.on_peer(address, answer.envelope, script_.now);
        }
      }
    }
  }

  std::string address;
  std::map<Key, Value> values;
  net::TransferServer server{[this](Key key) -> std::optional<Value> {
                               const auto found = values.find(key);
                               return found == values.end() ? std::nullopt
                                                            : std::optional(found->second);
                             },
                             [this](const std::vector<std::pair<Key, Value>>& put) {
                               if (!refusal.empty()) return refusal;
                               for (const auto& [key, value] : put) values[key] = value;
                               return std::string();
                             },
                             false};
  std::string refusal;

 private:
  Script& script_;
};

/// Lets the worker answer what has been addressed to it, without listening to the node.
std::size_t pump(Script& script, FakeWorker& worker) {
  std::size_t served = 0;
  for (auto& outgoing : std::exchange(script.to_peers, {})) {
    if (outgoing.address != worker.address) {
      script.to_peers.push_back(std::move(outgoing));
      continue;
    }
    ++served;
    REQUIRE(worker.server.on_envelope(1, outgoing.envelope));
    for (auto& answer : worker.server.take_outgoing()) {
      script.node.on_peer(worker.address, answer.envelope, script.now);
    }
  }
  return served;
}

/// A graph of one task, wanted, that needs a key from outside; its own key comes along.
std::pair<Graph, Key> needs(Key outside) {
  GraphBuilder builder;
  ArgumentWriter writer;
  writer.dependency(0);
  GraphBuilder::Task task;
  task.function = &task_function<&twice>();
  const auto ref = builder.external(outside);
  task.dependencies = std::span(&ref, 1);
  task.arguments = writer.bytes();
  const auto made = builder.add(task);
  const Key key = builder.key(made);
  builder.want(made);
  return {builder.build(), key};
}

}  // namespace

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

TEST_CASE("a large result is fetched from a worker that holds it") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.node.fetch(key);
  script.said();
  script.ready(key);
  const auto questions = script.said_only<wire::WhoHas>();
  REQUIRE(questions.size() == 1);
  CHECK(questions[0].keys == std::vector<Key>{key});
  FakeWorker worker(script, "tcp://10.0.0.3:4000", {{key, Value::of(std::string(5000, 'x'))}});
  script.hear(held_by(questions[0].request, key, {3}));
  CHECK(worker.serve() > 0);
  REQUIRE(script.events.size() == 2);
  CHECK(script.events[1].value.get<std::string>() == std::string(5000, 'x'));
}

TEST_CASE("a holder that lost the value is passed over for the next one") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.said();
  script.ready(key);
  script.node.fetch(key);
  auto questions = script.said_only<wire::WhoHas>();
  REQUIRE(questions.size() == 1);
  FakeWorker full(script, "tcp://10.0.0.3:4000", {{key, Value::of(5.0)}});
  FakeWorker empty(script, "tcp://10.0.0.4:4000", {});
  // Whichever is asked first, the one that has the value gets its turn within two rounds.
  for (std::uint64_t round = 0; round < 2; ++round) {
    script.hear(held_by(questions[0].request + round, key, {4, 3}));
    empty.serve();
    full.serve();
  }
  REQUIRE(script.events.size() == 2);
  CHECK(script.events[1].value.get<double>() == 5.0);
}

TEST_CASE(
    "when every holder has failed the key is reported missing and asked for once it is back") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.said();
  script.ready(key);
  script.node.fetch(key);
  script.said();
  script.hear(held_by(1, key, {3}));
  script.said();
  script.node.on_peer_gone("tcp://10.0.0.3:4000", script.now);
  CHECK(script.said_only<wire::WhoHas>().size() == 1);
  CHECK(script.closed_peers == std::vector<std::string>{"tcp://10.0.0.3:4000"});
  script.to_peers.clear();
  script.hear(held_by(2, key, {3}));
  const auto reports = script.said_only<wire::ReportMissing>();
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].keys == std::vector<Key>{key});
  CHECK(reports[0].holders == std::vector<wire::WorkerId>{3});
  script.ready(key);
  CHECK(script.said_only<wire::WhoHas>().size() == 1);
  // After a recomputation the same worker may be asked again.
  FakeWorker worker(script, "tcp://10.0.0.3:4000", {{key, Value::of(5.0)}});
  script.hear(held_by(3, key, {3}));
  worker.serve();
  CHECK(script.events.back().value.get<double>() == 5.0);
}

TEST_CASE("a worker that owes data and falls silent is given up") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.ready(key);
  script.node.fetch(key);
  script.said();
  script.hear(held_by(1, key, {3}));
  script.said();
  script.pass(3s);
  script.welcome();
  script.said();
  CHECK(script.closed_peers.empty());
  script.pass(3s);
  CHECK(script.said_only<wire::WhoHas>().size() >= 1);
  CHECK(script.closed_peers == std::vector<std::string>{"tcp://10.0.0.3:4000"});
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
  script.hear(wire::KeysFailed{{failing}, {failure}});
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
  script.hear(wire::KeysFailed{{key}, {cancelled}});
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

TEST_CASE("a released key causes no further events") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  script.node.release(key);
  script.said();
  script.ready(key, Value::of(2.0));
  script.hear(wire::KeysFailed{{key}, {Failure{}}});
  script.said();
  CHECK(script.events.empty());
}

TEST_CASE("a failure reaches the client whole") {
  Script script;
  script.welcome();
  const auto [graph, key] = one_task(1);
  script.node.submit(graph, script.now);
  const Failure failure{Errc::task_failed, "std::domain_error", "no", "twice[0]", "alpha"};
  script.hear(wire::KeysFailed{{key}, {failure}});
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
  script.hear(wire::KeysFailed{{key}, {Failure{}}, 1});
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
  script.hear(wire::KeysFailed{{key}, {old}, 1});
  script.said();
  script.events.clear();
  script.node.retry({key});
  const auto first = script.said_only<wire::RetryKeys>();
  REQUIRE(first.size() == 1);
  // The scheduler starts over with us before it has read the question: it knows the old failure.
  script.hear(wire::Unknown{});
  script.welcome();
  script.hear(wire::KeysFailed{{key}, {old}, 1});
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
  script.hear(wire::KeysFailed{{key}, {fresh}, 2});
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

TEST_CASE("a scattered value goes to one worker, and is held and ready once it has arrived") {
  Script script;
  script.welcome();
  script.said();
  const Key key{3, 4};
  script.node.scatter({{key, Value::of(std::string("data"))}}, false);
  const auto messages = script.said();
  REQUIRE(messages.size() == 1);
  const auto request = std::get<wire::InfoRequest>(messages[0]);
  CHECK(request.topic == "workers");
  FakeWorker alpha(script, "tcp://10.0.0.1:4000", {});
  FakeWorker beta(script, "tcp://10.0.0.2:4000", {});
  script.hear(wire::InfoReply{request.request,
                              R"([{"id":1,"name":"a","data_address":"tcp://10.0.0.1:4000"},
                                  {"id":2,"name":"b","data_address":"tcp://10.0.0.2:4000"}])"});
  const auto before = script.said();
  CHECK(before.empty());
  CHECK(script.events.empty());
  CHECK(pump(script, alpha) + pump(script, beta) > 0);
  CHECK(alpha.values.size() + beta.values.size() == 1);
  const auto held = script.said_only<wire::HoldKeys>();
  REQUIRE(held.size() == 1);
  CHECK(held[0].keys == std::vector<Key>{key});
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].status == Status::ready);
}

TEST_CASE("graphs wait for the scattered keys they need, and others do not") {
  Script script;
  script.welcome();
  script.said();
  const Key data{3, 4};
  script.node.scatter({{data, Value::of(1.5)}}, false);
  script.node.submit(needs(data).first, script.now);
  const Key first = needs(data).second;
  script.node.submit(needs(first).first, script.now);
  script.node.submit(one_task(1).first, script.now);
  auto submitted = script.said_only<wire::SubmitGraph>();
  REQUIRE(submitted.size() == 1);
  const std::uint64_t last_number = submitted[0].submission;
  CHECK(wire::decode_graph(submitted[0].frame)->keys == one_task(1).first.keys);
  FakeWorker alpha(script, "tcp://10.0.0.1:4000", {});
  script.hear(wire::InfoReply{std::uint64_t{1} << 63,
                              R"([{"id":1,"name":"a","data_address":"tcp://10.0.0.1:4000"}])"});
  script.node.release(data);
  script.said();
  pump(script, alpha);
  const auto messages = script.said();
  REQUIRE(messages.size() == 3);
  CHECK(std::get<wire::HoldKeys>(messages[0]).keys == std::vector<Key>{data});
  const auto& one = std::get<wire::SubmitGraph>(messages[1]);
  const auto& two = std::get<wire::SubmitGraph>(messages[2]);
  CHECK(wire::decode_graph(one.frame)->keys == std::vector<Key>{first});
  CHECK(wire::decode_graph(two.frame)->external_keys == std::vector<Key>{first});
  // The scheduler takes a number that does not grow for a repetition.
  CHECK(one.submission > last_number);
  CHECK(two.submission > one.submission);
  // What a graph needs is held until the scheduler has the graph.
  script.hear(wire::SubmitAccepted{one.submission});
  const auto released = script.said_only<wire::ReleaseKeys>();
  REQUIRE(released.size() == 1);
  CHECK(released[0].keys == std::vector<Key>{data});
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

TEST_CASE("a scattered value arrives even if its future is dropped on the way") {
  Script script;
  script.welcome();
  const Key key{3, 4};
  script.node.scatter({{key, Value::of(1.5)}}, false);
  script.node.release(key);
  CHECK(script.said_only<wire::ReleaseKeys>().empty());
  FakeWorker alpha(script, "tcp://10.0.0.1:4000", {});
  script.hear(wire::InfoReply{std::uint64_t{1} << 63,
                              R"([{"id":1,"name":"a","data_address":"tcp://10.0.0.1:4000"}])"});
  script.said();
  CHECK(pump(script, alpha) > 0);
  CHECK(alpha.values.count(key) == 1);
  const auto released = script.said_only<wire::ReleaseKeys>();
  REQUIRE(released.size() == 1);
  CHECK(released[0].keys == std::vector<Key>{key});
}

TEST_CASE("a broadcast value is held from the first copy on, and ready with the last") {
  Script script;
  script.welcome();
  const Key key{3, 4};
  script.node.scatter({{key, Value::of(1.5)}}, true);
  FakeWorker alpha(script, "tcp://10.0.0.1:4000", {});
  FakeWorker beta(script, "tcp://10.0.0.2:4000", {});
  script.hear(wire::InfoReply{std::uint64_t{1} << 63,
                              R"([{"id":1,"name":"a","data_address":"tcp://10.0.0.1:4000"},
                                  {"id":2,"name":"b","data_address":"tcp://10.0.0.2:4000"}])"});
  script.said();
  pump(script, alpha);
  const auto held = script.said_only<wire::HoldKeys>();
  REQUIRE(held.size() == 1);
  CHECK(held[0].keys == std::vector<Key>{key});
  script.ready(key);
  script.said();
  CHECK(script.events.empty());
  pump(script, beta);
  CHECK(script.said_only<wire::HoldKeys>().empty());
  REQUIRE_FALSE(script.events.empty());
  CHECK(script.events[0].status == Status::ready);
}

TEST_CASE("a broadcast value goes to every worker before it counts as ready") {
  Script script;
  script.welcome();
  const Key key{3, 4};
  script.node.scatter({{key, Value::of(1.5)}}, true);
  script.said();
  FakeWorker alpha(script, "tcp://10.0.0.1:4000", {});
  FakeWorker beta(script, "tcp://10.0.0.2:4000", {});
  script.hear(wire::InfoReply{std::uint64_t{1} << 63,
                              R"([{"id":1,"name":"a","data_address":"tcp://10.0.0.1:4000"},
                                  {"id":2,"name":"b","data_address":"tcp://10.0.0.2:4000"}])"});
  alpha.serve();
  CHECK(script.events.empty());
  beta.serve();
  CHECK(alpha.values.count(key) == 1);
  CHECK(beta.values.count(key) == 1);
  CHECK(script.events.size() == 1);
}

TEST_CASE("a worker without room is passed over, and when all refuse the reason is told") {
  Script script;
  script.welcome();
  const Key key{3, 4};
  script.node.scatter({{key, Value::of(1.5)}}, false);
  script.said();
  FakeWorker alpha(script, "tcp://10.0.0.1:4000", {});
  FakeWorker beta(script, "tcp://10.0.0.2:4000", {});
  alpha.refusal = beta.refusal = "4 GiB of 4 GiB are in use";
  const std::string workers = R"([{"id":1,"name":"a","data_address":"tcp://10.0.0.1:4000"},
                                  {"id":2,"name":"b","data_address":"tcp://10.0.0.2:4000"}])";
  for (int round = 0; round < 3; ++round) {
    script.hear(wire::InfoReply{std::uint64_t{1} << 63, workers});
    alpha.serve();
    beta.serve();
  }
  REQUIRE(script.events.size() == 1);
  CHECK(script.events[0].status == Status::failed);
  CHECK_THAT(script.events[0].failure.message, Catch::Contains("4 GiB of 4 GiB"));
}

TEST_CASE("scattering waits for a first worker to join") {
  Script script;
  script.welcome();
  script.node.scatter({{Key{3, 4}, Value::of(1.5)}}, false);
  CHECK(script.said_only<wire::InfoRequest>().size() == 1);
  script.hear(wire::InfoReply{std::uint64_t{1} << 63, "[]"});
  script.said();
  script.pass(200ms);
  CHECK(script.said_only<wire::InfoRequest>().size() == 1);
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

// What the client fetches from workers and scatters to them.

#include <algorithm>
#include <catch2/catch.hpp>
#include <core/net/transfer.hpp>
#include <fmt/format.h>

#include "scripted.hpp"

using namespace scripted;
using namespace std::chrono_literals;
using client::Status;

namespace {

std::string address_of(wire::WorkerId worker) {
  return "tcp://10.0.0." + std::to_string(worker) + ":4000";
}

/// The answer to where scattered values may go: workers 1, 2, ...
wire::InfoReply workers(wire::WorkerId count) {
  std::string list;
  for (wire::WorkerId worker = 1; worker <= count; ++worker) {
    list += fmt::format(R"({}{{"id":{},"name":"{}","data_address":"{}"}})", list.empty() ? "" : ",",
                        worker, worker, address_of(worker));
  }
  return {std::uint64_t{1} << 63, "[" + list + "]"};
}

wire::Holders held_by(std::uint64_t request, Key key, std::vector<wire::WorkerId> workers) {
  wire::Holders holders;
  holders.request = request;
  holders.keys = {key};
  holders.nbytes = {8};
  holders.offsets = {0, static_cast<std::uint32_t>(workers.size())};
  for (const wire::WorkerId worker : workers) {
    holders.table.push_back(worker);
    holders.addresses.push_back(address_of(worker));
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
  script.hear(workers(1));
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

TEST_CASE("a scattered value arrives even if its future is dropped on the way") {
  Script script;
  script.welcome();
  const Key key{3, 4};
  script.node.scatter({{key, Value::of(1.5)}}, false);
  script.node.release(key);
  CHECK(script.said_only<wire::ReleaseKeys>().empty());
  FakeWorker alpha(script, "tcp://10.0.0.1:4000", {});
  script.hear(workers(1));
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
  script.hear(workers(2));
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
  script.hear(workers(2));
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
  for (int round = 0; round < 3; ++round) {
    script.hear(workers(2));
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
  script.hear(workers(0));
  script.said();
  script.pass(200ms);
  CHECK(script.said_only<wire::InfoRequest>().size() == 1);
}

// A node whose values do not fit: the test is the scheduler, the disk and the threads.

#include <catch2/catch.hpp>
#include <core/net/transfer.hpp>
#include <core/wire/codec.hpp>
#include <map>
#include <worker/server/node.hpp>
#include <worker/state/state.hpp>
#include <worker/store/store.hpp>

using namespace tartan;
using namespace tartan::worker;

namespace {

constexpr std::uint64_t kOne = 100'000;  ///< bytes of a value, nearly

Key key(const std::string& text) { return hash_text(text); }
std::string letters(const std::string& letter) { return std::string(kOne, letter.at(0)); }
std::string both(const std::string& a, const std::string& b) { return a.substr(0, 3) + b.at(0); }

/// A node with room for two values; what it says and orders is kept until the test looks.
class Bench {
 public:
  Bench() : node(config(), hash_text("bench")) {
    node.on_tick(now);
    wire::Welcome welcome;
    welcome.scheduler = hash_text("scheduler");
    welcome.worker = 1;
    welcome.name = "alpha";
    welcome.heartbeat_ns = 500'000'000;
    welcome.lease_ns = 3'000'000'000;
    tell(welcome);
    tell(wire::AddFunctions{{0, 1}, {task_function<&letters>().ref, task_function<&both>().ref}});
  }
  static NodeConfig config() {
    NodeConfig config;
    config.data_address = "tcp://b";
    config.nthreads = 2;
    config.memory_limit = 4 * kOne;
    config.memory = {0.6, 0.7, 0.8, 0};
    config.spills = true;
    return config;
  }

  void tell(const wire::Message& message) {
    net::Envelope envelope;
    envelope.control = wire::encode(message);
    node.on_control(envelope, now);
    turn();
  }
  void turn() {
    Output output = node.take_output();
    for (net::Envelope& envelope : output.control) {
      auto records = wire::decode(envelope.control);
      REQUIRE(records);
      for (wire::Message& record : *records) said.push_back(std::move(record));
    }
    for (Execution& execution : output.start) started.push_back(std::move(execution));
    for (DiskOrder& order : output.disk) orders.push_back(std::move(order));
    for (net::Outgoing& outgoing : output.data) answers.push_back(std::move(outgoing));
    for (net::PeerId peer : output.drop_data) dropped.push_back(peer);
    CHECK(node.state().validate().empty());
  }
  void compute(wire::AttemptId attempt, const std::string& name, std::vector<std::string> deps) {
    wire::ComputeTasks c;
    c.attempts = {attempt};
    c.keys = {key(name)};
    c.functions = {deps.empty() ? 0U : 1U};
    c.priorities = {attempt};
    c.dep_offsets = {0, static_cast<std::uint32_t>(deps.size())};
    ArgumentWriter arguments;
    if (deps.empty()) arguments.inline_value(Value::of(name));
    for (std::uint32_t d = 0; d < deps.size(); ++d) {
      arguments.dependency(d);
      c.deps.push_back(key(deps[d]));
      c.holders.push_back(wire::kNoWorker);
    }
    c.arguments.push_back(arguments.bytes());
    tell(c);
  }
  void run() {
    std::vector<Execution> batch = std::move(started);
    started.clear();
    for (Execution& execution : batch) {
      node.on_executed(execute(execution), now);
      turn();
    }
  }
  /// Performs what was ordered, and what follows from it.
  void disk() {
    while (!orders.empty()) {
      std::vector<DiskOrder> batch = std::move(orders);
      orders.clear();
      for (DiskOrder& order : batch) perform(order);
    }
  }
  void perform(DiskOrder& order) {
    DiskResult result{order.task, order.key, order.file};
    if (order.task == DiskTask::remove) {
      files.erase(order.file);
      return;
    }
    if (order.task == DiskTask::write && disk_full) {
      result.problem = "the disk is full";
    } else if (order.task == DiskTask::write) {
      files[order.file] = order.value.encode();
    } else if (auto found = files.find(order.file); found != files.end()) {
      result.value = Value::from_encoded(found->second);
    } else {
      result.problem = "the file 'x' is damaged";
    }
    order = {};
    node.on_disk(std::move(result), now);
    turn();
  }
  /// Makes values named a, b, ... with room for two.
  void fill(int count) {
    for (int i = 0; i < count; ++i) {
      compute(static_cast<wire::AttemptId>(i + 1), std::string(1, static_cast<char>('a' + i)), {});
      run();
      disk();
    }
  }
  template <class T>
  std::vector<T> take() {
    std::vector<T> found;
    for (wire::Message& message : said) {
      if (T* record = std::get_if<T>(&message)) found.push_back(std::move(*record));
    }
    std::erase_if(said, [](const wire::Message& m) { return std::holds_alternative<T>(m); });
    return found;
  }
  bool in_memory(const char* name) const { return node.store().get(key(name)) != nullptr; }

  Time now{std::chrono::seconds(100)};
  Node node;
  std::vector<wire::Message> said;
  std::vector<Execution> started;
  std::vector<DiskOrder> orders;
  std::vector<net::Outgoing> answers;
  std::vector<net::PeerId> dropped;
  std::map<std::uint64_t, Encoded> files;
  bool disk_full = false;
};

/// Asks for keys as a peer would and returns what comes.
net::TransferClient::Fetched fetch(Bench& bench, const std::vector<Key>& keys) {
  net::TransferClient client(false);
  client.get(1, keys);
  std::vector<net::TransferClient::Fetched> fetched;
  for (int turns = 0; turns < 100 && fetched.empty(); ++turns) {
    for (net::Envelope& envelope : client.take_outgoing()) {
      bench.node.on_data(4, envelope, bench.now);
    }
    bench.turn();
    bench.disk();
    std::vector<net::Outgoing> answers = std::move(bench.answers);
    bench.answers.clear();
    for (net::Outgoing& answer : answers) REQUIRE(client.on_envelope(answer.envelope));
    fetched = client.take_fetched();
  }
  REQUIRE(fetched.size() == 1);
  return std::move(fetched[0]);
}

}  // namespace

TEST_CASE("a node above its target spills the values it used longest ago, and still holds them") {
  Bench bench;
  bench.fill(4);
  CHECK_FALSE(bench.in_memory("a"));
  CHECK_FALSE(bench.in_memory("b"));
  CHECK(bench.in_memory("d"));
  CHECK(bench.node.state().holds(key("a")));
  CHECK(bench.node.store().spilled_bytes() > kOne);
  CHECK(bench.node.store().bytes() <= 4 * kOne * 6 / 10);
  CHECK(bench.take<wire::DataDropped>().empty());
  bench.now += std::chrono::seconds(1);
  bench.node.on_tick(bench.now);
  bench.turn();
  auto beats = bench.take<wire::WorkerHeartbeat>();
  REQUIRE_FALSE(beats.empty());
  CHECK(beats.back().spilled_bytes == bench.node.store().spilled_bytes());
  CHECK(beats.back().held == 4);
}

TEST_CASE("a task waits until its inputs are read, and gets what was written") {
  Bench bench;
  bench.fill(4);
  bench.compute(9, "ab", {"a", "b"});
  CHECK(bench.started.empty());
  bench.disk();
  REQUIRE(bench.started.size() == 1);
  bench.run();
  CHECK(bench.node.store().get(key("ab"))->get<std::string>() == "aaab");
  bench.disk();
  CHECK(bench.node.store().bytes() <= 4 * kOne * 6 / 10);
}

TEST_CASE("an input that is read twice for one task is read once") {
  Bench bench;
  bench.fill(4);
  bench.compute(9, "aa", {"a", "a"});
  bench.disk();
  bench.run();
  CHECK(bench.node.store().get(key("aa"))->get<std::string>() == "aaaa");
}

TEST_CASE("a task cancelled while its inputs are read never runs, and its thread is free") {
  Bench bench;
  bench.fill(4);
  bench.compute(9, "ab", {"a", "b"});
  bench.tell(wire::CancelAttempts{{9}});
  CHECK(bench.node.state().digest().executing == 0);
  bench.disk();
  CHECK(bench.started.empty());
  CHECK(bench.node.state().task_count() == 0);
}

TEST_CASE("an input freed before it is read still reaches the task that started") {
  Bench bench;
  bench.fill(4);
  bench.compute(9, "ab", {"a", "b"});
  bench.tell(wire::FreeKeys{{key("a"), key("b")}});
  bench.disk();
  bench.run();
  CHECK(bench.node.store().get(key("ab"))->get<std::string>() == "aaab");
  CHECK_FALSE(bench.node.store().contains(key("a")));
}

TEST_CASE("a request for values on disk and in memory is answered when all are there") {
  Bench bench;
  bench.fill(4);
  auto fetched = fetch(bench, {key("a"), key("d"), key("nobody's"), key("b")});
  CHECK(fetched.missing == std::vector<Key>{key("nobody's")});
  std::map<Key, std::string> values;
  for (auto& [name, value] : fetched.values) values[name] = value.get<std::string>();
  REQUIRE(values.size() == 3);
  CHECK(values[key("a")] == letters("a"));
  CHECK(values[key("b")] == letters("b"));
  CHECK(values[key("d")] == letters("d"));
  CHECK_FALSE(bench.in_memory("a"));
}

TEST_CASE("a peer that waits for the disk is given signs of life") {
  Bench bench;
  bench.fill(4);
  net::TransferClient client(false);
  client.get(1, {key("a")});
  for (net::Envelope& envelope : client.take_outgoing()) bench.node.on_data(4, envelope, bench.now);
  bench.turn();
  CHECK(bench.answers.empty());
  bench.now += std::chrono::seconds(1);
  bench.node.on_tick(bench.now);
  bench.turn();
  REQUIRE(bench.answers.size() == 1);
  CHECK(client.on_envelope(bench.answers[0].envelope));
  bench.node.on_data_gone(4);
  bench.answers.clear();
  bench.disk();
  CHECK(bench.answers.empty());
}

TEST_CASE(
    "a damaged file is a lost value: the scheduler hears of it before it gets the task back") {
  Bench bench;
  bench.fill(4);
  bench.files.clear();
  bench.compute(9, "ab", {"a", "b"});
  bench.take<wire::TasksFinished>();
  bench.said.clear();
  bench.disk();
  CHECK(bench.started.empty());
  CHECK_FALSE(bench.node.state().holds(key("a")));
  CHECK(bench.node.state().task_count() == 0);
  std::size_t drop_at = bench.said.size();
  std::size_t back_at = 0;
  for (std::size_t i = 0; i < bench.said.size(); ++i) {
    if (std::holds_alternative<wire::DataDropped>(bench.said[i])) drop_at = std::min(drop_at, i);
    if (std::holds_alternative<wire::Retracted>(bench.said[i])) back_at = i;
  }
  CHECK(drop_at < back_at);
  auto back = bench.take<wire::Retracted>();
  REQUIRE(back.size() == 1);
  CHECK(back[0].attempts == std::vector<wire::AttemptId>{9});
  CHECK(back[0].accepted == std::vector<std::uint8_t>{1});
}

TEST_CASE("a peer that has too many requests wait for the disk is dropped with them") {
  Bench bench;
  bench.fill(4);
  for (std::uint64_t request = 1; request <= 65; ++request) {
    CHECK(bench.dropped.empty());
    net::Envelope envelope;
    envelope.control = wire::encode(wire::GetData{request, {key("a")}, 1 << 20});
    bench.node.on_data(4, envelope, bench.now);
    bench.turn();
  }
  CHECK(bench.dropped == std::vector<net::PeerId>{4});
  bench.disk();
  CHECK(bench.answers.empty());
}

TEST_CASE("a damaged file that a peer asks for is missing, never wrong") {
  Bench bench;
  bench.fill(4);
  bench.files.clear();
  auto fetched = fetch(bench, {key("a"), key("d")});
  CHECK(fetched.missing == std::vector<Key>{key("a")});
  CHECK(fetched.values.size() == 1);
  CHECK(bench.take<wire::DataDropped>().size() == 1);
}

TEST_CASE("a full disk loses nothing, and writing begins again some seconds later") {
  Bench bench;
  bench.disk_full = true;
  bench.fill(3);
  CHECK(bench.in_memory("a"));
  CHECK(bench.node.store().leaving_bytes() == 0);
  bench.disk_full = false;
  bench.turn();
  CHECK(bench.orders.empty());
  bench.now += std::chrono::seconds(6);
  bench.node.on_tick(bench.now);
  bench.turn();
  bench.disk();
  CHECK_FALSE(bench.in_memory("a"));
}

TEST_CASE("a paused node starts nothing while it can spill, and one task when it cannot") {
  Bench bench;
  bench.fill(2);
  bench.node.on_memory(4 * kOne, bench.now);
  bench.turn();
  CHECK(bench.orders.size() == 2);
  bench.compute(8, "x", {});
  bench.compute(9, "y", {});
  CHECK(bench.started.empty());
  bench.disk();
  // Nothing is left to spill, and nothing runs: one task may.
  REQUIRE(bench.started.size() == 1);
  bench.node.on_memory(kOne, bench.now);
  bench.turn();
  CHECK(bench.started.size() == 2);
}

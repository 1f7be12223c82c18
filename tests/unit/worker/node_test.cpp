// Nodes driven by hand: the test is the scheduler, the network and the threads.

#include <catch2/catch.hpp>
#include <core/net/transfer.hpp>
#include <core/wire/codec.hpp>
#include <numeric>
#include <worker/server/node.hpp>
#include <worker/state/state.hpp>
#include <worker/store/store.hpp>

using namespace tartan;
using namespace tartan::worker;

namespace {

constexpr std::size_t kLarge = 100'000;

std::vector<double> ramp(int n) {
  std::vector<double> v(static_cast<std::size_t>(n));
  std::iota(v.begin(), v.end(), 0.0);
  return v;
}
double total(const std::vector<double>& v) { return std::accumulate(v.begin(), v.end(), 0.0); }
double twice(double x) { return 2 * x; }
double refuse(double) { throw std::invalid_argument("no thanks"); }

Key key(const char* text) { return hash_text(text); }

wire::AddFunctions functions() {
  return {{0, 1, 2, 3},
          {task_function<&ramp>().ref, task_function<&total>().ref, task_function<&twice>().ref,
           task_function<&refuse>().ref}};
}

/// One task of function `number`; dep null: an inline argument n.
wire::ComputeTasks task(wire::AttemptId attempt, const char* name, std::uint32_t number,
                        const char* dep = nullptr, wire::WorkerId holder = wire::kNoWorker,
                        const Value* inlined = nullptr) {
  wire::ComputeTasks c;
  c.attempts = {attempt};
  c.keys = {key(name)};
  c.functions = {number};
  c.priorities = {attempt};
  c.output_bytes = {0};
  c.scratch_bytes = {0};
  c.resources = {0};
  ArgumentWriter arguments;
  if (dep == nullptr) {
    arguments.inline_value(Value::of(static_cast<int>(kLarge)));
    c.dep_offsets = {0, 0};
  } else {
    arguments.dependency(0);
    c.dep_offsets = {0, 1};
    c.deps = {key(dep)};
    c.dep_nbytes = {8};
    c.holders = {holder};
    c.inline_values.push_back(inlined == nullptr ? std::vector<std::byte>()
                                                 : wire::pack_value(*inlined));
  }
  c.arguments.push_back(arguments.bytes());
  return c;
}

/// A node with its scheduler.
class Bench {
 public:
  explicit Bench(const char* address, std::uint64_t memory_limit = 0)
      : Bench(config(address, memory_limit)) {}
  explicit Bench(const NodeConfig& config) : node(config, hash_text(config.data_address)) {
    node.on_tick(now);
    turn();
  }
  static NodeConfig config(const char* address, std::uint64_t memory_limit) {
    NodeConfig config;
    config.data_address = address;
    config.nthreads = 2;
    config.memory_limit = memory_limit;
    return config;
  }

  void welcome(wire::WorkerId id, const char* scheduler = "scheduler") {
    wire::Welcome welcome;
    welcome.scheduler = hash_text(scheduler);
    welcome.worker = id;
    welcome.name = "worker-" + std::to_string(id);
    welcome.heartbeat_ns = 500'000'000;
    welcome.lease_ns = 3'000'000'000;
    tell(welcome);
  }
  void tell(const wire::Message& message) {
    net::Envelope envelope;
    envelope.control = wire::encode(message);
    node.on_control(envelope, now);
    turn();
  }
  void tick(Duration later) {
    now += later;
    node.on_tick(now);
    turn();
  }
  /// Runs what was started, until nothing is.
  void run() {
    while (!started.empty()) {
      std::vector<Execution> batch = std::move(started);
      started.clear();
      for (Execution& execution : batch) {
        node.on_executed(execute(execution), now);
        turn();
      }
    }
  }
  void turn() {
    Output output = node.take_output();
    for (net::Envelope& envelope : output.control) {
      auto records = wire::decode(envelope.control);
      REQUIRE(records);
      for (wire::Message& record : *records) said.push_back(std::move(record));
    }
    for (Execution& execution : output.start) started.push_back(std::move(execution));
    for (PeerEnvelope& envelope : output.peers) to_peers.push_back(std::move(envelope));
    for (net::Outgoing& outgoing : output.data) answers.push_back(std::move(outgoing));
    for (ModuleOrder& order : output.modules) modules.push_back(std::move(order));
    for (std::string& address : output.close_peers) closed.push_back(std::move(address));
    for (net::PeerId peer : output.drop_data) dropped.push_back(peer);
    stopped = stopped || output.stop;
    refused = refused || output.refused;
    CHECK(node.state().validate().empty());
  }
  /// The records of one kind said so far; they are forgotten.
  template <class T>
  std::vector<T> take() {
    std::vector<T> found;
    std::vector<wire::Message> rest;
    for (wire::Message& message : said) {
      if (T* record = std::get_if<T>(&message)) {
        found.push_back(std::move(*record));
      } else {
        rest.push_back(std::move(message));
      }
    }
    said = std::move(rest);
    return found;
  }

  Time now{std::chrono::seconds(100)};
  Node node;
  std::vector<wire::Message> said;
  std::vector<Execution> started;
  std::vector<PeerEnvelope> to_peers;
  std::vector<net::Outgoing> answers;
  std::vector<ModuleOrder> modules;
  std::vector<std::string> closed;
  std::vector<net::PeerId> dropped;
  bool stopped = false;
  bool refused = false;
};

/// Carries data-plane envelopes between an asking and a serving node until there are none.
void carry(Bench& asks, Bench& serves) {
  while (!asks.to_peers.empty() || !serves.answers.empty()) {
    std::vector<PeerEnvelope> questions = std::move(asks.to_peers);
    asks.to_peers.clear();
    for (PeerEnvelope& question : questions) serves.node.on_data(7, question.envelope, serves.now);
    serves.turn();
    std::vector<net::Outgoing> answers = std::move(serves.answers);
    serves.answers.clear();
    for (net::Outgoing& answer : answers) {
      REQUIRE(answer.to == 7);
      asks.node.on_peer("tcp://a", answer.envelope, asks.now);
    }
    asks.turn();
  }
}

}  // namespace

TEST_CASE("a node says hello until it is welcomed, then keeps its heartbeat") {
  Bench bench("tcp://b");
  CHECK(bench.take<wire::Hello>().size() == 1);
  bench.tick(std::chrono::milliseconds(100));
  CHECK(bench.take<wire::Hello>().empty());
  bench.tick(std::chrono::milliseconds(500));
  auto hellos = bench.take<wire::Hello>();
  REQUIRE(hellos.size() == 1);
  CHECK(hellos[0].role == wire::Role::worker);
  CHECK(hellos[0].data_address == "tcp://b");
  CHECK(hellos[0].nthreads == 2);
  CHECK_FALSE(bench.node.joined());
  bench.welcome(3);
  CHECK(bench.node.joined());
  CHECK(bench.node.name() == "worker-3");
  bench.tick(Duration(1));
  CHECK(bench.take<wire::WorkerHeartbeat>().size() == 1);
  bench.tick(std::chrono::milliseconds(500));
  CHECK(bench.take<wire::WorkerHeartbeat>().size() == 1);
  CHECK(bench.take<wire::Hello>().empty());
}

TEST_CASE("a node that has not heard from the scheduler for its lease says hello again") {
  Bench bench("tcp://b");
  bench.welcome(3);
  bench.take<wire::Hello>();
  bench.tick(std::chrono::seconds(4));
  CHECK(bench.take<wire::Hello>().size() == 1);
  bench.welcome(3);
  CHECK(bench.node.joined());
  CHECK(bench.take<wire::StateReport>().empty());
}

TEST_CASE("a scheduler that does not know the node is told hello, and what the node holds") {
  Bench bench("tcp://b");
  bench.welcome(3);
  bench.tell(functions());
  bench.tell(task(1, "a", 0));
  bench.run();
  bench.tell(task(2, "b", 0));
  bench.take<wire::Hello>();
  bench.tell(wire::Unknown{});
  CHECK(bench.take<wire::Hello>().size() == 1);
  bench.tell(wire::Unknown{});
  CHECK(bench.take<wire::Hello>().empty());
  bench.welcome(4);
  auto reports = bench.take<wire::StateReport>();
  REQUIRE(reports.size() == 1);
  CHECK(reports[0].attempts.empty());
  CHECK(reports[0].held == std::vector<Key>{key("a")});
  bench.take<wire::TasksFinished>();
  bench.run();
  CHECK(bench.take<wire::TasksFinished>().empty());
}

TEST_CASE("small results ride with the report, large ones stay") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  bench.tell(task(1, "a", 0));
  bench.tell(task(2, "b", 1, "a"));
  bench.run();
  auto finished = bench.take<wire::TasksFinished>();
  REQUIRE(finished.size() == 2);
  CHECK(finished[0].attempts == std::vector<wire::AttemptId>{1});
  CHECK(finished[0].inline_values[0].empty());
  CHECK(finished[0].nbytes[0] >= kLarge * sizeof(double));
  CHECK(finished[1].attempts == std::vector<wire::AttemptId>{2});
  auto value = wire::unpack_value(finished[1].inline_values[0]);
  REQUIRE(value);
  CHECK(value->get<double>() == kLarge * (kLarge - 1) / 2.0);
  CHECK(bench.node.store().size() == 2);
}

TEST_CASE("inputs come inline with the task") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  Value input = Value::of(21.0);
  bench.tell(task(1, "a", 2, "x", wire::kNoWorker, &input));
  bench.run();
  CHECK(bench.node.store().get(key("a"))->get<double>() == 42.0);
  CHECK(bench.node.store().get(key("x")) == nullptr);
}

TEST_CASE("a node fetches its inputs from the node that holds them") {
  Bench a("tcp://a");
  Bench b("tcp://b");
  a.welcome(1);
  b.welcome(2);
  a.tell(functions());
  b.tell(functions());
  a.tell(task(1, "a", 0));
  a.run();
  b.tell(wire::AddPeers{{1}, {"tcp://a"}});
  b.tell(task(2, "b", 1, "a", 1));
  CHECK(b.started.empty());
  carry(b, a);
  b.run();
  CHECK(b.node.store().get(key("b"))->get<double>() == kLarge * (kLarge - 1) / 2.0);
  auto added = b.take<wire::DataAdded>();
  REQUIRE(added.size() == 1);
  CHECK(added[0].keys == std::vector<Key>{key("a")});
}

TEST_CASE("a key the holder has not is reported missing, and fetched from the next holder") {
  Bench a("tcp://a");
  Bench b("tcp://b");
  b.welcome(2);
  b.tell(functions());
  b.tell(task(2, "b", 1, "a", 5));
  auto missing = b.take<wire::DataMissing>();
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].holders == std::vector<wire::WorkerId>{5});
  b.tell(wire::AddPeers{{1}, {"tcp://a"}});
  b.tell(wire::UpdateHolders{{key("a")}, {1}});
  carry(b, a);
  missing = b.take<wire::DataMissing>();
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].keys == std::vector<Key>{key("a")});
  CHECK(missing[0].holders == std::vector<wire::WorkerId>{1});
}

TEST_CASE("a peer that does not answer is given up, and its connection closed") {
  Bench b("tcp://b");
  b.welcome(2);
  b.tell(functions());
  b.tell(wire::AddPeers{{1}, {"tcp://a"}});
  b.tell(task(2, "b", 1, "a", 1));
  CHECK(b.to_peers.size() == 1);
  b.tick(std::chrono::seconds(2));
  CHECK(b.closed.empty());
  b.tick(std::chrono::seconds(4));
  CHECK(b.closed == std::vector<std::string>{"tcp://a"});
  CHECK(b.take<wire::DataMissing>().size() == 1);
}

TEST_CASE("a failing task is reported with the worker it ran on") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  Value input = Value::of(1.0);
  bench.tell(task(1, "a", 3, "x", wire::kNoWorker, &input));
  bench.run();
  auto failed = bench.take<wire::TaskFailed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].failure.type == "std::invalid_argument");
  CHECK(failed[0].failure.message == "no thanks");
  CHECK(failed[0].failure.worker == "worker-1 at tcp://b");
}

TEST_CASE("a function no module has fails its tasks in a sentence, and only them") {
  Bench bench("tcp://b");
  bench.welcome(1);
  wire::AddFunctions add = functions();
  add.functions[0].symbol = "_Z9no_such_fv";
  bench.tell(add);
  bench.tell(task(1, "a", 0));
  auto failed = bench.take<wire::TaskFailed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].failure.code == Errc::unknown_function);
  CHECK(failed[0].failure.message.find("no_such_f") != std::string::npos);
  Value input = Value::of(1.0);
  bench.tell(task(2, "b", 2, "x", wire::kNoWorker, &input));
  bench.run();
  CHECK(bench.take<wire::TasksFinished>().size() == 1);
}

namespace node_test {
/// With external linkage, so that it may stand for that of another build.
inline double half(double x) { return x / 2; }
}  // namespace node_test

namespace {

/// Functions of a module that travels; `symbol` is that of `twice` or of nothing.
wire::AddFunctions travelling(bool known_symbol = true) {
  wire::AddFunctions add = functions();
  for (FunctionRef& ref : add.functions) {
    ref.module = key("a module");
    if (!known_symbol) ref.symbol = "_Z9no_such_fv";
  }
  add.travels.assign(add.numbers.size(), 1);
  add.signatures.assign(add.numbers.size(), "float64(float64)");
  return add;
}

NodeConfig taking_modules() {
  NodeConfig config = Bench::config("tcp://b", 0);
  config.takes_modules = true;
  return config;
}

using Outcome = ModuleResult::Outcome;

}  // namespace

TEST_CASE("tasks of a module that is not here wait for it, and count as given to the worker") {
  Bench bench(taking_modules());
  bench.welcome(1);
  bench.tell(travelling());
  Value input = Value::of(1.0);
  bench.tell(task(1, "a", 2, "x", wire::kNoWorker, &input));
  bench.tell(task(2, "b", 2, "x", wire::kNoWorker, &input));
  CHECK(bench.started.empty());
  CHECK(bench.take<wire::TaskFailed>().empty());
  REQUIRE(bench.modules.size() == 1);
  CHECK(bench.modules[0].module == key("a module"));
  CHECK(bench.node.state().digest().attempts == 2);
  bench.node.on_module({key("a module"), Outcome::absent}, bench.now);
  bench.turn();
  REQUIRE(bench.take<wire::ModuleWanted>().size() == 1);
  bench.tick(std::chrono::seconds(2));
  CHECK(bench.take<wire::ModuleWanted>().size() == 1);
  // A waiting task can be taken back.
  bench.tell(wire::RetractTasks{{2}});
  CHECK(bench.take<wire::Retracted>().at(0).accepted == std::vector<std::uint8_t>{1});
}

TEST_CASE("a module nobody has fails the tasks that wait for it, and later ones ask again") {
  Bench bench(taking_modules());
  bench.welcome(1);
  bench.tell(travelling());
  Value input = Value::of(1.0);
  for (wire::AttemptId attempt : {1, 2}) {
    bench.tell(task(attempt, attempt == 1 ? "a" : "b", 2, "x", wire::kNoWorker, &input));
    bench.node.on_module({key("a module"), Outcome::absent}, bench.now);
    bench.turn();
    CHECK(bench.take<wire::ModuleWanted>().size() == 1);
    wire::ModulePiece refused;
    refused.module = key("a module");
    refused.refused = "its client has left";
    bench.tell(refused);
    const auto failed = bench.take<wire::TaskFailed>();
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].attempt == attempt);
    CHECK(failed[0].failure.message == "its client has left");
    CHECK(failed[0].failure.worker == "worker-1 at tcp://b");
  }
}

TEST_CASE("a module nobody says a word of is given up, but not for a scheduler's own silence") {
  Bench bench(taking_modules());
  bench.welcome(1);
  bench.tell(travelling());
  Value input = Value::of(1.0);
  bench.tell(task(1, "a", 2, "x", wire::kNoWorker, &input));
  bench.node.on_module({key("a module"), Outcome::absent}, bench.now);
  // Nothing comes, so the worker says hello again, and waits for its scheduler.
  for (int turn = 0; turn < 100; ++turn) bench.tick(std::chrono::seconds(3));
  CHECK_FALSE(bench.node.joined());
  CHECK(bench.take<wire::TaskFailed>().empty());
  CHECK(bench.take<wire::ModuleWanted>().size() <= 2);
  bench.welcome(1);
  for (int turn = 0; turn < 100; ++turn) {
    bench.tell(wire::Beat{});
    bench.tick(std::chrono::seconds(2));
  }
  const auto failed = bench.take<wire::TaskFailed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].failure.message.find("never answered") != std::string::npos);
}

TEST_CASE("a module that came without the function, or cannot be used, fails its tasks") {
  Bench bench(taking_modules());
  bench.welcome(1);
  bench.tell(travelling(false));
  bench.tell(task(1, "a", 2));
  bench.node.on_module({key("a module"), Outcome::loaded}, bench.now);
  bench.turn();
  auto failed = bench.take<wire::TaskFailed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].failure.code == Errc::unknown_function);
  CHECK(bench.take<wire::FunctionsKnown>().size() == 2);  // at the start, and of the module

  bench.tell(task(2, "b", 2));
  bench.node.on_module({key("a module"), Outcome::unusable, Error(Errc::version_mismatch, "old")},
                       bench.now);
  bench.turn();
  bench.tell(task(3, "c", 2));
  failed = bench.take<wire::TaskFailed>();
  REQUIRE(failed.size() == 2);
  CHECK(failed[0].failure.message == "old");
  CHECK(failed[1].failure.message == "old");
}

TEST_CASE("a worker that may not load modules runs what it has, and fails the rest at once") {
  Bench bench("tcp://b");
  bench.welcome(1);
  wire::AddFunctions add = travelling();
  add.functions[2] = task_function<&node_test::half>().ref;
  add.functions[2].module = key("a module");
  bench.tell(add);
  Value input = Value::of(1.0);
  bench.tell(task(1, "a", 2, "x", wire::kNoWorker, &input));
  bench.run();
  CHECK(bench.take<wire::TasksFinished>().size() == 1);
  bench.tell(travelling(false));
  bench.tell(task(2, "b", 2));
  const auto failed = bench.take<wire::TaskFailed>();
  REQUIRE(failed.size() == 1);
  CHECK(bench.modules.empty());
  for (const char* word : {"--allow-modules", "worker-1", "no_such_f"}) {
    CHECK(failed[0].failure.message.find(word) != std::string::npos);
  }
  CHECK(failed[0].failure.message.find(key("a module").to_string()) != std::string::npos);
}

TEST_CASE("a signature that differs is told in words on both sides") {
  Bench bench("tcp://b");
  bench.welcome(1);
  wire::AddFunctions add = functions();
  add.functions[2].signature = hash_text("int32(int32)").lo;
  add.signatures = {"", "", "int32(int32)", ""};
  bench.tell(add);
  bench.tell(task(1, "a", 2));
  const auto failed = bench.take<wire::TaskFailed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].failure.message.find("float64(float64)") != std::string::npos);
  CHECK(failed[0].failure.message.find("int32(int32)") != std::string::npos);
}

TEST_CASE("an input that does not unpack fails the task") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  Value input = Value::of(1.0);
  wire::ComputeTasks broken = task(1, "a", 2, "x", wire::kNoWorker, &input);
  broken.inline_values = {};
  std::vector<std::byte> garbage(3, std::byte{0xC1});
  broken.inline_values.push_back(garbage);
  bench.tell(broken);
  CHECK(bench.take<wire::TaskFailed>().size() == 1);
  CHECK(bench.node.state().task_count() == 0);
}

TEST_CASE("malformed frames change nothing: control is ignored, a data peer is dropped") {
  Bench bench("tcp://b");
  bench.welcome(1);
  net::Envelope garbage;
  garbage.control = Buffer::copy("\xDF\xFF\xFF\xFF\xFF garbage");
  bench.node.on_control(garbage, bench.now);
  bench.node.on_data(9, garbage, bench.now);
  bench.turn();
  CHECK(bench.dropped == std::vector<net::PeerId>{9});
  CHECK(bench.node.joined());
}

TEST_CASE("columns that do not fit together are ignored as a whole") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  wire::ComputeTasks good = task(1, "a", 1, "x");
  for (int broken = 0; broken < 4; ++broken) {
    wire::ComputeTasks bad = good;
    if (broken == 0) bad.keys.clear();
    if (broken == 1) bad.dep_offsets = {0, 9};
    if (broken == 2) bad.resources = {7};
    if (broken == 3) bad.holders.clear();
    net::Envelope envelope;
    envelope.control = wire::encode(bad);
    bench.node.on_control(envelope, bench.now);
    bench.turn();
    CHECK(bench.node.state().task_count() == 0);
  }
}

TEST_CASE("refusal and shutdown stop the node with the reason") {
  Bench one("tcp://a");
  one.tell(wire::Refused{"too old"});
  CHECK(one.stopped);
  CHECK(one.refused);
  Bench two("tcp://b");
  two.tell(wire::Shutdown{"done for today"});
  CHECK(two.stopped);
  CHECK_FALSE(two.refused);
}

TEST_CASE("a worker leaves when it has just what is saved elsewhere, not before") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  bench.tell(task(1, "kept", 0));
  bench.run();
  bench.tell(task(2, "running", 0));
  const std::uint64_t digest = digest_of(key("kept"));
  // A task, then a value the scheduler has not heard of when it says so.
  bench.tell(wire::Leave{false, 1, digest, "it was retired"});
  CHECK_FALSE(bench.stopped);
  bench.run();
  bench.tell(wire::Leave{false, 1, digest, "it was retired"});
  CHECK_FALSE(bench.stopped);
  bench.tell(wire::Leave{false, 2, digest ^ digest_of(key("running")), "it was retired"});
  CHECK(bench.stopped);
}

TEST_CASE("a worker that is to be started anew ends at once, whatever it has") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  bench.tell(task(1, "running", 0));
  net::Envelope envelope;
  envelope.control = wire::encode(wire::Leave{true, 0, 0, "the cluster was restarted"});
  bench.node.on_control(envelope, bench.now);
  const Output output = bench.node.take_output();
  CHECK(output.stop);
  CHECK(output.restart);
  CHECK(output.reason == "the cluster was restarted");
}

TEST_CASE("scattered values are stored and reported, and refused beyond the limit") {
  Bench bench("tcp://b", 2'000'000);
  bench.welcome(1);
  net::TransferClient client(false);
  auto put = [&](std::uint64_t request, const char* name, std::size_t size) {
    client.put(request, {{key(name), Value::of(std::string(size, 'x'))}});
    std::vector<net::TransferClient::Stored> stored;
    for (int turns = 0; turns < 100 && stored.empty(); ++turns) {
      for (net::Envelope& envelope : client.take_outgoing()) {
        bench.node.on_data(4, envelope, bench.now);
      }
      bench.turn();
      std::vector<net::Outgoing> answers = std::move(bench.answers);
      bench.answers.clear();
      for (net::Outgoing& answer : answers) REQUIRE(client.on_envelope(answer.envelope));
      stored = client.take_stored();
    }
    REQUIRE(stored.size() == 1);
    return stored[0].refused;
  };
  CHECK(put(1, "a", 1'000'000).empty());
  CHECK(bench.node.store().get(key("a")) != nullptr);
  CHECK(bench.take<wire::DataAdded>().size() == 1);
  std::string refusal = put(2, "b", 1'500'000);
  CHECK(refusal.find("--memory-limit") != std::string::npos);
  CHECK(bench.node.store().get(key("b")) == nullptr);
}

TEST_CASE("repeated messages change nothing") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  bench.tell(task(1, "a", 0));
  bench.tell(task(1, "a", 0));
  CHECK(bench.started.size() == 1);
  bench.run();
  bench.tell(wire::FreeKeys{{key("a")}});
  bench.tell(wire::FreeKeys{{key("a")}});
  bench.tell(wire::CancelAttempts{{1, 1}});
  CHECK(bench.node.store().size() == 0);
  CHECK(bench.node.state().digest().held == 0);
}

TEST_CASE("who waits inside a task is said at once, and repeated in the heartbeat") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  bench.tell(task(1, "a", 0));
  bench.node.on_waiting(1, true, bench.now);
  bench.turn();
  const auto begun = bench.take<wire::TasksWaiting>();
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].attempts == std::vector<wire::AttemptId>{1});
  CHECK(begun[0].seceded == std::vector<std::uint8_t>{1});
  bench.take<wire::WorkerHeartbeat>();
  bench.tick(std::chrono::milliseconds(500));
  const auto beats = bench.take<wire::WorkerHeartbeat>();
  REQUIRE(beats.size() == 1);
  CHECK(beats[0].seceded == std::vector<wire::AttemptId>{1});
  CHECK(beats[0].executing == 0);
  bench.run();
  bench.tick(std::chrono::milliseconds(500));
  CHECK(bench.take<wire::WorkerHeartbeat>().at(0).seceded.empty());
}

TEST_CASE("a task with a timeout fails when its time is over, and what it returns is dropped") {
  Bench bench("tcp://b");
  bench.welcome(1);
  bench.tell(functions());
  wire::ComputeTasks timed = task(1, "a", 0);
  timed.timeouts_ns = {100'000'000};
  bench.tell(timed);
  bench.tick(std::chrono::milliseconds(99));
  CHECK(bench.take<wire::TaskFailed>().empty());
  CHECK(bench.node.next_deadline() <= bench.now + std::chrono::milliseconds(1));
  bench.tick(std::chrono::milliseconds(1));
  const auto failed = bench.take<wire::TaskFailed>();
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].failure.code == Errc::timeout);
  bench.run();
  CHECK(bench.take<wire::TasksFinished>().empty());
  CHECK(bench.node.store().size() == 0);
}

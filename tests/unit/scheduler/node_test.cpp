#include <algorithm>
#include <catch2/catch.hpp>
#include <core/wire/codec.hpp>
#include <cstdio>
#include <cstring>
#include <map>
#include <scheduler/server/node.hpp>
#include <scheduler/state/state.hpp>
#include <unistd.h>

namespace {

using namespace tartan;
using namespace tartan::scheduler;
using namespace std::chrono_literals;

constexpr net::PeerId kWorker = 10;
constexpr net::PeerId kOther = 11;
constexpr net::PeerId kClient = 20;

std::span<const std::byte> bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

/// A node and what it has sent to each peer since the last look.
struct Net {
  Node node{[] {
              NodeConfig config;
              config.validate = true;
              config.build = "tartan test";
              return config;
            }(),
            Key{9, 9}};
  Time now = Time{} + 1h;
  std::map<net::PeerId, std::vector<wire::Message>> sent;
  std::map<net::PeerId, int> envelopes;

  void say(net::PeerId from, const std::vector<wire::Message>& messages) {
    wire::FrameWriter writer;
    for (const auto& message : messages) writer.add(message);
    node.on_envelope(from, {writer.take(), {}, {}}, now);
    deliver();
  }
  void raw(net::PeerId from, std::string_view text) {
    node.on_envelope(from, {Buffer::copy(text), {}, {}}, now);
    deliver();
  }
  void pass(Duration time) {
    for (const Time end = now + time; now < end;) {
      now += 100ms;
      if (now >= node.next_deadline()) node.on_tick(now);
    }
    deliver();
  }
  void deliver() {
    for (net::Outgoing& out : node.take_outgoing()) {
      ++envelopes[out.to];
      auto messages = wire::decode(out.envelope.control);
      REQUIRE(messages.has_value());
      for (auto& message : *messages) sent[out.to].push_back(std::move(message));
    }
  }
  std::vector<wire::Message> take(net::PeerId peer) { return std::exchange(sent[peer], {}); }
  /// The only record of this kind among what the peer was sent, which is forgotten.
  template <class Record>
  Record one(net::PeerId peer) {
    std::vector<Record> found;
    for (auto& message : take(peer)) {
      if (auto* record = std::get_if<Record>(&message)) found.push_back(std::move(*record));
    }
    REQUIRE(found.size() == 1);
    return std::move(found[0]);
  }
  template <class Record>
  bool any(net::PeerId peer) {
    const auto messages = take(peer);
    return std::any_of(messages.begin(), messages.end(), [](const wire::Message& message) {
      return std::holds_alternative<Record>(message);
    });
  }
  void join_worker(net::PeerId peer, const std::string& name, std::uint32_t nthreads = 1) {
    say(peer, {worker_hello(peer, name, nthreads)});
  }
  static wire::Hello worker_hello(net::PeerId peer, const std::string& name,
                                  std::uint32_t nthreads = 1) {
    wire::Hello hello;
    hello.role = wire::Role::worker;
    hello.name = name;
    hello.incarnation = Key{1, peer};
    hello.data_address = "tcp://data:" + std::to_string(peer);
    hello.nthreads = nthreads;
    return hello;
  }
  static wire::Hello client_hello(std::uint64_t incarnation = kClient) {
    wire::Hello hello;
    hello.name = "client";
    hello.incarnation = Key{2, incarnation};
    return hello;
  }
};

/// Tasks 0..n-1, each depending on the one before when `chain`; all results are wanted.
Graph graph_of(std::uint32_t n, bool chain = false, std::uint64_t first_key = 0) {
  Graph graph;
  graph.functions.push_back(FunctionRef{Key{5, 5}, "f", 77, false});
  graph.groups = {"f"};
  graph.options.resize(1);
  graph.dep_offsets = {0};
  graph.arg_offsets = {0};
  for (std::uint32_t i = 0; i < n; ++i) {
    graph.keys.push_back(Key{3, first_key + i});
    graph.function.push_back(0);
    graph.group.push_back(0);
    graph.group_index.push_back(i);
    graph.option.push_back(0);
    graph.rank.push_back(i);
    if (chain && i > 0) graph.deps.push_back(i - 1);
    graph.dep_offsets.push_back(static_cast<std::uint32_t>(graph.deps.size()));
    graph.args.push_back(std::byte{static_cast<unsigned char>(i)});
    graph.arg_offsets.push_back(graph.args.size());
    graph.output_bytes.push_back(0);
    graph.scratch_bytes.push_back(0);
    graph.wanted.push_back(i);
  }
  return graph;
}

wire::SubmitGraph submission(std::uint64_t number, const Graph& graph) {
  return {number, wire::encode_graph(graph)};
}

/// What is written to stderr while it lives.
class StderrText {
 public:
  StderrText() : file_(std::tmpfile()), before_(::dup(STDERR_FILENO)) {
    ::dup2(::fileno(file_), STDERR_FILENO);
  }
  ~StderrText() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
    std::fclose(file_);
  }
  StderrText(const StderrText&) = delete;
  StderrText& operator=(const StderrText&) = delete;

  std::string text() const {
    std::string result(1 << 16, '\0');
    const auto size = ::pread(::fileno(file_), result.data(), result.size(), 0);
    result.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
    return result;
  }

 private:
  std::FILE* file_;
  int before_;
};

wire::TasksFinished finished(const wire::ComputeTasks& tasks, std::string_view value = "value") {
  wire::TasksFinished done;
  for (const AttemptId attempt : tasks.attempts) {
    done.attempts.push_back(attempt);
    done.nbytes.push_back(value.empty() ? 1000000 : value.size());
    done.duration_ns.push_back(5'000'000);
    done.inline_values.push_back(bytes(value));
  }
  return done;
}

}  // namespace

TEST_CASE("a hello is answered with a number, and repeating it changes nothing") {
  Net net;
  net.join_worker(kWorker, "alpha");
  const auto first = net.one<wire::Welcome>(kWorker);
  CHECK(first.scheduler == Key{9, 9});
  CHECK(first.name == "alpha");
  net.join_worker(kWorker, "alpha");
  CHECK(net.one<wire::Welcome>(kWorker).worker == first.worker);
  CHECK(net.node.state().workers().size() == 1);
}

TEST_CASE("two workers of one name get different names") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.join_worker(kOther, "alpha");
  CHECK(net.one<wire::Welcome>(kWorker).name == "alpha");
  CHECK(net.one<wire::Welcome>(kOther).name == "alpha-2");
}

TEST_CASE("another protocol version is refused in a sentence that names both") {
  Net net;
  auto hello = Net::worker_hello(kWorker, "old");
  hello.protocol = 999;
  hello.build = "tartan 9.9";
  net.say(kWorker, {hello});
  const std::string reason = net.one<wire::Refused>(kWorker).reason;
  CHECK(reason.find("999") != std::string::npos);
  CHECK(reason.find("tartan 9.9") != std::string::npos);
  CHECK(reason.find("tartan test") != std::string::npos);
  CHECK(reason.find("install") != std::string::npos);
  CHECK(net.node.state().workers().empty());
}

TEST_CASE("a peer that never said hello is told that it is unknown") {
  Net net;
  net.say(kWorker, {wire::WorkerHeartbeat{}, wire::WorkerHeartbeat{}});
  CHECK(net.take(kWorker).size() == 1);
  net.say(kWorker, {wire::WorkerHeartbeat{}});
  CHECK(net.any<wire::Unknown>(kWorker));
  net.say(kWorker, {wire::Goodbye{}});
  CHECK(net.take(kWorker).empty());
}

TEST_CASE("garbage drops its sender, and nobody else") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.join_worker(kOther, "beta");
  net.raw(kWorker, "\xff\x01garbage");
  net.raw(99, "GET / HTTP/1.1\r\n");
  CHECK(net.node.take_dropped() == std::vector<net::PeerId>{kWorker, 99});
  CHECK(net.node.state().workers().size() == 1);
  net.take(kWorker);
  net.join_worker(kWorker, "alpha");
  CHECK(net.take(kWorker).empty());
}

TEST_CASE("a client that speaks like a worker is dropped") {
  Net net;
  net.say(kClient, {Net::client_hello(), wire::TasksFinished{}});
  CHECK(net.node.take_dropped() == std::vector<net::PeerId>{kClient});
  CHECK(net.node.state().clients().empty());
}

TEST_CASE("functions come before the tasks that use them, once, and a turn is one envelope") {
  Net net;
  net.join_worker(kWorker, "alpha", 8);
  net.say(kClient, {Net::client_hello()});
  net.take(kWorker);
  net.envelopes.clear();
  net.say(kClient, {submission(1, graph_of(2)), submission(2, graph_of(2, false, 100))});
  CHECK(net.envelopes[kWorker] == 1);
  const auto messages = net.take(kWorker);
  REQUIRE(messages.size() == 2);
  const auto& functions = std::get<wire::AddFunctions>(messages[0]);
  const auto& tasks = std::get<wire::ComputeTasks>(messages[1]);
  CHECK(functions.functions.at(0).symbol == "f");
  CHECK(tasks.functions == std::vector<std::uint32_t>(4, functions.numbers.at(0)));
  CHECK(tasks.keys == std::vector<Key>{{3, 0}, {3, 1}, {3, 100}, {3, 101}});
  CHECK(tasks.arguments[1][0] == std::byte{1});
}

TEST_CASE("a module named by a graph is marked for workers, and passed on when one wants it") {
  Net net;
  const std::string content(100, 'm');
  const Key module = hash_text(content);
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello()});
  Graph graph = graph_of(1);
  graph.functions[0] = {module, "f", hash_text("int32(int32)").lo, false};
  wire::SubmitGraph submit = submission(1, graph);
  submit.modules = {module};
  submit.module_names = {"m.so"};
  submit.signatures = {"int32(int32)"};
  net.say(kClient, {submit});
  const auto add = net.one<wire::AddFunctions>(kWorker);
  CHECK(add.travels == std::vector<std::uint8_t>{1});
  CHECK(add.signatures == std::vector<std::string>{"int32(int32)"});
  net.say(kWorker, {wire::ModuleWanted{module, 0}});
  CHECK(net.one<wire::ModuleAsked>(kClient).module == module);
  wire::ModulePart part;
  part.module = module;
  part.size = content.size();
  part.bytes = Buffer::copy(content);
  net.say(kClient, {part});
  CHECK(net.one<wire::ModulePiece>(kWorker).bytes.text() == content);
  // An answer that was lost is given again, without the client.
  net.say(kWorker, {wire::ModuleWanted{module, 0}});
  CHECK(net.one<wire::ModulePiece>(kWorker).bytes.text() == content);
  CHECK_FALSE(net.any<wire::ModuleAsked>(kClient));
  CHECK(net.node.info("modules").find("m.so") != std::string::npos);
}

TEST_CASE("a client that holds its module back is asked again, and told on when it leaves") {
  Net net;
  const Key module{4, 4};
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello()});
  wire::SubmitGraph submit = submission(1, graph_of(1));
  submit.modules = {module};
  submit.module_names = {"m.so"};
  net.say(kClient, {submit});
  net.say(kWorker, {wire::ModuleWanted{module, 0}});
  CHECK(net.any<wire::ModuleAsked>(kClient));
  net.pass(2900ms);
  CHECK(net.any<wire::ModuleAsked>(kClient));
  net.say(kWorker, {wire::ModuleWanted{module, 0}});
  const auto not_yet = net.one<wire::ModulePiece>(kWorker);
  CHECK((not_yet.bytes.empty() && not_yet.refused.empty()));
  net.say(kClient, {wire::Goodbye{}});
  CHECK(net.one<wire::ModulePiece>(kWorker).refused.find("has left") != std::string::npos);
}

TEST_CASE("a graph made for another signature than the workers have is refused with both") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello()});
  net.say(kWorker,
          {wire::FunctionsKnown{
              {{6, 6}}, {0}, {"f"}, {hash_text("int32(int32)").lo}, {"int32(int32)"}, true}});
  Graph graph = graph_of(1);
  graph.functions[0].signature = hash_text("float64(int32)").lo;
  wire::SubmitGraph submit = submission(1, graph);
  submit.signatures = {"float64(int32)"};
  net.say(kClient, {submit});
  const auto refused = net.one<wire::SubmitRefused>(kClient);
  CHECK(refused.failure.code == Errc::unknown_function);
  CHECK(refused.failure.message.find("float64(int32)") != std::string::npos);
  CHECK(refused.failure.message.find("has the signature int32(int32)") != std::string::npos);
  // One worker that has it so is enough.
  net.join_worker(kOther, "beta");
  net.say(kOther,
          {wire::FunctionsKnown{
              {{7, 7}}, {0}, {"f"}, {hash_text("float64(int32)").lo}, {"float64(int32)"}, true}});
  net.say(kClient, {submission(2, graph)});
  CHECK_FALSE(net.any<wire::SubmitRefused>(kClient));
}

TEST_CASE("a small result rides to its client and to dependants on other workers") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(1))});
  const auto tasks = net.one<wire::ComputeTasks>(kWorker);
  net.say(kWorker, {finished(tasks, "little")});
  const auto ready = net.one<wire::KeysReady>(kClient);
  REQUIRE(ready.keys == std::vector<Key>{{3, 0}});
  CHECK(std::memcmp(ready.inline_values[0].data(), "little", 6) == 0);
  net.say(kWorker, {wire::Goodbye{"enough"}});
  net.join_worker(kOther, "beta");
  net.take(kOther);
  net.say(kClient, {submission(2, graph_of(2, true))});
  const auto next = net.one<wire::ComputeTasks>(kOther);
  REQUIRE(next.deps == std::vector<Key>{{3, 0}});
  CHECK(next.holders[0] == wire::kNoWorker);
  CHECK(std::memcmp(next.inline_values[0].data(), "little", 6) == 0);
}

TEST_CASE("where a large dependency is comes before the task that needs it") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.join_worker(kOther, "beta");
  net.say(kClient, {Net::client_hello()});
  Graph graph = graph_of(1);
  graph.options[0].workers = {"alpha"};
  net.say(kClient, {submission(1, graph)});
  net.take(kOther);
  net.say(kWorker, {finished(net.one<wire::ComputeTasks>(kWorker), "")});
  Graph next = graph_of(2, true);
  next.options[0].workers = {"beta"};
  net.say(kClient, {submission(2, next)});
  const auto messages = net.take(kOther);
  REQUIRE(messages.size() == 3);
  const auto& peers = std::get<wire::AddPeers>(messages[1]);
  const auto& tasks = std::get<wire::ComputeTasks>(messages[2]);
  CHECK(peers.addresses == std::vector<std::string>{"tcp://data:10"});
  CHECK(tasks.holders == peers.workers);
  CHECK(tasks.dep_nbytes == std::vector<std::uint64_t>{1000000});
}

TEST_CASE("a silent worker loses its lease, and its tasks run elsewhere") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(1))});
  REQUIRE(net.any<wire::ComputeTasks>(kWorker));
  net.pass(2s);
  net.join_worker(kOther, "beta");
  CHECK(!net.any<wire::ComputeTasks>(kOther));
  net.pass(1500ms);
  CHECK(net.any<wire::ComputeTasks>(kOther));
  CHECK(net.any<wire::Unknown>(kWorker));
}

TEST_CASE("a scheduler that stood still does not take its peers for dead") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.pass(500ms);
  net.now += 1h;
  net.node.on_tick(net.now);
  CHECK(net.node.state().workers().size() == 1);
  net.pass(4s);
  CHECK(net.node.state().workers().empty());
}

TEST_CASE("a client whose connection broke comes back and hears how its keys stand") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(1))});
  net.node.on_gone(kClient, net.now);
  net.say(kWorker, {finished(net.one<wire::ComputeTasks>(kWorker))});
  net.take(kClient);
  net.say(21, {Net::client_hello()});
  CHECK(net.one<wire::KeysReady>(21).keys == std::vector<Key>{{3, 0}});
  CHECK(net.take(kClient).empty());
}

TEST_CASE("what a client held is released when its lease runs out") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(1))});
  net.node.on_gone(kClient, net.now);
  for (int i = 0; i < 32; ++i) {
    net.say(kWorker, {wire::WorkerHeartbeat{}});
    net.pass(1s);
  }
  CHECK(net.node.state().clients().empty());
  CHECK(net.node.state().active() == 0);
}

TEST_CASE("a submission that arrives again changes nothing") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient,
          {Net::client_hello(), submission(1, graph_of(1)), wire::ReleaseKeys{{Key{3, 0}}}});
  net.say(kClient, {submission(1, graph_of(1))});
  CHECK(net.node.state().find(Key{3, 0}) == kNone);
}

TEST_CASE("a graph that cannot be read, or names itself as external, is refused") {
  Net net;
  net.say(kClient, {Net::client_hello(), wire::SubmitGraph{1, Buffer::copy("nonsense")}});
  CHECK(net.one<wire::SubmitRefused>(kClient).submission == 1);
  Graph graph = graph_of(2, true);
  graph.external_keys = {Key{3, 1}};
  graph.deps.insert(graph.deps.begin(), 2);
  graph.dep_offsets = {0, 1, 2};
  net.say(kClient, {submission(2, graph)});
  CHECK(net.one<wire::SubmitRefused>(kClient).submission == 2);
  CHECK(net.node.state().active() == 0);
}

TEST_CASE("who has a key is answered with addresses") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(1))});
  net.say(kWorker, {finished(net.one<wire::ComputeTasks>(kWorker), "")});
  net.take(kClient);
  net.say(kClient, {wire::WhoHas{7, {Key{3, 0}, Key{3, 99}}}});
  const auto holders = net.one<wire::Holders>(kClient);
  CHECK(holders.request == 7);
  CHECK(holders.offsets == std::vector<std::uint32_t>{0, 1, 1});
  CHECK(holders.addresses == std::vector<std::string>{"tcp://data:10"});
}

TEST_CASE("a hello overtaken by its goodbye is not believed") {
  Net net;
  net.say(kClient, {Net::client_hello(), wire::Goodbye{"done"}, Net::client_hello()});
  net.say(kClient, {Net::client_hello()});
  CHECK(net.node.state().clients().empty());
}

TEST_CASE("people can ask for workers, tasks, clients and the scheduler's identity") {
  Net net;
  net.join_worker(kWorker, "alp\xffha");
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(3))});
  CHECK(net.node.info("workers").find("\"data_address\":\"tcp://data:10\"") != std::string::npos);
  CHECK(net.node.info("tasks").find("\"total\":3") != std::string::npos);
  CHECK(net.node.info("tasks").find("all workers are busy") != std::string::npos);
  CHECK(net.node.info("clients").find("\"holds\":3") != std::string::npos);
  CHECK(net.node.info("identity").find("tartan test") != std::string::npos);
  CHECK(net.node.info("weather").find("unknown topic") != std::string::npos);
  net.say(kClient, {wire::InfoRequest{3, "workers"}});
  CHECK(net.one<wire::InfoReply>(kClient).request == 3);
}

TEST_CASE("idleness counts from when the last client left") {
  Net net;
  Time since{};
  net.pass(1s);
  CHECK(net.node.idle_since(since));
  net.say(kClient, {Net::client_hello()});
  CHECK(!net.node.idle_since(since));
  net.pass(1s);
  net.say(kClient, {wire::Goodbye{}});
  CHECK(net.node.idle_since(since));
  CHECK(since == net.now);
}

TEST_CASE("a peer that is told nothing else hears a beat, one that is told something does not") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello()});
  net.take(kWorker);
  net.take(kClient);
  net.pass(1500ms);
  CHECK(net.any<wire::Beat>(kWorker));
  CHECK(net.any<wire::Beat>(kClient));
  net.say(kClient, {wire::SubmitGraph{1, wire::encode_graph(graph_of(1))}});
  net.take(kWorker);
  net.pass(400ms);
  CHECK_FALSE(net.any<wire::Beat>(kWorker));
}

TEST_CASE("a worker that names a dead predecessor ends its lease and tells what it was running") {
  Net net;
  net.join_worker(kWorker, "alpha", 2);
  net.say(kClient, {Net::client_hello()});
  net.say(kClient, {wire::SubmitGraph{1, wire::encode_graph(graph_of(2))}});
  for (net::PeerId peer = kWorker; peer < kWorker + 3; ++peer) {
    const auto given = net.one<wire::ComputeTasks>(peer);
    wire::Hello next = Net::worker_hello(peer + 1, "alpha", 2);
    next.predecessor = Key{1, peer};
    next.predecessor_end = "was killed by SIGABRT (Aborted)";
    next.predecessor_peak = 1 << 20;
    next.predecessor_ran = {given.attempts.at(0)};
    net.take(kClient);
    net.say(peer + 1, {next});
    CHECK(net.node.state().workers().size() == 1);
  }
  const auto failed = net.one<wire::KeysFailed>(kClient);
  REQUIRE(failed.keys == std::vector{Key{3, 0}});
  CHECK(failed.failures[0].code == Errc::worker_lost);
  CHECK_THAT(failed.failures[0].message, Catch::Contains("SIGABRT") && Catch::Contains("1.0 MiB"));
}

TEST_CASE("failures say which graphs had been read before") {
  Net net;
  const auto first = submission(1, graph_of(2));
  const auto again = submission(2, graph_of(2));
  const wire::CancelKeys both{{Key{3, 0}, Key{3, 1}}, 1};
  // The second time it means nothing: the keys are wanted anew.
  net.say(kClient,
          {Net::client_hello(), first, both, again, both, wire::CancelKeys{{Key{3, 0}}, 2}});
  std::vector<std::uint64_t> numbers;
  for (const wire::Message& message : net.take(kClient)) {
    if (const auto* failed = std::get_if<wire::KeysFailed>(&message)) {
      numbers.push_back(failed->submission);
    }
  }
  CHECK(numbers == std::vector<std::uint64_t>{1, 2});
  CHECK(net.node.state().held_by(1) == std::vector{Key{3, 1}});
}

TEST_CASE("a client whose holds disagree for two heartbeats is made to start over") {
  Net net;
  net.say(kClient, {Net::client_hello()});
  net.take(kClient);
  wire::ClientHeartbeat beat;
  beat.held = 1;
  beat.held_digest = digest_of(Key{3, 0});
  net.say(kClient, {beat});
  CHECK_FALSE(net.any<wire::Unknown>(kClient));
  net.say(kClient, {beat});
  CHECK(net.any<wire::Unknown>(kClient));
}

TEST_CASE("a client that has not read its news for two heartbeats is made to start over") {
  Net net;
  net.join_worker(1, "alpha");
  net.say(kClient, {Net::client_hello(), wire::SubmitGraph{1, wire::encode_graph(graph_of(1))}});
  const auto compute = net.one<wire::ComputeTasks>(1);
  wire::TasksFinished done;
  done.attempts = compute.attempts;
  done.nbytes = {8};
  done.duration_ns = {1000};
  net.say(1, {done});
  CHECK(net.one<wire::KeysReady>(kClient).news == 1);
  wire::ClientHeartbeat beat;
  beat.held = 1;
  beat.held_digest = digest_of(Key{3, 0});
  net.say(kClient, {beat});  // may have crossed the news
  net.say(kClient, {beat});
  CHECK_FALSE(net.any<wire::Unknown>(kClient));
  net.say(kClient, {beat});
  CHECK(net.any<wire::Unknown>(kClient));
}

TEST_CASE("what a client does not list in its report is let go of") {
  Net net;
  net.say(kClient, {Net::client_hello(), wire::SubmitGraph{1, wire::encode_graph(graph_of(2))}});
  CHECK(net.node.state().find(Key{3, 1}) != kNone);
  net.say(kClient, {wire::HoldsReport{{Key{3, 0}}}});
  CHECK(net.node.state().find(Key{3, 0}) != kNone);
  CHECK(net.node.state().find(Key{3, 1}) == kNone);
}

TEST_CASE("a question that comes twice is acknowledged twice and done once") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(1))});
  const auto first = net.one<wire::ComputeTasks>(kWorker);
  net.say(kWorker, {wire::TaskFailed{first.attempts[0], {}}});
  net.take(kClient);
  net.say(kClient, {wire::RetryKeys{{Key{3, 0}}, 7}});
  CHECK(net.one<wire::Acknowledged>(kClient).request == 7);
  const auto second = net.one<wire::ComputeTasks>(kWorker);
  net.say(kWorker, {wire::TaskFailed{second.attempts[0], {}}});
  net.take(kClient);
  net.say(kClient, {wire::RetryKeys{{Key{3, 0}}, 7}});
  CHECK(net.one<wire::Acknowledged>(kClient).request == 7);
  CHECK_FALSE(net.any<wire::ComputeTasks>(kWorker));
  net.say(kClient, {wire::DetachKeys{{Key{3, 0}}, 8}, wire::DetachKeys{{Key{3, 0}}, 8}});
  std::size_t answers = 0;
  for (const auto& message : net.take(kClient)) {
    answers += std::holds_alternative<wire::Acknowledged>(message) ? 1 : 0;
  }
  CHECK(answers == 2);
}

TEST_CASE("a worker that may leave is told what the scheduler believes it has") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.join_worker(kOther, "beta");
  net.say(kClient, {Net::client_hello(), wire::HoldKeys{{Key{4, 1}}}});
  net.say(kWorker, {wire::DataAdded{{Key{4, 1}}, {1000}}});
  net.take(kOther);
  wire::Administer wish;
  wish.request = 3;
  wish.id = {1, 1};
  wish.what = static_cast<std::uint8_t>(wire::Operate::retire);
  wish.names = {"alpha"};
  wish.count = 1;
  wish.timeout_ns = 60'000'000'000;
  net.say(kClient, {wish});
  const auto copy = net.one<wire::AcquireKeys>(kOther);
  CHECK(copy.keys == std::vector<Key>{Key{4, 1}});
  CHECK(copy.nbytes == std::vector<std::uint64_t>{1000});
  CHECK(net.node.info("workers").find(R"("leaving":true)") != std::string::npos);
  net.say(kOther, {wire::DataAdded{{Key{4, 1}}, {1000}}});
  const auto leave = net.one<wire::Leave>(kWorker);
  CHECK_FALSE(leave.restart);
  CHECK(leave.held == 1);
  CHECK(leave.held_digest == digest_of(Key{4, 1}));
  net.say(kWorker, {wire::Goodbye{leave.reason}});
  const auto answer = net.one<wire::Administered>(kClient);
  CHECK(answer.request == 3);
  CHECK(answer.names == std::vector<std::string>{"alpha"});
  CHECK(answer.outcomes == std::vector<std::string>{"retired"});
  CHECK(answer.failure.message.empty());
}

TEST_CASE("nobody computes what a worker without a memory limit is promised") {
  Net net;
  net.join_worker(kWorker, "alpha");
  Graph graph = graph_of(1);
  graph.output_bytes[0] = 1 << 20;
  net.say(kClient, {Net::client_hello(), submission(1, graph)});
  REQUIRE(net.any<wire::ComputeTasks>(kWorker));
  CHECK(net.node.state().worker(0)->promised_kib == 0);
}

TEST_CASE("groups are told with their tasks by state, and the bytes of their results") {
  Net net;
  net.join_worker(kWorker, "alpha");
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(3))});
  const auto tasks = net.one<wire::ComputeTasks>(kWorker);
  REQUIRE(tasks.attempts.size() == 2);
  wire::TasksFinished done;
  done.attempts = {tasks.attempts[0]};
  done.nbytes = {1000000};
  done.duration_ns = {5'000'000};
  net.say(kWorker, {done});
  const std::string groups = net.node.info("groups");
  CHECK(groups.find(R"("name":"f","total":3)") != std::string::npos);
  CHECK(groups.find(R"("processing":2,"memory":1)") != std::string::npos);
  CHECK(groups.find(R"("bytes":1000000)") != std::string::npos);
  net.say(kClient, {wire::ReleaseKeys{{tasks.keys[0]}}});
  CHECK(net.node.info("groups").find(R"("bytes":0)") != std::string::npos);
}

TEST_CASE("a cluster whose workers have all paused says so once, with the numbers") {
  Net net;
  net.say(kWorker, {[] {
            auto hello = Net::worker_hello(kWorker, "alpha");
            hello.memory_limit = 1 << 30;
            return hello;
          }()});
  net.say(kClient, {Net::client_hello(), submission(1, graph_of(2))});
  wire::WorkerHeartbeat beat;
  beat.paused = true;
  beat.process_bytes = 900 << 20;
  const auto stand = [&](int seconds) {
    for (int i = 0; i < seconds; ++i) {
      net.say(kWorker, {beat});
      net.say(kClient, {wire::WhoHas{}});
      net.pass(1s);
    }
  };
  StderrText told;
  stand(25);
  CHECK(told.text().find("paused") == std::string::npos);
  stand(60);
  const std::string text = told.text();
  const auto at = text.find("every worker has paused");
  REQUIRE(at != std::string::npos);
  CHECK(text.find("every worker has paused", at + 1) == std::string::npos);
  CHECK(text.find("alpha: 900.0 MiB in its process of a limit of 1.0 GiB") != std::string::npos);
}

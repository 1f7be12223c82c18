// A real server over local:// and TCP, with the test as its scheduler.

#include <catch2/catch.hpp>
#include <core/net/transport.hpp>
#include <core/wire/codec.hpp>
#include <worker/server/server.hpp>

using namespace tartan;
using namespace tartan::worker;

namespace {

int plus_one(int x) { return x + 1; }

class FakeScheduler {
 public:
  explicit FakeScheduler(const std::string& address)
      : listener_(std::move(*loop_.listen(address, net::Plane::control))) {}

  std::string address() const { return listener_->address(); }

  /// Waits for a record of the kind; others are thrown away.
  template <class T>
  T await() {
    Time until = SteadyClock().now() + std::chrono::seconds(30);
    while (SteadyClock().now() < until) {
      while (!inbox_.empty()) {
        wire::Message message = std::move(inbox_.front());
        inbox_.erase(inbox_.begin());
        if (T* record = std::get_if<T>(&message)) return std::move(*record);
      }
      net::Envelope envelope;
      if (!listener_->receive(peer_, envelope)) {
        loop_.wait(until);
        continue;
      }
      auto records = wire::decode(envelope.control);
      REQUIRE(records);
      inbox_ = std::move(*records);
    }
    FAIL("the worker said nothing of the kind within 30 s");
    return {};
  }
  void tell(const wire::Message& message) {
    net::Envelope envelope;
    envelope.control = wire::encode(message);
    REQUIRE(listener_->send(peer_, envelope) == net::Sent::ok);
  }
  void welcome() {
    await<wire::Hello>();
    wire::Welcome welcome;
    welcome.scheduler = unique_key();
    welcome.worker = 1;
    welcome.name = "alpha";
    welcome.heartbeat_ns = 50'000'000;
    welcome.lease_ns = 3'000'000'000;
    tell(welcome);
  }

 private:
  net::Loop loop_;
  std::unique_ptr<net::Listener> listener_;
  net::PeerId peer_ = 0;
  std::vector<wire::Message> inbox_;
};

wire::ComputeTasks chain(int length) {
  wire::ComputeTasks c;
  c.dep_offsets = {0};
  for (int i = 0; i < length; ++i) {
    ArgumentWriter arguments;
    if (i == 0) {
      arguments.inline_value(Value::of(0));
    } else {
      arguments.dependency(0);
      c.deps.push_back(c.keys.back());
      c.dep_nbytes.push_back(4);
      c.holders.push_back(wire::kNoWorker);
      c.inline_values.push_back({});
    }
    c.attempts.push_back(static_cast<wire::AttemptId>(i));
    c.keys.push_back(hash_text(std::to_string(i)));
    c.functions.push_back(0);
    c.priorities.push_back(static_cast<std::uint64_t>(i));
    c.output_bytes.push_back(0);
    c.scratch_bytes.push_back(0);
    c.resources.push_back(0);
    c.arguments.push_back(arguments.bytes());
    c.dep_offsets.push_back(static_cast<std::uint32_t>(c.deps.size()));
  }
  return c;
}

void runs_a_chain(const std::string& control, const std::string& data) {
  FakeScheduler scheduler(control);
  ServerConfig config;
  config.scheduler_address = scheduler.address();
  config.data_address = data;
  config.nthreads = 2;
  auto server = Server::start(config);
  REQUIRE(server);
  scheduler.welcome();
  scheduler.tell(wire::AddFunctions{{0}, {task_function<&plus_one>().ref}});
  scheduler.tell(chain(100));
  std::size_t finished = 0;
  int last = 0;
  while (finished < 100) {
    auto report = scheduler.await<wire::TasksFinished>();
    finished += report.attempts.size();
    last = wire::unpack_value(report.inline_values[report.attempts.size() - 1])->get<int>();
  }
  CHECK(last == 100);
  auto beat = scheduler.await<wire::WorkerHeartbeat>();
  while (beat.held != 100) beat = scheduler.await<wire::WorkerHeartbeat>();
  CHECK(beat.attempts == 0);
  CHECK(beat.process_bytes > 0);
  (*server)->stop("the test is over");
  CHECK(scheduler.await<wire::Goodbye>().reason == "the test is over");
  CHECK_FALSE((*server)->wait().failed);
}

}  // namespace

TEST_CASE("a server runs tasks and reports them inside one process") {
  runs_a_chain("local://worker-test-control", "local://*");
}

TEST_CASE("a server runs tasks and reports them over TCP") {
  runs_a_chain("tcp://127.0.0.1:0", "tcp://127.0.0.1:0");
}

TEST_CASE("a server ends when the scheduler refuses it") {
  FakeScheduler scheduler("tcp://127.0.0.1:0");
  ServerConfig config;
  config.scheduler_address = scheduler.address();
  auto server = Server::start(config);
  REQUIRE(server);
  scheduler.await<wire::Hello>();
  scheduler.tell(wire::Refused{"speak protocol 2"});
  Ending ending = (*server)->wait();
  CHECK(ending.failed);
  CHECK(ending.reason == "speak protocol 2");
}

TEST_CASE("a server without a scheduler gives up after its death timeout, naming the address") {
  ServerConfig config;
  config.scheduler_address = "tcp://127.0.0.1:1";
  config.death_timeout = std::chrono::milliseconds(50);
  auto server = Server::start(config);
  REQUIRE(server);
  Ending ending = (*server)->wait();
  CHECK(ending.failed);
  CHECK(ending.reason.find("tcp://127.0.0.1:1") != std::string::npos);
}

TEST_CASE("an address beyond loopback is refused unless that is allowed") {
  ServerConfig config;
  config.scheduler_address = "tcp://127.0.0.1:1";
  config.data_address = "tcp://0.0.0.0:0";
  auto server = Server::start(config);
  REQUIRE_FALSE(server);
  CHECK(server.error().code() == Errc::refused);
}

// The engine thread against a scheduler that is played by a thread of the test.

#include <atomic>
#include <catch2/catch.hpp>
#include <core/net/transport.hpp>
#include <core/wire/codec.hpp>
#include <deque>
#include <mutex>
#include <set>
#include <tartan/client.hpp>
#include <thread>

#include "tasks.hpp"

using namespace tartan;
using namespace std::chrono_literals;

namespace {

/// Accepts clients and answers every wanted key with the integer 42, unless told to hold back.
class FakeScheduler {
 public:
  explicit FakeScheduler(std::string refuse = "") : refuse_(std::move(refuse)) {
    static std::atomic<int> number{0};
    auto listener =
        loop_.listen("local://fake-scheduler-" + std::to_string(number++), net::Plane::control);
    if (!listener) throw Exception(listener.error());
    listener_ = std::move(*listener);
    address_ = listener_->address();
    thread_ = std::thread([this] { run(); });
  }
  ~FakeScheduler() { stop(); }

  const std::string& address() const { return address_; }
  void stop() {
    stop_ = true;
    loop_.wake();
    if (thread_.joinable()) thread_.join();
  }
  void wait_for_releases(std::size_t count) {
    while (released() < count) std::this_thread::sleep_for(1ms);
  }
  std::size_t released() {
    std::lock_guard lock(mutex_);
    return released_.size();
  }

  std::atomic<bool> hold_back{false};
  std::atomic<bool> goodbye{false};

 private:
  void run() {
    while (!stop_) {
      loop_.wait(SteadyClock().now() + 20ms);
      net::PeerId from = 0;
      net::Envelope envelope;
      while (listener_->receive(from, envelope)) {
        const auto messages = wire::decode(envelope.control);
        if (!messages) continue;
        for (const wire::Message& message : *messages) handle(from, message);
      }
    }
    listener_.reset();
  }

  void say(net::PeerId to, const wire::Message& message) {
    net::Envelope envelope{wire::encode(message), {}, {}};
    while (listener_->send(to, envelope) == net::Sent::full) std::this_thread::yield();
  }

  void handle(net::PeerId from, const wire::Message& message) {
    if (std::holds_alternative<wire::Hello>(message)) {
      wire::Welcome welcome;
      welcome.scheduler = Key{1, 1};
      welcome.heartbeat_ns = 20'000'000;
      say(from, refuse_.empty() ? wire::Message(welcome) : wire::Message(wire::Refused{refuse_}));
    } else if (const auto* submit = std::get_if<wire::SubmitGraph>(&message)) {
      last_graph_ = submit->submission;
      if (!hold_back) answer(from, *submit);
    } else if (const auto* release = std::get_if<wire::ReleaseKeys>(&message)) {
      std::lock_guard lock(mutex_);
      released_.insert(release->keys.begin(), release->keys.end());
    } else if (const auto* cancel = std::get_if<wire::CancelKeys>(&message)) {
      wire::KeysFailed failed{cancel->keys, {}, 0, last_graph_};
      Failure failure;
      failure.code = Errc::cancelled;
      failure.message = "cancelled by a client";
      failed.failures.assign(cancel->keys.size(), failure);
      say(from, failed);
    } else if (std::holds_alternative<wire::Goodbye>(message)) {
      goodbye = true;
    }
  }

  void answer(net::PeerId from, const wire::SubmitGraph& submit) {
    const auto graph = wire::decode_graph(submit.frame);
    if (!graph) throw Exception(graph.error());
    wire::KeysReady ready;
    for (const std::uint32_t task : graph->wanted) {
      ready.keys.push_back(graph->keys[task]);
      ready.nbytes.push_back(4);
      ready.inline_values.push_back(wire::pack_value(Value::of(42)));
    }
    say(from, ready);
  }

  std::string refuse_;
  net::Loop loop_;
  std::unique_ptr<net::Listener> listener_;
  std::string address_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::set<Key> released_;
  std::uint64_t last_graph_ = 0;
  std::thread thread_;
};

}  // namespace

TEST_CASE("connecting to nobody is a ConnectionError that names the address") {
  ClientOptions options;
  options.connect_timeout = 50ms;
  for (const char* address : {"local://nobody", "tcp://127.0.0.1:9"}) {
    try {
      Client client(address, options);
      FAIL("there is nobody to connect to");
    } catch (const ConnectionError& error) {
      CHECK(error.code() == Errc::unreachable);
      CHECK_THAT(error.what(), Catch::Contains(address));
    }
  }
}

TEST_CASE("an address that is none is refused at once") {
  CHECK_THROWS_AS(Client("carrier-pigeon"), ConnectionError);
}

TEST_CASE("a refused client throws the scheduler's reason") {
  FakeScheduler scheduler("speak louder");
  CHECK_THROWS_WITH(Client(scheduler.address()), Catch::Contains("speak louder"));
}

TEST_CASE("the result of a task is released when the last copy of its future goes") {
  FakeScheduler scheduler;
  Client client(scheduler.address());
  {
    auto kept = client.submit<&tasks::increment>(1);
    {
      auto copy = kept;
      auto shared = client.submit<&tasks::increment>(1);
      CHECK(shared.get() == 42);
      client.submit<&tasks::increment>(2).wait();
    }
    scheduler.wait_for_releases(1);
    CHECK(kept.get() == 42);
  }
  scheduler.wait_for_releases(2);
}

TEST_CASE("unfinished futures end in ConnectionError when their client closes") {
  FakeScheduler scheduler;
  scheduler.hold_back = true;
  Future<int> future;
  {
    Client client(scheduler.address());
    future = client.submit<&tasks::increment>(1);
    CHECK_FALSE(future.wait_for(20ms));
    CHECK(future.status() == FutureStatus::pending);
  }
  CHECK(future.done());
  try {
    future.get();
    FAIL("the client is closed");
  } catch (const ConnectionError& error) {
    CHECK(error.code() == Errc::closed);
  }
  while (!scheduler.goodbye) std::this_thread::sleep_for(1ms);
}

TEST_CASE("what was fetched stays when the client closes, and submitting then fails") {
  FakeScheduler scheduler;
  Client client(scheduler.address());
  auto future = client.submit<&tasks::increment>(1);
  CHECK(future.get() == 42);
  client.close();
  client.close();
  CHECK(future.get() == 42);
  CHECK_THROWS_AS(client.submit<&tasks::increment>(5).get(), ConnectionError);
  CHECK_THROWS_AS(client.info("workers"), ConnectionError);
}

TEST_CASE("a waiting thread learns that the scheduler has gone") {
  auto scheduler = std::make_unique<FakeScheduler>();
  scheduler->hold_back = true;
  Client client(scheduler->address());
  auto future = client.submit<&tasks::increment>(1);
  std::thread end([&] { scheduler->stop(); });
  try {
    future.get();
    FAIL("the scheduler has gone");
  } catch (const ConnectionError& error) {
    CHECK(error.code() == Errc::unreachable);
    CHECK_THAT(error.what(), Catch::Contains(scheduler->address()));
  }
  end.join();
}

TEST_CASE("cancelled futures throw CancelledError, and may be asked for again") {
  FakeScheduler scheduler;
  scheduler.hold_back = true;
  Client client(scheduler.address());
  auto futures = client.map<&tasks::increment>(std::vector{1, 2, 3});
  client.cancel(futures);
  wait(futures);
  for (const auto& future : futures) {
    CHECK(future.status() == FutureStatus::cancelled);
    CHECK_THROWS_AS(future.get(), CancelledError);
  }
  scheduler.hold_back = false;
  CHECK(client.submit<&tasks::increment>(1).get() == 42);
}

TEST_CASE("many threads submit, share, wait and drop at the same time") {
  FakeScheduler scheduler;
  Client client(scheduler.address());
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        auto one = client.submit<&tasks::increment>(i % 7);
        auto many = client.map<&tasks::increment>(std::vector{i, i + 1, i + 2});
        if (one.get() != 42) ++wrong;
        for (auto& future : as_completed(many)) {
          if (future.get() != 42) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("clients come and go while others work, and the current one is the last made") {
  FakeScheduler scheduler;
  Client first(scheduler.address());
  CHECK(&Client::current() == &first);
  {
    Client second(scheduler.address());
    CHECK(&Client::current() == &second);
  }
  CHECK(&Client::current() == &first);
  auto result = delayed<&tasks::increment>(1).persist();
  CHECK(result.get() == 42);
}

TEST_CASE("giving up waiting leaves the future usable") {
  FakeScheduler scheduler;
  scheduler.hold_back = true;
  Client client(scheduler.address());
  auto futures = client.map<&tasks::increment>(std::vector{1, 2, 3});
  for (int i = 0; i < 3; ++i) CHECK_FALSE(wait(futures, 1ms));
  client.cancel(futures);
  CHECK(wait(futures, 10s));
}

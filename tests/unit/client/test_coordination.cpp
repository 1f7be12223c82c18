// Locks, queues and the like as programs and tasks use them, on real clusters in this process.

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <mutex>
#include <thread>
#include <unistd.h>

#include "clients.hpp"
#include "tasks.hpp"

using namespace tartan;
using namespace std::chrono_literals;

namespace {

const Options kImpure{.pure = false};

/// Two programs of one cluster.
struct Two {
  LocalCluster cluster{{.workers = 2, .threads_per_worker = 2}};
  Client ann{cluster, {.name = "ann"}};
  std::unique_ptr<Client> bob = std::make_unique<Client>(cluster, ClientOptions{.name = "bob"});
};

/// Waits for what another thread will do; the test's own time-out is the limit.
void until(const std::function<bool()>& condition) {
  while (!condition()) std::this_thread::sleep_for(1ms);
}

bool shows(Client& client, const std::string& text) {
  return client.info("coordination").find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a lock excludes other clients and other handles of the same one") {
  Two two;
  Lock mine("x", two.ann);
  Lock other("x", two.ann);
  Lock theirs("x", *two.bob);
  std::unique_lock guard(mine);
  CHECK_FALSE(other.try_lock());
  CHECK_FALSE(theirs.try_lock_for(1ms));
  guard.unlock();
  std::lock_guard second(theirs);
  CHECK_FALSE(mine.try_lock());
  CHECK(Lock("y", two.ann).try_lock());
}

TEST_CASE(
    "unlocking what the handle does not hold is an error; a copy of the handle holds it too") {
  Two two;
  Lock lock("x", two.ann);
  CHECK_THROWS_WITH(lock.unlock(), Catch::Contains("the lock 'x' is not held by this handle"));
  lock.lock();
  CHECK_THROWS_AS(Lock("x", two.ann).unlock(), Exception);
  Lock copy = lock;
  copy.unlock();
  CHECK(Lock("x", *two.bob).try_lock_for(60s));
}

TEST_CASE("a lock is free again when its handle, or its client, goes") {
  Two two;
  Lock mine("x", two.ann);
  {
    Lock dropped("x", *two.bob);
    dropped.lock();
  }
  mine.lock();
  mine.unlock();
  Lock theirs("x", *two.bob);
  theirs.lock();
  std::thread waiter([&] { mine.lock(); });
  until([&] { return shows(two.ann, R"("waiting":1)"); });
  two.bob->close();
  waiter.join();
  CHECK(shows(two.ann, R"("client":"ann")"));
}

TEST_CASE("a wait for a lock ends when its client is closed") {
  Two two;
  Lock mine("x", two.ann);
  mine.lock();
  std::atomic<bool> threw{false};
  std::thread waiter([&, theirs = Lock("x", *two.bob)]() mutable {
    try {
      theirs.lock();
    } catch (const ConnectionError&) {
      threw = true;
    }
  });
  until([&] { return shows(two.ann, R"("waiting":1)"); });
  two.bob->close();
  waiter.join();
  CHECK(threw);
}

TEST_CASE("tasks on several workers that count under a lock lose no count") {
  Two two;
  const auto file =
      std::filesystem::temp_directory_path() / ("tartan-count-" + std::to_string(::getpid()));
  std::filesystem::remove(file);
  std::vector<Future<int>> counts;
  for (int i = 0; i < 8; ++i) {
    counts.push_back(two.ann.submit<&tasks::count_in_file>(kImpure, file.string(), 25));
  }
  two.ann.gather(counts);
  CHECK(tasks::number_in(file.string()) == 200);
  std::filesystem::remove(file);
}

TEST_CASE("a task that waits for a lock gives up its thread") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  Client client(cluster);
  Lock lock("x", client);
  lock.lock();
  const auto waiting = client.submit<&tasks::take_lock>(kImpure, std::string("x"));
  until([&] { return shows(client, R"("waiting":1)"); });
  CHECK(client.submit<&tasks::increment>(1).get() == 2);
  lock.unlock();
  CHECK(waiting.get() == 1);
}

TEST_CASE("a cancelled task's wait ends, and it is out of the line") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  Client client(cluster);
  Lock lock("x", client);
  lock.lock();
  const auto waiting = client.submit<&tasks::take_lock>(kImpure, std::string("x"));
  until([&] { return shows(client, R"("waiting":1)"); });
  client.cancel(waiting);
  until([&] { return shows(client, R"("waiting":0)"); });
  lock.unlock();
  CHECK(lock.try_lock());
}

TEST_CASE("a semaphore admits so many at once") {
  Two two;
  Semaphore mine("s", 3, two.ann);
  Semaphore theirs("s", 3, *two.bob);
  mine.acquire(2);
  CHECK(theirs.try_acquire());
  CHECK_FALSE(theirs.try_acquire());
  mine.release();
  CHECK(theirs.try_acquire_for(60s));
  CHECK_THROWS_AS(mine.release(2), Exception);
  CHECK_THROWS_WITH(Semaphore("s", 4, two.ann).acquire(), Catch::Contains("3 leases, not 4"));
  CHECK_THROWS_AS(Semaphore("t", 0, two.ann), ValueError);
  two.bob->close();
  CHECK(mine.try_acquire_for(60s, 2));
}

TEST_CASE("an event wakes those who wait for it in other clients") {
  Two two;
  Event mine("e", two.ann);
  const Event theirs("e", *two.bob);
  CHECK_FALSE(theirs.wait_for(1ms));
  std::thread waiter([&] { theirs.wait(); });
  mine.set();
  waiter.join();
  CHECK(theirs.is_set());
  mine.clear();
  CHECK_FALSE(theirs.is_set());
}

TEST_CASE("a queue carries values of any type with a codec from client to client") {
  Two two;
  Queue<std::vector<std::string>> in("q", 2, two.ann);
  Queue<std::vector<std::string>> out("q", 0, *two.bob);
  CHECK_FALSE(out.try_get().has_value());
  in.put({"a", "b"});
  CHECK(in.try_put({}));
  CHECK_FALSE(in.try_put({"full"}));
  CHECK(in.size() == 2);
  CHECK(out.get() == std::vector<std::string>{"a", "b"});
  CHECK(out.get_batch(5) == std::vector<std::vector<std::string>>{{}});
  CHECK_FALSE(out.try_get_for(1ms).has_value());
  CHECK_THROWS_WITH(
      Queue<int>("q2", 2, two.ann).put_for(1, 0s) && Queue<int>("q2", 3, two.ann).try_put(2),
      Catch::Contains("room for 2 items, not 3"));
}

TEST_CASE("many putters and getters lose no item and get none twice") {
  Two two;
  constexpr int kEach = 200;
  std::mutex mutex;
  std::vector<int> got;
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      Queue<int> queue("q", 5, two.ann);
      for (int n = 0; n < kEach; ++n) queue.put(i * kEach + n);
    });
    threads.emplace_back([&] {
      Queue<int> queue("q", 5, *two.bob);
      for (int n = 0; n < kEach; ++n) {
        const int item = queue.get();
        std::lock_guard lock(mutex);
        got.push_back(item);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(got.begin(), got.end());
  REQUIRE(got.size() == 2 * kEach);
  for (int n = 0; n < 2 * kEach; ++n) CHECK(got[static_cast<std::size_t>(n)] == n);
}

TEST_CASE("a queue keeps a future whose client and handles are gone") {
  Two two;
  {
    auto big = two.bob->submit<&tasks::ramp>(std::int64_t{100'000});
    Queue<Future<std::vector<double>>>("q", 0, *two.bob).put(big);
    auto scattered = two.bob->scatter(std::vector<double>(1000, 2.0));
    Queue<Future<std::vector<double>>>("q", 0, *two.bob).put(scattered);
  }
  two.bob->close();
  two.bob.reset();
  Queue<Future<std::vector<double>>> queue("q", 0, two.ann);
  const auto first = queue.get();
  CHECK(first.get().size() == 100'000);
  CHECK(queue.get().get() == std::vector<double>(1000, 2.0));
  CHECK(two.ann.submit<&tasks::sum>(first).get() == Approx(100'000.0 * 99'999 / 2));
}

TEST_CASE("a future put by one and taken by the same client is the same") {
  Two two;
  const auto future = two.ann.submit<&tasks::increment>(1);
  Queue<Future<int>> queue("q", 0, two.ann);
  queue.put(future);
  const auto taken = queue.get();
  CHECK(taken.state() == future.state());
  CHECK(taken.get() == 2);
  queue.put(two.ann.submit<&tasks::increment>(5));
  CHECK(queue.get().get() == 6);
}

TEST_CASE("a variable is read by those who waited and those who come later") {
  Two two;
  Variable<double> mine("v", two.ann);
  const Variable<double> theirs("v", *two.bob);
  CHECK_FALSE(theirs.get_for(1ms).has_value());
  std::thread waiter([&] { CHECK(theirs.get() == 1.5); });
  mine.set(1.5);
  waiter.join();
  mine.set(2.5);
  CHECK(theirs.get() == 2.5);
  mine.remove();
  CHECK_FALSE(theirs.get_for(0s).has_value());
  Variable<Future<int>>("f", two.ann).set(two.ann.submit<&tasks::increment>(1));
  CHECK(Variable<Future<int>>("f", *two.bob).get().get() == 2);
}

TEST_CASE("a value over a MiB is refused with what to do instead") {
  Two two;
  Queue<std::vector<double>> queue("q", 0, two.ann);
  CHECK_THROWS_WITH(queue.put(std::vector<double>(200'000)),
                    Catch::Contains("scatter it and pass the future"));
  queue.put(std::vector<double>(100'000, 1.0));
  CHECK(Queue<std::vector<double>>("q", 0, *two.bob).get().size() == 100'000);
}

TEST_CASE("taking something of another type is a TypeError that names it") {
  Two two;
  Queue<Future<int>>("q", 0, two.ann).put(two.ann.submit<&tasks::increment>(1));
  CHECK_THROWS_AS(Queue<int>("q", 0, two.ann).get(), TypeError);
  Variable<int>("v", two.ann).set(1);
  CHECK_THROWS_AS(Variable<Future<int>>("v", two.ann).get(), TypeError);
  CHECK_THROWS_AS(Variable<std::string>("v", two.ann).get(), TypeError);
}

TEST_CASE("a published dataset is there for others when its publisher has gone") {
  Two two;
  two.bob->publish_dataset("one", two.bob->submit<&tasks::increment>(1));
  two.bob->publish_dataset("many", two.bob->map<&tasks::increment>(std::vector<int>{1, 2, 3}));
  CHECK_THROWS_WITH(two.bob->publish_dataset("one", two.bob->submit<&tasks::increment>(2)),
                    Catch::Contains("'one' has been published already"));
  two.bob->publish_dataset("one", two.bob->submit<&tasks::increment>(4), true);
  two.bob->close();
  CHECK(two.ann.list_datasets() == std::vector<std::string>{"many", "one"});
  CHECK(two.ann.get_dataset<int>("one").get() == 5);
  const auto many = two.ann.get_dataset<std::vector<Future<int>>>("many");
  CHECK(two.ann.gather(many) == std::vector<int>{2, 3, 4});
  two.ann.unpublish_dataset("one");
  CHECK_THROWS_AS(two.ann.get_dataset<int>("one"), ValueError);
  CHECK(two.ann.list_datasets() == std::vector<std::string>{"many"});
}

TEST_CASE("events are kept for readers and brought to subscribers in order") {
  Two two;
  two.ann.log_event("t", std::string("before"));
  std::mutex mutex;
  std::vector<std::string> heard;
  auto subscription =
      two.bob->subscribe<std::string>("t", [&](const TopicEvent<std::string>& event) {
        std::lock_guard lock(mutex);
        heard.push_back(event.value);
      });
  const auto count = [&] {
    std::lock_guard lock(mutex);
    return heard.size();
  };
  for (int i = 0; i < 100; ++i) two.ann.log_event("t", std::to_string(i));
  until([&] { return count() == 100; });
  for (int i = 0; i < 100; ++i) CHECK(heard[static_cast<std::size_t>(i)] == std::to_string(i));
  subscription.end();
  two.ann.log_event("t", std::string("after"));
  const auto all = two.bob->get_events<std::string>("t");
  REQUIRE(all.size() == 102);
  CHECK(all.front().value == "before");
  CHECK(all.front().time <= all.back().time);
  CHECK(count() == 100);
}

TEST_CASE("a callback may end its own subscription and use the client") {
  Two two;
  std::atomic<int> calls{0};
  Subscription subscription = two.bob->subscribe<int>("t", [&](const TopicEvent<int>& event) {
    Variable<int>("seen", *two.bob).set(event.value);
    ++calls;
    subscription.end();
  });
  two.ann.log_event("t", 7);
  two.ann.log_event("t", 8);
  CHECK(Variable<int>("seen", two.ann).get() == 7);
  until([&] { return calls == 1; });
  until([&] { return shows(two.ann, R"("subscribers_waiting":0)"); });
  CHECK(calls == 1);
}

TEST_CASE("the inline executor says what to use instead") {
  Client client = Client::inline_executor();
  CHECK_THROWS_WITH(Lock("x", client).lock(), Catch::Contains("use the client of a cluster"));
  CHECK_THROWS_AS(Queue<int>("x", 0, client).put(1), Exception);
  CHECK_THROWS_AS(client.list_datasets(), Exception);
}

TEST_CASE("handles outlive their client and say that it is closed") {
  Two two;
  Lock lock("x", *two.bob);
  lock.lock();
  two.bob.reset();
  lock.unlock();
  CHECK_THROWS_AS(lock.lock(), ConnectionError);
}

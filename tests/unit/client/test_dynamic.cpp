// Tasks that submit tasks, wait for them, and are cancelled.

#include <catch2/catch.hpp>
#include <thread>

#include "clients.hpp"
#include "tasks.hpp"

using namespace tartan;

namespace {

const Options kImpure{.pure = false};

/// One worker with one thread: every wait inside a task needs that thread for another.
struct OneThread {
  LocalCluster cluster{{.workers = 1, .threads_per_worker = 1}};
  Client client{cluster};
};

}  // namespace

TEST_CASE("recursion by tasks needs one thread, whatever its depth") {
  OneThread one;
  CHECK(one.client.submit<&tasks::fib>(20L).get() == 6765);
}

TEST_CASE("recursion by tasks gives the same on every kind of client") {
  for_every_client([](Client& client) {
    CHECK(client.submit<&tasks::fib>(12L).get() == 144);
    CHECK(client.submit<&tasks::quicksort>(tasks::shuffled(300)).get() == tasks::sorted(300));
  });
}

TEST_CASE("thousands of tasks that all wait inside for others come to an end") {
  OneThread one;
  CHECK(one.client.submit<&tasks::fib_impure>(16L).get() == 987);
}

TEST_CASE("many tasks at once may each wait for others") {
  OneThread one;
  std::vector<std::int64_t> numbers(50, 8);
  const auto results = one.client.map<&tasks::fib_impure>(kImpure, numbers);
  for (const std::int64_t result : one.client.gather(results)) CHECK(result == 21);
}

TEST_CASE("a task inside a cluster has a client of that cluster") {
  LocalCluster cluster({.workers = 2, .threads_per_worker = 1});
  Client client(cluster);
  CHECK(client.submit<&tasks::current_address>(kImpure).get() == cluster.address());
  CHECK(client.submit<&tasks::current_address_inline>(kImpure).get() == "inline");
  CHECK(&Client::current() == &client);
}

TEST_CASE("an inline scope makes the current client an inline executor while it lasts") {
  Client client = Client::inline_executor();
  {
    const InlineScope scope;
    CHECK(&Client::current() != &client);
    CHECK(Client::current().submit<&tasks::increment>(1).get() == 2);
  }
  CHECK(&Client::current() == &client);
}

TEST_CASE("as_completed inside a task gives up the thread too") {
  OneThread one;
  CHECK(one.client.submit<&tasks::sum_as_completed>(std::int64_t{20}).get() == 210);
}

TEST_CASE("a failure inside travels out through the tasks that wait for it") {
  OneThread one;
  const auto failing = one.client.submit<&tasks::waits_for_failure>(1.5);
  CHECK_THROWS_WITH(failing.get(), Catch::Contains("no result for 1.5"));
}

TEST_CASE("cancelling reaches a running task through its context") {
  OneThread one;
  const auto endless = one.client.submit<&tasks::until_cancelled>(kImpure);
  while (!tasks::running) std::this_thread::yield();
  one.client.cancel(endless);
  CHECK_THROWS_AS(endless.get(), CancelledError);
  // The only thread is free again.
  CHECK(one.client.submit<&tasks::increment>(1).get() == 2);
}

TEST_CASE("a task that was cancelled and let go of can be submitted again at once") {
  for_every_client([](Client& client) {
    for (int round = 0; round < 50; ++round) {
      client.cancel(client.submit<&tasks::increment>(round));
      CHECK(client.submit<&tasks::increment>(round).get() == round + 1);
    }
  });
}

TEST_CASE("cancelling wakes a task that waits for another") {
  OneThread one;
  tasks::running = false;
  tasks::woken = false;
  const auto outer = one.client.submit<&tasks::waits_for_endless>(kImpure);
  while (!tasks::running) std::this_thread::yield();
  one.client.cancel(outer);
  CHECK_THROWS_AS(outer.get(), CancelledError);
  while (!tasks::woken) std::this_thread::yield();
  // What it had submitted was released with its futures, and so the thread is free.
  CHECK(one.client.submit<&tasks::increment>(1).get() == 2);
}

TEST_CASE("a task that was let go runs to its end when it was to be forgotten") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  tasks::runs_counted = 0;
  {
    Client client(cluster);
    fire_and_forget(client.submit<&tasks::count_run>(kImpure, 50));
  }
  while (tasks::runs_counted < 1) std::this_thread::yield();
  CHECK(tasks::runs_counted == 1);
}

TEST_CASE("callbacks run once when the future is done, however it ends, and may throw") {
  for_every_client([](Client& client) {
    std::atomic<int> good{0};
    std::atomic<int> bad{0};
    const auto sum = client.submit<&tasks::add>(1.0, 2.0);
    const auto failing = client.submit<&tasks::fail>(3.0);
    sum.on_done([&](const Future<double>& done) { good += static_cast<int>(done.get()); });
    failing.on_done([&](const Future<double>& done) {
      bad += done.status() == FutureStatus::error ? 1 : 0;
      throw std::runtime_error("from a callback");
    });
    sum.wait();
    failing.wait();
    sum.on_done([&](const Future<double>&) { good += 10; });
    client.close();
    CHECK(good == 13);
    CHECK(bad == 1);
  });
}

TEST_CASE("a callback may hold the last future of its client") {
  std::atomic<bool> called{false};
  {
    LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
    Client client(cluster);
    client.submit<&tasks::slow>(20).on_done([&](const Future<int>&) { called = true; });
    while (!called) std::this_thread::yield();
  }
  CHECK(called);
}

TEST_CASE("retry runs a failed task anew, with the failed ones it depends on") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  Client client(cluster);
  const auto first = client.submit<&tasks::fails_twice>(4);
  const auto second = client.submit<&tasks::increment>(first);
  CHECK_THROWS_AS(second.get(), TaskError);
  CHECK_THROWS_AS(client.retry(second).get(), TaskError);
  const auto again = client.retry(std::vector{second});
  CHECK(again.front().get() == 5);
  CHECK(client.retry(again.front()).get() == 5);
  CHECK_THROWS_AS(second.get(), TaskError);
}

TEST_CASE("a task that takes longer than its timeout fails and is told to end") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  Client client(cluster);
  const auto late =
      client.submit<&tasks::until_cancelled>(Options{.timeout_seconds = 0.05, .pure = false});
  try {
    late.get();
    FAIL("it did not fail");
  } catch (const TaskError& error) {
    CHECK(error.code() == Errc::timeout);
    CHECK_THAT(error.what(), Catch::Contains("0.05 s"));
  }
  // The thread came back, because the task looks at its context.
  CHECK(client.submit<&tasks::increment>(1).get() == 2);
  CHECK_THROWS_AS(client.submit<&tasks::increment>(Options{.timeout_seconds = -1}, 1), ValueError);
}

TEST_CASE("a client can see what each worker holds and does, and run a function on all") {
  LocalCluster cluster({.workers = 2, .threads_per_worker = 1});
  Client client(cluster);
  const auto names = client.run<&tasks::worker_name>();
  CHECK(names ==
        std::map<std::string, std::string>{{"worker-0", "worker-0"}, {"worker-1", "worker-1"}});
  const auto value =
      client.submit<&tasks::ramp>(Options{.workers = {"worker-1"}}, std::int64_t{10000});
  value.wait();
  CHECK(client.who_has(std::vector{value}) == std::vector<std::vector<std::string>>{{"worker-1"}});
  CHECK(client.has_what().at("worker-1") == std::vector{value.key()});
  CHECK(client.has_what().at("worker-0").empty());
  tasks::running = false;
  const auto endless =
      client.submit<&tasks::until_cancelled>(Options{.workers = {"worker-0"}, .pure = false});
  while (!tasks::running) std::this_thread::yield();
  const auto processing = client.processing();
  REQUIRE(processing.at("worker-0").size() == 1);
  CHECK_THAT(processing.at("worker-0").front(), Catch::Contains("until_cancelled"));
  client.cancel(endless);
}

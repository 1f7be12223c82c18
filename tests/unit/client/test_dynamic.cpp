// Tasks that submit tasks, wait for them, and are cancelled.

#include "clients.hpp"
#include "tasks.hpp"

#include <catch2/catch.hpp>
#include <thread>

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

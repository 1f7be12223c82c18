// Actors: objects that live on a worker.

#include <catch2/catch.hpp>
#include <numeric>
#include <signal.h>
#include <thread>

#include "actors.hpp"
#include "clients.hpp"
#include "tasks.hpp"

using namespace tartan;
using actors::Ledger;

namespace {

const Options kImpure{.pure = false};

struct Cluster {
  explicit Cluster(std::uint32_t workers = 1)
      : cluster({.workers = workers, .threads_per_worker = 1}) {}
  LocalCluster cluster;
  Client client{cluster};
};

void until_none_is_alive() {
  while (actors::alive > 0) std::this_thread::yield();
}

std::vector<std::int64_t> up_to(std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}

}  // namespace

TEST_CASE("an actor keeps its state between calls, on every kind of client") {
  for_every_client([](Client& client) {
    const auto ledger = client.actor<Ledger>(std::int64_t{10});
    CHECK(ledger.call<&Ledger::add>(5).get() == 15);
    CHECK(ledger.call<&Ledger::add>(-1).get() == 14);
    CHECK(ledger.call<&Ledger::count>().get() == 14);
    const auto other = client.actor<Ledger>(std::int64_t{10});
    CHECK(other.call<&Ledger::count>().get() == 10);
    CHECK(ledger.call<&Ledger::norm_by_task>(std::vector<double>{3, 4}).get() == 5);
  });
}

TEST_CASE("ten thousand calls of one caller run in the order they were made") {
  Cluster one;
  const auto ledger = one.client.actor<Ledger>(std::int64_t{0});
  std::vector<ActorFuture<std::int64_t>> calls;
  for (std::int64_t i = 0; i < 10'000; ++i) calls.push_back(ledger.call<&Ledger::note>(1, i));
  for (std::size_t i = 0; i < calls.size(); ++i) {
    REQUIRE(calls[i].get() == static_cast<std::int64_t>(i) + 1);
  }
  CHECK(ledger.call<&Ledger::noted>(1).get() == up_to(10'000));
}

TEST_CASE("calls of two callers are interleaved, each caller's in order") {
  Cluster one;
  const auto ledger = one.client.actor<Ledger>(Options{.key = "shared ledger"}, std::int64_t{0});
  Client second(one.cluster);
  const auto same = second.actor<Ledger>(Options{.key = "shared ledger"}, std::int64_t{0});
  same.wait();
  actors::told = false;
  const auto gate = ledger.call<&Ledger::wait_until_told>();
  std::vector<ActorFuture<std::int64_t>> calls;
  for (std::int64_t i = 0; i < 2000; ++i) {
    calls.push_back(ledger.call<&Ledger::note>(1, i));
    calls.push_back(same.call<&Ledger::note>(2, i));
  }
  CHECK_FALSE(calls.front().wait_for(std::chrono::milliseconds(20)));
  actors::told = true;
  for (auto& call : calls) call.wait();
  CHECK(ledger.call<&Ledger::noted>(1).get() == up_to(2000));
  CHECK(same.call<&Ledger::noted>(2).get() == up_to(2000));
  CHECK(ledger.call<&Ledger::interleaved>().get());
}

TEST_CASE("an exception in a method reaches the caller, and the actor lives on") {
  for_every_client([](Client& client) {
    const auto ledger = client.actor<Ledger>(std::int64_t{1});
    const auto failing = ledger.call<&Ledger::fail>("because");
    try {
      failing.get();
      FAIL("it did not throw");
    } catch (const TaskError& error) {
      CHECK(error.type() == "std::domain_error");
      CHECK(error.message() == "because");
      CHECK_THAT(error.task(), Catch::Contains("fail of the actor actors::Ledger"));
      CHECK_FALSE(error.worker().empty());
    }
    CHECK(failing.done());
    CHECK(ledger.call<&Ledger::count>().get() == 1);
  });
}

TEST_CASE("a constructor that throws fails the calls with what it threw") {
  for_every_client([](Client& client) {
    const auto broken = client.actor<actors::Broken>("no way");
    CHECK_THROWS_WITH(broken.call<&actors::Broken::nothing>().get(), Catch::Contains("no way"));
    CHECK_THROWS_WITH(broken.wait(), Catch::Contains("no way"));
    CHECK_THROWS_AS(broken.call<&actors::Broken::nothing>().get(), TaskError);
  });
}

TEST_CASE("arguments and results of several megabytes travel with calls") {
  for_every_client([](Client& client) {
    const auto ledger = client.actor<Ledger>(std::int64_t{0});
    const std::vector<double> values(1'500'000, 1.5);
    const auto first = ledger.call<&Ledger::twice>(values);
    const auto second = ledger.call<&Ledger::twice>(std::vector<double>(100'000, 2.0));
    CHECK(first.get() == std::vector<double>(1'500'000, 3.0));
    CHECK(second.get() == std::vector<double>(100'000, 4.0));
  });
}

TEST_CASE("more than a message carries is refused with the numbers, and the actor lives on") {
  Cluster one;
  const auto ledger = one.client.actor<Ledger>(std::int64_t{7});
  CHECK_THROWS_WITH(ledger.call<&Ledger::twice>(std::vector<double>(3'000'000, 1.0)),
                    Catch::Contains("22.9 MiB") && Catch::Contains("15.0 MiB"));
  CHECK_THROWS_WITH(ledger.call<&Ledger::megabytes>(20).get(),
                    Catch::Contains("20.0 MiB") && Catch::Contains("15.0 MiB"));
  CHECK(ledger.call<&Ledger::count>().get() == 7);
}

TEST_CASE("futures among the arguments are waited for, and later calls keep their place") {
  for_every_client([](Client& client) {
    const auto ledger = client.actor<Ledger>(client.submit<&tasks::increment>(4));
    const auto slow = client.submit<&actors::later>(kImpure, 30);
    const auto first = ledger.call<&Ledger::note>(1, slow);
    const auto second = ledger.call<&Ledger::note>(1, 31);
    CHECK(second.get() == 2);
    CHECK(first.get() == 1);
    CHECK(ledger.call<&Ledger::count>().get() == 5);
    const std::vector failing{client.submit<&tasks::fail>(1.0)};
    CHECK_THROWS_AS(ledger.call<&Ledger::twice>(failing).get(), TaskError);
    CHECK(ledger.call<&Ledger::note>(1, 32).get() == 3);
  });
}

TEST_CASE("tasks call the actors they are given, and the object stays where it is") {
  for_every_client([](Client& client) {
    const auto ledger = client.actor<Ledger>(std::int64_t{0});
    const auto home = ledger.call<&Ledger::process>().get();
    std::vector<Future<std::int64_t>> adding;
    for (int i = 0; i < 8; ++i) {
      adding.push_back(
          client.submit<&actors::add_often>(kImpure, ledger, std::int64_t{1}, std::int64_t{25}));
    }
    wait(adding);
    for (const auto& one : adding) CHECK(one.status() == FutureStatus::finished);
    CHECK(ledger.call<&Ledger::count>().get() == 200);
    CHECK(ledger.call<&Ledger::process>().get() == home);
    CHECK(client.submit<&actors::sum_of>(kImpure, std::vector{ledger, ledger}).get() == 400);
  });
}

TEST_CASE("tasks come to hold an actor while others let it go") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 4});
  Client client(cluster);
  const auto ledger = client.actor<Ledger>(std::int64_t{0});
  std::vector<Future<std::int64_t>> visits;
  for (int i = 0; i < 5000; ++i) {
    visits.push_back(
        client.submit<&actors::add_often>(kImpure, ledger, std::int64_t{1}, std::int64_t{0}));
  }
  REQUIRE(wait(visits, std::chrono::seconds(60)));
}

TEST_CASE("an actor lives as long as its last handle, and no longer") {
  REQUIRE(actors::alive == 0);
  Cluster two(2);
  {
    const auto ledger = two.client.actor<Ledger>(std::int64_t{0});
    const auto copy = ledger;
    ledger.wait();
    CHECK(actors::alive == 1);
  }
  until_none_is_alive();
  {
    // The task is the last to have it.
    auto ledger = two.client.actor<Ledger>(std::int64_t{3});
    const auto sum = two.client.submit<&actors::add_often>(kImpure, ledger, 1, 100);
    ledger = {};
    CHECK(sum.get() == 103);
    until_none_is_alive();
  }
  {
    // Another actor is the last to have it.
    auto ledger = two.client.actor<Ledger>(std::int64_t{3});
    const auto keeper = two.client.actor<Ledger>(std::int64_t{0});
    keeper.call<&Ledger::hold>(ledger).get();
    ledger = {};
    CHECK(keeper.call<&Ledger::add_to_held>(4).get() == 7);
    CHECK(actors::alive == 2);
    keeper.call<&Ledger::let_go>().get();
    while (actors::alive > 1) std::this_thread::yield();
  }
  until_none_is_alive();
  {
    // A call that is under way is the last to have it.
    auto ledger = two.client.actor<Ledger>(std::int64_t{3});
    const auto sum = ledger.call<&Ledger::add>(two.client.submit<&actors::later>(kImpure, 20));
    ledger = {};
    CHECK(sum.get() == 23);
    until_none_is_alive();
  }
}

TEST_CASE("a task can make an actor and return it") {
  for_every_client([](Client& client) {
    auto opened = client.submit<&actors::open_ledger>(kImpure, std::int64_t{5});
    const Actor<Ledger> ledger = opened.get();
    opened = {};
    CHECK(ledger.call<&Ledger::add>(1).get() == 6);
  });
  until_none_is_alive();
}

TEST_CASE("no call waits for tasks, and no task for calls") {
  Cluster one;
  const auto ledger = one.client.actor<Ledger>(std::int64_t{0});
  ledger.wait();
  tasks::running = false;
  const auto endless = one.client.submit<&tasks::until_cancelled>(kImpure);
  while (!tasks::running) std::this_thread::yield();
  CHECK(ledger.call<&Ledger::add>(1).get() == 1);
  one.client.cancel(endless);
  actors::told = false;
  const auto waiting = ledger.call<&Ledger::wait_until_told>();
  CHECK(one.client.submit<&tasks::increment>(1).get() == 2);
  CHECK_FALSE(waiting.done());
  actors::told = true;
  waiting.get();
}

TEST_CASE("when an actor's worker is killed its calls end, and say so") {
  LocalCluster cluster({.workers = 2, .threads_per_worker = 1, .processes = true});
  Client client(cluster);
  const auto ledger = client.actor<Ledger>(std::int64_t{0});
  const auto holding = client.submit<&actors::add_often>(kImpure, ledger, 1, 1);
  holding.wait();
  const auto pid = static_cast<int>(ledger.call<&Ledger::process>().get());
  const auto waiting = ledger.call<&Ledger::wait_until_told>();
  ::kill(pid, SIGKILL);
  for (const auto& call : {waiting, ledger.call<&Ledger::wait_until_told>()}) {
    try {
      call.get();
      FAIL("it came to an end");
    } catch (const TaskError& error) {
      CHECK(error.code() == Errc::actor_lost);
      CHECK_THAT(error.message(), Catch::Contains("lost with its worker worker-") &&
                                      Catch::Contains("create it again"));
    }
  }
  const auto late = client.submit<&actors::add_often>(kImpure, ledger, 1, 1);
  CHECK_THROWS_WITH(late.get(), Catch::Contains("lost with its worker"));
}

TEST_CASE("calls end in ConnectionError when the client is closed under them") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  ActorFuture<void> waiting;
  actors::told = false;
  {
    Client client(cluster);
    const auto ledger = client.actor<Ledger>(std::int64_t{0});
    waiting = ledger.call<&Ledger::wait_until_told>();
    ledger.wait();
  }
  CHECK_THROWS_AS(waiting.get(), ConnectionError);
  actors::told = true;
  until_none_is_alive();
}

#include <catch2/catch.hpp>
#include <set>
#include <signal.h>
#include <thread>
#include <unistd.h>

#include "tasks.hpp"

using namespace tartan;
using namespace std::chrono_literals;

TEST_CASE("the embedded worker runs tasks in this process and passes results by pointer") {
  Client client;
  CHECK(client.submit<&tasks::pid>().get() == static_cast<std::uint64_t>(::getpid()));
  auto ramp = client.submit<&tasks::ramp>(100'000);
  CHECK(ramp.share().get() == ramp.share().get());
  CHECK(client.scheduler_info().workers.size() == 1);
}

TEST_CASE("a local cluster has the workers and threads it was asked for") {
  LocalCluster cluster({.workers = 3, .threads_per_worker = 2, .memory_limit = "1GiB"});
  Client client(cluster);
  const SchedulerInfo info = client.scheduler_info();
  REQUIRE(info.workers.size() == 3);
  std::set<std::string> names;
  for (const WorkerInfo& worker : info.workers) {
    CHECK(worker.nthreads == 2);
    CHECK(worker.memory_limit == 1ULL << 30);
    names.insert(worker.name);
  }
  CHECK(names.size() == 3);
  CHECK(cluster.worker_pids().empty());
}

TEST_CASE("tasks go only to the workers they name") {
  LocalCluster cluster({.workers = 2, .threads_per_worker = 1, .processes = true});
  Client client(cluster);
  const Options on_first{.workers = {"worker-0"}, .pure = false};
  const auto first = client.submit<&tasks::pid>(on_first).get();
  for (int i = 0; i < 5; ++i) CHECK(client.submit<&tasks::pid>(on_first).get() == first);
  const Options on_second{.workers = {"worker-1"}, .pure = false};
  CHECK(client.submit<&tasks::pid>(on_second).get() != first);
}

TEST_CASE("a task that declares more than any worker can hold fails at once, with the numbers") {
  LocalCluster cluster({.workers = 2, .threads_per_worker = 1, .memory_limit = "100MiB"});
  Client client(cluster);
  const auto fits = client.submit<&tasks::increment>(Options{.output_bytes = 90 << 20}, 3);
  CHECK(fits.get() == 4);
  const auto future = client.submit<&tasks::increment>(
      Options{.output_bytes = 90 << 20, .scratch_bytes = 90 << 20}, 4);
  try {
    future.get();
    FAIL("it had a result");
  } catch (const TaskError& error) {
    CHECK(error.code() == Errc::out_of_memory);
    CHECK_THAT(error.message(), Catch::Contains("180.0 MiB") && Catch::Contains("100.0 MiB") &&
                                    Catch::Contains("--memory-limit"));
  }
}

TEST_CASE("worker processes are this program, elsewhere, and end with their cluster") {
  std::vector<int> pids;
  {
    LocalCluster cluster({.workers = 2, .threads_per_worker = 1, .processes = true});
    pids = cluster.worker_pids();
    CHECK(pids.size() == 2);
    Client client(cluster);
    const auto pid = client.submit<&tasks::pid>().get();
    CHECK(std::count(pids.begin(), pids.end(), static_cast<int>(pid)) == 1);
    CHECK(client.submit([](int x) { return x + 1; }, 1).get() == 2);
    CHECK(client.submit<&tasks::length>(std::string(2 << 20, 'x')).get() == 2 << 20);
    CHECK(client.submit<&tasks::ramp>(300'000).get().size() == 300'000);
    CHECK(client.submit<&tasks::nested>(5).get() == 15.0);
    CHECK_THROWS_AS(client.submit<&tasks::fail>(1.0).get(), TaskError);
  }
  for (const int pid : pids) CHECK(::kill(pid, 0) != 0);
}

TEST_CASE("the results of a killed worker process are computed again") {
  LocalCluster cluster({.workers = 2, .threads_per_worker = 1, .processes = true});
  Client client(cluster);
  std::vector<int> sizes;
  for (int i = 0; i < 20; ++i) sizes.push_back(10'000 + i);
  auto ramps = client.map<&tasks::ramp>(sizes);
  wait(ramps);
  ::kill(cluster.worker_pids().front(), SIGKILL);
  for (std::size_t i = 0; i < ramps.size(); ++i) {
    CHECK(ramps[i].get().size() == static_cast<std::size_t>(sizes[i]));
  }
}

TEST_CASE("futures end in ConnectionError when their cluster is closed under them") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  Client client(cluster);
  auto slow = client.submit<&tasks::slow>(50);
  cluster.close();
  CHECK_THROWS_AS(slow.get(), ConnectionError);
}

TEST_CASE("a client closed in the middle of its tasks leaves nothing hanging") {
  for (int round = 0; round < 5; ++round) {
    std::vector<Future<int>> futures;
    {
      Client client;
      futures = client.map<&tasks::slow>(std::vector<int>(20, 1));
      futures.resize(10);
      if (round % 2 == 0) futures.front().wait();
    }
    for (auto& future : futures) CHECK(future.done());
  }
}

TEST_CASE("cancelled tasks that have not run end in CancelledError") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  Client client(cluster);
  auto blocker = client.submit<&tasks::slow>(100);
  auto futures = client.map<&tasks::slow>(Options{.pure = false}, std::vector<int>(20, 50));
  auto dependant = client.submit<&tasks::increment>(futures.back());
  client.cancel(futures.back());
  CHECK_THROWS_AS(futures.back().get(), CancelledError);
  CHECK_THROWS(dependant.get());
  client.cancel(futures);
  wait(futures);
  CHECK(blocker.get() == 100);
}

TEST_CASE("without a client the current one is an embedded cluster") {
  Client& client = Client::current();
  CHECK(&client == &Client::current());
  CHECK(delayed<&tasks::increment>(1).compute() == 2);
  const auto [a, b] = compute(delayed<&tasks::increment>(2), delayed<&tasks::add>(1.0, 2.0));
  CHECK(a == 3);
  CHECK(b == 3.0);
}

// What an operator does, through the client, to clusters in this process.

#include <algorithm>
#include <catch2/catch.hpp>
#include <thread>

#include "tasks.hpp"

using namespace tartan;
using namespace std::chrono_literals;

namespace {

/// Two workers with a thread each.
struct TwoWorkers {
  LocalCluster cluster{{.workers = 2, .threads_per_worker = 1}};
  Client client{cluster};

  std::vector<Future<std::vector<double>>> ramps_on(const std::string& worker) {
    std::vector<Future<std::vector<double>>> made;
    for (std::int64_t n = 10'000; n < 10'010; ++n) {
      made.push_back(client.submit<&tasks::ramp>(Options{.workers = {worker}}, n));
    }
    for (const auto& future : made) future.wait();
    return made;
  }
};

}  // namespace

TEST_CASE("what a retired worker held is had from the others") {
  TwoWorkers two;
  const auto made = two.ramps_on("worker-0");
  const auto scattered = two.client.scatter(std::vector<double>(10'000, 1.5), true);
  const auto outcomes = two.client.retire_workers({"worker-0"});
  CHECK(outcomes == std::map<std::string, std::string>{{"worker-0", "retired"}});
  CHECK(two.client.scheduler_info().workers.size() == 1);
  for (const auto& future : made) {
    const std::int64_t n = 10'000 + (&future - made.data());
    CHECK(future.get() == tasks::ramp(n));
  }
  CHECK(scattered.get().size() == 10'000);
}

TEST_CASE("a worker there is not, and the last one, are not retired") {
  TwoWorkers two;
  CHECK_THROWS_WITH(two.client.retire_workers({"eve"}),
                    Catch::Contains("no worker is called eve; there are worker-0, worker-1") ||
                        Catch::Contains("there are worker-1, worker-0"));
  CHECK_THROWS_AS(two.client.retire_workers({"eve"}), ValueError);
  try {
    two.client.retire_workers({"worker-0", "worker-1"});
    FAIL("they were retired");
  } catch (const Exception& error) {
    CHECK(error.code() == Errc::refused);
  }
}

TEST_CASE("a worker that does not come to an end in time goes on working") {
  TwoWorkers two;
  const auto slow = two.client.submit<&tasks::slow>(Options{.workers = {"worker-0"}}, 1000);
  while (two.client.processing()["worker-0"].empty()) std::this_thread::sleep_for(1ms);
  try {
    two.client.retire_workers({"worker-0"}, {.timeout = 10ms});
    FAIL("it was retired");
  } catch (const Exception& error) {
    CHECK(error.code() == Errc::timeout);
    CHECK_THAT(error.what(), Catch::Contains("worker-0 still has 1 tasks (such as slow[0])"));
  }
  CHECK(two.client.scheduler_info().workers.size() == 2);
  CHECK(slow.get() == 1000);
}

TEST_CASE("replicated results are on as many workers as was wished for") {
  TwoWorkers two;
  const auto made = two.ramps_on("worker-0");
  two.client.replicate(made, 2);
  for (const auto& holders : two.client.who_has(made)) CHECK(holders.size() == 2);
  CHECK_THROWS_AS(two.client.replicate(made, 3), ValueError);
}

TEST_CASE("rebalancing leaves workers with about equally many bytes") {
  TwoWorkers two;
  const auto made = two.ramps_on("worker-0");
  two.client.rebalance();
  const auto held = two.client.has_what();
  CHECK(held.at("worker-0").size() == 5);
  CHECK(held.at("worker-1").size() == 5);
}

TEST_CASE("a restart ends every client's futures in an error that says who restarted") {
  TwoWorkers two;
  Client other(two.cluster, {.name = "other"});
  const auto made = two.ramps_on("worker-0");
  const auto outcomes = other.restart();
  CHECK(outcomes.at("worker-0") == "reset");
  CHECK_THROWS_AS(made[0].get(), CancelledError);
  CHECK_THROWS_WITH(made[1].get(), Catch::Contains("client other restarted the cluster"));
  CHECK(two.client.submit<&tasks::increment>(1).get() == 2);
  CHECK(two.client.submit<&tasks::ramp>(std::int64_t{10'000}).get().size() == 10'000);
}

TEST_CASE("groups of tasks are counted by their state") {
  TwoWorkers two;
  const auto made = two.ramps_on("worker-0");
  const auto groups = two.client.group_progress();
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [](const GroupProgress& group) { return group.name == "ramp"; });
  REQUIRE(found != groups.end());
  CHECK(found->total == 10);
  CHECK(found->memory == 10);
  CHECK(found->nbytes > 10 * 10'000 * sizeof(double));
}

TEST_CASE("an operation inside a task gives up the thread while it waits") {
  LocalCluster cluster({.workers = 1, .threads_per_worker = 1});
  Client client(cluster);
  // It waits for the copies of a result that only its own thread can make.
  CHECK(client.submit<&tasks::replicate_inside>(20'000).get() == 20'000);
}

TEST_CASE("the inline executor has no workers to operate on") {
  Client client = Client::inline_executor();
  CHECK_THROWS_WITH(client.retire_workers({"inline"}), Catch::Contains("no workers"));
  CHECK(client.group_progress().empty());
}

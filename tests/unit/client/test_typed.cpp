// What a program may write, on every kind of client: the same text must mean the same everywhere.

#include <catch2/catch.hpp>
#include <functional>
#include <numeric>

#include "clients.hpp"
#include "tasks.hpp"

using namespace tartan;

namespace {

/// Everything a small program computes, as numbers, for comparison between clients.
std::vector<double> small_program(Client& client) {
  std::vector<double> results;
  auto a = client.submit<&tasks::norm>(std::vector{3.0, 4.0});
  auto b = client.submit<&tasks::add>(a, 1);
  results.push_back(b.get());
  std::vector<double> items(100);
  std::iota(items.begin(), items.end(), 0.1);
  auto shifted = client.map<&tasks::add>(items, 0.7);
  auto both = client.map<&tasks::add>(shifted, b);
  results.push_back(client.submit<&tasks::sum>(both).get());
  for (const double x : client.gather(both)) results.push_back(x);
  auto lazy = delayed<&tasks::add>(delayed<&tasks::norm>(std::vector{1.0, 2.0}), b);
  results.push_back(lazy.compute(client));
  results.push_back(client.submit<&tasks::nested>(10).get());
  return results;
}

}  // namespace

TEST_CASE("the same program gives bit-equal results on every client") {
  std::vector<double> expected;
  for_every_client([&](Client& client) {
    const std::vector<double> results = small_program(client);
    if (expected.empty()) expected = results;
    CHECK(results == expected);
  });
  CHECK(expected.at(0) == 6.0);
  CHECK(expected.back() == 55.0);
}

TEST_CASE("arguments are converted to the parameters' types") {
  for_every_client([](Client& client) {
    CHECK(client.submit<&tasks::add>(1, 2.5f).get() == 3.5);
    CHECK(client.submit<&tasks::greet>("world").get() == "hello world");
    CHECK(client.submit([](int x) { return x * 2; }, 21).get() == 42);
    CHECK(client.submit<[](int x) { return x * 3; }>(14).get() == 42);
    client.submit<&tasks::nothing>(1).get();
  });
}

TEST_CASE("containers of futures are gathered in order") {
  for_every_client([](Client& client) {
    auto ones = client.map<&tasks::increment>(std::vector{1, 2, 3});
    auto doubles = client.map<&tasks::add>(std::vector{1, 2, 3}, 0.5);
    CHECK(client.submit<&tasks::sum>(doubles).get() == 7.5);
    CHECK(client.gather(ones) == std::vector{2, 3, 4});
    auto raw = client.submit<&tasks::first_of>(doubles);
    CHECK(raw.get().get<double>() == 1.5);
    CHECK(client.submit<&tasks::first_of>(7, ones).get().get<int>() == 7);
    CHECK(client
              .submit<&tasks::sum>(std::vector<Delayed<double>>{delayed<&tasks::add>(1.0, 2.0),
                                                                delayed<&tasks::add>(3.0, 4.0)})
              .get() == 10.0);
  });
}

TEST_CASE("map walks several vectors in step and gives the rest to every task") {
  for_every_client([](Client& client) {
    const std::vector<double> a{1, 2, 3};
    const std::vector<int> b{10, 20, 30};
    CHECK(client.gather(client.map<&tasks::add>(a, b)) == std::vector{11.0, 22.0, 33.0});
    CHECK(client.gather(client.map<&tasks::norm>(std::vector<std::vector<double>>{{3, 4}, {5}})) ==
          std::vector{5.0, 5.0});
    CHECK_THROWS_AS(client.map<&tasks::add>(a, std::vector{1, 2}), ValueError);
    CHECK(client.map<&tasks::increment>(std::vector<int>{}).empty());
  });
}

TEST_CASE("a pure task is computed once and shared, another is not") {
  for_every_client([](Client& client) {
    auto a = client.submit<&tasks::add>(1.0, 2.0);
    auto b = client.submit<&tasks::add>(1.0, 2.0);
    auto other = client.submit<&tasks::add>(1.0, 3.0);
    auto impure = client.submit<&tasks::add>(Options{.pure = false}, 1.0, 2.0);
    CHECK(a.key() == b.key());
    CHECK(a.key() != other.key());
    CHECK(a.key() != impure.key());
    CHECK(impure.get() == 3.0);
    auto named = client.submit<&tasks::add>(Options{.key = "three"}, 1.0, 2.0);
    CHECK(named.key() == hash_text("three"));
    CHECK(named.get() == 3.0);
    CHECK(a.get() == b.get());
    CHECK(delayed<&tasks::add>(1.0, 2.0).key() == a.key());
  });
}

TEST_CASE("a task's exception arrives with type, message and task, and takes dependants along") {
  for_every_client([](Client& client) {
    auto failed = client.submit<&tasks::fail>(2.5);
    auto dependant = client.submit<&tasks::add>(failed, 1.0);
    try {
      failed.get();
      FAIL("get() of a failed task must throw");
    } catch (const TaskError& error) {
      CHECK(error.type() == "std::domain_error");
      CHECK_THAT(error.message(), Catch::Contains("no result for 2.5"));
      CHECK_THAT(error.task(), Catch::Contains("fail"));
      CHECK_FALSE(error.worker().empty());
    }
    CHECK_THROWS_AS(dependant.get(), TaskError);
    CHECK(dependant.status() == FutureStatus::error);
    CHECK(failed.exception() != nullptr);
    REQUIRE(dependant.failure());
    CHECK_THAT(dependant.failure()->message, Catch::Contains("no result for 2.5"));
    CHECK(client.submit<&tasks::add>(1.0, 1.0).exception() == nullptr);
  });
}

TEST_CASE("retries run a failing task again") {
  Client client = Client::inline_executor();
  CHECK(client.submit<&tasks::fails_once>(Options{.retries = 1}, 4).get() == 4);
}

TEST_CASE("scattered values are data to depend on, and the same value is one dataset") {
  for_every_client([](Client& client) {
    auto data = client.scatter(std::vector{3.0, 4.0});
    CHECK(client.submit<&tasks::norm>(data).get() == 5.0);
    CHECK(data.get() == std::vector{3.0, 4.0});
    auto again = client.scatter(std::vector{3.0, 4.0}, true);
    CHECK(again.key() == data.key());
    again.wait();
    auto parts = client.scatter_each(std::vector{1.0, 2.0, 3.0});
    CHECK(parts.size() == 3);
    CHECK(client.submit<&tasks::sum>(parts).get() == 6.0);
  });
}

TEST_CASE("large arguments and results travel whole") {
  for_every_client([](Client& client) {
    const std::string text(3 << 20, 't');
    CHECK(client.submit<&tasks::length>(text).get() == text.size());
    const auto values = client.submit<&tasks::ramp>(1 << 18).get();
    CHECK(values.size() == 1 << 18);
    CHECK(values.back() == (1 << 18) - 1);
    auto ramp = client.submit<&tasks::ramp>(1000);
    CHECK(ramp.share()->size() == 1000);
    CHECK(ramp.nbytes() >= 8000);
  });
}

TEST_CASE("as_completed yields every future once") {
  for_every_client([](Client& client) {
    std::vector<int> items(50);
    std::iota(items.begin(), items.end(), 0);
    int total = 0;
    int count = 0;
    for (auto& future : as_completed(client.map<&tasks::increment>(items))) {
      CHECK(future.done());
      total += future.get();
      ++count;
    }
    CHECK(count == 50);
    CHECK(total == 50 * 51 / 2);
  });
}

TEST_CASE("waiting returns when all are done, progress too") {
  for_every_client([](Client& client) {
    auto futures = client.map<&tasks::slow>(std::vector{1, 2, 3});
    wait(futures);
    for (const auto& future : futures) CHECK(future.status() == FutureStatus::finished);
    progress(futures, {.style = ProgressStyle::silent});
    CHECK(wait(futures, std::chrono::seconds(1)));
  });
}

TEST_CASE("delayed values share what they have in common") {
  for_every_client([](Client& client) {
    auto base = delayed<&tasks::ramp>(10);
    auto a = delayed<&tasks::sum>(base);
    auto b = delayed<&tasks::norm>(base);
    const auto [x, y] = client.compute(a, b);
    CHECK(x == 45.0);
    CHECK(y == Approx(std::sqrt(285.0)));
    auto futures = client.persist(std::vector{a, a});
    CHECK(futures[0].key() == futures[1].key());
    CHECK(futures[0].get() == 45.0);
  });
}

TEST_CASE("a chain of twenty thousand delayed calls does not run out of stack") {
  Client client = Client::inline_executor();
  auto value = delayed<&tasks::increment>(0);
  for (int i = 1; i < 20'000; ++i) value = delayed<&tasks::increment>(value);
  CHECK(value.compute(client) == 20'000);
}

TEST_CASE("the scheduler knows its workers") {
  for_every_client([](Client& client) {
    const SchedulerInfo info = client.scheduler_info();
    REQUIRE_FALSE(info.workers.empty());
    CHECK_FALSE(info.workers.front().name.empty());
    CHECK(info.nthreads() == client.nthreads());
    CHECK(client.nthreads() >= 1);
  });
}

TEST_CASE("futures of one client are values for another") {
  Client mine = Client::inline_executor();
  for_every_client([&](Client& client) {
    auto far = client.submit<&tasks::add>(1.0, 2.0);
    CHECK(mine.submit<&tasks::add>(far, 1.0).get() == 4.0);
    auto near = mine.submit<&tasks::add>(2.0, 5.0);
    CHECK(client.submit<&tasks::add>(near, 1.0).get() == 8.0);
  });
}

#include <catch2/catch.hpp>
#include <chrono>
#include <condition_variable>
#include <stdexcept>
#include <unistd.h>
#include <worker/exec/executor.hpp>

using namespace tartan;
using namespace tartan::worker;

namespace {

int answer() { return 42; }
int fail() { throw std::domain_error("not today"); }
int throw_int() { throw 7; }
std::string where() { return current_task()->worker; }
std::atomic<bool> g_running{false};
int until_cancelled() {
  g_running = true;
  while (!current_task()->is_cancelled()) std::this_thread::yield();
  return 1;
}

std::atomic<int> g_inside{0};
std::atomic<bool> g_open{false};
/// Secedes until g_open, as a task that waits for others does.
int waits() {
  const TaskContext& task = *current_task();
  task.host->secede(task, [] {});
  ++g_inside;
  while (!g_open && !task.is_cancelled()) std::this_thread::yield();
  task.host->rejoin(task);
  return 7;
}

/// Secedes twice, until it is woken each time; the number of wakes.
int until_woken() {
  const TaskContext& task = *current_task();
  int wakes = 0;
  for (int i = 0; i < 2; ++i) {
    std::atomic<bool> awake{false};
    task.host->secede(task, [&] { awake = true; });
    g_running = true;
    while (!awake) std::this_thread::yield();
    task.host->rejoin(task);
    ++wakes;
  }
  return wakes;
}

/// Counts wakes and lets a test wait for results.
class Pool {
 public:
  explicit Pool(std::uint32_t nthreads)
      : executor(nthreads, "alpha", [this] {
          std::lock_guard lock(mutex_);
          woken_ = true;
          changed_.notify_all();
        }) {}

  std::vector<Executed> collect(std::size_t count) {
    std::vector<Executed> all;
    while (all.size() < count) {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return woken_; });
      woken_ = false;
      lock.unlock();
      executor.take_done(all);
    }
    return all;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false;

 public:
  Executor executor;
};

template <auto F>
Execution run(wire::AttemptId attempt) {
  Execution execution;
  execution.attempt = attempt;
  execution.function = &task_function<F>();
  return execution;
}

}  // namespace

TEST_CASE("every execution comes back once, whatever the number of threads") {
  Pool pool(3);
  std::vector<Execution> batch;
  for (wire::AttemptId i = 0; i < 2000; ++i) batch.push_back(run<&answer>(i));
  pool.executor.submit(batch);
  CHECK(batch.empty());
  std::vector<Executed> done = pool.collect(2000);
  REQUIRE(done.size() == 2000);
  std::vector<bool> seen(2000);
  for (const Executed& one : done) {
    CHECK_FALSE(seen.at(one.attempt));
    seen[one.attempt] = true;
    CHECK(std::get<Value>(one.outcome).get<int>() == 42);
  }
  CHECK_FALSE(pool.executor.busy());
}

TEST_CASE("an exception becomes a failure with its type and message") {
  Executed executed = execute(run<&fail>(1));
  Failure failure = std::get<Failure>(executed.outcome);
  CHECK(failure.type == "std::domain_error");
  CHECK(failure.message == "not today");
  CHECK(failure.code == Errc::task_failed);
}

TEST_CASE("whatever is thrown becomes a failure") {
  Failure failure = std::get<Failure>(execute(run<&throw_int>(1)).outcome);
  CHECK(failure.type == "int");
  CHECK_FALSE(failure.message.empty());
}

TEST_CASE("a task knows the worker it runs on") {
  Pool pool(1);
  std::vector<Execution> batch{run<&where>(5)};
  pool.executor.submit(batch);
  std::vector<Executed> done = pool.collect(1);
  CHECK(std::get<Value>(done.at(0).outcome).get<std::string>() == "alpha");
}

TEST_CASE("an abandoned task can notice and end early") {
  g_running = false;
  Pool pool(2);
  std::vector<Execution> batch{run<&until_cancelled>(8)};
  pool.executor.submit(batch);
  while (!g_running) std::this_thread::yield();
  CHECK(pool.executor.busy());
  pool.executor.abandon(8);
  CHECK(pool.collect(1).at(0).attempt == 8);
}

TEST_CASE("stopping drops what has not started and waits for what runs") {
  g_running = false;
  Pool pool(1);
  std::vector<Execution> batch{run<&until_cancelled>(1), run<&answer>(2)};
  pool.executor.submit(batch);
  while (!g_running) std::this_thread::yield();
  pool.executor.stop();
  std::vector<Executed> done;
  pool.executor.take_done(done);
  REQUIRE(done.size() == 1);
  CHECK(done[0].attempt == 1);
}

TEST_CASE(
    "the board names what runs, to whoever opened the same memory, and nothing once it ended") {
  auto board = Board::create();
  REQUIRE(board);
  auto parent = Board::open(::dup((*board)->fd()));
  REQUIRE(parent);
  g_running = false;
  {
    Executor executor(
        2, "alpha", [] {}, {}, board->get());
    std::vector<Execution> batch{run<&until_cancelled>(17)};
    executor.submit(batch);
    while (!g_running) std::this_thread::yield();
    CHECK((*parent)->take() == std::vector<wire::AttemptId>{17});
  }
  CHECK((*parent)->take().empty());
}

TEST_CASE("a task that secedes leaves its place to the next, however many do") {
  g_inside = 0;
  g_open = false;
  Pool pool(1);
  std::vector<Execution> batch;
  for (wire::AttemptId i = 0; i < 100; ++i) batch.push_back(run<&waits>(i));
  pool.executor.submit(batch);
  while (g_inside < 100) std::this_thread::yield();
  CHECK(pool.executor.threads() >= 101);
  g_open = true;
  CHECK(pool.collect(100).size() == 100);
  std::vector<Waiting> news;
  pool.executor.take_waiting(news);
  CHECK(news.size() == 200);
}

TEST_CASE("threads made for tasks that waited are reused, and most of them end") {
  g_inside = 0;
  g_open = false;
  Pool pool(1);
  std::vector<Execution> batch;
  for (wire::AttemptId i = 0; i < 200; ++i) batch.push_back(run<&waits>(i));
  pool.executor.submit(batch);
  while (g_inside < 200) std::this_thread::yield();
  g_open = true;
  pool.collect(200);
  while (pool.executor.threads() > 32) std::this_thread::yield();
  batch.push_back(run<&answer>(1));
  pool.executor.submit(batch);
  CHECK(pool.collect(1).size() == 1);
}

TEST_CASE("a task that is abandoned while it waits is woken, or at once when it was before") {
  Pool pool(1);
  std::vector<Execution> batch{run<&until_woken>(3)};
  g_running = false;
  pool.executor.submit(batch);
  while (!g_running) std::this_thread::yield();
  pool.executor.abandon(3);
  CHECK(std::get<Value>(pool.collect(1).at(0).outcome).get<int>() == 2);
}

TEST_CASE("stopping wakes the tasks that wait") {
  g_running = false;
  Pool pool(1);
  std::vector<Execution> batch{run<&until_woken>(3)};
  pool.executor.submit(batch);
  while (!g_running) std::this_thread::yield();
  pool.executor.stop();
  std::vector<Executed> done;
  pool.executor.take_done(done);
  CHECK(done.size() == 1);
}

TEST_CASE("a task abandoned before it starts finds itself cancelled") {
  g_running = false;
  Pool pool(1);
  std::vector<Execution> batch{run<&until_cancelled>(1), run<&until_cancelled>(2)};
  pool.executor.submit(batch);
  while (!g_running) std::this_thread::yield();
  pool.executor.abandon(2);
  pool.executor.abandon(1);
  CHECK(pool.collect(2).size() == 2);
}

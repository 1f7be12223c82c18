#include <atomic>
#include <catch2/catch.hpp>
#include <core/wire/codec.hpp>
#include <tartan/value/actor.hpp>
#include <thread>
#include <worker/exec/actor_pool.hpp>
#include <worker/exec/executor.hpp>

using namespace tartan;
using namespace tartan::worker;

namespace actor_pool_test {

std::atomic<int> inside{0};
std::atomic<int> destroyed{0};
std::atomic<bool> open{false};

struct Log {
  ~Log() { ++destroyed; }
  void add(std::int64_t x) {
    if (++inside > 1) overlapped = true;
    numbers.push_back(x);
    --inside;
  }
  void hold() {
    ++inside;
    while (!open) std::this_thread::yield();
    --inside;
  }
  bool wait_for_end() {
    while (!current_task()->is_cancelled()) std::this_thread::yield();
    return true;
  }
  std::vector<std::int64_t> numbers;
  bool overlapped = false;
};

}  // namespace actor_pool_test

using actor_pool_test::Log;

namespace {

Value make_log() {
  return Value::of(ActorObject{std::make_shared<Log>(), detail::demangled(typeid(Log).name()),
                               Value::of(std::int64_t{1})});
}

template <auto M, class... A>
ActorRun run_of(Key actor, std::uint64_t number, A... arguments) {
  ArgumentWriter writer;
  writer.dependency(0);
  (writer.inline_object(arguments), ...);
  ActorRun run;
  run.id = {actor, 1, Key{5, 5}, number};
  run.method = &actor_method<M>();
  run.arguments = Buffer::copy(writer.bytes());
  return run;
}

struct Pool {
  std::atomic<int> wakes{0};
  Executor tasks{1, "w", [] {}};
  ActorPool pool{"w", "", tasks, [this] { ++wakes; }};
  std::vector<ActorRan> ran;

  template <class Order>
  void order(Order one) {
    std::vector<ActorOrder> orders;
    orders.emplace_back(std::move(one));
    pool.order(orders);
  }
  void wait_for(std::size_t count) {
    while (ran.size() < count) {
      pool.take_ran(ran);
      std::this_thread::yield();
    }
  }
};

}  // namespace

TEST_CASE("an actor's calls run one at a time in their order, and its data can be read") {
  Pool one;
  const Key key{1, 1};
  one.order(ActorCreate{key, make_log()});
  for (std::int64_t i = 1; i <= 1000; ++i) {
    one.order(run_of<&Log::add>(key, static_cast<std::uint64_t>(i), i));
  }
  one.order(run_of<&Log::numbers>(key, 1001));
  one.order(run_of<&Log::overlapped>(key, 1002));
  one.wait_for(1002);
  for (std::size_t i = 0; i < 1002; ++i) CHECK(one.ran[i].id.number == i + 1);
  const auto numbers = wire::unpack_value(one.ran[1000].outcome.packed.bytes());
  REQUIRE(numbers);
  CHECK(numbers->get<std::vector<std::int64_t>>().size() == 1000);
  CHECK_FALSE(wire::unpack_value(one.ran[1001].outcome.packed.bytes())->get<bool>());
}

TEST_CASE("actors that block do not keep others waiting, and idle threads end") {
  actor_pool_test::open = false;
  Pool one;
  for (std::uint64_t i = 0; i < 20; ++i) {
    one.order(ActorCreate{Key{2, i}, make_log()});
    one.order(run_of<&Log::hold>(Key{2, i}, 1));
  }
  one.order(ActorCreate{Key{3, 3}, make_log()});
  one.order(run_of<&Log::numbers>(Key{3, 3}, 1));
  one.wait_for(1);
  CHECK(one.ran[0].id.actor == Key{3, 3});
  CHECK(one.pool.threads() >= 20);
  actor_pool_test::open = true;
  one.wait_for(21);
  while (one.pool.threads() > 4) std::this_thread::yield();
  CHECK(actor_pool_test::inside == 0);
}

TEST_CASE("an actor that is destroyed in a method is told, and goes when that ends") {
  actor_pool_test::destroyed = 0;
  Pool one;
  one.order(ActorCreate{Key{1, 1}, make_log()});
  one.order(run_of<&Log::wait_for_end>(Key{1, 1}, 1));
  one.order(run_of<&Log::numbers>(Key{1, 1}, 2));
  one.order(ActorDestroy{Key{1, 1}});
  while (actor_pool_test::destroyed == 0) std::this_thread::yield();
  one.order(run_of<&Log::numbers>(Key{1, 1}, 3));  // nobody is there
  one.pool.stop();
  one.pool.take_ran(one.ran);
  CHECK(one.ran.size() <= 1);
}

TEST_CASE("a method of another class, and a call without an object, are refused") {
  Pool one;
  one.order(
      ActorCreate{Key{1, 1}, Value::of(ActorObject{std::make_shared<int>(3), "Other", Value()})});
  one.order(run_of<&Log::numbers>(Key{1, 1}, 1));
  ActorRun bare = run_of<&Log::numbers>(Key{1, 1}, 2);
  bare.arguments = {};
  one.order(std::move(bare));
  one.wait_for(2);
  REQUIRE(one.ran[0].outcome.failure);
  CHECK_THAT(one.ran[0].outcome.failure->message,
             Catch::Contains("actor_pool_test::Log::numbers belongs to actor_pool_test::Log") &&
                 Catch::Contains("the actor is a Other"));
  REQUIRE(one.ran[1].outcome.failure);
}

#include <catch2/catch.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/task_context.hpp>
#include <tartan/value/value.hpp>
#include <thread>

using namespace tartan;
using Catch::Matchers::Contains;

TEST_CASE("a value is passed on without copying its object") {
  const Value value = Value::of(std::vector<int>{1, 2, 3});
  const Value copy = value;
  CHECK(&copy.get<std::vector<int>>() == &value.get<std::vector<int>>());
  CHECK(copy.share<std::vector<int>>().get() == &value.get<std::vector<int>>());
}

TEST_CASE("a shared object outlives its value") {
  std::shared_ptr<const std::string> text;
  {
    const Value value = Value::of(std::string("kept"));
    text = value.share<std::string>();
  }
  CHECK(*text == "kept");
}

TEST_CASE("asking for the wrong type names both") {
  CHECK_THROWS_WITH(Value::of(1.5).get<std::string>(), Contains("float64") && Contains("string"));
  CHECK_THROWS_AS(Value::of(1.5).get<std::string>(), TypeError);
  CHECK_THROWS_AS(Value().get<int>(), TypeError);
}

TEST_CASE("the size a store counts does not change when the other form is made") {
  const Value born_decoded = Value::of(std::vector<double>(1000));
  const std::size_t before = born_decoded.nbytes();
  CHECK(before >= 8000);
  const Encoded encoded = born_decoded.encode();
  CHECK(born_decoded.nbytes() == before);

  const Value born_encoded = Value::from_encoded(encoded);
  CHECK(born_encoded.nbytes() == encoded.nbytes());
  CHECK(born_encoded.get<std::vector<double>>().size() == 1000);
  CHECK(born_encoded.nbytes() == encoded.nbytes());
}

TEST_CASE("a decoded value can be sent on again") {
  const std::vector<double> numbers(5000, 2.5);
  const Value first = Value::from_encoded(Value::of(numbers).encode());
  CHECK(first.get<std::vector<double>>() == numbers);
  const Value second = Value::from_encoded(first.encode());
  CHECK(second.get<std::vector<double>>() == numbers);
}

TEST_CASE("a value of a type without code here can be held and passed on") {
  const Value stranger = Value::from_encoded(Encoded{0x1234, {Buffer::copy("opaque")}});
  CHECK(stranger.type_name() == "type 0x1234");
  CHECK(stranger.nbytes() == 6);
  CHECK(stranger.encode().frames[0].text() == "opaque");
  CHECK_FALSE(stranger.holds<int>());
  CHECK_THROWS_AS(stranger.get<int>(), TypeError);
}

TEST_CASE("the empty value has no type and no bytes") {
  const Value empty;
  CHECK(empty.empty());
  CHECK(empty.type() == 0);
  CHECK(empty.nbytes() == 0);
  CHECK(Value::from_encoded(empty.encode()).empty());
}

TEST_CASE("a value that does not decode says so to everybody who asks") {
  const Value broken =
      Value::from_encoded(Encoded{type_info<std::string>().id, {Buffer::copy("\xFF")}});
  CHECK_THROWS_AS(broken.get<std::string>(), Exception);
  CHECK_THROWS_AS(broken.get<std::string>(), Exception);
  CHECK(broken.encode().frames.size() == 1);
}

TEST_CASE("threads that decode and encode one value at once see one object") {
  const Encoded encoded = Value::of(std::vector<int>(3000, 5)).encode();
  for (int round = 0; round < 50; ++round) {
    const Value value = Value::from_encoded(encoded);
    const std::vector<int>* seen[3] = {};
    std::vector<std::thread> threads;
    for (auto& object : seen) {
      threads.emplace_back([&value, &object] {
        object = &value.get<std::vector<int>>();
        static_cast<void>(value.encode());
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(seen[0] == seen[1]);
    CHECK(seen[1] == seen[2]);
  }
}

TEST_CASE("a task knows its attempt on its own thread only, and scopes nest") {
  CHECK(current_task() == nullptr);
  const TaskContext outer{
      .attempt = 1, .key = {}, .cancelled = nullptr, .worker = "alpha", .scheduler = ""};
  const TaskContext inner{
      .attempt = 2, .key = {}, .cancelled = nullptr, .worker = "", .scheduler = ""};
  {
    const TaskScope scope(outer);
    {
      const TaskScope nested(inner);
      CHECK(current_task()->attempt == 2);
    }
    CHECK(current_task() == &outer);
    std::thread([] { CHECK(current_task() == nullptr); }).join();
  }
  CHECK(current_task() == nullptr);
}

TEST_CASE("a cancelled task can see it") {
  std::atomic<bool> cancelled = false;
  const TaskContext task{
      .attempt = 1, .key = {}, .cancelled = &cancelled, .worker = "", .scheduler = ""};
  CHECK_FALSE(task.is_cancelled());
  cancelled = true;
  CHECK(task.is_cancelled());
}

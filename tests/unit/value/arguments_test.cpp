#include <catch2/catch.hpp>
#include <random>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/function.hpp>

using namespace tartan;

namespace {

std::size_t total_length(const std::vector<std::string>& texts, const std::vector<double>& numbers,
                         const std::string& tail) {
  std::size_t total = numbers.size() + tail.size();
  for (const std::string& text : texts) total += text.size();
  return total;
}

ArgumentWriter three_arguments() {
  ArgumentWriter writer;
  writer.list(3);
  writer.inline_object(std::string("one"));
  writer.dependency(0);
  writer.inline_object(std::string(2000, 'x'));
  writer.inline_object(std::vector<double>(300, 1.0));
  writer.inline_value(Value::of(std::string("tail")));
  return writer;
}

std::vector<std::byte> blob(std::initializer_list<int> bytes) {
  std::vector<std::byte> result;
  for (const int b : bytes) result.push_back(static_cast<std::byte>(b));
  return result;
}

}  // namespace

TEST_CASE("arguments are read in the order they were written") {
  const Value two = Value::of(std::string("two"));
  const ArgumentWriter writer = three_arguments();
  Arguments arguments(writer.bytes(), std::span(&two, 1));
  CHECK(arguments.size() == 3);
  REQUIRE(arguments.next_is_list());
  const std::vector<Value> list = arguments.next_list();
  REQUIRE(list.size() == 3);
  CHECK(list[0].get<std::string>() == "one");
  CHECK(&list[1].get<std::string>() == &two.get<std::string>());
  CHECK(list[2].get<std::string>() == std::string(2000, 'x'));
  CHECK_FALSE(arguments.next_is_list());
  CHECK(arguments.next().get<std::vector<double>>().size() == 300);
  CHECK(arguments.next().get<std::string>() == "tail");
  CHECK_THROWS_AS(arguments.next(), TypeError);
}

TEST_CASE("an inline argument outlives the blob it was read from") {
  Value kept;
  {
    ArgumentWriter writer;
    writer.inline_object(std::vector<double>(300, 2.0));
    Arguments arguments(writer.bytes(), {});
    kept = arguments.next();
  }
  CHECK(kept.get<std::vector<double>>() == std::vector<double>(300, 2.0));
}

TEST_CASE("an empty value stays empty") {
  ArgumentWriter writer;
  writer.inline_value(Value());
  Arguments arguments(writer.bytes(), {});
  CHECK(arguments.size() == 1);
  CHECK(arguments.next().empty());
}

TEST_CASE("a blob that no writer wrote is refused at once") {
  const Value value = Value::of(1);
  const std::span<const Value> one(&value, 1);
  for (const auto& bytes :
       {blob({9}), blob({0}), blob({2}), blob({2, 1}), blob({2, 0x80}), blob({3, 5}),
        blob({3, 1, 3, 0}), blob({3, 2, 2, 0}), blob({1, 0, 0, 0}),
        blob({1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5}),
        blob({1, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F}),
        blob({2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1})}) {
    try {
      Arguments arguments(bytes, one);
      FAIL("accepted");
    } catch (const Exception& error) {
      CHECK(error.code() == Errc::malformed);
    }
  }
}

TEST_CASE("mutated argument blobs are read or refused, and never more") {
  const Value two = Value::of(std::string("two"));
  const std::vector<std::byte> good = three_arguments().bytes();
  const TaskWrapper wrapper = task_function<&total_length>().wrapper;
  std::mt19937 random(7);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::byte> bad = good;
    // Most of the blob is bulk, where any byte is as good as another: aim at both ends too.
    for (std::size_t flips = 1 + random() % 3; flips > 0; --flips) {
      const std::size_t span = random() % 2 == 0 ? bad.size() : 40;
      bad[random() % span] = static_cast<std::byte>(random());
    }
    if (random() % 4 == 0) bad.resize(random() % (bad.size() + 1));
    try {
      Arguments arguments(bad, std::span(&two, 1));
      static_cast<void>(wrapper(arguments));
    } catch (const Exception&) {
      ++refused;
    }
  }
  CHECK(refused > 1000);
}

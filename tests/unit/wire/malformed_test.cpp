#include <catch2/catch.hpp>
#include <core/wire/codec.hpp>
#include <core/wire/tokens.hpp>

#include "allocations.hpp"
#include "generate.hpp"
#include "mutate.hpp"

using namespace tartan;
using namespace tartan::test;
using namespace tartan::wire;

namespace {

Buffer frame_of(std::initializer_list<int> bytes) {
  std::string text;
  for (const int byte : bytes) text += static_cast<char>(byte);
  return Buffer::copy(text);
}

Error error_of(const Buffer& frame) {
  const auto result = decode(frame);
  REQUIRE_FALSE(result);
  return result.error();
}

template <class M>
Error error_of_message(const M& message) {
  return error_of(encode(message));
}

/// Decoding may hold what it charged, up to three times over while a list grows.
std::size_t allowed_bytes(std::size_t frame) {
  return 3 * static_cast<std::size_t>(Budget::for_frame(frame).limit());
}

}  // namespace

TEST_CASE("five bytes that announce four billion elements allocate nothing for them") {
  const Buffer frame = frame_of({0xdd, 0xff, 0xff, 0xff, 0xff});
  Error error(Errc::closed, "");
  const std::size_t peak = peak_of([&] { error = decode(frame).error(); });
  CHECK(error.code() == Errc::limit_exceeded);
  CHECK(peak < 16384);
}

TEST_CASE("nested headers cannot add up to more than the budget of their frame") {
  // Arrays of 100,000 announced one inside the other: each is harmless, all together are not.
  std::string text;
  for (int i = 0; i < 7; ++i) text += std::string("\xdd\x00\x01\x86\xa0", 5);
  const std::size_t peak =
      peak_of([&] { CHECK(error_of(Buffer::copy(text)).code() == Errc::limit_exceeded); });
  CHECK(peak < 65536);
}

TEST_CASE("nesting has an end") {
  CHECK(error_of(Buffer::copy(std::string(100'000, '\x91'))).code() == Errc::limit_exceeded);
  CHECK(error_of(Buffer::copy(std::string(100'000, '\x81'))).code() == Errc::limit_exceeded);
}

TEST_CASE("a frame of the smallest records is bounded too") {
  std::string text;
  for (int i = 0; i < 1'000'000; ++i) text += "\x91\x05";
  const std::size_t peak =
      peak_of([&] { CHECK(error_of(Buffer::copy(text)).code() == Errc::limit_exceeded); });
  CHECK(peak < allowed_bytes(text.size()));
}

TEST_CASE("what is wrong is said with its place") {
  CHECK_THAT(error_of(frame_of({0x91, 0x13})).message(),
             Catch::Contains("kind 19") && Catch::Contains("byte 0 of 2"));
  CHECK_THAT(error_of(frame_of({0x91, 0x05, 0x91, 0x03})).message(),
             Catch::Contains("Refused at byte 2") && Catch::Contains("too few"));
  CHECK_THAT(error_of(frame_of({0x92, 0x03, 0x07})).message(),
             Catch::Contains("field reason is an unsigned integer instead of text"));
  CHECK_THAT(error_of(frame_of({0x92, 0x16, 0xc4, 0x01, 0x00})).message(),
             Catch::Contains("field keys has 1 bytes"));
  CHECK_THAT(error_of(frame_of({0x92, 0x03, 0xa5, 'a'})).message(), Catch::Contains("ends inside"));
  CHECK_THAT(error_of(frame_of({0x92, 0x03, 0xc1})).message(), Catch::Contains("no msgpack"));
  CHECK_THAT(error_of(frame_of({0xc0})).message(), Catch::Contains("kind"));
  CHECK_THAT(error_of(frame_of({0x90})).message(), Catch::Contains("kind"));
}

TEST_CASE("fields a newer peer adds are skipped") {
  const Buffer frame = frame_of({0x95, 0x03, 0xa2, 'n',  'o', 0x92, 0x01, 0x81, 0xa1, 'x', 0xc0,
                                 0xc4, 0x01, 0xff, 0xca, 0,   0,    0,    0,    0x91, 0x05});
  const auto messages = decode(frame);
  REQUIRE(messages);
  REQUIRE(messages->size() == 2);
  CHECK(std::get<Refused>(messages->front()).reason == "no");
  CHECK(std::holds_alternative<Unknown>(messages->back()));
}

TEST_CASE("columns that do not fit together are refused") {
  Random random(3);
  auto tasks = [&] { return random_message_of<ComputeTasks>(random, 3); };
  {
    auto m = tasks();
    m.keys.pop_back();
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("column keys has 2 entries"));
  }
  {
    auto m = tasks();
    m.dep_offsets[1] = 9;
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("dep_offsets"));
  }
  {
    auto m = tasks();
    m.arguments.offsets[1] = ~0ULL;
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("arguments"));
  }
  {
    auto m = tasks();
    m.arguments.bytes.emplace_back();
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("arguments"));
  }
  {
    auto m = tasks();
    m.inline_values.offsets.pop_back();
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("inline_values"));
  }
  {
    auto m = tasks();
    m.resources[0] = 4;
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("resources"));
  }
  {
    auto m = tasks();
    m.holders.pop_back();
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("holders"));
  }
}

TEST_CASE("columns of zeros may be left out of ComputeTasks") {
  Random random(8);
  auto m = random_message_of<ComputeTasks>(random, 3);
  m.output_bytes.clear();
  m.scratch_bytes.clear();
  m.resources.clear();
  m.dep_nbytes.clear();
  m.inline_values = {};
  CHECK(decode(encode(m)));
}

TEST_CASE("columns of answers that do not fit together are refused") {
  Random random(4);
  {
    auto m = random_message_of<Holders>(random, 3);
    m.offsets.back() = 4;
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("offsets"));
  }
  {
    auto m = random_message_of<DataHeader>(random, 3);
    m.frame_counts[0] = 0xFFFFFFFF;
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("frame_counts"));
  }
  {
    auto m = random_message_of<DataHeader>(random, 3);
    m.frame_sizes = {~0ULL, 1, 1};
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("overflow"));
  }
  {
    auto m = random_message_of<TasksFinished>(random, 3);
    m.nbytes.pop_back();
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("nbytes"));
  }
  {
    auto m = random_message_of<Hello>(random, 1);
    m.role = static_cast<Role>(9);
    CHECK_THAT(error_of_message(m).message(), Catch::Contains("role 9"));
  }
}

TEST_CASE("mutated frames neither crash nor allocate beyond their budget") {
  Random random(6);
  std::size_t understood = 0;
  for (int round = 0; round < 25'000; ++round) {
    FrameWriter writer;
    for (std::uint64_t i = 1 + random.below(3); i > 0; --i) writer.add(random_message(random));
    const Bytes other = bytes_of(encode(random_message(random)));
    const Bytes bytes = mutated(random, bytes_of(writer.take()), other);
    const Buffer frame = Buffer::copy(bytes);
    const std::size_t peak = peak_of([&] {
      const auto messages = decode(frame);
      if (!messages) return;
      understood += messages->size();
      for (const Message& message : *messages) {
        if (to_string(message).empty()) FAIL("a decoded message has no text");
      }
    });
    if (peak > allowed_bytes(frame.size())) FAIL("round " << round << " held " << peak);
  }
  CHECK(understood > 1000);  // mutations that survive decoding are tested, too
}

TEST_CASE("random bytes are refused or understood, never believed") {
  Random random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random.below(200), ' ');
    for (char& c : text) c = static_cast<char>(random.next());
    const Buffer frame = Buffer::copy(text);
    const std::size_t peak = peak_of([&] { static_cast<void>(decode(frame)); });
    if (peak > allowed_bytes(frame.size())) FAIL("round " << round << " held " << peak);
  }
}

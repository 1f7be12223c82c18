#include <catch2/catch.hpp>
#include <core/wire/check.hpp>
#include <core/wire/codec.hpp>
#include <set>

#include "generate.hpp"
#include "mutate.hpp"

using namespace tartan;
using namespace tartan::test;
using namespace tartan::wire;

namespace {

/// Counts the fields and the names given for them.
struct Counter {
  std::size_t fields = 0;
  std::size_t names = 0;

  template <class... Fields>
  void operator()(std::string_view list, const Fields&...) {
    fields = sizeof...(Fields);
    names =
        list.empty() ? 0 : 1 + static_cast<std::size_t>(std::count(list.begin(), list.end(), ' '));
  }
};

struct Anything {
  template <class T>
  operator T() const;  // NOLINT: converts to whatever a member is, never called
};
template <class M, class... Members>
constexpr std::size_t member_count() {
  if constexpr (requires { M{Members{}..., Anything{}}; }) {
    return member_count<M, Members..., Anything>();
  } else {
    return sizeof...(Members);
  }
}

template <class M>
void check_names() {
  Counter counter;
  fields(counter, std::as_const(*std::make_unique<M>()));
  INFO(Kind<M>::name);
  CHECK(counter.fields == member_count<M>());
  CHECK(counter.names == counter.fields);
}

template <std::size_t... I>
void check_all_names(std::index_sequence<I...>) {
  (check_names<std::variant_alternative_t<I, Message>>(), ...);
}

template <std::size_t... I>
std::set<std::uint32_t> all_kinds(std::index_sequence<I...>) {
  return {Kind<std::variant_alternative_t<I, Message>>::number...};
}

constexpr auto kAllMessages = std::make_index_sequence<std::variant_size_v<Message>>();

}  // namespace

TEST_CASE("every member of every message travels and has a name") { check_all_names(kAllMessages); }

TEST_CASE("no two messages share a kind number, and none is zero") {
  const auto kinds = all_kinds(kAllMessages);
  CHECK(kinds.size() == std::variant_size_v<Message>);
  CHECK(*kinds.begin() > 0);
}

TEST_CASE("every message comes back as it was sent") {
  Random random(1);
  for (std::size_t place = 0; place < std::variant_size_v<Message>; ++place) {
    for (std::size_t entries = 0; entries < 8; ++entries) {
      const Message sent = random_message(random, place, entries);
      INFO(to_string(sent));
      const Buffer frame = encode(sent);
      const auto received = decode(frame);
      REQUIRE(received);
      REQUIRE(received->size() == 1);
      CHECK(received->front().index() == place);
      CHECK(to_string(received->front()) == to_string(sent));
      CHECK(bytes_of(encode(received->front())) == bytes_of(frame));
    }
  }
}

TEST_CASE("a frame holds its records in the order they were added, and the writer starts over") {
  FrameWriter writer;
  CHECK(writer.empty());
  Random random(2);
  std::string sent;
  for (int i = 0; i < 100; ++i) {
    const Message message = random_message(random);
    sent += to_string(message);
    writer.add(message);
  }
  const std::size_t size = writer.size();
  const Buffer frame = writer.take();
  CHECK(frame.size() == size);
  CHECK(writer.empty());
  const auto messages = decode(frame);
  REQUIRE(messages);
  std::string received;
  for (const Message& message : *messages) received += to_string(message);
  CHECK(received == sent);
  writer.add(ReportState{});
  CHECK(decode(writer.take())->size() == 1);
  CHECK(decode(Buffer())->empty());
}

TEST_CASE("a submitted graph is not copied out of its frame") {
  const Message message = SubmitGraph{7, Buffer::copy(std::string(1000, 'x'))};
  const Buffer frame = encode(message);
  const auto messages = decode(frame);
  REQUIRE(messages);
  const auto& submit = std::get<SubmitGraph>(messages->front());
  CHECK(submit.frame.text() == std::string(1000, 'x'));
  CHECK(submit.frame.data() > frame.data());
  CHECK(submit.frame.data() < frame.data() + frame.size());
  CHECK(submit.frame.owner() == frame.owner());
}

TEST_CASE("a column costs its own bytes and no more") {
  ComputeTasks tasks;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    tasks.attempts.push_back(i);
    tasks.keys.push_back({i, i});
    tasks.functions.push_back(0);
    tasks.priorities.push_back(i);
    tasks.output_bytes.push_back(0);
    tasks.scratch_bytes.push_back(0);
    tasks.resources.push_back(0);
    tasks.arguments.push_back({});
    tasks.dep_offsets.push_back(0);
  }
  tasks.dep_offsets.push_back(0);
  const std::size_t columns = 1000 * (8 + 16 + 4 + 8 + 8 + 8 + 4) + 1001 * (8 + 4);
  CHECK(encode(tasks).size() < columns + 80);
}

TEST_CASE("text for traces is short, printable and complete") {
  DataMissing missing;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    missing.keys.push_back({0x0123456789abcdef, i});
    missing.holders.push_back(i);
  }
  CHECK(kind_name(missing) == "DataMissing");
  CHECK(to_string(missing) ==
        "DataMissing{keys=1000[01234567 01234567 01234567 ...] holders=1000[0 1 2 ...]}");
  CHECK(to_string(Refused{"no\nway"}) == "Refused{reason=\"no?way\"}");
  CHECK(to_string(ReportState{7}) == "ReportState{request=7}");
  CHECK(to_string(TaskFailed{3, {Errc::task_failed, "E", "m", "t[0]", "w"}}) ==
        "TaskFailed{attempt=3 failure={code=task_failed type=\"E\" message=\"m\" task=\"t[0]\" "
        "worker=\"w\"}}");
}

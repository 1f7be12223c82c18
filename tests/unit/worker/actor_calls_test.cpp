#include <catch2/catch.hpp>
#include <worker/state/actor_calls.hpp>

using namespace tartan;
using namespace tartan::worker;

namespace {

const Key kActor{1, 1};
const Key kAlice{2, 1};
const Key kBob{2, 2};

std::vector<ActorRun> calls(const std::vector<std::uint64_t>& numbers, std::size_t bytes = 0) {
  std::vector<ActorRun> list;
  for (const std::uint64_t number : numbers) {
    ActorRun run;
    run.id.number = number;
    run.arguments = Buffer::copy(std::string(bytes, 'a'));
    list.push_back(std::move(run));
  }
  return list;
}

/// Numbers as text: "2:1 2:2", caller and number, in the order handed out.
struct Desk {
  explicit Desk(ActorLimits limits = {}) : calls(limits) { calls.create(kActor); }

  std::vector<ActorCallId> taken;
  std::string runs() {
    std::string text;
    for (const ActorRun& run : calls.take_runs()) {
      taken.push_back(run.id);
      text += (text.empty() ? "" : " ") + std::string(run.id.caller == kAlice ? "a" : "b") +
              std::to_string(run.id.number);
    }
    return text;
  }
  /// All that was handed out ends, with so many bytes each.
  void finish(std::size_t bytes = 1) {
    for (const ActorCallId& id : std::exchange(taken, {})) {
      calls.on_ran({id, {Buffer::copy(std::string(bytes, 'r')), std::nullopt}});
    }
  }
  std::vector<std::uint64_t> replied(Key caller) {
    std::vector<std::uint64_t> numbers;
    answers = calls.take_answers();
    const auto found = answers.find({kActor, caller});
    if (found == answers.end()) return numbers;
    for (const auto& [number, reply] : found->second.replies) numbers.push_back(number);
    return numbers;
  }

  ActorCalls calls;
  ActorCalls::Answers answers;
};

}  // namespace

TEST_CASE("calls run in the order of their numbers, whatever order they come in") {
  Desk desk;
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({2, 4}));
  CHECK(desk.runs().empty());
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1}));
  CHECK(desk.runs() == "a1 a2");
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({5, 3}));
  CHECK(desk.runs() == "a3 a4 a5");
}

TEST_CASE("a call that comes again is answered from the kept reply, and not run again") {
  Desk desk;
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1, 2}));
  CHECK(desk.runs() == "a1 a2");
  desk.calls.on_calls(8, kActor, kAlice, 0, calls({1, 2}));
  CHECK(desk.runs().empty());
  CHECK(desk.replied(kAlice).empty());
  desk.finish();
  CHECK(desk.replied(kAlice) == std::vector<std::uint64_t>{1, 2});
  CHECK(desk.answers.at({kActor, kAlice}).to == 8);  // where it was heard last
  desk.calls.on_calls(9, kActor, kAlice, 1, calls({2}));
  CHECK(desk.replied(kAlice) == std::vector<std::uint64_t>{2});
  CHECK(desk.answers.at({kActor, kAlice}).to == 9);
  CHECK(desk.runs().empty());
}

TEST_CASE("replies are kept until they are acknowledged") {
  Desk desk;
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1, 2, 3}));
  desk.runs();
  desk.finish();
  CHECK(desk.calls.kept(kActor, kAlice) == 3);
  desk.calls.on_ack(7, kActor, kAlice, 2, 0, false);
  CHECK(desk.calls.kept(kActor, kAlice) == 1);
  desk.calls.on_ack(7, kActor, kAlice, 99, 0, false);
  CHECK(desk.calls.kept(kActor, kAlice) == 0);
  // One that claims what has not come yet gets its call run all the same.
  desk.calls.on_calls(7, kActor, kAlice, 99, calls({4}));
  CHECK(desk.runs() == "a4");
}

TEST_CASE("a probe is answered with all that is kept, and up to where calls have come") {
  Desk desk;
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1, 2, 4}));
  desk.runs();
  desk.finish();
  desk.replied(kAlice);
  desk.calls.on_ack(8, kActor, kAlice, 1, 5, false);
  CHECK(desk.replied(kAlice) == std::vector<std::uint64_t>{2});
  CHECK(desk.answers.at({kActor, kAlice}).probe == 5);
  CHECK(desk.answers.at({kActor, kAlice}).received == 2);
}

TEST_CASE("callers take turns") {
  Desk desk({.in_hand = 4});
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1, 2, 3, 4, 5, 6}));
  CHECK(desk.runs() == "a1 a2 a3 a4");
  desk.calls.on_calls(8, kActor, kBob, 0, calls({1, 2}));
  CHECK(desk.runs().empty());
  desk.finish();
  CHECK(desk.runs() == "a5 b1 a6 b2");
}

TEST_CASE("calls far ahead of what was acknowledged are not taken") {
  Desk desk({.window = 3});
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1, 2, 3, 4, 5}));
  CHECK(desk.runs() == "a1 a2 a3");
  desk.finish();
  desk.calls.on_calls(7, kActor, kAlice, 3, calls({4, 5}));
  CHECK(desk.runs() == "a4 a5");
}

TEST_CASE("a caller that does not take its replies gets no more calls run") {
  Desk desk({.reply_bytes = 100, .in_hand = 1});
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1, 2, 3}));
  CHECK(desk.runs() == "a1");
  desk.finish(101);
  CHECK(desk.runs().empty());
  desk.calls.on_calls(8, kActor, kBob, 0, calls({1}));
  CHECK(desk.runs() == "b1");  // others are not kept waiting
  desk.finish();
  desk.calls.on_ack(7, kActor, kAlice, 1, 0, false);
  CHECK(desk.runs() == "a2");
}

TEST_CASE("arguments that wait are bounded, but a single call is always taken") {
  Desk desk({.arrived_bytes = 100, .in_hand = 1});
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1, 2, 3}, 90));
  CHECK(desk.runs() == "a1");
  desk.finish();
  CHECK(desk.runs().empty());  // 2 found no room behind 1 and is to be said again
  desk.calls.on_calls(7, kActor, kAlice, 1, calls({2}, 500));
  CHECK(desk.runs() == "a2");
}

TEST_CASE("an actor that is not here is unknown, and so is one that goes with calls waiting") {
  Desk desk({.in_hand = 1});
  desk.calls.on_calls(7, Key{9, 9}, kAlice, 0, calls({1}));
  CHECK(desk.calls.take_answers().at({Key{9, 9}, kAlice}).unknown);
  desk.calls.on_ack(7, Key{9, 9}, kAlice, 0, 3, false);
  CHECK(desk.calls.take_answers().at({Key{9, 9}, kAlice}).probe == 3);
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1, 2}));
  desk.runs();
  desk.calls.destroy(kActor);
  CHECK(desk.calls.take_answers().at({kActor, kAlice}).unknown);
  desk.finish();
  CHECK(desk.calls.take_answers().empty());
}

TEST_CASE("an outcome of an earlier object under the same key is dropped") {
  Desk desk;
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1}));
  desk.runs();
  desk.calls.create(kActor);
  desk.calls.take_answers();
  desk.finish();
  CHECK(desk.calls.take_answers().empty());
}

TEST_CASE("a late repetition of a caller that has closed is not run") {
  Desk desk;
  desk.calls.on_calls(7, kActor, kAlice, 0, calls({1}));
  desk.runs();
  desk.finish();
  desk.calls.on_ack(7, kActor, kAlice, 1, 0, true);
  desk.calls.on_calls(6, kActor, kAlice, 0, calls({1}));
  CHECK(desk.runs().empty());
}

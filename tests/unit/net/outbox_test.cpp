#include <core/net/outbox.hpp>

#include "pair.hpp"

using namespace tartan;
using namespace tartan::net;

namespace {

/// Takes `room` envelopes, then answers full; peers above 100 are gone.
struct FakeListener final : Listener {
  const std::string& address() const override { return name; }
  Sent send(PeerId to, Envelope& envelope) override {
    if (to > 100) return Sent::gone;
    if (room == 0) return Sent::full;
    --room;
    sent.emplace_back(to, std::string(envelope.control.text()));
    envelope = {};
    return Sent::ok;
  }
  bool receive(PeerId&, Envelope&) override { return false; }
  void drop(PeerId) override {}
  bool shares_memory() const override { return false; }

  std::string name = "fake";
  std::size_t room = 0;
  std::vector<std::pair<PeerId, std::string>> sent;
};

struct FakeChannel final : Channel {
  Sent send(Envelope& envelope) override {
    if (answer == Sent::ok) envelope = {};
    return answer;
  }
  bool receive(Envelope&) override { return false; }
  bool shares_memory() const override { return false; }
  Sent answer = Sent::ok;
};

}  // namespace

TEST_CASE("what a full peer did not take is sent later, in order") {
  FakeListener listener;
  listener.room = 1;
  Outbox outbox;
  for (const char* text : {"a", "b", "c"}) outbox.send(listener, Outgoing{1, envelope_of(text)});
  CHECK(listener.sent.size() == 1);
  CHECK(outbox.nbytes() == 2);
  listener.room = 1;
  outbox.flush(listener);
  outbox.send(listener, Outgoing{1, envelope_of("d")});  // must not overtake c
  listener.room = 10;
  outbox.send(listener, Outgoing{1, envelope_of("e")});
  outbox.flush(listener);
  const std::vector<std::pair<PeerId, std::string>> expected{
      {1, "a"}, {1, "b"}, {1, "c"}, {1, "d"}, {1, "e"}};
  CHECK(listener.sent == expected);
  CHECK(outbox.empty());
  CHECK(outbox.take_lost().empty());
}

TEST_CASE("gone peers are reported and cost nothing") {
  FakeListener listener;
  Outbox outbox;
  outbox.send(listener, Outgoing{101, envelope_of("x")});
  const auto lost = outbox.take_lost();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].peer == 101);
  CHECK(outbox.empty());
  CHECK(outbox.take_lost().empty());
}

TEST_CASE("a peer that does not read is given up, and only it") {
  FakeListener listener;
  Outbox outbox(1000);
  outbox.send(listener, Outgoing{2, envelope_of("keep")});
  for (int i = 0; i < 11; ++i) {
    outbox.send(listener, Outgoing{1, envelope_of(std::string(100, 'x'))});
  }
  const auto lost = outbox.take_lost();
  REQUIRE(lost.size() == 1);
  CHECK(lost[0].peer == 1);
  CHECK_THAT(lost[0].reason, Catch::Matchers::Contains("1100 bytes"));
  CHECK(outbox.nbytes() == 4);
  listener.room = 5;
  outbox.flush(listener);
  CHECK(listener.sent.size() == 1);
}

TEST_CASE("a channel's outbox waits while full and gives up when gone or stalled") {
  FakeChannel channel;
  channel.answer = Sent::full;
  ChannelOutbox outbox(250);
  CHECK(outbox.send(channel, envelope_of(std::string(100, 'x'))) == Sent::ok);
  CHECK(outbox.send(channel, envelope_of(std::string(100, 'x'))) == Sent::ok);
  CHECK(outbox.nbytes() == 200);
  SECTION("it drains") {
    channel.answer = Sent::ok;
    CHECK(outbox.flush(channel) == Sent::ok);
    CHECK(outbox.empty());
  }
  SECTION("it is gone") {
    channel.answer = Sent::gone;
    CHECK(outbox.flush(channel) == Sent::gone);
    CHECK(outbox.empty());
    CHECK_FALSE(outbox.reason().empty());
  }
  SECTION("it stalls") {
    CHECK(outbox.send(channel, envelope_of(std::string(100, 'x'))) == Sent::gone);
    CHECK(outbox.empty());
    CHECK_THAT(outbox.reason(), Catch::Matchers::Contains("does not read"));
  }
}

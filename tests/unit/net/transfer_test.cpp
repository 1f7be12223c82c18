#include <catch2/catch.hpp>

#include "pair.hpp"
#include "transfers.hpp"

using namespace tartan;
using namespace tartan::net;

namespace {

using Doubles = std::vector<double>;

std::map<Key, Value> by_key(const TransferClient::Fetched& fetched) {
  return {fetched.values.begin(), fetched.values.end()};
}

}  // namespace

TEST_CASE("values of every size arrive equal, and missing keys are named") {
  const bool shares_memory = GENERATE(false, true);
  Transfers t(shares_memory);
  t.held[key_of(1)] = Value::of(numbers(5'000'000));  // 40 MB: more than the credit
  t.held[key_of(2)] = Value::of(Doubles{});
  t.held[key_of(3)] = Value::of(std::string("small"));
  t.held[key_of(4)] = Value::of(numbers(10'000, 0.5));
  t.client.get(11, {key_of(1), key_of(9), key_of(2), key_of(3), key_of(4)});
  CHECK(t.client.pending() == std::vector<std::uint64_t>{11});
  REQUIRE(t.exchange().has_value());
  CHECK(t.client.pending().empty());
  const auto fetched = t.client.take_fetched();
  REQUIRE(fetched.size() == 1);
  CHECK(fetched[0].request == 11);
  CHECK(fetched[0].missing == std::vector{key_of(9)});
  const auto values = by_key(fetched[0]);
  REQUIRE(values.size() == 4);
  CHECK(values.at(key_of(1)).get<Doubles>() == numbers(5'000'000));
  CHECK(values.at(key_of(2)).get<Doubles>().empty());
  CHECK(values.at(key_of(3)).get<std::string>() == "small");
  CHECK(values.at(key_of(4)).get<Doubles>() == numbers(10'000, 0.5));
  const bool same_object =
      &values.at(key_of(1)).get<Doubles>() == &t.held.at(key_of(1)).get<Doubles>();
  CHECK(same_object == shares_memory);
}

TEST_CASE("what is put is held, with its size, and what is refused is not") {
  const bool shares_memory = GENERATE(false, true);
  Transfers t(shares_memory);
  t.client.put(1, {{key_of(1), Value::of(numbers(4'000'000))}, {key_of(2), Value::of(7)}});
  t.client.put(2, {});
  REQUIRE(t.exchange().has_value());
  auto stored = t.client.take_stored();
  REQUIRE(stored.size() == 2);
  if (stored[0].request != 1) std::swap(stored[0], stored[1]);
  CHECK(stored[0].keys == std::vector{key_of(1), key_of(2)});
  REQUIRE(stored[0].nbytes.size() == 2);
  CHECK(stored[0].nbytes[0] >= 32'000'000);
  CHECK(stored[0].refused.empty());
  CHECK(stored[1].keys.empty());
  CHECK(t.held.at(key_of(1)).get<Doubles>() == numbers(4'000'000));
  CHECK(t.held.at(key_of(2)).get<int>() == 7);

  t.refusal = "no room for 8 bytes";
  t.client.put(3, {{key_of(3), Value::of(1.0)}});
  REQUIRE(t.exchange().has_value());
  stored = t.client.take_stored();
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].refused == "no room for 8 bytes");
  CHECK_FALSE(t.held.contains(key_of(3)));
}

TEST_CASE("no piece is larger than allowed, and no more than the credit is under way") {
  Transfers t;
  t.held[key_of(1)] = Value::of(numbers(8'000'000));
  t.client.get(1, {key_of(1)});
  t.client.put(2, {{key_of(2), Value::of(numbers(8'000'000))}});
  std::map<bool, std::size_t> under_way;  // by direction
  std::map<bool, std::size_t> most;
  REQUIRE(t.exchange([&](bool to_server, const Envelope& envelope) {
             for (const auto& frame : envelope.bulk) REQUIRE(frame.size() <= kPieceBytes);
             under_way[to_server] += bulk_bytes(envelope);
             for (const auto& credit : records<wire::DataCredit>(envelope)) {
               REQUIRE(credit.bytes <= under_way[!to_server]);
               under_way[!to_server] -= credit.bytes;
             }
             most[to_server] = std::max(most[to_server], under_way[to_server]);
           }).has_value());
  CHECK(t.client.take_fetched().size() == 1);
  CHECK(t.client.take_stored().size() == 1);
  for (const bool direction : {false, true}) {
    CHECK(most[direction] <= kDefaultCredit);
    CHECK(most[direction] > kDefaultCredit / 2);  // and it is made use of
  }
}

TEST_CASE("a reader that grants nothing is sent its credit and no more") {
  Transfers t;
  t.held[key_of(1)] = Value::of(numbers(8'000'000));
  const std::uint64_t credit = GENERATE(64u << 10, 1u << 20, 16u << 20);
  REQUIRE(t.server.on_envelope(kPeer, control_of({wire::GetData{5, {key_of(1)}, credit}})));
  std::size_t sent = 0;
  for (const auto& out : t.server.take_outgoing()) {
    sent += bulk_bytes(out.envelope);
    // Slices of the value's own memory: nothing was copied for the reader.
    const auto& value = t.held.at(key_of(1)).get<Doubles>();
    const auto* begin = reinterpret_cast<const std::byte*>(value.data());
    for (const auto& frame : out.envelope.bulk) {
      if (frame.size() < (32u << 10)) continue;  // the header
      CHECK(frame.data() >= begin);
      CHECK(frame.data() < begin + value.size() * sizeof(double));
    }
  }
  CHECK(sent <= credit);
  CHECK(sent > credit / 4);
  // Each grant moves exactly as much on.
  REQUIRE(t.server.on_envelope(kPeer, control_of({wire::DataCredit{5, sent}})));
  std::size_t more = 0;
  for (const auto& out : t.server.take_outgoing()) more += bulk_bytes(out.envelope);
  CHECK(more <= credit);
  CHECK(more > 0);
}

TEST_CASE("many small values share envelopes") {
  Transfers t;
  std::vector<Key> keys;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    keys.push_back(key_of(i));
    t.held[key_of(i)] = Value::of(std::to_string(i));
  }
  t.client.get(1, keys);
  std::size_t envelopes = 0;
  REQUIRE(t.exchange([&](bool, const Envelope&) { ++envelopes; }).has_value());
  CHECK(envelopes < 40);
  const auto fetched = t.client.take_fetched();
  REQUIRE(fetched.size() == 1);
  const auto values = by_key(fetched[0]);
  REQUIRE(values.size() == keys.size());
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    REQUIRE(values.at(key_of(i)).get<std::string>() == std::to_string(i));
  }
  // And the other way round.
  t.held.clear();
  t.client.put(2, fetched[0].values);
  REQUIRE(t.exchange().has_value());
  const auto stored = t.client.take_stored();
  REQUIRE(stored.size() == 1);
  CHECK(stored[0].keys.size() == keys.size());
  CHECK(t.held.size() == keys.size());
}

TEST_CASE("bulk frames are aligned on arrival") {
  Transfers t;
  t.held[key_of(1)] = Value::of(std::make_pair(numbers(100'000), numbers(300)));
  t.client.get(1, {key_of(1)});
  REQUIRE(t.exchange().has_value());
  const auto fetched = t.client.take_fetched();
  const auto encoded = fetched.at(0).values.at(0).second.encode();
  REQUIRE(encoded.frames.size() == 3);
  for (const auto& frame : encoded.frames) {
    CHECK(reinterpret_cast<std::uintptr_t>(frame.data()) % kBufferAlignment == 0);
  }
}

TEST_CASE("requests beyond the number under way wait their turn and all end") {
  Transfers t;
  t.held[key_of(1)] = Value::of(numbers(1000));
  for (std::uint64_t request = 0; request < 200; ++request) t.client.get(request, {key_of(1)});
  CHECK(t.client.take_outgoing().size() == kRequestsUnderWay);
  CHECK(t.client.pending().size() == 200);
}

TEST_CASE("a peer that vanishes in the middle leaves nothing behind") {
  Transfers t;
  auto value = Value::of(numbers(8'000'000));
  const std::weak_ptr<const Doubles> watch = value.share<Doubles>();
  t.held[key_of(1)] = std::move(value);
  REQUIRE(t.server.on_envelope(kPeer, control_of({wire::GetData{1, {key_of(1)}, 1 << 20}})));
  t.held.clear();
  t.server.take_outgoing();
  CHECK_FALSE(watch.expired());  // the request keeps the value alive
  t.server.on_gone(kPeer);
  CHECK(watch.expired());

  // The rest of a put whose beginning went to an earlier connection is refused, not believed.
  Envelope piece = control_of({wire::DataPiece{9, 0, 1 << 20}});
  piece.bulk.push_back(Buffer::copy(std::string(100, 'x')));
  REQUIRE(t.server.on_envelope(kPeer + 1, piece));
  const auto answers = t.server.take_outgoing();
  REQUIRE(answers.size() == 1);
  const auto done = records<wire::PutDone>(answers[0].envelope);
  REQUIRE(done.size() == 1);
  CHECK(done[0].request == 9);
  CHECK_FALSE(done[0].refused.empty());
}

TEST_CASE("a put above the limit is refused in words and the connection stays good") {
  TransferLimits limits;
  limits.request_bytes = 1 << 20;
  Transfers t(false, limits);
  t.client.put(1, {{key_of(1), Value::of(numbers(4'000'000))}});
  t.client.put(2, {{key_of(2), Value::of(1)}});
  REQUIRE(t.exchange().has_value());
  auto stored = t.client.take_stored();
  REQUIRE(stored.size() == 2);
  if (stored[0].request != 1) std::swap(stored[0], stored[1]);
  CHECK_THAT(stored[0].refused, Catch::Matchers::Contains("1048576 bytes"));
  CHECK(stored[1].refused.empty());
  CHECK(t.held.contains(key_of(2)));
  CHECK_FALSE(t.held.contains(key_of(1)));
}

TEST_CASE("values cross real sockets in both directions") {
  const auto* address = GENERATE("tcp://127.0.0.1:0", "local://*");
  Loop loop;
  const auto listener = listen(loop, address, Plane::data);
  const auto channel = connect(loop, listener->address(), Plane::data);
  Transfers t(listener->shares_memory());
  t.held[key_of(1)] = Value::of(numbers(6'000'000));
  t.held[key_of(2)] = Value::of(std::string("second"));
  t.client.get(1, {key_of(1), key_of(2), key_of(3)});
  t.client.put(2, {{key_of(4), Value::of(numbers(3'000'000, 2.0))}});
  std::deque<Envelope> up;
  std::deque<Outgoing> down;
  REQUIRE(wait_until(loop, [&] {
    Envelope envelope;
    PeerId from = 0;
    while (listener->receive(from, envelope)) {
      REQUIRE(t.server.on_envelope(from, envelope).has_value());
    }
    while (channel->receive(envelope)) REQUIRE(t.client.on_envelope(envelope).has_value());
    for (auto& out : t.client.take_outgoing()) up.push_back(std::move(out));
    for (auto& out : t.server.take_outgoing()) down.push_back(std::move(out));
    while (!up.empty() && channel->send(up.front()) == Sent::ok) up.pop_front();
    while (!down.empty() && listener->send(down.front().to, down.front().envelope) == Sent::ok) {
      down.pop_front();
    }
    return t.client.pending().empty();
  }));
  const auto fetched = t.client.take_fetched();
  REQUIRE(fetched.size() == 1);
  CHECK(by_key(fetched[0]).at(key_of(1)).get<Doubles>() == numbers(6'000'000));
  CHECK(fetched[0].missing == std::vector{key_of(3)});
  CHECK(t.held.at(key_of(4)).get<Doubles>() == numbers(3'000'000, 2.0));
}

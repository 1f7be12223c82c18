// What a broken or hostile peer may say on the data plane.

#include <catch2/catch.hpp>
#include <tartan/base/random.hpp>

#include "../wire/mutate.hpp"
#include "transfers.hpp"

using namespace tartan;
using namespace tartan::net;
using Catch::Matchers::Contains;

namespace {

wire::DataHeader header_of(std::uint64_t request, std::vector<std::uint64_t> sizes) {
  wire::DataHeader header;
  header.request = request;
  header.keys = {key_of(1)};
  header.types = {type_info<std::string>().id};
  header.frame_counts = {static_cast<std::uint32_t>(sizes.size())};
  header.frame_sizes = std::move(sizes);
  return header;
}

Envelope piece_of(std::uint64_t request, std::uint32_t frame, std::uint64_t offset,
                  std::size_t size) {
  auto envelope = control_of({wire::DataPiece{request, frame, offset}});
  envelope.bulk.push_back(Buffer::copy(std::string(size, 'p')));
  return envelope;
}

/// What the client says to the envelopes, after it asked for key 1 as wire request 1.
std::string client_says(const std::vector<Envelope>& envelopes, TransferLimits limits = {}) {
  TransferClient client(false, limits);
  client.get(77, {key_of(1)});
  for (const auto& envelope : envelopes) {
    auto taken = client.on_envelope(envelope);
    if (!taken) return taken.error().message();
  }
  return "";
}

std::string server_says(const std::vector<Envelope>& envelopes) {
  Transfers t;
  t.held[key_of(1)] = Value::of(numbers(1'000'000));
  for (const auto& envelope : envelopes) {
    auto taken = t.server.on_envelope(kPeer, envelope);
    if (!taken) return taken.error().message();
  }
  return "";
}

}  // namespace

TEST_CASE("a client names what is wrong with an answer") {
  const auto header = control_of({header_of(1, {10, 20})});
  CHECK(client_says({header, piece_of(1, 0, 0, 10), piece_of(1, 1, 0, 20)}).empty());
  CHECK(client_says({header, piece_of(1, 0, 0, 30)}).empty());  // a piece may run on

  CHECK_THAT(client_says({header, piece_of(1, 0, 0, 31)}), Contains("more than were announced"));
  CHECK_THAT(client_says({header, piece_of(1, 0, 5, 5)}), Contains("frame 0 offset 0 is next"));
  CHECK_THAT(client_says({header, piece_of(1, 1, 0, 20)}), Contains("is next"));
  CHECK_THAT(client_says({header, piece_of(1, 7, 0, 1)}), Contains("is next"));
  CHECK_THAT(client_says({header, piece_of(1, 0, 0, 10), piece_of(1, 0, 0, 10)}),
             Contains("frame 1 offset 0 is next"));
  CHECK_THAT(client_says({header, piece_of(1, 0, 0, 0)}), Contains("a piece of 0 bytes"));
  CHECK_THAT(client_says({header, piece_of(1, 0, 0, kPieceBytes + 1)}), Contains("a piece of"));
  CHECK_THAT(client_says({header, header}), Contains("second DataHeader"));
  CHECK_THAT(client_says({piece_of(1, 0, 0, 10)}), Contains("before its DataHeader"));
  CHECK_THAT(client_says({piece_of(2, 0, 0, 10)}), Contains("request 2: a DataPiece nobody"));
  CHECK_THAT(client_says({control_of({header_of(2, {1})})}), Contains("nobody asked for"));
  CHECK_THAT(client_says({header, control_of({wire::DataPiece{1, 0, 0}})}),
             Contains("without its bytes"));
  CHECK_THAT(client_says({control_of({wire::Hello{}})}), Contains("Hello"));
  auto extra = header;
  extra.bulk.push_back(Buffer::copy("surplus"));
  CHECK_THAT(client_says({extra}), Contains("no record speaks of"));
  auto other = header_of(1, {1});
  other.keys = {key_of(2)};
  CHECK_THAT(client_says({control_of({other})}), Contains("other keys"));
  other = header_of(1, {1});
  other.missing = {key_of(1)};
  CHECK_THAT(client_says({control_of({other})}), Contains("other keys"));
  other = header_of(1, {1});
  other.types.clear();
  CHECK_THAT(client_says({control_of({other})}), Contains("types has 0 entries"));
  other = header_of(1, {1});
  other.frame_counts = {0xFFFFFFFF};
  CHECK_THAT(client_says({control_of({other})}), Contains("frame_counts"));
  other = header_of(1, {});
  CHECK_THAT(client_says({control_of({other})}), Contains("without frames"));
  other = header_of(1, {1});
  other.shared_values = 1;
  CHECK_THAT(client_says({control_of({other})}), Contains("by pointer from outside"));
}

TEST_CASE("sizes that nobody can have are refused before memory is taken") {
  const auto before = pool_statistics().in_use;
  CHECK_THAT(client_says({control_of({header_of(1, {~0ULL})})}), Contains("announced"));
  CHECK_THAT(client_says({control_of({header_of(1, {1ULL << 35, 1ULL << 35, 1})})}),
             Contains("announced"));
  CHECK_THAT(client_says({control_of({header_of(1, {~0ULL, 2})})}), Contains("overflow"));
  // Announced within the limit, but nothing comes: nothing is allocated.
  TransferClient client(false);
  client.get(1, {key_of(1)});
  REQUIRE(client.on_envelope(control_of({header_of(1, {1ULL << 34, 1ULL << 34})})));
  CHECK(pool_statistics().in_use - before < (1 << 20));
}

TEST_CASE("a server names what is wrong with a request") {
  const auto get = control_of({wire::GetData{1, {key_of(1)}, 1 << 20}});
  const auto put = control_of({wire::PutData{1, {key_of(1)}}});
  const auto header = control_of({header_of(1, {10, 20})});
  CHECK(server_says({get, put, header, piece_of(1, 0, 0, 30)}).empty());

  CHECK_THAT(server_says({get, get}), Contains("asked for twice"));
  CHECK_THAT(server_says({control_of({wire::GetData{1, {key_of(1)}, 1}})}),
             Contains("credit of 1"));
  CHECK_THAT(server_says({control_of({wire::GetData{1, {key_of(1)}, ~0ULL}})}),
             Contains("credit of"));
  CHECK_THAT(server_says({control_of({wire::GetData{1, std::vector<Key>(2000), 1 << 20}})}),
             Contains("2000 keys"));
  CHECK_THAT(server_says({get, control_of({wire::DataCredit{1, ~0ULL}})}), Contains("under way"));
  CHECK(server_says({control_of({wire::DataCredit{1, 1}})}).empty());  // late credit is harmless
  CHECK_THAT(server_says({put, put}), Contains("put twice"));
  CHECK_THAT(server_says({header}), Contains("without PutData"));
  CHECK_THAT(server_says({put, piece_of(1, 0, 0, 1)}), Contains("before its DataHeader"));
  CHECK_THAT(server_says({put, header, piece_of(1, 1, 0, 1)}), Contains("is next"));
  auto other = header_of(1, {1});
  other.keys = {key_of(2)};
  CHECK_THAT(server_says({put, control_of({other})}), Contains("other keys"));
  other = header_of(1, {1});
  other.shared_values = 1;
  CHECK_THAT(server_says({put, control_of({other})}), Contains("by pointer"));
  CHECK_THAT(server_says({control_of({wire::Shutdown{"now"}})}), Contains("Shutdown"));

  std::vector<Envelope> many;
  for (std::uint64_t request = 1; request < 100; ++request) {
    many.push_back(control_of({wire::GetData{request, {key_of(1)}, 64 << 10}}));
  }
  CHECK_THAT(server_says(many), Contains("more than 64 requests"));
}

TEST_CASE("broken traffic never crashes either side, and costs no more memory than it announces") {
  TransferLimits limits;
  limits.request_bytes = 64 << 20;
  // The honest traffic of a get and a put, both directions.
  std::vector<Envelope> to_server;
  std::vector<Envelope> to_client;
  {
    Transfers t(false, limits);
    t.held[key_of(1)] = Value::of(numbers(40'000));
    t.held[key_of(2)] = Value::of(std::string("two"));
    t.client.get(1, {key_of(1), key_of(2), key_of(3)});
    t.client.put(2, {{key_of(4), Value::of(numbers(40'000))}});
    REQUIRE(t.exchange([&](bool up, const Envelope& e) {
               (up ? to_server : to_client).push_back(e);
             }).has_value());
  }
  Random random(20261121);
  std::size_t refused = 0;
  const auto mutate = [&](const std::vector<Envelope>& from) {
    Envelope envelope = from[random.below(from.size())];
    const auto& other = from[random.below(from.size())];
    envelope.control = Buffer::copy(
        test::mutated(random, test::bytes_of(envelope.control), test::bytes_of(other.control)));
    if (random.chance(0.3)) envelope.bulk = other.bulk;
    if (random.chance(0.2) && !envelope.bulk.empty()) {
      auto& frame = envelope.bulk[random.below(envelope.bulk.size())];
      frame = frame.slice(0, random.below(frame.size() + 1));
    }
    return envelope;
  };
  const auto value = Value::of(numbers(40'000));
  for (int round = 0; round < 2000; ++round) {
    Transfers t(false, limits);
    t.held[key_of(1)] = value;
    t.client.get(1, {key_of(1), key_of(2), key_of(3)});
    t.client.put(2, {{key_of(4), value}});
    for (int i = 0; i < 4; ++i) {
      const bool honest = random.chance(0.5);
      const auto up = honest ? to_server[random.below(to_server.size())] : mutate(to_server);
      if (!t.server.on_envelope(kPeer, up)) ++refused;
      const auto down = honest ? to_client[random.below(to_client.size())] : mutate(to_client);
      if (!t.client.on_envelope(down)) ++refused;
    }
  }
  CHECK(refused > 1000);
}

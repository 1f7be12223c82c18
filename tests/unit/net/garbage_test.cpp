// Bytes that are no ZeroMQ, sent to a listener's port while a good peer works.

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <sys/socket.h>
#include <tartan/base/log.hpp>
#include <tartan/base/random.hpp>
#include <unistd.h>

#include "pair.hpp"

using namespace tartan;
using namespace tartan::net;

namespace {

class RawSocket {
 public:
  explicit RawSocket(const std::string& address) : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    REQUIRE(connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
  }
  ~RawSocket() { close(fd_); }
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;

  /// The other side may hang up at any time, which is its right.
  void say(const std::string& bytes) {
    [[maybe_unused]] const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  }
  /// Reads the greeting and the READY command a ZeroMQ listener answers with.
  void hear_handshake() {
    std::array<char, 64 + 30> bytes{};
    std::size_t heard = 0;
    while (heard < bytes.size()) {
      const auto count = recv(fd_, bytes.data() + heard, bytes.size() - heard, 0);
      if (count <= 0) return;
      heard += static_cast<std::size_t>(count);
    }
  }

 private:
  int fd_;
};

std::string greeting() {
  std::string bytes("\xFF\0\0\0\0\0\0\0\1\x7F\3\0NULL", 16);
  bytes.resize(64, '\0');
  return bytes;
}

std::string ready() {
  const std::string body = std::string("\5READY\xBSocket-Type\0\0\0\6DEALER", 28);
  return std::string("\4", 1) + static_cast<char>(body.size()) + body;
}

std::string long_frame(std::uint64_t announced, char flags) {
  std::string frame(1, flags);
  for (int shift = 56; shift >= 0; shift -= 8) frame += static_cast<char>(announced >> shift);
  return frame;
}

std::string noise(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random.next());
  return bytes;
}

std::size_t resident_bytes() {
  std::size_t pages = 0;
  std::size_t resident = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  REQUIRE(file != nullptr);
  REQUIRE(fscanf(file, "%zu %zu", &pages, &resident) == 2);
  fclose(file);
  return resident * 4096;
}

}  // namespace

TEST_CASE("garbage on the port is dropped, memory stays bounded and good peers work on") {
  logging::set_level(logging::Level::error);
  const auto plane = GENERATE(Plane::control, Plane::data);
  Loop loop;
  const auto listener = listen(loop, "tcp://127.0.0.1:0", plane);
  const auto good = connect(loop, listener->address(), plane);
  send(loop, *good, envelope_of("first"));
  const auto peer = receive(loop, *listener).from;
  const auto before = resident_bytes();

  Random random(7);
  std::vector<std::unique_ptr<RawSocket>> sockets;
  const auto say = [&](const std::string& bytes) {
    sockets.push_back(std::make_unique<RawSocket>(listener->address()));
    sockets.back()->say(bytes);
  };
  const auto say_as_peer = [&](const std::string& bytes) {
    say(greeting() + ready());
    sockets.back()->hear_handshake();
    sockets.back()->say(bytes);
  };
  int answered = 0;
  for (int round = 0; round < 20; ++round) {
    say(noise(random, 1 + random.below(5000)));
    say(greeting().substr(0, random.below(64)));
    say(greeting() + noise(random, random.below(300)));
    say(greeting() + ready() + noise(random, random.below(300)));  // does not wait its turn
    say_as_peer(noise(random, random.below(300)));
    say_as_peer(long_frame(~0ULL, 2));
    say_as_peer(long_frame(1ULL << 62, 3));
    say_as_peer(long_frame(std::uint64_t{100} << 20, 2) + "short");
    say_as_peer(long_frame(std::uint64_t{1} << 20, 2) + "never completed");
    say("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    say("\x16\x03\x01\x02");
    // A wrong version of ZeroMQ's protocol, and an old one without a greeting.
    say(std::string("\xFF\0\0\0\0\0\0\0\1\x7F\x99\x99", 12) + std::string(52, '\0'));
    say(std::string("\x01\0\xFF\x7F", 4) + noise(random, 100));
    if (round % 2 == 1) sockets.clear();

    // The good peer asks and is answered, whatever else arrives.
    send(loop, *good, envelope_of("ping " + std::to_string(round)));
    REQUIRE(wait_until(loop, [&] {
      PeerId from = 0;
      Envelope got;
      while (listener->receive(from, got)) {
        if (from != peer) continue;  // noise that happened to be a message
        CHECK(got.control.text() == "ping " + std::to_string(round));
        auto answer = envelope_of("pong");
        CHECK(listener->send(peer, answer) == Sent::ok);
        return true;
      }
      return false;
    }));
    CHECK(receive(loop, *good).control.text() == "pong");
    ++answered;
  }
  CHECK(answered == 20);
  CHECK(resident_bytes() < before + (std::size_t{64} << 20));
  logging::set_level(logging::Level::warning);
}

TEST_CASE("a peer that chose its own routing id is not listened to") {
  logging::set_level(logging::Level::error);
  Loop loop;
  const auto listener = listen(loop, "tcp://127.0.0.1:0", Plane::control);
  const auto good = connect(loop, listener->address(), Plane::control);
  RawSocket forger(listener->address());
  const std::string identity = "\bIdentity";
  std::string body("\5READY\xBSocket-Type\0\0\0\6DEALER", 28);
  body += identity + std::string("\0\0\0\4root", 8);
  forger.say(greeting() + std::string("\4", 1) + static_cast<char>(body.size()) + body);
  forger.hear_handshake();
  forger.say(std::string("\0\6forged", 8));
  // Its bytes are there before the good peer speaks; wait() returns when they have been read.
  Envelope envelope;
  PeerId from = 0;
  for (int i = 0; i < 10; ++i) {
    loop.wait(SteadyClock().now() + std::chrono::milliseconds(10));
    CHECK_FALSE(listener->receive(from, envelope));
  }
  send(loop, *good, envelope_of("good"));
  CHECK(receive(loop, *listener).envelope.control.text() == "good");
  logging::set_level(logging::Level::warning);
}

TEST_CASE("a message of too many or too large frames is dropped and the next one arrives") {
  logging::set_level(logging::Level::error);
  Loop loop;
  const auto listener = listen(loop, "tcp://127.0.0.1:0", Plane::data);
  const auto channel = connect(loop, listener->address(), Plane::data);
  send(loop, *channel, envelope_of("many", std::vector<std::string>(1000, "x")));
  send(loop, *channel,
       envelope_of("large", std::vector<std::string>(6, std::string(3 << 20, 'x'))));
  send(loop, *channel, envelope_of("right", std::vector<std::string>(200, "x")));
  const auto got = receive(loop, *listener);
  CHECK(got.envelope.control.text() == "right");
  CHECK(got.envelope.bulk.size() == 200);
  logging::set_level(logging::Level::warning);
}

#pragma once

// A listener and what the tests need to talk to it, on one thread.

#include <catch2/catch.hpp>
#include <core/net/transport.hpp>
#include <functional>
#include <string>

namespace tartan::net {

inline Envelope envelope_of(std::string_view text, std::vector<std::string> bulk = {}) {
  Envelope envelope{Buffer::copy(text), {}, {}};
  for (const auto& frame : bulk) envelope.bulk.push_back(Buffer::copy(frame));
  return envelope;
}

/// Waits on the loop until the condition holds. The limit only turns a hang into a failure.
inline bool wait_until(Loop& loop, const std::function<bool()>& condition,
                       Duration limit = std::chrono::seconds(60)) {
  const auto end = SteadyClock().now() + limit;
  while (!condition()) {
    if (SteadyClock().now() > end) return false;
    loop.wait(std::min(end, SteadyClock().now() + std::chrono::milliseconds(20)));
  }
  return true;
}

inline std::unique_ptr<Listener> listen(Loop& loop, const std::string& address, Plane plane) {
  auto listener = loop.listen(address, plane);
  if (!listener) FAIL(listener.error().to_string());
  return std::move(*listener);
}

inline std::unique_ptr<Channel> connect(Loop& loop, const std::string& address, Plane plane) {
  auto channel = loop.connect(address, plane);
  if (!channel) FAIL(channel.error().to_string());
  return std::move(*channel);
}

inline Envelope receive(Loop& loop, Channel& channel) {
  Envelope envelope;
  REQUIRE(wait_until(loop, [&] { return channel.receive(envelope); }));
  return envelope;
}

struct Received {
  PeerId from = 0;
  Envelope envelope;
};

inline Received receive(Loop& loop, Listener& listener) {
  Received received;
  REQUIRE(wait_until(loop, [&] { return listener.receive(received.from, received.envelope); }));
  return received;
}

inline void send(Loop& loop, Channel& channel, Envelope envelope) {
  REQUIRE(wait_until(loop, [&] { return channel.send(envelope) == Sent::ok; }));
}

}  // namespace tartan::net

#pragma once

// A TransferServer over a map of values, and a client beside it, exchanging envelopes by hand.

#include <core/net/transfer.hpp>
#include <core/wire/codec.hpp>
#include <deque>
#include <functional>
#include <map>
#include <string>

namespace tartan::net {

inline constexpr PeerId kPeer = 7;

inline Key key_of(std::uint64_t number) { return {1, number}; }

inline std::vector<double> numbers(std::size_t count, double first = 0) {
  std::vector<double> result(count);
  for (std::size_t i = 0; i < count; ++i) result[i] = first + static_cast<double>(i);
  return result;
}

struct Transfers {
  explicit Transfers(bool shares_memory = false, TransferLimits limits = {})
      : server([this](Key key) { return lookup(key); },
               [this](const auto& values) { return accept(values); }, shares_memory, limits),
        client(shares_memory, limits) {}

  std::optional<Value> lookup(Key key) const {
    const auto found = held.find(key);
    return found == held.end() ? std::nullopt : std::optional(found->second);
  }
  std::string accept(const std::vector<std::pair<Key, Value>>& values) {
    if (!refusal.empty()) return refusal;
    for (const auto& [key, value] : values) held[key] = value;
    return {};
  }

  /// Carries envelopes until nobody has any; sees each before it is delivered.
  Result<> exchange(const std::function<void(bool to_server, const Envelope&)>& see = {}) {
    for (;;) {
      const auto requests = client.take_outgoing();
      for (const auto& envelope : requests) {
        if (see) see(true, envelope);
        if (auto taken = server.on_envelope(kPeer, envelope); !taken) return taken;
      }
      const auto answers = server.take_outgoing();
      for (const auto& answer : answers) {
        if (see) see(false, answer.envelope);
        if (auto taken = client.on_envelope(answer.envelope); !taken) return taken;
      }
      if (requests.empty() && answers.empty()) return {};
    }
  }

  std::map<Key, Value> held;
  std::string refusal;
  TransferServer server;
  TransferClient client;
};

inline std::size_t bulk_bytes(const Envelope& envelope) {
  std::size_t total = 0;
  for (const auto& frame : envelope.bulk) total += frame.size();
  return total;
}

template <class T>
std::vector<T> records(const Envelope& envelope) {
  std::vector<T> result;
  auto messages = wire::decode(envelope.control);
  if (!messages) return result;
  for (const auto& message : *messages) {
    if (const auto* record = std::get_if<T>(&message)) result.push_back(*record);
  }
  return result;
}

inline Envelope control_of(const std::vector<wire::Message>& messages) {
  wire::FrameWriter writer;
  for (const auto& message : messages) writer.add(message);
  return {writer.take(), {}, {}};
}

}  // namespace tartan::net

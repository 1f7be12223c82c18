#pragma once

// What could not be sent yet. Servers hand every envelope to an Outbox; what the transport does
// not take (Sent::full) waits here, in order, and is tried again each turn. A destination that
// lets more than max_bytes pile up is given up with a reason: it has stopped reading. Values by
// pointer count nothing. One thread.

#include <core/net/transport.hpp>
#include <deque>
#include <map>
#include <utility>

namespace tartan::net {

/// Envelopes for one destination.
class SendQueue {
 public:
  void push(Envelope envelope);
  /// Sends in order until full; `send` is called with each envelope and returns Sent.
  template <class Send>
  Sent flush(Send&& send) {
    while (!envelopes_.empty()) {
      const auto size = envelopes_.front().nbytes();
      const Sent sent = send(envelopes_.front());
      if (sent != Sent::ok) return sent;
      envelopes_.pop_front();
      bytes_ -= size;
    }
    return Sent::ok;
  }
  bool empty() const { return envelopes_.empty(); }
  std::size_t size() const { return envelopes_.size(); }
  std::size_t nbytes() const { return bytes_; }

 private:
  std::deque<Envelope> envelopes_;
  std::size_t bytes_ = 0;
};

inline constexpr std::size_t kOutboxBytes = std::size_t{1} << 30;
inline constexpr std::size_t kOutboxEnvelopes = 100'000;

/// For a Listener's peers.
class Outbox {
 public:
  struct Lost {
    PeerId peer = 0;
    std::string reason;  ///< a sentence for the log
  };

  /// The limits hold per peer.
  explicit Outbox(std::size_t max_bytes = kOutboxBytes,
                  std::size_t max_envelopes = kOutboxEnvelopes)
      : max_bytes_(max_bytes), max_envelopes_(max_envelopes) {}

  void send(Listener& listener, Outgoing outgoing);
  void send(Listener& listener, std::vector<Outgoing> outgoing);
  /// Tries again what waits; once a turn.
  void flush(Listener& listener);
  /// Peers that are gone or were given up, each once per failure; tell the protocol above. One
  /// that was given up may come to life again, and is then to be treated as unknown.
  std::vector<Lost> take_lost() { return std::exchange(lost_, {}); }
  /// Forgets what waits for a peer.
  void forget(PeerId peer) { queues_.erase(peer); }

  bool empty() const { return queues_.empty(); }
  std::size_t nbytes() const;

 private:
  std::size_t max_bytes_;
  std::size_t max_envelopes_;
  std::map<PeerId, SendQueue> queues_;  ///< only peers with something waiting
  std::vector<Lost> lost_;
};

/// For a Channel.
class ChannelOutbox {
 public:
  explicit ChannelOutbox(std::size_t max_bytes = kOutboxBytes,
                         std::size_t max_envelopes = kOutboxEnvelopes)
      : max_bytes_(max_bytes), max_envelopes_(max_envelopes) {}

  /// ok also when it waits; gone when the other side closed or does not read any more (reason()
  /// says which), and what waited is thrown away.
  Sent send(Channel& channel, Envelope envelope);
  Sent send(Channel& channel, std::vector<Envelope> envelopes);
  Sent flush(Channel& channel);

  const std::string& reason() const { return reason_; }
  bool empty() const { return queue_.empty(); }
  std::size_t nbytes() const { return queue_.nbytes(); }

 private:
  std::size_t max_bytes_;
  std::size_t max_envelopes_;
  SendQueue queue_;
  std::string reason_;
};

}  // namespace tartan::net

#pragma once

// Envelopes a full socket did not take, kept in order until it does. What is kept is bounded by
// the protocols above: credits on the data plane, one frame a turn on the control plane.

#include <core/net/transport.hpp>
#include <deque>

namespace tartan::worker {

class Outbox {
 public:
  void add(net::Envelope envelope) { waiting_.push_back(std::move(envelope)); }
  bool empty() const { return waiting_.empty(); }

  /// Sends through `send(Envelope&) -> net::Sent` until it is full. Returns false when the other
  /// side is gone; what waited is dropped then.
  template <class Send>
  bool flush(Send&& send) {
    while (!waiting_.empty()) {
      net::Sent sent = send(waiting_.front());
      if (sent == net::Sent::full) return true;
      if (sent == net::Sent::gone) {
        waiting_.clear();
        return false;
      }
      waiting_.pop_front();
    }
    return true;
  }

 private:
  std::deque<net::Envelope> waiting_;
};

}  // namespace tartan::worker

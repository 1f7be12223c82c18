#include <core/net/outbox.hpp>
#include <fmt/format.h>
#include <iterator>

namespace tartan::net {

namespace {

constexpr const char* kGone = "the connection is gone";

std::string stalled(const SendQueue& queue) {
  return fmt::format("it does not read what it is sent: {} messages of {} bytes wait", queue.size(),
                     queue.nbytes());
}

}  // namespace

void SendQueue::push(Envelope envelope) {
  bytes_ += envelope.nbytes();
  envelopes_.push_back(std::move(envelope));
}

void Outbox::send(Listener& listener, Outgoing outgoing) {
  const auto waiting = queues_.find(outgoing.to);
  if (waiting == queues_.end()) {
    const Sent sent = listener.send(outgoing.to, outgoing.envelope);
    if (sent == Sent::gone) lost_.push_back({outgoing.to, kGone});
    if (sent != Sent::full) return;
  }
  SendQueue& queue = queues_[outgoing.to];
  queue.push(std::move(outgoing.envelope));
  if (queue.nbytes() <= max_bytes_ && queue.size() <= max_envelopes_) return;
  lost_.push_back({outgoing.to, stalled(queue)});
  queues_.erase(outgoing.to);
}

void Outbox::send(Listener& listener, std::vector<Outgoing> outgoing) {
  for (auto& item : outgoing) send(listener, std::move(item));
}

void Outbox::flush(Listener& listener) {
  for (auto entry = queues_.begin(); entry != queues_.end();) {
    const auto peer = entry->first;
    const Sent sent = entry->second.flush([&](Envelope& e) { return listener.send(peer, e); });
    if (sent == Sent::gone) lost_.push_back({peer, kGone});
    entry = sent == Sent::full ? std::next(entry) : queues_.erase(entry);
  }
}

std::size_t Outbox::nbytes() const {
  std::size_t total = 0;
  for (const auto& [peer, queue] : queues_) total += queue.nbytes();
  return total;
}

Sent ChannelOutbox::send(Channel& channel, Envelope envelope) {
  if (queue_.empty()) {
    const Sent sent = channel.send(envelope);
    if (sent == Sent::gone) reason_ = kGone;
    if (sent != Sent::full) return sent;
  }
  queue_.push(std::move(envelope));
  if (queue_.nbytes() <= max_bytes_ && queue_.size() <= max_envelopes_) return Sent::ok;
  reason_ = stalled(queue_);
  queue_ = {};
  return Sent::gone;
}

Sent ChannelOutbox::send(Channel& channel, std::vector<Envelope> envelopes) {
  for (auto& envelope : envelopes) {
    if (send(channel, std::move(envelope)) == Sent::gone) return Sent::gone;
  }
  return Sent::ok;
}

Sent ChannelOutbox::flush(Channel& channel) {
  const Sent sent = queue_.flush([&](Envelope& envelope) { return channel.send(envelope); });
  if (sent != Sent::gone) return Sent::ok;
  reason_ = kGone;
  queue_ = {};
  return Sent::gone;
}

}  // namespace tartan::net

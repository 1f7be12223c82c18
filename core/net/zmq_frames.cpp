#include <atomic>
#include <cerrno>
#include <core/net/zmq_frames.hpp>
#include <fmt/format.h>
#include <tartan/base/assert.hpp>

namespace tartan::net {

namespace {

/// What a frame under way keeps alive. ZeroMQ's queues order our writes before its free; the flag
/// says so once more where the thread sanitizer can see it.
struct Held {
  explicit Held(std::shared_ptr<const void> what) : owner(std::move(what)) {
    handed_over.store(true, std::memory_order_release);
  }
  std::shared_ptr<const void> owner;
  std::atomic<bool> handed_over{false};
};

/// Runs on ZeroMQ's I/O thread, or on ours when sending failed: drops a reference, nothing else.
void release_held(void* /*data*/, void* hint) noexcept {
  auto* held = static_cast<Held*>(hint);
  if (held->handed_over.load(std::memory_order_acquire)) delete held;
}

}  // namespace

const PlaneLimits& limits_of(Plane plane) {
  static const PlaneLimits control{64LL << 20, std::size_t{256} << 20, 256, 1000};
  static const PlaneLimits data{(4LL << 20) + (256 << 10), std::size_t{16} << 20, 256, 16};
  return plane == Plane::control ? control : data;
}

zmq::message_t to_frame(const Buffer& buffer) {
  if (buffer.size() < kZeroCopyBytes) return {buffer.data(), buffer.size()};
  auto* held = new Held(buffer.owner());
  // ZeroMQ never writes through the pointer; its interface only cannot say so.
  return {const_cast<std::byte*>(buffer.data()), buffer.size(), &release_held, held};
}

Buffer to_buffer(zmq::message_t frame) {
  const auto* data = static_cast<const std::byte*>(frame.data());
  if (frame.size() < kZeroCopyBytes) return Buffer::copy({data, frame.size()});
  auto owner = std::make_shared<zmq::message_t>(std::move(frame));
  data = static_cast<const std::byte*>(owner->data());
  const auto size = owner->size();
  return {std::shared_ptr<const void>(std::move(owner)), {data, size}};
}

int send_frame(zmq::socket_t& socket, zmq::message_t& frame, bool more) {
  const int flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0);
  for (;;) {
    if (zmq_msg_send(frame.handle(), socket.handle(), flags) >= 0) return 0;
    if (zmq_errno() != EINTR) return zmq_errno();
  }
}

bool receive_frame(zmq::socket_t& socket, zmq::message_t& frame) {
  for (;;) {
    if (zmq_msg_recv(frame.handle(), socket.handle(), ZMQ_DONTWAIT) >= 0) return true;
    if (zmq_errno() == EAGAIN) return false;
    TARTAN_ASSERT(zmq_errno() == EINTR, "receiving from an open ZeroMQ socket cannot fail");
  }
}

bool send_envelope(zmq::socket_t& socket, const Envelope& envelope) {
  TARTAN_ASSERT(envelope.values.empty(), "values by pointer cannot leave the process");
  auto control = to_frame(envelope.control);
  const int failure = send_frame(socket, control, !envelope.bulk.empty());
  if (failure == EAGAIN) return false;
  TARTAN_ASSERT(failure == 0, "sending on an open ZeroMQ socket fails by EAGAIN only");
  for (std::size_t i = 0; i < envelope.bulk.size(); ++i) {
    auto frame = to_frame(envelope.bulk[i]);
    const int problem = send_frame(socket, frame, i + 1 < envelope.bulk.size());
    TARTAN_ASSERT(problem == 0, "ZeroMQ takes a message whole or not at all");
  }
  return true;
}

Result<> read_envelope(zmq::socket_t& socket, zmq::message_t& frame, const PlaneLimits& limits,
                       Envelope& envelope) {
  envelope = {};
  std::size_t frames = 1;
  std::size_t bytes = frame.size();
  bool more = frame.more();
  envelope.control = to_buffer(std::move(frame));
  while (more) {
    zmq::message_t next;
    const bool there = receive_frame(socket, next);
    TARTAN_ASSERT(there, "ZeroMQ delivers a message whole or not at all");
    more = next.more();
    ++frames;
    bytes += next.size();
    if (frames <= limits.message_frames && bytes <= limits.message_bytes) {
      envelope.bulk.push_back(to_buffer(std::move(next)));
    } else {
      envelope = {};
    }
  }
  if (frames <= limits.message_frames && bytes <= limits.message_bytes) return {};
  return Error(Errc::limit_exceeded,
               fmt::format("a message of {} frames and {} bytes; at most {} frames and {} bytes "
                           "are taken",
                           frames, bytes, limits.message_frames, limits.message_bytes));
}

}  // namespace tartan::net

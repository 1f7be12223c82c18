#pragma once

// Buffers to ZeroMQ frames and back. Frames of kZeroCopyBytes and more are sent from the Buffer's
// own memory and received as Buffers owning ZeroMQ's; smaller ones are copied, because a message
// object with a free function costs more than the copy, and because a small received frame would
// pin the larger block it was read into.

#include <core/net/transport.hpp>
#include <zmq.hpp>

namespace tartan::net {

inline constexpr std::size_t kZeroCopyBytes = 16 << 10;

/// What one message may hold on a plane.
struct PlaneLimits {
  std::int64_t frame_bytes;   ///< MAXMSGSIZE
  std::size_t message_bytes;  ///< all frames of one message
  std::size_t message_frames;
  int high_water;  ///< messages queued per peer and direction
};
const PlaneLimits& limits_of(Plane plane);

/// A frame with the buffer's bytes. The buffer's owner may be let go on the I/O thread.
zmq::message_t to_frame(const Buffer& buffer);
Buffer to_buffer(zmq::message_t frame);

/// 0, or the errno of the failure (EAGAIN, EHOSTUNREACH, ...). Never blocks.
int send_frame(zmq::socket_t& socket, zmq::message_t& frame, bool more);
/// False when nothing is there.
bool receive_frame(zmq::socket_t& socket, zmq::message_t& frame);

/// Sends all frames of an envelope; false when the first one was not taken (EAGAIN). Frames after
/// the first share its fate: ZeroMQ takes a message whole or not at all.
bool send_envelope(zmq::socket_t& socket, const Envelope& envelope);
/// Takes the frames that follow; an error (the message is consumed nevertheless) says which limit
/// it broke. `frame` is the first one.
Result<> read_envelope(zmq::socket_t& socket, zmq::message_t& frame, const PlaneLimits& limits,
                       Envelope& envelope);

}  // namespace tartan::net

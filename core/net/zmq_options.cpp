#include <core/net/zmq_frames.hpp>
#include <core/net/zmq_options.hpp>

namespace tartan::net {

namespace {

// Goodbyes of a process that ends still get out; a scheduler that is gone delays the end no more
// than this. Set at creation, because setting it just before close is a race in libzmq.
constexpr int kControlLingerMs = 500;
constexpr int kHandshakeMs = 3000;
// Heartbeats find connections that broke without a word. They stop for the length of one frame,
// so the timeout allows 64 MiB at 7 MB/s; who is alive is decided above, by leases.
constexpr int kHeartbeatMs = 2000;
constexpr int kHeartbeatTimeoutMs = 10000;
constexpr int kReconnectMs = 100;  // libzmq adds jitter, and doubles it up to
constexpr int kReconnectMaxMs = 5000;
constexpr int kConnectTimeoutMs = 5000;
constexpr int kKeepaliveIdleS = 30;
constexpr int kKeepaliveIntervalS = 10;
constexpr int kKeepaliveCount = 3;
constexpr int kBacklog = 1024;

}  // namespace

void set_common_options(zmq::socket_t& socket, Plane plane, bool v6) {
  const auto& limits = limits_of(plane);
  socket.set(zmq::sockopt::linger, plane == Plane::control ? kControlLingerMs : 0);
  socket.set(zmq::sockopt::sndhwm, limits.high_water);
  socket.set(zmq::sockopt::rcvhwm, limits.high_water);
  socket.set(zmq::sockopt::maxmsgsize, limits.frame_bytes);
  socket.set(zmq::sockopt::handshake_ivl, kHandshakeMs);
  if (plane == Plane::control) {
    socket.set(zmq::sockopt::heartbeat_ivl, kHeartbeatMs);
    socket.set(zmq::sockopt::heartbeat_timeout, kHeartbeatTimeoutMs);
  }
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, kKeepaliveIdleS);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, kKeepaliveIntervalS);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, kKeepaliveCount);
  socket.set(zmq::sockopt::ipv6, v6);
}

void set_listener_options(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::router_mandatory, true);
  socket.set(zmq::sockopt::router_handover, false);
  socket.set(zmq::sockopt::backlog, kBacklog);
}

void set_channel_options(zmq::socket_t& socket) {
  socket.set(zmq::sockopt::reconnect_ivl, kReconnectMs);
  socket.set(zmq::sockopt::reconnect_ivl_max, kReconnectMaxMs);
  socket.set(zmq::sockopt::connect_timeout, kConnectTimeoutMs);
  // One endpoint: what is sent before the connection stands, or while it is broken, is kept.
  // A scheduler that restarted answers a stale record with Unknown, and the peer says Hello.
  socket.set(zmq::sockopt::immediate, false);
}

}  // namespace tartan::net

#include <array>
#include <bit>
#include <core/net/zmq_context.hpp>
#include <core/net/zmq_frames.hpp>
#include <core/net/zmq_options.hpp>
#include <core/net/zmq_socket.hpp>
#include <cstring>
#include <deque>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <tartan/base/assert.hpp>
#include <tartan/base/log.hpp>
#include <unistd.h>
#include <unordered_set>

namespace tartan::net {

namespace {

/// A flood of bad messages is reported at the 1st, 2nd, 4th, 8th, ... of them.
class DropLog {
 public:
  void note(const std::string& address, std::string_view what) {
    if (!std::has_single_bit(++count_)) return;
    logging::warning("net", "{}: dropped {} ({} so far)", address, what, count_);
  }

 private:
  std::uint64_t count_ = 0;
};

/// Messages thrown away in one call before other sockets get their turn.
constexpr int kDropsPerTurn = 64;
constexpr std::size_t kRoutingIdBytes = 5;

PeerId to_peer(const zmq::message_t& id) {
  const auto* bytes = id.data<std::uint8_t>();
  if (id.size() != kRoutingIdBytes || bytes[0] != 0) return 0;
  std::uint32_t number = 0;
  std::memcpy(&number, bytes + 1, sizeof number);
  return PeerId{number} + 1;  // so that no peer is 0
}

std::array<std::uint8_t, kRoutingIdBytes> to_routing_id(PeerId peer) {
  std::array<std::uint8_t, kRoutingIdBytes> id{};
  const auto number = static_cast<std::uint32_t>(peer - 1);
  std::memcpy(id.data() + 1, &number, sizeof number);
  return id;
}

/// Peers whose messages are thrown away. An entry matters while its connection lives, and fewer
/// of those fit into a process than are remembered here.
class DroppedPeers {
 public:
  bool contains(PeerId peer) const { return !known_.empty() && known_.contains(peer); }
  void add(PeerId peer) {
    if (!known_.insert(peer).second) return;
    order_.push_back(peer);
    if (order_.size() <= kMaxRemembered) return;
    known_.erase(order_.front());
    order_.pop_front();
  }

 private:
  static constexpr std::size_t kMaxRemembered = 65536;
  std::unordered_set<PeerId> known_;
  std::deque<PeerId> order_;
};

class ZmqListener final : public Listener, public PolledSocket {
 public:
  ZmqListener(std::shared_ptr<LoopState> loop, std::shared_ptr<zmq::context_t> context,
              zmq::socket_t socket, Plane plane, std::string address)
      : loop_(std::move(loop)),
        context_(std::move(context)),
        socket_(std::move(socket)),
        limits_(limits_of(plane)),
        address_(std::move(address)) {
    watch_handshakes();
    loop_->polled.push_back(this);
  }

  ~ZmqListener() override {
    std::erase(loop_->polled, static_cast<PolledSocket*>(this));
    zmq_socket_monitor(socket_.handle(), nullptr, 0);
  }

  const std::string& address() const override { return address_; }
  bool shares_memory() const override { return false; }

  Sent send(PeerId to, Envelope& envelope) override {
    if (dropped_.contains(to)) return Sent::gone;
    const auto id = to_routing_id(to);
    zmq::message_t frame(id.data(), id.size());
    switch (send_frame(socket_, frame, true)) {
      case 0:
        break;
      case EAGAIN:
        blocked_ = Blocked::retry;
        return Sent::full;
      case EHOSTUNREACH:
        return Sent::gone;
      default:
        TARTAN_ASSERT(false, "a ROUTER refuses a peer by EAGAIN or EHOSTUNREACH only");
    }
    const bool sent = send_envelope(socket_, envelope);
    TARTAN_ASSERT(sent, "a ROUTER that took the routing id takes the frames");
    envelope = {};
    return Sent::ok;
  }

  bool receive(PeerId& from, Envelope& envelope) override {
    for (int drops = 0; drops < kDropsPerTurn; ++drops) {
      zmq::message_t id;
      if (!receive_frame(socket_, id)) return false;
      if (!id.more()) continue;
      zmq::message_t frame;
      const bool there = receive_frame(socket_, frame);
      TARTAN_ASSERT(there, "ZeroMQ delivers a message whole or not at all");
      const auto read = read_envelope(socket_, frame, limits_, envelope);
      from = to_peer(id);
      if (!read) {
        drop_log_.note(address_, read.error().message());
      } else if (from == 0) {
        drop_log_.note(address_,
                       "a message of a peer that chose its own routing id, so it is not "
                       "tartan's");
      } else if (!dropped_.contains(from)) {
        return true;
      }
      envelope = {};
    }
    return false;
  }

  void drop(PeerId peer) override { dropped_.add(peer); }

  void* handle() override { return socket_.handle(); }
  void* monitor() override { return monitor_.handle(); }
  Blocked take_blocked() override { return std::exchange(blocked_, Blocked::no); }

  void on_monitor() override {
    zmq::message_t event;
    while (receive_frame(monitor_, event)) {
      const bool more = event.more();
      zmq::message_t endpoint;
      if (!more || !receive_frame(monitor_, endpoint)) continue;
      drop_log_.note(address_, "a connection that does not speak ZeroMQ's protocol");
    }
  }

 private:
  /// The I/O thread tells of failed handshakes; a missing monitor costs only the log line.
  void watch_handshakes() {
    const auto name = fmt::format("inproc://tartan-monitor-{}", static_cast<void*>(this));
    const int events = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                       ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    if (zmq_socket_monitor(socket_.handle(), name.c_str(), events) != 0) return;
    monitor_ = zmq::socket_t(*context_, zmq::socket_type::pair);
    monitor_.set(zmq::sockopt::linger, 0);
    monitor_.set(zmq::sockopt::rcvhwm, 0);  // a full monitor would block the I/O thread
    monitor_.connect(name);
  }

  std::shared_ptr<LoopState> loop_;
  std::shared_ptr<zmq::context_t> context_;  // outlives the sockets below
  zmq::socket_t socket_;
  zmq::socket_t monitor_;
  const PlaneLimits& limits_;
  std::string address_;
  DroppedPeers dropped_;
  DropLog drop_log_;
  Blocked blocked_ = Blocked::no;
};

class ZmqChannel final : public Channel, public PolledSocket {
 public:
  ZmqChannel(std::shared_ptr<LoopState> loop, std::shared_ptr<zmq::context_t> context,
             zmq::socket_t socket, Plane plane, std::string address)
      : loop_(std::move(loop)),
        context_(std::move(context)),
        socket_(std::move(socket)),
        limits_(limits_of(plane)),
        address_(std::move(address)) {
    loop_->polled.push_back(this);
  }

  ~ZmqChannel() override { std::erase(loop_->polled, static_cast<PolledSocket*>(this)); }

  bool shares_memory() const override { return false; }

  Sent send(Envelope& envelope) override {
    if (!send_envelope(socket_, envelope)) {
      blocked_ = Blocked::poll_out;
      return Sent::full;
    }
    envelope = {};
    return Sent::ok;
  }

  bool receive(Envelope& envelope) override {
    for (int drops = 0; drops < kDropsPerTurn; ++drops) {
      zmq::message_t frame;
      if (!receive_frame(socket_, frame)) return false;
      const auto read = read_envelope(socket_, frame, limits_, envelope);
      if (read) return true;
      drop_log_.note(address_, read.error().message());
    }
    return false;
  }

  void* handle() override { return socket_.handle(); }
  void* monitor() override { return nullptr; }
  void on_monitor() override {}
  Blocked take_blocked() override { return std::exchange(blocked_, Blocked::no); }

 private:
  std::shared_ptr<LoopState> loop_;
  std::shared_ptr<zmq::context_t> context_;  // outlives the socket below
  zmq::socket_t socket_;
  const PlaneLimits& limits_;
  std::string address_;
  DropLog drop_log_;
  Blocked blocked_ = Blocked::no;
};

Error socket_failure(const zmq::error_t& error, const Address& address) {
  return {Errc::io_error,
          fmt::format("cannot open a socket for {}: {}{}", address.to_string(), error.what(),
                      error.num() == EMFILE ? "; raise the limit of open files (ulimit -n)" : "")};
}

Error bind_failure(int number, const Address& address) {
  switch (number) {
    case EADDRINUSE:
      return {Errc::address_in_use,
              fmt::format("port {} of {} is in use by another program; choose another one with "
                          "--port (0 takes a free one), or stop that program (ss -ltnp shows it)",
                          address.port, address.host)};
    case EADDRNOTAVAIL:
    case ENODEV:
      return {Errc::invalid_argument,
              fmt::format("this machine has no address {}; give one that `ip address` shows",
                          address.host)};
    case EACCES:
    case EPERM:
      return {Errc::refused, fmt::format("the system does not let this user listen on {}; ports "
                                         "below 1024 are the administrator's",
                                         address.to_string())};
    default:
      return {Errc::io_error,
              fmt::format("cannot listen on {}: {}", address.to_string(), zmq_strerror(number))};
  }
}

/// libzmq would take the file of a living ipc listener away without a word.
bool someone_listens(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return false;
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
  const bool answered = connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  close(fd);
  return answered;
}

/// The address to bind, made numeric; its host as others are to write it goes to `shown`.
Result<Address> bindable(Address address, bool allow_remote, std::string& shown) {
  shown = address.host;
  if (address.scheme == Scheme::ipc) {
    if (!someone_listens(address.path)) return address;
    return Error(Errc::address_in_use,
                 fmt::format("{} is in use by another program; choose another path, or stop that "
                             "program",
                             address.to_string()));
  }
  const auto host = resolve_for_bind(address.host);
  if (!host) return host.error();
  if (!host->loopback && !allow_remote) {
    return Error(Errc::refused,
                 fmt::format("binding {} would let anyone on the network run code here; until "
                             "tartan has keys it listens on loopback only. Use --host 127.0.0.1 "
                             "and an ssh tunnel (ssh -L {}:127.0.0.1:{} this-host), or, on a "
                             "network where you trust everyone, --allow-insecure",
                             address.host, address.port, address.port));
  }
  address.host = host->host;
  shown = host->host;
  if (host->wildcard) {
    std::array<char, 256> name{};
    if (gethostname(name.data(), name.size() - 1) == 0) shown = name.data();
  }
  return address;
}

std::uint16_t bound_port(const zmq::socket_t& socket) {
  const auto endpoint = socket.get(zmq::sockopt::last_endpoint);
  const auto parsed = parse_address(endpoint.c_str());
  TARTAN_ASSERT(parsed.has_value(), "libzmq names its own endpoint as tcp://host:port");
  return parsed->port;
}

}  // namespace

Result<std::unique_ptr<Listener>> listen_zmq(std::shared_ptr<LoopState> loop,
                                             const Address& address, Plane plane,
                                             bool allow_remote) {
  Address shown = address;
  const auto bound = bindable(address, allow_remote, shown.host);
  if (!bound) return bound.error();
  auto context = shared_context();
  if (!context) return context.error();
  try {
    zmq::socket_t socket(**context, zmq::socket_type::router);
    set_common_options(socket, plane, bound->is_v6());
    set_listener_options(socket);
    if (zmq_bind(socket.handle(), bound->to_string().c_str()) != 0) {
      return bind_failure(zmq_errno(), *bound);
    }
    if (bound->scheme == Scheme::tcp) shown.port = bound_port(socket);
    if (bound->scheme == Scheme::ipc) chmod(bound->path.c_str(), S_IRUSR | S_IWUSR);
    return std::make_unique<ZmqListener>(std::move(loop), std::move(*context), std::move(socket),
                                         plane, shown.to_string());
  } catch (const zmq::error_t& error) {
    return socket_failure(error, address);
  }
}

Result<std::unique_ptr<Channel>> connect_zmq(std::shared_ptr<LoopState> loop,
                                             const Address& address, Plane plane) {
  if (address.scheme == Scheme::tcp && address.port == 0) {
    return Error(Errc::invalid_argument,
                 fmt::format("cannot connect to {}: port 0 is for listeners; give the port the "
                             "scheduler printed",
                             address.to_string()));
  }
  auto context = shared_context();
  if (!context) return context.error();
  try {
    zmq::socket_t socket(**context, zmq::socket_type::dealer);
    set_common_options(socket, plane, address.is_v6());
    set_channel_options(socket);
    if (zmq_connect(socket.handle(), address.to_string().c_str()) != 0) {
      return Error(Errc::invalid_argument, fmt::format("cannot connect to {}: {}",
                                                       address.to_string(), zmq_strerror(errno)));
    }
    return std::make_unique<ZmqChannel>(std::move(loop), std::move(*context), std::move(socket),
                                        plane, address.to_string());
  } catch (const zmq::error_t& error) {
    return socket_failure(error, address);
  }
}

}  // namespace tartan::net

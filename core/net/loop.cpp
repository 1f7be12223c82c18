#include <algorithm>
#include <core/net/address.hpp>
#include <core/net/local.hpp>
#include <core/net/loop_state.hpp>
#include <core/net/zmq_socket.hpp>
#include <poll.h>
#include <tartan/base/assert.hpp>
#include <zmq.hpp>

namespace tartan::net {

namespace {

/// How soon a ROUTER that answered full is tried again.
constexpr long kRetryMs = 1;
constexpr long kMaxWaitMs = 60'000;

/// Rounded up: waking before the deadline would spin until it.
long milliseconds_until(Time deadline) {
  const auto now = SteadyClock().now();
  if (deadline <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - now).count();
  return std::min<long>(static_cast<long>(left), kMaxWaitMs);
}

}  // namespace

std::size_t Envelope::nbytes() const {
  std::size_t total = control.size();
  for (const auto& frame : bulk) total += frame.size();
  return total;
}

struct Loop::Impl {
  std::shared_ptr<LoopState> state = std::make_shared<LoopState>();
  std::vector<zmq_pollitem_t> items;

  bool local_input() const {
    return std::any_of(state->local.begin(), state->local.end(),
                       [](const LocalSocket* socket) { return socket->has_input(); });
  }

  void wait_for_wakeup(long timeout_ms) {
    pollfd item{state->wakeup->fd(), POLLIN, 0};
    poll(&item, 1, static_cast<int>(timeout_ms));
    if ((item.revents & POLLIN) != 0) state->wakeup->clear();
  }

  void wait_for_sockets(long timeout_ms) {
    items.clear();
    items.push_back({nullptr, state->wakeup->fd(), ZMQ_POLLIN, 0});
    std::vector<PolledSocket*> monitored;
    for (auto* socket : state->polled) {
      short events = ZMQ_POLLIN;
      const auto blocked = socket->take_blocked();
      if (blocked == Blocked::poll_out) events |= ZMQ_POLLOUT;
      if (blocked == Blocked::retry) timeout_ms = std::min(timeout_ms, kRetryMs);
      items.push_back({socket->handle(), 0, events, 0});
      if (socket->monitor() != nullptr) monitored.push_back(socket);
    }
    const auto first_monitor = items.size();
    for (auto* socket : monitored) items.push_back({socket->monitor(), 0, ZMQ_POLLIN, 0});
    const int ready = zmq_poll(items.data(), static_cast<int>(items.size()), timeout_ms);
    TARTAN_ASSERT(ready >= 0 || zmq_errno() == EINTR, "polling open sockets fails by EINTR only");
    if (ready <= 0) return;
    if ((items[0].revents & ZMQ_POLLIN) != 0) state->wakeup->clear();
    for (std::size_t i = 0; i < monitored.size(); ++i) {
      if ((items[first_monitor + i].revents & ZMQ_POLLIN) != 0) monitored[i]->on_monitor();
    }
  }
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}
Loop::~Loop() = default;

Result<std::unique_ptr<Listener>> Loop::listen(const std::string& text, Plane plane,
                                               bool allow_remote) {
  const auto address = parse_address(text);
  if (!address) return address.error();
  if (address->scheme == Scheme::local) return listen_local(impl_->state, address->path, plane);
  return listen_zmq(impl_->state, *address, plane, allow_remote);
}

Result<std::unique_ptr<Channel>> Loop::connect(const std::string& text, Plane plane) {
  const auto address = parse_address(text);
  if (!address) return address.error();
  if (address->scheme == Scheme::local) return connect_local(impl_->state, address->path, plane);
  return connect_zmq(impl_->state, *address, plane);
}

void Loop::wait(Time deadline) {
  if (impl_->local_input()) return;
  const auto timeout_ms = milliseconds_until(deadline);
  if (impl_->state->polled.empty()) {
    impl_->wait_for_wakeup(timeout_ms);
  } else {
    impl_->wait_for_sockets(timeout_ms);
  }
}

void Loop::wake() { impl_->state->wakeup->signal(); }

}  // namespace tartan::net

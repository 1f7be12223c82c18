#include <algorithm>
#include <atomic>
#include <core/net/outbox.hpp>
#include <core/net/transport.hpp>
#include <fmt/format.h>
#include <mutex>
#include <scheduler/server/server.hpp>
#include <tartan/base/log.hpp>
#include <thread>

namespace tartan::scheduler {

namespace {

/// A turn takes no more envelopes than this, and takes none after so much time.
constexpr int kEnvelopesPerTurn = 512;
constexpr Duration kReceiveTime{std::chrono::milliseconds(2)};
/// What the last words may take when sockets are full.
constexpr Duration kFarewell{std::chrono::milliseconds(500)};

}  // namespace

struct Server::Impl {
  explicit Impl(ServerConfig server_config)
      : config(std::move(server_config)),
        incarnation(unique_key()),
        node(config.node, incarnation) {}

  void run();
  void turn();
  void receive();
  void flush(Time now);
  void check_idle(Time now);
  void say_goodbye();

  ServerConfig config;
  Key incarnation;
  SteadyClock clock;
  net::Loop loop;
  std::unique_ptr<net::Listener> listener;
  net::Outbox outbox;
  Node node;
  std::string address;
  bool ended = false;
  bool take_workers_along = false;  ///< ended by idleness: the whole cluster goes

  std::atomic<bool> stop_asked{false};
  std::mutex mutex;  // guards reason
  std::string reason;
  std::mutex join_mutex;
  std::thread thread;
};

void Server::Impl::run() {
  while (!ended) turn();
  say_goodbye();
  listener.reset();
  if (config.on_ended) config.on_ended(reason);
}

void Server::Impl::turn() {
  Time deadline = node.next_deadline();
  Time idle_from{};
  if (config.idle_timeout > Duration::zero() && node.idle_since(idle_from)) {
    deadline = std::min(deadline, idle_from + config.idle_timeout);
  }
  loop.wait(deadline);
  receive();
  const Time now = clock.now();
  if (now >= node.next_deadline()) node.on_tick(now);
  flush(now);
  check_idle(now);
  if (stop_asked.load()) ended = true;
}

void Server::Impl::receive() {
  const Time begin = clock.now();
  Time now = begin;
  net::PeerId from = 0;
  net::Envelope envelope;
  for (int i = 0; i < kEnvelopesPerTurn && now - begin < kReceiveTime; ++i) {
    if (!listener->receive(from, envelope)) return;
    node.on_envelope(from, envelope, now);
    now = clock.now();
  }
}

void Server::Impl::flush(Time now) {
  // A peer found gone may set off messages to others, which go out in the same turn.
  for (int round = 0; round < 4; ++round) {
    outbox.send(*listener, node.take_outgoing());
    outbox.flush(*listener);
    for (const net::PeerId peer : node.take_dropped()) {
      outbox.forget(peer);
      listener->drop(peer);
    }
    const auto lost = outbox.take_lost();
    if (lost.empty()) return;
    for (const auto& [peer, why] : lost) {
      logging::debug("scheduler", "connection {}: {}", peer, why);
      node.on_gone(peer, now);
    }
  }
}

void Server::Impl::check_idle(Time now) {
  Time since{};
  if (config.idle_timeout <= Duration::zero() || !node.idle_since(since)) return;
  if (now - since < config.idle_timeout) return;
  std::lock_guard lock(mutex);
  reason = fmt::format("no client and no task for {:g} s",
                       std::chrono::duration<double>(config.idle_timeout).count());
  take_workers_along = true;
  ended = true;
}

void Server::Impl::say_goodbye() {
  {
    std::lock_guard lock(mutex);
    node.close(reason, take_workers_along);
  }
  const Time end = clock.now() + kFarewell;
  flush(clock.now());
  while (!outbox.empty() && clock.now() < end) {
    loop.wait(std::min(end, clock.now() + std::chrono::milliseconds(10)));
    outbox.flush(*listener);
  }
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(ServerConfig config) {
  auto impl = std::make_unique<Impl>(std::move(config));
  auto listener =
      impl->loop.listen(impl->config.address, net::Plane::control, impl->config.allow_remote);
  if (!listener) return listener.error();
  impl->listener = std::move(*listener);
  impl->address = impl->listener->address();
  impl->node.set_address(impl->address);
  // Idleness counts from here, though no peer has said anything yet.
  impl->node.on_tick(impl->clock.now());
  Impl* running = impl.get();
  impl->thread = std::thread([running] { running->run(); });
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() {
  stop();
  wait();
}

void Server::stop(const std::string& reason) {
  {
    std::lock_guard lock(impl_->mutex);
    if (impl_->stop_asked.load()) return;
    impl_->reason = reason;
    impl_->stop_asked.store(true);
  }
  impl_->loop.wake();
}

std::string Server::wait() {
  {
    std::lock_guard lock(impl_->join_mutex);
    if (impl_->thread.joinable()) impl_->thread.join();
  }
  std::lock_guard lock(impl_->mutex);
  return impl_->reason;
}

const std::string& Server::address() const { return impl_->address; }
Key Server::incarnation() const { return impl_->incarnation; }

}  // namespace tartan::scheduler

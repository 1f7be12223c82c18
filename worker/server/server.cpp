#include <algorithm>
#include <atomic>
#include <core/base/process.hpp>
#include <core/net/address.hpp>
#include <core/net/outbox.hpp>
#include <fmt/format.h>
#include <future>
#include <mutex>
#include <tartan/base/buffer.hpp>
#include <tartan/base/log.hpp>
#include <thread>
#include <unistd.h>
#include <worker/exec/actor_pool.hpp>
#include <worker/exec/executor.hpp>
#include <worker/server/module_loader.hpp>
#include <worker/server/server.hpp>
#include <worker/server/usage.hpp>
#include <worker/store/spiller.hpp>

namespace tartan::worker {

namespace {

/// Envelopes taken from one socket in a turn, so that none keeps the others waiting.
constexpr int kEnvelopesPerTurn = 256;
constexpr Duration kUsageInterval{std::chrono::milliseconds(400)};
/// Memory is looked at so often, and after tasks have ended even this often.
constexpr Duration kMemoryInterval{std::chrono::milliseconds(100)};
constexpr Duration kMemoryAtOnce{std::chrono::milliseconds(10)};
/// Giving memory back walks the allocator's lists; once in so long is enough.
constexpr Duration kTrimInterval{std::chrono::seconds(1)};
/// What the last words to the scheduler may take when its socket is full.
constexpr Duration kFarewell{std::chrono::milliseconds(500)};

struct PeerConnection {
  std::unique_ptr<net::Channel> channel;
  net::SendQueue unsent;
};

/// Free blocks may take this part of the memory.
constexpr std::uint64_t kPoolOneIn = 8;

/// Several workers may share a process with a program; none takes from what another was allowed.
void limit_pool(const ServerConfig& config) {
  if (config.memory_limit == 0) return;
  const auto limit = static_cast<std::size_t>(config.memory_limit / kPoolOneIn);
  set_pool_limit(config.owns_process ? limit : std::max(limit, pool_limit()));
}

}  // namespace

struct Server::Impl {
  explicit Impl(ServerConfig server_config) : config(std::move(server_config)) {}

  Result<> open();
  void run();
  bool turn();
  void receive(Time now);
  void look_at_memory(Time now);
  bool watches_memory() const { return config.owns_process && config.memory_limit > 0; }
  void receive_peers(Time now);
  void dispatch(Output& output, Time now);
  void flush(Time now);
  void connect_peer(const std::string& address, net::Envelope envelope, Time now);
  void check_death(Time now);
  void end(Ending how);
  void say_goodbye();
  Time deadline() const;

  ServerConfig config;
  SteadyClock clock;
  net::Loop loop;
  std::unique_ptr<net::Listener> data;
  std::unique_ptr<net::Channel> control;
  std::unique_ptr<Node> node;
  std::unique_ptr<Executor> executor;    ///< after the loop, which its threads wake
  std::unique_ptr<ActorPool> actors;     ///< after the executor, whose client it shares
  std::unique_ptr<Spiller> spiller;      ///< null: nothing is spilled
  std::unique_ptr<ModuleLoader> loader;  ///< null: no modules are taken
  std::map<std::string, PeerConnection> peers;
  net::ChannelOutbox control_outbox;
  net::Outbox data_outbox;
  std::vector<Waiting> waiting;
  std::vector<Executed> done;
  std::vector<ActorRan> ran;
  std::vector<DiskResult> disk_done;
  CpuMeter cpu;
  Time next_usage{};
  Time last_look{};
  Time next_trim{};
  bool announced = false;
  bool ended = false;
  std::string data_address;

  std::atomic<bool> stop_asked{false};
  std::mutex mutex;  // guards stop_reason
  std::string stop_reason;
  Ending ending;  // written by the server's thread, read after it is joined
  std::mutex join_mutex;
  std::thread thread;
};

Result<> Server::Impl::open() {
  auto listener = loop.listen(config.data_address, net::Plane::data, config.allow_remote);
  if (!listener) return listener.error();
  data = std::move(*listener);
  data_address = data->address();
  auto channel = loop.connect(config.scheduler_address, net::Plane::control);
  if (!channel) return channel.error();
  control = std::move(*channel);
  NodeConfig node_config;
  node_config.name = config.name;
  node_config.host = host_name();
  node_config.data_address = data_address;
  node_config.nthreads = config.nthreads;
  node_config.memory_limit = config.memory_limit;
  node_config.resources = config.resources;
  node_config.shares_memory = data->shares_memory();
  node_config.pid = static_cast<std::uint32_t>(::getpid());
  node_config.memory = config.memory;
  node_config.spills = config.memory_limit > 0;
  limit_pool(config);
  if (node_config.spills) {
    remove_leftovers(config.local_directory);
    spiller = std::make_unique<Spiller>(
        SpillConfig{config.local_directory, config.spill_limit, config.compress_spills},
        [this] { loop.wake(); });
  }
  node_config.takes_modules =
      config.allow_modules.value_or(net::is_on_this_host(config.scheduler_address));
  if (node_config.takes_modules) {
    loader = std::make_unique<ModuleLoader>(config.local_directory, [this] { loop.wake(); });
  }
  node_config.predecessor = config.predecessor;
  node_config.nanny = config.nanny;
  const Key incarnation = config.incarnation ? config.incarnation : unique_key();
  node = std::make_unique<Node>(node_config, incarnation);
  executor = std::make_unique<Executor>(
      config.nthreads, node->name(), [this] { loop.wake(); }, config.scheduler_address,
      config.board.get(), incarnation);
  actors = std::make_unique<ActorPool>(
      node->name(), config.scheduler_address, *executor, [this] { loop.wake(); }, incarnation);
  return {};
}

Time Server::Impl::deadline() const {
  Time next = node->next_deadline();
  if (config.death_timeout > Duration::zero()) {
    next = std::min(next, node->last_heard() + config.death_timeout);
  }
  if (watches_memory()) next = std::min(next, last_look + kMemoryInterval);
  return next;
}

void Server::Impl::run() {
  while (turn()) {
  }
  say_goodbye();
  spiller.reset();
  loader.reset();
  control.reset();
  data.reset();
  peers.clear();
}

bool Server::Impl::turn() {
  loop.wait(deadline());
  Time now = clock.now();
  receive(now);
  if (now >= node->next_deadline()) {
    if (now >= next_usage) {
      node->on_usage(resident_bytes(), cpu.busy_cores(now));
      next_usage = now + kUsageInterval;
    }
    node->on_tick(now);
  }
  Output output = node->take_output();
  dispatch(output, now);
  if (node->joined() && !announced) {
    announced = true;
    if (config.on_joined) config.on_joined(node->name(), data_address);
  }
  if (stop_asked.load()) {
    std::lock_guard lock(mutex);
    end({false, false, stop_reason});
  }
  check_death(now);
  return !ended;
}

void Server::Impl::receive(Time now) {
  net::Envelope envelope;
  for (int i = 0; i < kEnvelopesPerTurn && control->receive(envelope); ++i) {
    node->on_control(envelope, now);
  }
  net::PeerId from = 0;
  for (int i = 0; i < kEnvelopesPerTurn && data->receive(from, envelope); ++i) {
    node->on_data(from, envelope, now);
  }
  receive_peers(now);
  waiting.clear();
  executor->take_waiting(waiting);
  for (const Waiting& one : waiting) node->on_waiting(one.attempt, one.seceded, now);
  done.clear();
  executor->take_done(done);
  look_at_memory(now);  // before results start other tasks
  for (Executed& executed : done) node->on_executed(std::move(executed), now);
  ran.clear();
  actors->take_ran(ran);
  for (ActorRan& one : ran) node->on_actor_ran(std::move(one), now);
  if (spiller) spiller->take_done(disk_done);
  for (DiskResult& result : disk_done) node->on_disk(std::move(result), now);
  disk_done.clear();
  if (!loader) return;
  for (const ModuleResult& result : loader->take_done()) node->on_module(result, now);
}

void Server::Impl::look_at_memory(Time now) {
  if (!watches_memory()) return;
  if (now < last_look + (done.empty() ? kMemoryInterval : kMemoryAtOnce)) return;
  last_look = now;
  std::uint64_t bytes = resident_bytes();
  if (node->should_trim(bytes) && now >= next_trim) {
    trim_memory();
    next_trim = now + kTrimInterval;
    bytes = resident_bytes();
  }
  node->on_memory(bytes, now);
}

void Server::Impl::receive_peers(Time now) {
  net::Envelope envelope;
  for (auto& [address, peer] : peers) {
    for (int i = 0; i < kEnvelopesPerTurn && peer.channel->receive(envelope); ++i) {
      node->on_peer(address, envelope, now);
    }
  }
}

void Server::Impl::dispatch(Output& output, Time now) {
  if (spiller) spiller->submit(output.disk);
  if (loader) loader->submit(std::move(output.modules));
  executor->submit(output.start);
  actors->order(output.actors);
  for (wire::AttemptId attempt : output.abandon) executor->abandon(attempt);
  // A scheduler that is gone may come back: the node says hello until it does.
  control_outbox.send(*control, std::move(output.control));
  for (net::PeerId peer : output.drop_data) {
    data->drop(peer);
    data_outbox.forget(peer);
  }
  data_outbox.send(*data, std::move(output.data));
  for (const std::string& address : output.close_peers) peers.erase(address);
  for (PeerEnvelope& to : output.peers) connect_peer(to.address, std::move(to.envelope), now);
  flush(now);
  if (output.stop) end({output.refused, output.restart, output.reason});
}

void Server::Impl::connect_peer(const std::string& address, net::Envelope envelope, Time now) {
  PeerConnection& peer = peers[address];
  if (!peer.channel) {
    auto channel = loop.connect(address, net::Plane::data);
    if (!channel) {
      logging::warning("worker " + node->name(), "cannot reach a peer: {}",
                       channel.error().to_string());
      peers.erase(address);
      node->on_peer_gone(address, now);
      loop.wake();  // what follows from it goes out in the next turn
      return;
    }
    peer.channel = std::move(*channel);
  }
  peer.unsent.push(std::move(envelope));
}

void Server::Impl::flush(Time now) {
  control_outbox.flush(*control);
  data_outbox.flush(*data);
  for (const net::Outbox::Lost& lost : data_outbox.take_lost()) node->on_data_gone(lost.peer);
  std::vector<std::string> gone;
  for (auto& [address, peer] : peers) {
    net::Channel& channel = *peer.channel;
    net::Sent sent = peer.unsent.flush([&](net::Envelope& next) { return channel.send(next); });
    if (sent == net::Sent::gone) gone.push_back(address);
  }
  for (const std::string& address : gone) {
    peers.erase(address);
    node->on_peer_gone(address, now);
    loop.wake();
  }
}

void Server::Impl::check_death(Time now) {
  if (ended || config.death_timeout <= Duration::zero()) return;
  if (now - node->last_heard() < config.death_timeout) return;
  double seconds = std::chrono::duration<double>(config.death_timeout).count();
  end({true, false,
       fmt::format("the scheduler at {} has not answered for {:g} s; check that it runs "
                   "and that the address is right",
                   config.scheduler_address, seconds)});
}

void Server::Impl::end(Ending how) {
  if (ended) return;
  ended = true;
  ending = std::move(how);
}

void Server::Impl::say_goodbye() {
  if (!node->joined()) return;
  node->leave(ending.reason);
  Output last = node->take_output();
  control_outbox.send(*control, std::move(last.control));
  Time until = clock.now() + kFarewell;
  do {
    control_outbox.flush(*control);
    if (control_outbox.empty()) return;
    loop.wait(until);
  } while (clock.now() < until);
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Server>> Server::start(ServerConfig config) {
  auto impl = std::make_unique<Impl>(std::move(config));
  std::promise<Result<>> opened;
  std::future<Result<>> outcome = opened.get_future();
  Impl* self = impl.get();
  impl->thread = std::thread([self, opened = std::move(opened)]() mutable {
    Result<> result = self->open();
    bool open = result.has_value();
    opened.set_value(std::move(result));
    if (open) self->run();
    if (open && self->config.on_ended) self->config.on_ended(self->ending);
  });
  Result<> result = outcome.get();
  if (!result) {
    impl->thread.join();
    return result.error();
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::~Server() { stop(); }

void Server::stop(const std::string& reason) {
  if (!impl_->stop_asked.load()) {
    std::lock_guard lock(impl_->mutex);
    impl_->stop_reason = reason;
    impl_->stop_asked.store(true);
  }
  impl_->loop.wake();
  wait();
}

Ending Server::wait() {
  std::lock_guard lock(impl_->join_mutex);
  if (impl_->thread.joinable()) impl_->thread.join();
  return impl_->ending;
}

bool Server::busy() const { return impl_->executor->busy(); }
const std::string& Server::data_address() const { return impl_->data_address; }

}  // namespace tartan::worker

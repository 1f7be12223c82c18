// The nodes at work: what they say goes to the network, what arrives goes to them, and after
// anything happened to one its timer is set anew.

#include <core/wire/codec.hpp>
#include <fmt/format.h>
#include <sim/cluster.hpp>
#include <worker/state/state.hpp>

namespace tartan::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Time deadline_of(const SchedulerProcess& process) { return process.node->next_deadline(); }
Time deadline_of(const WorkerProcess& process) { return process.node->next_deadline(); }
Time deadline_of(const ClientProcess& process) { return process.node->next_deadline(); }

void hear(WorkerProcess& process, const net::Envelope& envelope, Time now) {
  process.node->on_control(envelope, now);
}
void hear(ClientProcess& process, const net::Envelope& envelope, Time now) {
  process.node->on_scheduler(envelope, now);
}

}  // namespace

void Cluster::record(const Network::Packet& packet) {
  const Key content = hash_bytes(packet.envelope.control.bytes());
  const auto time = static_cast<std::uint64_t>(timeline_.now().time_since_epoch().count());
  Random mixed(report_.trace_hash ^ content.lo ^ (std::uint64_t{packet.from} << 32) ^
               (packet.to + std::uint64_t{1}) ^ time);
  report_.trace_hash = mixed.next();
  if (!options_.trace) return;
  const auto decoded = wire::decode(packet.envelope.control);
  if (!decoded) return;
  for (const wire::Message& message : *decoded) {
    fmt::print("{:>14} {:>2} -> {:>2}: {}\n", time, packet.from, packet.to,
               wire::to_string(message));
  }
}

// ---- time -----------------------------------------------------------------------------------

/// A loop that stands still finds everything that came meanwhile when it goes on.
template <class P>
void Cluster::when_awake(const std::shared_ptr<P>& process, std::function<void()> what) {
  if (timeline_.now() >= process->stalled_until) {
    what();
    return;
  }
  timeline_.at(process->stalled_until, [this, process, what = std::move(what)] {
    if (process->alive) when_awake(process, what);
  });
}

template void Cluster::when_awake(const WorkerPtr& process, std::function<void()> what);
template void Cluster::when_awake(const ClientPtr& process, std::function<void()> what);

template <class P>
void Cluster::set_timer(const std::shared_ptr<P>& process) {
  const Time now = timeline_.now();
  const Time next = std::max(process->global(deadline_of(*process)), now + milliseconds(1));
  if (process->timer > now && process->timer <= next) return;
  process->timer = next;
  timeline_.at(next, [this, process, next] {
    if (!process->alive || process->timer != next) return;
    when_awake(process, [this, process] {
      process->timer = {};
      process->node->on_tick(process->local(timeline_.now()));
      flush(process);
    });
  });
}

// ---- connections ----------------------------------------------------------------------------

void Cluster::init(Process& process, std::string name, std::size_t slot) {
  process.id = next_process_++;
  process.name = std::move(name);
  process.slot = slot;
  process.started = timeline_.now();
  if (options_.trace) fmt::print("process {} is {}\n", process.id, process.name);
  if (skewed_ && random_.chance(0.5)) {
    process.rate = 0.9 + 0.2 * random_.uniform();
    ++report_.faults["timer skew"];
  }
}

template <class P>
void Cluster::connect(const std::shared_ptr<P>& process) {
  process->peer = next_peer_++;
  scheduler_->peers[process->peer] = {process->id, [this, process](const net::Envelope& arrived) {
                                        if (!process->alive) return;
                                        when_awake(process, [this, process, arrived] {
                                          hear(*process, arrived, process->local(timeline_.now()));
                                          flush(process);
                                        });
                                      }};
}

void Cluster::reconnect(const WorkerPtr& worker) { connect(worker); }
void Cluster::reconnect(const ClientPtr& client) { connect(client); }

/// The scheduler's transport notices that a connection broke.
void Cluster::scheduler_lost(net::PeerId peer, Duration after) {
  timeline_.after(after, [this, peer] {
    when_awake(scheduler_, [this, peer] {
      scheduler_->node->on_gone(peer, scheduler_->local(timeline_.now()));
      flush(scheduler_);
    });
  });
}

template <class P>
void Cluster::send_to_scheduler(const std::shared_ptr<P>& process, net::Envelope envelope) {
  const net::PeerId peer = process->peer;
  network_.send({process->id, scheduler_->id, net::Plane::control, std::move(envelope),
                 [this, peer](const net::Envelope& arrived) {
                   if (!scheduler_->peers.contains(peer)) return;
                   when_awake(scheduler_, [this, peer, arrived] {
                     scheduler_->node->on_envelope(peer, arrived,
                                                   scheduler_->local(timeline_.now()));
                     flush(scheduler_);
                   });
                 }});
}

template <class P>
void Cluster::send_to_address(const std::shared_ptr<P>& process, const std::string& address,
                              net::Envelope envelope) {
  const auto gone = [this, process, address] {
    if (!process->alive) return;
    when_awake(process, [this, process, address] {
      process->node->on_peer_gone(address, process->local(timeline_.now()));
      flush(process);
    });
  };
  const auto found = addresses_.find(address);
  if (found == addresses_.end() || !found->second->alive) {
    // Nobody listens there, or nobody answers.
    if (random_.chance(0.8)) timeline_.after(milliseconds(1 + random_.below(1000)), gone);
    return;
  }
  const WorkerPtr to = found->second;
  to->data_peers[process->id] = {process->id, [this, process, address](const auto& arrived) {
                                   if (!process->alive) return;
                                   when_awake(process, [this, process, address, arrived] {
                                     process->node->on_peer(address, arrived,
                                                            process->local(timeline_.now()));
                                     flush(process);
                                   });
                                 }};
  network_.send({process->id, to->id, net::Plane::data, std::move(envelope),
                 [this, to, from = process->id](const net::Envelope& arrived) {
                   if (!to->alive) return;
                   when_awake(to, [this, to, from, arrived] {
                     to->node->on_data(from, arrived, to->local(timeline_.now()));
                     flush(to);
                   });
                 }});
}

// ---- the scheduler --------------------------------------------------------------------------

void Cluster::start_scheduler(std::uint64_t seed) {
  scheduler_ = std::make_shared<SchedulerProcess>();
  init(*scheduler_, "scheduler", 0);
  scheduler::NodeConfig config;
  config.validate = options_.validate;
  config.heartbeat = milliseconds(100 + random_.below(900));
  config.worker_lease = std::max<Duration>(config.heartbeat * 4, milliseconds(1500)) +
                        milliseconds(random_.below(3000));
  client_lease_ = config.client_lease = seconds(15 + random_.below(20));
  config.worker_saturation = 1 + 3 * random_.uniform();
  // Kills strike at random: without poison no task is to blame.
  config.allowed_deaths = troubles_.poison ? 3 : 1000;
  config.modules = module_limits();
  ++report_.faults["random knobs"];
  scheduler_->node =
      std::make_unique<scheduler::Node>(config, combine(hash_text("scheduler"), seed));
}

void Cluster::flush(const std::shared_ptr<SchedulerProcess>& scheduler) {
  for (net::Outgoing& outgoing : scheduler->node->take_outgoing()) {
    const auto found = scheduler->peers.find(outgoing.to);
    if (found == scheduler->peers.end()) {
      // The connection broke: sometimes the transport notices, sometimes only the lease does.
      if (random_.chance(0.5)) scheduler_lost(outgoing.to, milliseconds(1));
      continue;
    }
    network_.send({scheduler->id, found->second.process, net::Plane::control,
                   std::move(outgoing.envelope), found->second.deliver});
  }
  for (const net::PeerId peer : scheduler->node->take_dropped()) {
    wrong(fmt::format("the scheduler dropped peer {}, which had broken the protocol", peer));
  }
  note_workers();
  note_clients();
  if (modules_ && options_.validate) check_kept();
  set_timer(scheduler);
}

/// What ran on a worker that is taken for dead may be suspected of it.
void Cluster::note_workers() {
  const scheduler::State& state = scheduler_->node->state();
  for (auto entry = known_workers_.begin(); entry != known_workers_.end();) {
    const auto current = entry++;
    if (state.worker(current->first) != nullptr) continue;
    const WorkerPtr& worker = current->second;
    const bool retired = retired_.contains(current->first);
    values_lost_ |= !retired;
    workers_lost_ = true;
    if (worker->alive && !retired) {
      for (const auto& [attempt, run] : worker->runs) ++deaths_[run.execution->key];
    }
    known_workers_.erase(current);
  }
  for (const scheduler::WorkerId id : state.workers()) {
    known_workers_.try_emplace(id, addresses_.at(state.worker(id)->address));
  }
}

void Cluster::note_clients() {
  std::set<std::string> names;
  for (const auto& [id, client] : scheduler_->node->state().clients()) names.insert(client.name);
  for (const ClientPtr& client : all_clients()) {
    if (!known_clients_.contains(client->name) || names.contains(client->name)) continue;
    client->was_absent = true;
    client->leases.clear();
  }
  known_clients_ = std::move(names);
}

// ---- workers --------------------------------------------------------------------------------

void Cluster::start_worker(std::size_t slot, std::optional<worker::Predecessor> predecessor) {
  auto worker = std::make_shared<WorkerProcess>();
  init(*worker, fmt::format("worker-{}", slot), slot);
  worker->address = fmt::format("sim://{}", worker->id);
  worker::NodeConfig config;
  config.name = worker->name;
  config.data_address = worker->address;
  config.nanny = operator_.chance(0.5);
  if (tight_ && !spills_ && operator_.chance(0.5))
    config.memory_limit = 10'000 + operator_.below(60'000);
  config.nthreads = static_cast<std::uint32_t>(1 + random_.below(random_.chance(0.2) ? 8 : 3));
  if (spills_) {
    config.spills = true;
    config.memory_limit = worker->memory_limit = 100'000 + random_.below(900'000);
  }
  config.takes_modules = true;
  config.functions = &worker->functions;
  if (module_random_.chance(0.3)) module_caches_[slot].clear();
  config.predecessor = std::move(predecessor);
  worker->incarnation = combine(hash_text("incarnation"), worker->id);
  worker->node = std::make_unique<worker::Node>(config, worker->incarnation);
  workers_[slot] = worker;
  addresses_[worker->address] = worker;
  connect(worker);
  worker->node->on_tick(worker->local(timeline_.now()));
  flush(worker);
}

/// The client of its tasks is in the same process.
void Cluster::end_nested(WorkerProcess& worker) {
  if (!worker.nested) return;
  worker.nested->alive = false;
  scheduler_->peers.erase(worker.nested->peer);
}

void Cluster::kill_worker(std::size_t slot) {
  const WorkerPtr worker = std::exchange(workers_[slot], nullptr);
  if (!worker) return;
  worker->alive = false;
  for (const auto& [attempt, run] : worker->runs) ++deaths_[run.execution->key];
  scheduler_->peers.erase(worker->peer);
  end_nested(*worker);
  // Otherwise only the lease will tell.
  if (random_.chance(0.5)) scheduler_lost(worker->peer, milliseconds(random_.below(500)));
}

/// Its parent process sees how it ends and starts another, which tells.
void Cluster::crash_worker(std::size_t slot, const std::string& how, Duration back_after) {
  const WorkerPtr worker = workers_[slot];
  worker::Predecessor dead{worker->incarnation, how, 1 << 20, {}};
  for (const auto& [attempt, run] : worker->runs) dead.ran.push_back(attempt);
  kill_worker(slot);
  timeline_.after(back_after, [this, slot, dead = std::move(dead)] {
    if (!workers_[slot]) start_worker(slot, dead);
  });
}

void Cluster::flush(const WorkerPtr& worker) {
  worker::Output output = worker->node->take_output();
  for (net::Envelope& envelope : output.control) send_to_scheduler(worker, std::move(envelope));
  for (net::Outgoing& outgoing : output.data) {
    const auto found = worker->data_peers.find(outgoing.to);
    if (found == worker->data_peers.end()) continue;
    network_.send({worker->id, found->second.process, net::Plane::data,
                   std::move(outgoing.envelope), found->second.deliver});
  }
  for (worker::PeerEnvelope& to : output.peers) {
    send_to_address(worker, to.address, std::move(to.envelope));
  }
  for (worker::Execution& execution : output.start) execute(worker, std::move(execution));
  for (worker::DiskOrder& order : output.disk) perform(worker, std::move(order));
  for (worker::ActorOrder& order : output.actors) perform(worker, std::move(order));
  for (worker::ModuleOrder& order : output.modules) perform(worker, std::move(order));
  for (const wire::AttemptId attempt : output.abandon) abandon(worker, attempt);
  if (output.stop) leave(worker, output);
  if (options_.validate) {
    if (std::string broken = worker->node->state().validate(); !broken.empty()) {
      wrong(fmt::format("{}: {}", worker->name, broken));
    }
  }
  set_timer(worker);
}

/// The process ends as it was told to; another takes its place after a while.
void Cluster::leave(const WorkerPtr& worker, const worker::Output& output) {
  if (!worker->alive) return;
  ++report_.faults[output.restart ? "worker told to restart" : "worker told to leave"];
  if (output.refused) wrong(fmt::format("{} was refused: {}", worker->name, output.reason));
  const scheduler::State& state = scheduler_->node->state();
  for (const scheduler::WorkerId id : state.workers()) {
    if (!output.restart && state.worker(id)->name == worker->name) retired_.insert(id);
  }
  worker->node->leave(output.reason);
  worker::Output last = worker->node->take_output();
  for (net::Envelope& envelope : last.control) send_to_scheduler(worker, std::move(envelope));
  worker->alive = false;
  end_nested(*worker);
  if (workers_[worker->slot] == worker) workers_[worker->slot] = nullptr;
  timeline_.after(seconds(1), [this, peer = worker->peer] { scheduler_->peers.erase(peer); });
  std::optional<worker::Predecessor> before;
  if (output.restart) before = {worker->incarnation, "was restarted", 1 << 20, {}};
  timeline_.after(milliseconds(operator_.below(4000)), [this, slot = worker->slot, before] {
    if (!workers_[slot]) start_worker(slot, before);
  });
}

// ---- clients --------------------------------------------------------------------------------

void Cluster::start_node(const ClientPtr& client, Key of_worker) {
  client::NodeConfig config;
  config.name = client->name;
  config.scheduler_address = "sim://scheduler";
  config.connect_timeout = seconds(60);
  config.scheduler_lease = seconds(40 + random_.below(40));
  config.peer_patience = seconds(4 + random_.below(5));
  config.of_worker = of_worker;
  client->node = std::make_unique<client::Node>(
      config, combine(hash_text("incarnation"), client->id), client->local(timeline_.now()));
  connect(client);
}

void Cluster::start_client(std::size_t slot) {
  auto client = std::make_shared<ClientProcess>();
  init(*client, fmt::format("client-{}", slot), slot);
  client->to_submit = 1 + random_.below(4);
  clients_[slot] = client;
  start_node(client);
  submit_next(client);
  if (shares_) {
    client->to_share = 10 + sharing_.random.below(20);
    share_next(client);
  }
  if (actors_) make_actor(client);
  flush(client);
}

void Cluster::kill_client(std::size_t slot) {
  const ClientPtr client = clients_[slot];
  client->alive = false;
  client->to_submit = 0;
  client->waiting.clear();
  client->settled.clear();
  stop_asking(*client);
  scheduler_->peers.erase(client->peer);
}

void Cluster::flush(const ClientPtr& client) {
  client::Output output = client->node->take_output();
  for (net::Envelope& envelope : output.scheduler) send_to_scheduler(client, std::move(envelope));
  for (client::PeerEnvelope& to : output.peers) {
    send_to_address(client, to.address, std::move(to.envelope));
  }
  if (const auto* ended = std::get_if<Error>(&output.ended)) {
    if (drop_ == nullptr || !drop_->errors) {
      wrong(fmt::format("{} lost the scheduler: {}", client->name, ended->to_string()));
    }
    ++report_.faults["client gave up"];
    client->ended = true;
    client->to_submit = 0;
    client->waiting.clear();
    client->settled.clear();
    stop_asking(*client);
    output.replies.clear();
  }
  for (const wire::ModuleAsked& asked : output.modules) bring(client, asked);
  on_answers(client, output.answers);
  on_events(client, std::move(output.events));
  on_replies(client, std::move(output.replies));
  set_timer(client);
}

}  // namespace tartan::sim

#include <core/wire/codec.hpp>
#include <fmt/format.h>

#include <sim/cluster_parts.hpp>

namespace tartan::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Cluster::Cluster(std::uint64_t seed, const Options& options)
    : options_(options), random_(seed), workload_(Random(seed).fork().next()) {
  scheduler::NodeConfig config;
  config.validate = options.validate;
  config.allowed_deaths = 1000;  // kills strike at random: no task of ours is poison
  scheduler_ = std::make_unique<scheduler::Node>(config, combine(hash_text("scheduler"), seed));
  slow_chance_ = random_.chance(0.5) ? 0.02 : 0;
  duplicate_chance_ = random_.chance(0.5) ? 0.02 : 0;
  workers_.resize(1 + random_.below(5));
  clients_.resize(1 + random_.below(3));
}

Cluster::~Cluster() {
  // Workers answer each other through closures that keep both alive.
  for (auto& [address, worker] : addresses_) worker->data_peers.clear();
}

void Cluster::wrong(std::string what) {
  if (report_.wrong.size() < 20) report_.wrong.push_back(std::move(what));
}

// ---- the network ----------------------------------------------------------------------------

void Cluster::record(std::string_view from, std::string_view to, const net::Envelope& envelope) {
  const Key content = hash_bytes(envelope.control.bytes());
  const auto time = static_cast<std::uint64_t>(timeline_.now().time_since_epoch().count());
  Random mixed(report_.trace_hash ^ content.lo ^ hash_text(from).lo ^ (hash_text(to).lo << 1) ^
               time);
  report_.trace_hash = mixed.next();
  if (!options_.trace) return;
  const auto decoded = wire::decode(envelope.control);
  if (!decoded) return;
  for (const wire::Message& message : *decoded) {
    fmt::print("{:>14} {} -> {}: {}\n", time, from, to, wire::to_string(message));
  }
}

void Cluster::send(const std::string& from, const std::string& to, const net::Envelope& envelope,
                   std::function<void(const net::Envelope&)> deliver) {
  Duration delay = microseconds(20 + random_.below(400));
  if (faults_on_ && random_.chance(slow_chance_)) {
    delay += milliseconds(random_.below(2000));
    ++report_.faults["delay"];
  }
  Link& link = links_[from + ">" + to];
  link.last = std::max(link.last + microseconds(1), timeline_.now() + delay);
  const auto hand_over = [this, from, to, envelope, deliver] {
    record(from, to, envelope);
    deliver(envelope);
  };
  timeline_.at(link.last, hand_over);
  if (faults_on_ && random_.chance(duplicate_chance_)) {
    ++report_.faults["duplicate"];
    timeline_.at(link.last + microseconds(random_.below(50'000)), hand_over);
  }
}

void Cluster::send_to_address(const std::string& from, std::uint64_t from_number,
                              const std::string& address, const net::Envelope& envelope,
                              std::function<void(const net::Envelope&)> answer,
                              std::function<void()> gone) {
  const auto found = addresses_.find(address);
  if (found == addresses_.end() || !found->second->alive) {
    timeline_.after(milliseconds(1 + random_.below(1000)), std::move(gone));
    return;
  }
  const std::shared_ptr<Worker> to = found->second;
  to->data_peers[from_number] = std::move(answer);
  send(from, to->address, envelope, [this, to, from_number](const net::Envelope& arrived) {
    if (!to->alive) return;
    to->node->on_data(from_number, arrived, timeline_.now());
    flush_worker(to);
  });
}

// ---- the scheduler --------------------------------------------------------------------------

void Cluster::flush_scheduler() {
  for (net::Outgoing& outgoing : scheduler_->take_outgoing()) {
    const auto found = scheduler_peers_.find(outgoing.to);
    if (found == scheduler_peers_.end()) {
      // The connection broke: sometimes the transport notices, sometimes only the lease does.
      if (random_.chance(0.5)) {
        timeline_.after(milliseconds(1), [this, peer = outgoing.to] {
          scheduler_->on_gone(peer, timeline_.now());
          flush_scheduler();
        });
      }
      continue;
    }
    send("scheduler", fmt::format("peer-{}", outgoing.to), outgoing.envelope, found->second);
  }
  set_scheduler_timer();
}

void Cluster::set_scheduler_timer() {
  const Time next = std::max(scheduler_->next_deadline(), timeline_.now() + milliseconds(1));
  if (scheduler_timer_ > timeline_.now() && scheduler_timer_ <= next) return;
  scheduler_timer_ = next;
  timeline_.at(next, [this, next] {
    if (scheduler_timer_ != next) return;
    scheduler_timer_ = {};
    scheduler_->on_tick(timeline_.now());
    flush_scheduler();
  });
}

// ---- workers --------------------------------------------------------------------------------

void Cluster::start_worker(std::size_t slot) {
  auto worker = std::make_shared<Worker>();
  worker->slot = slot;
  worker->number = ++incarnations_;
  worker->name = fmt::format("worker-{}.{}", slot, worker->number);
  worker->address = "sim://" + worker->name;
  worker->peer = next_peer_++;
  worker::NodeConfig config;
  config.name = fmt::format("worker-{}", slot);
  config.data_address = worker->address;
  config.nthreads = static_cast<std::uint32_t>(1 + random_.below(4));
  worker->node = std::make_unique<worker::Node>(
      config, combine(hash_text("incarnation"), worker->number));
  workers_[slot] = worker;
  addresses_[worker->address] = worker;
  scheduler_peers_[worker->peer] = [this, worker](const net::Envelope& arrived) {
    if (!worker->alive) return;
    worker->node->on_control(arrived, timeline_.now());
    flush_worker(worker);
  };
  worker->node->on_tick(timeline_.now());
  flush_worker(worker);
}

void Cluster::kill_worker(std::size_t slot) {
  const std::shared_ptr<Worker> worker = workers_[slot];
  if (!worker) return;
  worker->alive = false;
  scheduler_peers_.erase(worker->peer);
  workers_[slot].reset();
  if (random_.chance(0.5)) return;  // only the lease will tell
  timeline_.after(milliseconds(random_.below(500)), [this, peer = worker->peer] {
    scheduler_->on_gone(peer, timeline_.now());
    flush_scheduler();
  });
}

void Cluster::flush_worker(const std::shared_ptr<Worker>& worker) {
  worker::Output output = worker->node->take_output();
  for (const net::Envelope& envelope : output.control) {
    send(worker->name, "scheduler", envelope, [this, worker](const net::Envelope& arrived) {
      if (!scheduler_peers_.contains(worker->peer)) return;
      scheduler_->on_envelope(worker->peer, arrived, timeline_.now());
      flush_scheduler();
    });
  }
  for (const net::Outgoing& outgoing : output.data) {
    const auto found = worker->data_peers.find(outgoing.to);
    if (found == worker->data_peers.end()) continue;
    send(worker->address, fmt::format("data-{}", outgoing.to), outgoing.envelope, found->second);
  }
  for (const worker::PeerEnvelope& to : output.peers) {
    const std::string address = to.address;
    send_to_address(
        worker->name, worker->number, address, to.envelope,
        [this, worker, address](const net::Envelope& arrived) {
          if (!worker->alive) return;
          worker->node->on_peer(address, arrived, timeline_.now());
          flush_worker(worker);
        },
        [this, worker, address] {
          if (!worker->alive) return;
          worker->node->on_peer_gone(address, timeline_.now());
          flush_worker(worker);
        });
  }
  for (worker::Execution& execution : output.start) {
    const Duration took = random_.chance(0.05) ? Duration(milliseconds(random_.below(1500)))
                                               : Duration(microseconds(random_.below(3000)));
    auto shared = std::make_shared<worker::Execution>(std::move(execution));
    timeline_.after(took, [this, worker, shared, took] {
      if (!worker->alive) return;
      worker::Executed executed = worker::execute(*shared);
      executed.duration = took;
      worker->node->on_executed(std::move(executed), timeline_.now());
      flush_worker(worker);
    });
  }
  if (output.stop) wrong(fmt::format("{} was stopped: {}", worker->name, output.reason));
  set_timer(worker);
}

void Cluster::set_timer(const std::shared_ptr<Worker>& worker) {
  const Time next = std::max(worker->node->next_deadline(), timeline_.now() + milliseconds(1));
  if (worker->timer > timeline_.now() && worker->timer <= next) return;
  worker->timer = next;
  timeline_.at(next, [this, worker, next] {
    if (!worker->alive || worker->timer != next) return;
    worker->timer = {};
    worker->node->on_tick(timeline_.now());
    flush_worker(worker);
  });
}

// ---- clients --------------------------------------------------------------------------------

void Cluster::start_client(std::size_t slot) {
  auto client = std::make_shared<Client>();
  client->slot = slot;
  client->number = ++incarnations_;
  client->name = fmt::format("client-{}.{}", slot, client->number);
  client->peer = next_peer_++;
  client->to_submit = 1 + random_.below(4);
  client::NodeConfig config;
  config.name = fmt::format("client-{}", slot);
  config.connect_timeout = seconds(600);
  config.scheduler_lease = seconds(600);
  client->node = std::make_unique<client::Node>(
      config, combine(hash_text("incarnation"), client->number), timeline_.now());
  clients_[slot] = client;
  scheduler_peers_[client->peer] = [this, client](const net::Envelope& arrived) {
    if (!client->alive) return;
    client->node->on_scheduler(arrived, timeline_.now());
    flush_client(client);
  };
  submit_next(client);
  flush_client(client);
}

void Cluster::kill_client(std::size_t slot) {
  const std::shared_ptr<Client> client = clients_[slot];
  client->alive = false;
  client->to_submit = 0;
  client->waiting.clear();
  client->settled.clear();
  scheduler_peers_.erase(client->peer);
}

void Cluster::flush_client(const std::shared_ptr<Client>& client) {
  client::Output output = client->node->take_output();
  for (const net::Envelope& envelope : output.scheduler) {
    send(client->name, "scheduler", envelope, [this, client](const net::Envelope& arrived) {
      if (!scheduler_peers_.contains(client->peer)) return;
      scheduler_->on_envelope(client->peer, arrived, timeline_.now());
      flush_scheduler();
    });
  }
  for (const client::PeerEnvelope& to : output.peers) {
    const std::string address = to.address;
    send_to_address(
        client->name, client->number, address, to.envelope,
        [this, client, address](const net::Envelope& arrived) {
          if (!client->alive) return;
          client->node->on_peer(address, arrived, timeline_.now());
          flush_client(client);
        },
        [this, client, address] {
          if (!client->alive) return;
          client->node->on_peer_gone(address, timeline_.now());
          flush_client(client);
        });
  }
  if (const auto* ended = std::get_if<Error>(&output.ended)) {
    wrong(fmt::format("{} lost the scheduler: {}", client->name, ended->to_string()));
  }
  on_events(client, std::move(output.events));
  set_timer(client);
}

void Cluster::set_timer(const std::shared_ptr<Client>& client) {
  const Time next = std::max(client->node->next_deadline(), timeline_.now() + milliseconds(1));
  if (client->timer > timeline_.now() && client->timer <= next) return;
  client->timer = next;
  timeline_.at(next, [this, client, next] {
    if (!client->alive || client->timer != next) return;
    client->timer = {};
    client->node->on_tick(timeline_.now());
    flush_client(client);
  });
}

}  // namespace tartan::sim

// What goes wrong: each seed draws some kinds of faults, and strikes with them at random times.

#include <algorithm>
#include <sim/cluster.hpp>

namespace tartan::sim {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {
constexpr std::uint64_t kOperations = 6;  ///< fewer than that of a seed
}

/// A few kinds of faults per seed go deeper than all of them at once.
void Cluster::choose_faults() {
  const auto draw = [&](double chance, Fault fault) {
    if (random_.chance(chance)) faults_.push_back(fault);
  };
  const bool lossy = drop_ == nullptr;  // one kind lost for ever is loss enough
  spills_ = random_.chance(0.4);
  shares_ = (drop_ == nullptr && random_.chance(0.2)) || options_.share;
  draw(0.7, &Cluster::kill_and_restart);
  draw(0.2, &Cluster::run_out_of_memory);
  if (spills_) {
    draw(0.5, &Cluster::press_memory);
    draw(0.3, &Cluster::fill_disk);
    draw(0.3, &Cluster::spoil_files);
  }
  draw(0.3, &Cluster::kill_some_client);
  draw(0.3, &Cluster::slow_down);
  draw(0.3, &Cluster::stall);
  draw(0.2, &Cluster::swizzle);
  if (lossy) {
    draw(0.3, &Cluster::reset_some);
    draw(0.3, &Cluster::reset_data);
    draw(0.3, &Cluster::cut_one_way);
    draw(0.3, &Cluster::cut_both_ways);
    draw(0.1, &Cluster::leave_for_long);
  }
  draw(0.3, &Cluster::cancel_somewhere);
  network_.set_chances(random_.chance(0.5) ? 0.02 : 0, random_.chance(0.5) ? 0.02 : 0);
  skewed_ = random_.chance(0.3);
  scatters_ = random_.chance(0.4);
  hang_chance_ = random_.chance(0.2) ? 0.005 : 0;
  troubles_.throws = random_.chance(0.3);
  troubles_.flaky = random_.chance(0.3);
  troubles_.late = random_.chance(0.2);
  troubles_.nests = random_.chance(0.3);
  troubles_.large = spills_;
  troubles_.poison = lossy && random_.chance(0.08);
}

void Cluster::schedule_faults() {
  for (auto count = operator_.chance(0.5) ? operator_.below(kOperations) : 0; count > 0; --count) {
    const auto most = static_cast<std::uint64_t>(kFaultTime.count());
    timeline_.after(Duration(static_cast<std::int64_t>(operator_.below(most))),
                    [this] { operate_somewhere(); });
  }
  if (faults_.empty()) return;
  const auto count = random_.below(12);
  for (std::uint64_t i = 0; i < count; ++i) {
    timeline_.after(up_to(kFaultTime), [this] {
      if (faults_on_) (this->*faults_[random_.below(faults_.size())])();
    });
  }
}

Duration Cluster::up_to(Duration most) {
  return Duration(
      static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most.count()))));
}

/// Those that live: the programs' and those of workers' tasks.
std::vector<Cluster::ClientPtr> Cluster::all_clients() const {
  std::vector<ClientPtr> all;
  for (const ClientPtr& client : clients_) {
    if (client && client->alive) all.push_back(client);
  }
  for (const WorkerPtr& worker : workers_) {
    if (worker && worker->nested) all.push_back(worker->nested);
  }
  return all;
}

std::vector<Process*> Cluster::everybody() {
  std::vector<Process*> all{scheduler_.get()};
  for (const auto& worker : workers_) {
    if (worker) all.push_back(worker.get());
  }
  for (const ClientPtr& client : all_clients()) all.push_back(client.get());
  return all;
}

Process& Cluster::anybody() {
  const std::vector<Process*> all = everybody();
  return *all[random_.below(all.size())];
}

Cluster::WorkerPtr Cluster::any_worker() { return workers_[random_.below(workers_.size())]; }

Cluster::ClientPtr Cluster::any_client() {
  const ClientPtr client = clients_[random_.below(clients_.size())];
  return client->alive && !client->ended ? client : nullptr;
}

// ---- processes --------------------------------------------------------------------------------

void Cluster::kill_some_client() {
  if (clients_.size() < 2) return;
  const auto slot = 1 + random_.below(clients_.size() - 1);  // the first one always stays
  if (!clients_[slot]->alive) return;
  ++report_.faults["client kill"];
  kill_client(slot);
}

void Cluster::kill_and_restart() {
  const auto slot = random_.below(workers_.size());
  if (!workers_[slot]) return;
  ++report_.faults["worker kill"];
  if (random_.chance(0.4)) {
    ++report_.faults["worker restart by its parent"];
    crash_worker(slot, "was killed by SIGKILL", up_to(seconds(5)));
    return;
  }
  kill_worker(slot);
  if (random_.chance(0.3)) return;
  timeline_.after(up_to(seconds(5)), [this, slot] {
    if (workers_[slot]) return;
    ++report_.faults["worker restart"];
    start_worker(slot);
  });
}

void Cluster::run_out_of_memory() {
  const auto slot = random_.below(workers_.size());
  if (!workers_[slot]) return;
  ++report_.faults["OOM kill"];
  crash_worker(slot, "was killed for having too much in memory", up_to(seconds(1)));
}

/// The process is larger than what it stores: it spills, pauses, and goes on later.
void Cluster::press_memory() {
  const WorkerPtr worker = any_worker();
  if (!worker) return;
  ++report_.faults["memory pressure"];
  const auto grow = [this, worker](std::uint64_t percent) {
    if (!worker->alive) return;
    when_awake(worker, [this, worker, percent] {
      worker->node->on_memory(worker->memory_limit * percent / 100, worker->local(timeline_.now()));
      flush(worker);
    });
  };
  grow(60 + random_.below(35));
  timeline_.after(up_to(seconds(8)), [grow] { grow(10); });
}

void Cluster::fill_disk() {
  if (const WorkerPtr worker = any_worker()) {
    worker->disk_full_until = timeline_.now() + up_to(seconds(10));
  }
}

/// Their damage is found when they are read.
void Cluster::spoil_files() {
  const WorkerPtr worker = any_worker();
  if (!worker) return;
  for (const auto& [file, value] : worker->files) {
    if (random_.chance(0.5)) worker->damaged.insert(file);
  }
}

void Cluster::slow_down() {
  const WorkerPtr worker = any_worker();
  if (!worker) return;
  ++report_.faults["slow worker"];
  worker->slowness = 10 + static_cast<double>(random_.below(90));
  timeline_.after(up_to(seconds(10)), [worker] { worker->slowness = 1; });
}

/// As SIGSTOP and SIGCONT do.
void Cluster::stall() {
  Process& process = anybody();
  ++report_.faults["stalled loop"];
  process.stalled_until = timeline_.now() + up_to(seconds(6));
}

void Cluster::cancel_somewhere() {
  if (const ClientPtr client = any_client()) cancel_some(client);
}

void Cluster::operate_somewhere() {
  const ClientPtr client = clients_[operator_.below(clients_.size())];
  if (client->alive && !client->ended) operate_some(client);
}

// ---- the network ------------------------------------------------------------------------------

/// The processes live on. Their transport connects again, on a connection that looks new to the
/// scheduler or not, and the scheduler may or may not notice that the old one broke.
void Cluster::reset_some() {
  const auto reset = [this](auto process) {
    if (!process) return;
    ++report_.faults["connection reset"];
    network_.reset(process->id, scheduler_->id);
    const net::PeerId old = process->peer;
    if (random_.chance(0.3)) return;
    scheduler_->peers.erase(old);
    reconnect(process);
    if (random_.chance(0.5)) scheduler_lost(old, up_to(milliseconds(500)));
  };
  if (random_.chance(0.5)) {
    reset(any_worker());
  } else {
    reset(any_client());
  }
}

void Cluster::reset_data() {
  const WorkerPtr worker = any_worker();
  Process& other = anybody();
  if (!worker || worker.get() == &other || &other == scheduler_.get()) return;
  ++report_.faults["data connection reset"];
  network_.reset(worker->id, other.id);
}

void Cluster::cut_one_way() { partition(false); }
void Cluster::cut_both_ways() { partition(true); }

/// Between two processes, or one and all others.
void Cluster::partition(bool both_ways) {
  ++report_.faults[both_ways ? "full partition" : "one-way partition"];
  Process& here = anybody();
  std::vector<Process*> there = everybody();
  if (random_.chance(0.5)) there = {there[random_.below(there.size())]};
  const Time until = timeline_.now() + up_to(seconds(10));
  const bool outward = random_.chance(0.5);
  for (const Process* other : there) {
    if (other == &here) continue;
    if (both_ways || outward) network_.block(here.id, other->id, until);
    if (both_ways || !outward) network_.block(other->id, here.id, until);
  }
}

/// A client is cut off for longer than its lease; what it holds may be gone when it comes back.
void Cluster::leave_for_long() {
  const ClientPtr client = any_client();
  if (!client) return;
  ++report_.faults["absence beyond the lease"];
  client->was_absent = true;
  const Time until = timeline_.now() + client_lease_ + client_lease_ / 5 + seconds(2);
  network_.block(client->id, scheduler_->id, until);
  network_.block(scheduler_->id, client->id, until);
}

/// As FoundationDB does: links clog one by one and open again in another order.
void Cluster::swizzle() {
  ++report_.faults["swizzled clogging"];
  for (const Process* process : everybody()) {
    if (random_.chance(0.5)) continue;
    const Network::Id id = process->id;
    const Duration begin = up_to(seconds(2));
    timeline_.after(begin, [this, id] {
      if (faults_on_) network_.clog(id);
    });
    timeline_.after(begin + up_to(seconds(4)), [this, id] { network_.unclog(id); });
  }
}

void Cluster::heal() {
  faults_on_ = false;
  last_trouble_ = timeline_.now();
  network_.heal();
  for (Process* process : everybody()) {
    process->stalled_until = std::min(process->stalled_until, timeline_.now());
  }
  for (std::size_t slot = 0; slot < workers_.size(); ++slot) {
    if (!workers_[slot]) start_worker(slot);
    workers_[slot]->slowness = 1;
    workers_[slot]->disk_full_until = {};
  }
}

}  // namespace tartan::sim

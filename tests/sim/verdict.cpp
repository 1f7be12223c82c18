// One run from its start to its verdict: all programs come to an end soon after the faults do, and
// when all is released nothing is left anywhere.

#include <algorithm>
#include <core/wire/codec.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <scheduler/coordination/coordination.hpp>
#include <sim/cluster.hpp>
#include <worker/state/state.hpp>
#include <worker/store/store.hpp>

namespace tartan::sim {

using std::chrono::seconds;

namespace {

constexpr Duration kPatience = seconds(60);  ///< after the last fault
/// When a kind of message never arrives, much happens only after timeouts.
constexpr Duration kDropPatience = seconds(3600);
/// After the last release, beyond the lease of any client that died.
constexpr Duration kAftermath = seconds(100);

}  // namespace

Cluster::Cluster(std::uint64_t seed, const Options& options)
    : options_(options),
      drop_(find_drop(options.drop)),
      random_(seed),
      operator_(seed * 0x9E3779B97F4A7C15 + 1),
      workload_(Random(seed).fork().next()),
      network_(timeline_, random_.fork(), report_.faults),
      actor_random_(seed),
      actors_(seed % 5 == 4),
      sharing_{Random(seed ^ hash_text("sharing").lo), {}, false},
      module_random_(seed ^ hash_text("modules").lo) {
  network_.watch([this](const Network::Packet& packet) { record(packet); });
  choose_modules();
  if (drop_ == nullptr && !options.share) choose_drop();
  if (drop_ != nullptr) network_.drop_kind(std::string(drop_->kind));
  choose_faults();
  tight_ = operator_.chance(0.2);
  start_scheduler(seed);
  workers_.resize(1 + random_.below(5));
  module_caches_.resize(workers_.size());
  clients_.resize(1 + random_.below(3));
}

Cluster::~Cluster() {
  // Processes reach each other through closures that keep them alive.
  for (auto& [address, worker] : addresses_) {
    worker->data_peers.clear();
    worker->nested.reset();
  }
  scheduler_->peers.clear();
}

void Cluster::choose_drop() {
  if (random_.chance(0.015)) {
    drop_ = &drops()[random_.below(drops().size())];
  } else if (modules_ && module_random_.chance(0.02)) {
    constexpr const char* kKinds[] = {"ModuleAsked", "ModulePart", "ModulePiece", "ModuleWanted"};
    drop_ = find_drop(kKinds[module_random_.below(std::size(kKinds))]);
  }
  if (drop_ == nullptr) return;
  ++report_.faults["a kind of message lost for ever"];
  if (options_.trace) fmt::print("every {} is lost\n", drop_->kind);
}

void Cluster::wrong(std::string what) {
  if (report_.wrong.size() < 20) report_.wrong.push_back(std::move(what));
}

bool Cluster::work_done() const {
  return std::all_of(clients_.begin(), clients_.end(), [this](const auto& client) {
    // Without its answers nobody knows what came of an operation.
    const bool answered = client->operations.empty() || drop_ != nullptr;
    return client->waiting.empty() && client->to_submit == 0 && client->unanswered.empty() &&
           answered && calls_done(*client) && client->to_share == 0 && client->asked.empty() &&
           (client->leases.empty() || !client->alive);
  });
}

void Cluster::release_everything() {
  for (const auto& client : clients_) {
    if (!client->alive || client->ended) continue;
    const auto held = client->holds;
    for (const auto& [key, count] : held) let_go(*client, key);
    client->settled.clear();
    flush(client);
  }
}

/// What is still there although nobody needs it.
std::vector<std::string> Cluster::leftovers() const {
  std::vector<std::string> left;
  const auto tasks = nlohmann::json::parse(scheduler_->node->info("tasks"));
  if (tasks.at("total").get<std::uint64_t>() != 0) {
    left.push_back(fmt::format("the scheduler still knows tasks nobody holds: {}", tasks.dump()));
  }
  for (const auto& worker : workers_) {
    if (!worker) continue;
    if (const auto held = worker->node->store().size(); held != 0) {
      left.push_back(fmt::format("{} still holds {} values nobody needs", worker->name, held));
    }
    if (!worker->actors.empty()) {
      left.push_back(
          fmt::format("{} still has {} actors nobody needs", worker->name, worker->actors.size()));
    }
    if (const auto count = worker->node->state().task_count(); count != 0) {
      left.push_back(fmt::format("{} still has {} tasks nobody needs", worker->name, count));
    }
  }
  check_shared(left);
  return left;
}

/// Who waits for what for ever.
void Cluster::complain() {
  for (const auto& client : clients_) {
    for (const Key key : client->waiting) {
      wrong(fmt::format("{} waits for {} for ever", client->name, key.to_string()));
    }
    if (!calls_done(*client)) {
      wrong(fmt::format("{} waits for {} calls of its actor for ever", client->name,
                        client->actor->open.size()));
    }
    for (const auto& [number, kind] : client->operations) {
      wrong(fmt::format("{} waits for the end of a {} for ever", client->name, kind));
    }
    for (const std::uint64_t number : client->unanswered) {
      wrong(fmt::format("{} never gets an answer to question {}", client->name, number));
    }
    for (const auto& [request, question] : client->asked) {
      wrong(fmt::format("{} waits for an answer for ever: {}", client->name,
                        wire::to_string(wire::Message(question))));
    }
  }
}

/// When all is released, nothing may stay anywhere for long.
void Cluster::clear_out() {
  release_everything();
  // What dead programs have put into a queue stays there until a living one takes it.
  const bool nobody = std::none_of(clients_.begin(), clients_.end(), [](const auto& client) {
    return client->alive && !client->ended;
  });
  if ((drop_ != nullptr && drop_->leaves) || (shares_ && nobody)) return;
  const Time end = timeline_.now() + kAftermath;
  std::vector<std::string> left = leftovers();
  while (!left.empty() && timeline_.now() < end) {
    if (shares_) drain_shared();
    const Time later = timeline_.now() + seconds(1);
    while (timeline_.now() < later && timeline_.step()) {
    }
    left = leftovers();
  }
  std::for_each(left.begin(), left.end(), [&](auto& what) { wrong(what); });
}

Report Cluster::run() {
  const Time start = timeline_.now();
  for (std::size_t slot = 0; slot < workers_.size(); ++slot) start_worker(slot);
  for (std::size_t slot = 0; slot < clients_.size(); ++slot) start_client(slot);
  flush(scheduler_);
  schedule_faults();
  timeline_.at(start + kFaultTime, [this] { heal(); });
  const Duration patience = drop_ != nullptr ? kDropPatience : kPatience;
  while ((faults_on_ || (!work_done() && timeline_.now() < last_trouble_ + patience)) &&
         timeline_.step()) {
  }
  report_.stuck = !work_done();
  if (drop_ == nullptr) report_.settled_after = timeline_.now() - last_trouble_;
  if (report_.stuck) {
    complain();
  } else {
    clear_out();
  }
  report_.events = timeline_.happened();
  report_.virtual_time = timeline_.now() - start;
  return report_;
}

}  // namespace tartan::sim

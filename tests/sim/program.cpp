// What the simulated users and the simulated world do: programs, faults, and the verdict.

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sim/cluster_parts.hpp>
#include <worker/store/store.hpp>

namespace tartan::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kFaultTime = seconds(20);
constexpr Duration kPatience = seconds(60);   ///< after the last fault
constexpr Duration kAftermath = seconds(30);  ///< until everything released must be forgotten

}  // namespace

void Cluster::submit_next(const std::shared_ptr<Client>& client) {
  if (!client->alive || client->to_submit == 0) return;
  --client->to_submit;
  const Graph graph = workload_.make_graph(client->settled);
  for (const std::uint32_t wanted : graph.wanted) client->waiting.insert(graph.keys[wanted]);
  client->node->submit(graph, timeline_.now());
  timeline_.after(milliseconds(random_.below(6000)), [this, client] {
    submit_next(client);
    if (client->alive) flush_client(client);
  });
}

void Cluster::on_events(const std::shared_ptr<Client>& client,
                        std::vector<client::KeyEvent> events) {
  bool again = false;
  for (const client::KeyEvent& event : events) {
    if (!client->waiting.contains(event.key)) continue;
    if (event.status == client::Status::ready && event.value.empty()) {
      client->node->fetch(event.key);
      again = true;
      continue;
    }
    if (event.status == client::Status::pending) continue;
    check(event);
    client->waiting.erase(event.key);
    client->settled.push_back(event.key);
  }
  if (!events.empty() && random_.chance(0.2)) {
    release_some(client);
    again = true;
  }
  if (again) {
    timeline_.after({}, [this, client] {
      if (client->alive) flush_client(client);
    });
  }
}

void Cluster::release_some(const std::shared_ptr<Client>& client) {
  std::erase_if(client->settled, [&](Key key) {
    if (!random_.chance(0.3)) return false;
    client->node->release(key);
    return true;
  });
}

void Cluster::check(const client::KeyEvent& event) {
  const Expected& expected = workload_.expected(event.key);
  const std::string key = event.key.to_string();
  if (event.status == client::Status::failed) {
    if (!expected.fails) {
      wrong(fmt::format("{} failed ({}: {}), a serial run does not", key, name(event.failure.code),
                        event.failure.message));
    } else if (event.failure.type != "std::domain_error") {
      wrong(fmt::format("{} failed with '{}', not with the task's own exception", key,
                        event.failure.type));
    }
    return;
  }
  if (expected.fails) {
    wrong(fmt::format("{} has a result, a serial run fails", key));
  } else if (event.value.get<Mixed>().front() != expected.number ||
             event.value.get<Mixed>().back() != expected.number) {
    wrong(fmt::format("{} has another result than a serial run", key));
  }
}

// ---- faults -----------------------------------------------------------------------------------

void Cluster::schedule_faults() {
  const auto count = random_.below(8);
  for (std::uint64_t i = 0; i < count; ++i) {
    timeline_.after(Duration(static_cast<std::int64_t>(
                        random_.below(static_cast<std::uint64_t>(kFaultTime.count())))),
                    [this] { one_fault(); });
  }
}

void Cluster::one_fault() {
  if (!faults_on_) return;
  if (clients_.size() > 1 && random_.chance(0.15)) {
    const auto slot = 1 + random_.below(clients_.size() - 1);  // the first one always stays
    if (clients_[slot]->alive) {
      ++report_.faults["client death"];
      kill_client(slot);
    }
    return;
  }
  const auto slot = random_.below(workers_.size());
  if (!workers_[slot]) return;
  ++report_.faults["worker kill"];
  kill_worker(slot);
  if (random_.chance(0.7)) {
    timeline_.after(milliseconds(random_.below(5000)), [this, slot] {
      if (workers_[slot]) return;
      ++report_.faults["worker restart"];
      start_worker(slot);
    });
  }
}

void Cluster::heal() {
  faults_on_ = false;
  for (std::size_t slot = 0; slot < workers_.size(); ++slot) {
    if (!workers_[slot]) start_worker(slot);
  }
}

// ---- the verdict ------------------------------------------------------------------------------

bool Cluster::work_done() const {
  return std::all_of(clients_.begin(), clients_.end(), [](const auto& client) {
    return client->waiting.empty() && client->to_submit == 0;
  });
}

void Cluster::check_all_released() {
  const auto tasks = nlohmann::json::parse(scheduler_->info("tasks"));
  if (const auto left = tasks.at("total").get<std::uint64_t>(); left != 0) {
    wrong(fmt::format("the scheduler still knows {} tasks nobody holds: {}", left, tasks.dump()));
  }
  for (const auto& worker : workers_) {
    if (const auto held = worker->node->store().size(); held != 0) {
      wrong(fmt::format("{} still holds {} values nobody needs", worker->name, held));
    }
  }
}

Report Cluster::run() {
  const Time start = timeline_.now();
  for (std::size_t slot = 0; slot < workers_.size(); ++slot) start_worker(slot);
  for (std::size_t slot = 0; slot < clients_.size(); ++slot) start_client(slot);
  schedule_faults();
  timeline_.at(start + kFaultTime, [this] { heal(); });
  const Time deadline = start + kFaultTime + kPatience;
  while ((faults_on_ || !work_done()) && timeline_.now() < deadline && timeline_.step()) {
  }
  report_.stuck = !work_done();
  if (report_.stuck) {
    for (const auto& client : clients_) {
      for (const Key key : client->waiting) {
        wrong(fmt::format("{} waits for {} for ever", client->name, key.to_string()));
      }
    }
  } else {
    for (const auto& client : clients_) {
      if (!client->alive) continue;
      for (const Key key : client->settled) client->node->release(key);
      client->settled.clear();
      flush_client(client);
    }
    // Beyond the lease of the clients that died.
    const Time end = timeline_.now() + kAftermath + seconds(30);
    while (timeline_.now() < end && timeline_.step()) {
    }
    check_all_released();
  }
  report_.events = timeline_.happened();
  report_.virtual_time = timeline_.now() - start;
  return report_;
}

}  // namespace tartan::sim

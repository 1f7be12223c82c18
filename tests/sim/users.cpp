// The programs that use the cluster: they submit, scatter, cancel, build upon results, let go, and
// compare every outcome with the serial run.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <sim/cluster.hpp>

namespace tartan::sim {

using std::chrono::milliseconds;

void Cluster::submit_next(const ClientPtr& client) {
  if (!client->alive || client->to_submit == 0) return;
  --client->to_submit;
  if (scatters_ && random_.chance(0.5)) scatter_some(client);
  const Graph graph = workload_.make_graph(client->settled, troubles_);
  for (const std::uint32_t wanted : graph.wanted) {
    const Key key = graph.keys[wanted];
    client->waiting.insert(key);
    ++client->holds[key];
    std::erase(client->settled, key);
  }
  client->node->submit(graph, client->local(timeline_.now()));
  timeline_.after(milliseconds(random_.below(6000)), [this, client] {
    submit_next(client);
    if (client->alive) flush(client);
  });
}

void Cluster::scatter_some(const ClientPtr& client) {
  std::vector<std::pair<Key, Value>> values;
  for (auto count = 1 + random_.below(4); count > 0; --count) {
    values.push_back(workload_.make_value());
    client->waiting.insert(values.back().first);
    ++client->holds[values.back().first];
    ++report_.faults["scattered value"];
  }
  client->node->scatter(std::move(values), random_.chance(0.3));
}

void Cluster::cancel_some(const ClientPtr& client) {
  std::vector<Key> keys;
  for (const Key key : client->waiting) {
    if (random_.chance(0.2)) keys.push_back(key);
  }
  if (keys.empty()) return;
  report_.faults["cancelled key"] += keys.size();
  client->has_cancelled = true;
  client->node->cancel(keys);
  flush(client);
}

/// Keys that are to be made whoever lets go of them, or failed ones that are to be tried again.
void Cluster::ask_for_keys(const ClientPtr& client, bool detach) {
  std::vector<Key> keys;
  if (detach) {
    for (const Key key : client->waiting) {
      if (operator_.chance(0.2)) keys.push_back(key);
    }
    client->node->detach(keys);
  } else {
    for (const Key key : client->settled) {
      if (workload_.expected(key).fails && operator_.chance(0.5)) keys.push_back(key);
    }
    for (const Key key : keys) {
      std::erase(client->settled, key);
      client->waiting.insert(key);
      ++client->holds[key];
    }
    client->node->retry(keys);
  }
  report_.faults[detach ? "detached key" : "retried key"] += keys.size();
  flush(client);
}

/// What an operator does now and then.
void Cluster::operate_some(const ClientPtr& client) {
  static std::uint64_t constexpr kSecond = 1'000'000'000;
  wire::Administer wish;
  const std::uint64_t number = ++operations_;
  wish.request = number;
  wish.id = {operator_.next(), number};
  wish.timeout_ns = (5 + operator_.below(30)) * kSecond;
  std::string kind = "rebalance";
  const auto draw = operator_.below(26);
  if (draw >= 20) {
    ask_for_keys(client, draw < 23);
    return;
  }
  if (draw < 9) {
    kind = "retire";
    wish.what = static_cast<std::uint8_t>(wire::Operate::retire);
    wish.names.push_back(fmt::format("worker-{}", operator_.below(workers_.size())));
    wish.count = 1;
  } else if (draw < 15) {
    kind = "replicate";
    wish.what = static_cast<std::uint8_t>(wire::Operate::replicate);
    wish.count = operator_.below(4);
    for (const Key key : client->settled) {
      if (operator_.chance(0.5)) wish.keys.push_back(key);
    }
    for (const Key key : client->waiting) {
      if (operator_.chance(0.2)) wish.keys.push_back(key);
    }
  } else if (draw < 19) {
    wish.what = static_cast<std::uint8_t>(wire::Operate::rebalance);
  } else {
    kind = "restart";
    wish.what = static_cast<std::uint8_t>(wire::Operate::restart);
    wish.count = 1;
    for (const ClientPtr& other : clients_) other->has_cancelled = true;
  }
  ++report_.faults["operation " + kind];
  client->asked.emplace(number, kind);
  client->node->ask(number, std::move(wish));
  flush(client);
}

void Cluster::on_events(const ClientPtr& client, std::vector<client::KeyEvent> events) {
  bool again = false;
  for (const client::KeyEvent& event : events) {
    if (!client->waiting.contains(event.key)) continue;
    if (event.status == client::Status::ready && event.value.empty()) {
      client->node->fetch(event.key);
      again = true;
      continue;
    }
    if (event.status == client::Status::pending) continue;
    const bool lasts = check(*client, event);
    client->waiting.erase(event.key);
    if (lasts) {
      client->settled.push_back(event.key);
    } else {
      let_go(*client, event.key);
      again = true;
    }
  }
  if (!events.empty() && random_.chance(0.2)) {
    release_some(*client);
    again = true;
  }
  if (again) {
    timeline_.after({}, [this, client] {
      if (client->alive) flush(client);
    });
  }
}

void Cluster::let_go(ClientProcess& client, Key key) {
  for (unsigned count = std::exchange(client.holds[key], 0); count > 0; --count) {
    client.node->release(key);
  }
  client.holds.erase(key);
}

void Cluster::release_some(ClientProcess& client) {
  std::erase_if(client.settled, [&](Key key) {
    if (!random_.chance(0.3)) return false;
    let_go(client, key);
    return true;
  });
}

/// True when the outcome is the serial run's, so that more can be built upon it.
bool Cluster::check(ClientProcess& client, const client::KeyEvent& event) {
  if (event.status == client::Status::failed) return check_failure(client, event);
  const Expected& expected = workload_.expected(event.key);
  const std::string key = event.key.to_string();
  if (expected.fails || expected.poison) {
    wrong(fmt::format("{} has a result, a serial run fails", key));
  } else if (event.value.get<Mixed>().front() != expected.number ||
             event.value.get<Mixed>().back() != expected.number) {
    wrong(fmt::format("{} has another result than a serial run", key));
  }
  return true;
}

/// Whether the scheduler has ever had to be told of a hold again.
bool Cluster::holds_lost() const {
  using Site = probes::Site<"scheduler: a client holds more than was known">;
  return Site::probe.count > holds_lost_before_;
}

bool Cluster::check_failure(const ClientProcess& client, const client::KeyEvent& event) {
  const Expected& expected = workload_.expected(event.key);
  const Failure& failure = event.failure;
  if (expected.fails && failure.type == "std::domain_error") return true;
  const auto allowed = [&] {
    switch (failure.code) {
      case Errc::cancelled:
        return client.has_cancelled;
      case Errc::data_lost:
        // A hold the scheduler lost is repaired, but what it kept may be freed by then.
        return (expected.scattered && workers_lost_) || client.was_absent || holds_lost() ||
               client.has_cancelled;  // what it cancelled is held no more, though a result crossed
      case Errc::out_of_memory:
        return expected.scattered;  // a worker may answer later than the client waits
      case Errc::worker_lost:
        return troubles_.poison;
      default:
        return false;
    }
  };
  const bool excused = drop_ != nullptr && drop_->errors;
  if (allowed() || excused) {
    ++report_.faults[fmt::format("outcome {}", name(failure.code))];
    if (failure.code == Errc::worker_lost && !expected.poison) ++report_.faults["innocent blamed"];
    return false;
  }
  wrong(fmt::format("{} of {} failed ({}: {} {}), a serial run {}", event.key.to_string(),
                    client.name, name(failure.code), failure.type, failure.message,
                    expected.fails ? "fails with the task's own exception" : "does not"));
  return false;
}

}  // namespace tartan::sim

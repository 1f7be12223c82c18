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
  offer_module(*client, graph);
  submit(*client, graph);
  if (random_.chance(0.005)) submit_cycle(*client);
  if (random_.chance(0.1)) forget_one(*client, graph);
  if (random_.chance(0.2)) ask_something(*client);
  timeline_.after(milliseconds(random_.below(6000)), [this, client] {
    submit_next(client);
    if (client->alive) flush(client);
  });
}

void Cluster::submit(ClientProcess& client, const Graph& graph) {
  for (const std::uint32_t wanted : graph.wanted) {
    const Key key = graph.keys[wanted];
    client.waiting.insert(key);
    ++client.holds[key];
    std::erase(client.settled, key);
  }
  client.node->submit(graph, client.local(timeline_.now()));
  client.last_graph = graph;
}

void Cluster::submit_cycle(ClientProcess& client) {
  ++report_.faults["cycle of tasks"];
  const auto [one, other] = workload_.make_cycle();
  submit(client, one);
  submit(client, other);
}

/// It fires and forgets one of the tasks it has submitted.
void Cluster::forget_one(ClientProcess& client, const Graph& graph) {
  const Key key = graph.keys[graph.wanted[random_.below(graph.wanted.size())]];
  ++report_.faults["task nobody waits for"];
  client.node->detach({key});
  client.waiting.erase(key);
  let_go(client, key);
}

void Cluster::ask_something(ClientProcess& client) {
  if (drop_ != nullptr) return;
  constexpr const char* kTopics[] = {"workers", "tasks", "processing", "has_what", "clients"};
  const std::uint64_t number = ++client.last_request;
  client.unanswered.insert(number);
  client.node->ask(number, wire::InfoRequest{number, kTopics[random_.below(std::size(kTopics))]});
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
  client->cancelled.insert(keys.begin(), keys.end());
  for (const Key key : keys) client->wanted_anew.erase(key);
  client->node->cancel(keys);
  if (client->last_graph && operator_.chance(0.8)) submit_again(*client);
  flush(client);
}

void Cluster::submit_again(ClientProcess& client) {
  const Graph graph = *client.last_graph;
  for (const Key key : graph.external_keys) {
    if (!client.holds.contains(key)) return;
  }
  ++report_.faults["graph submitted again after a cancellation"];
  for (const std::uint32_t wanted : graph.wanted) client.wanted_anew.insert(graph.keys[wanted]);
  submit(client, graph);
  client.last_graph.reset();  // once, or there would be no end of work
}

/// What an operator does now and then.
void Cluster::operate_some(const ClientPtr& client) {
  static std::uint64_t constexpr kSecond = 1'000'000'000;
  wire::Administer wish;
  const std::uint64_t number = ++client->last_request;
  wish.request = number;
  wish.id = {operator_.next(), operator_.next()};
  wish.timeout_ns = (5 + operator_.below(30)) * kSecond;
  std::string kind = "rebalance";
  const auto draw = operator_.below(20);
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
    restarted_ = true;
  }
  ++report_.faults["operation " + kind];
  client->operations.emplace(number, kind);
  client->node->ask(number, std::move(wish));
  flush(client);
}

void Cluster::on_events(const ClientPtr& client, std::vector<client::KeyEvent> events) {
  bool again = false;
  std::vector<Key> anew;
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
    const bool failed = event.status == client::Status::failed;
    if (failed && lasts && faults_on_ && random_.chance(0.2)) {
      anew.push_back(event.key);
    } else if (lasts) {
      client->settled.push_back(event.key);
    } else {
      let_go(*client, event.key);
      again = true;
    }
  }
  if (!anew.empty()) {
    report_.faults["failed task run anew"] += anew.size();
    for (const Key key : anew) {
      client->waiting.insert(key);
      client->retried.insert(key);
      ++client->holds[key];
    }
    client->node->retry(anew);
    again = true;
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
  if (const WorkerPtr worker = client->worker.lock()) wake_waiters(worker);
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
  if (expected.fails || expected.poison || expected.circular) {
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

/// Of workers whose parent processes did not say what ran: the scheduler suspects what it had given
/// them.
std::size_t unexplained_deaths(const Failure& failure) {
  std::size_t count = 0;
  for (auto at = failure.message.find(" died;"); at != std::string::npos;
       at = failure.message.find(" died;", at + 1)) {
    ++count;
  }
  return count;
}

/// Whether a failure that a serial run does not have is what its client did, or what happened to
/// the cluster, must bring.
bool Cluster::excusable(const ClientProcess& client, const client::KeyEvent& event) const {
  const Expected& expected = workload_.expected(event.key);
  const auto cancelled = [&](Key key) {
    return client.cancelled.contains(key) || client.received.contains(key);
  };
  switch (event.failure.code) {
    case Errc::cancelled:
      return restarted_ || workload_.any_needed(event.key, [&](Key key) {
        const bool revived =
            client.wanted_anew.contains(event.key) && client.wanted_anew.contains(key);
        return cancelled(key) && !revived;
      });
    case Errc::data_lost:
      // A hold the scheduler lost is repaired, but what it kept may be freed by then; what the
      // client cancelled is held no more, though a result crossed; and tasks that are run anew
      // find the data gone that was let go of when they failed.
      return expected.circular || (expected.scattered && values_lost_) || client.was_absent ||
             holds_lost() || restarted_ ||
             (expected.scattered && !expected.has_result() && !client.retried.empty()) ||
             workload_.any_needed(event.key, cancelled);
    case Errc::actor_lost:
      return expected.actor &&
             (workers_lost_ || values_lost_ || client.was_absent || holds_lost() || restarted_);
    case Errc::unknown_function:
      return module_missed(client, event);
    case Errc::io_error:
      return module_not_stored(event);
    case Errc::out_of_memory:
      return expected.scattered;  // a worker may answer later than the client waits
    case Errc::worker_lost: {
      const auto suspect = [&](Key key) {
        const auto deaths = deaths_.find(key);
        return workload_.habit(key).poison || (deaths != deaths_.end() && deaths->second >= 3);
      };
      return troubles_.poison &&
             (unexplained_deaths(event.failure) > 0 || workload_.any_needed(event.key, suspect));
    }
    default:
      return false;
  }
}

bool Cluster::check_failure(const ClientProcess& client, const client::KeyEvent& event) {
  const Expected& expected = workload_.expected(event.key);
  const Failure& failure = event.failure;
  if (expected.fails && failure.type == "std::domain_error") return true;
  if (expected.late && failure.code == Errc::timeout) return true;
  const bool excused = drop_ != nullptr && drop_->errors;
  if (excusable(client, event) || excused) {
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

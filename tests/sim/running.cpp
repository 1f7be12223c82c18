// What workers do besides talking: their threads, whose tasks may wait for tasks of their own, and
// their disks.

#include <algorithm>
#include <fmt/format.h>
#include <sim/cluster.hpp>

namespace tartan::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Duration Cluster::duration_of(const WorkerProcess& worker, const Habit& habit) {
  const Duration plain = random_.chance(0.05) ? Duration(milliseconds(random_.below(1500)))
                                              : Duration(microseconds(random_.below(3000)));
  const auto slowed =
      Duration(static_cast<std::int64_t>(static_cast<double>(plain.count()) * worker.slowness));
  Duration took = std::min(slowed, Duration(seconds(15)));
  if (faults_on_ && random_.chance(hang_chance_)) {
    ++report_.faults["task hang"];
    took = seconds(5 + random_.below(20));
  }
  if (habit.late) {
    ++report_.faults["task beyond its timeout"];
    took = seconds(1) + up_to(seconds(3));
  }
  return took;
}

void Cluster::execute(const WorkerPtr& worker, worker::Execution execution) {
  const Habit habit = workload_.habit(execution.key);
  const wire::AttemptId attempt = execution.attempt;
  const Duration took = duration_of(*worker, habit);
  check_function(*worker, execution);
  worker->runs[attempt] = {std::make_shared<worker::Execution>(std::move(execution)), took};
  timeline_.after(took, [this, worker, attempt, habit] {
    if (!worker->alive) return;
    if (habit.poison) {
      ++report_.faults["task crash"];
      last_trouble_ = timeline_.now();
      crash_worker(worker->slot, "was killed by SIGABRT", up_to(seconds(1)));
      return;
    }
    when_awake(worker, [this, worker, attempt, habit] {
      if (habit.nests) {
        wait_inside(worker, attempt);
      } else {
        finish(worker, attempt);
      }
    });
  });
}

void Cluster::finish(const WorkerPtr& worker, wire::AttemptId attempt) {
  const WorkerProcess::Run run = std::move(worker->runs.at(attempt));
  worker->runs.erase(attempt);
  worker::Executed executed = worker::execute(*run.execution);
  executed.duration = run.took;
  const Habit habit = workload_.habit(run.execution->key);
  if (std::uint32_t& thrown = thrown_[run.execution->key]; thrown < habit.throws) {
    ++thrown;
    ++report_.faults["task throw with retries"];
    Failure failure;
    failure.code = Errc::task_failed;
    failure.type = "sim::Flaky";
    executed.outcome = std::move(failure);
  }
  worker->node->on_executed(std::move(executed), worker->local(timeline_.now()));
  flush(worker);
}

// ---- tasks that wait for their own ------------------------------------------------------------

Cluster::ClientPtr Cluster::nested_client(const WorkerPtr& worker) {
  if (worker->nested && !worker->nested->ended) return worker->nested;
  auto client = std::make_shared<ClientProcess>();
  init(*client, fmt::format("tasks of process {}", worker->id), 0);
  client->worker = worker;
  worker->nested = client;
  start_node(client, worker->incarnation);
  return client;
}

void Cluster::wait_inside(const WorkerPtr& worker, wire::AttemptId attempt) {
  ++report_.faults["task that waits inside"];
  const ClientPtr client = nested_client(worker);
  Troubles troubles = troubles_;
  troubles.poison = false;  // the task that waits for it would be as guilty
  const Graph graph = workload_.make_nested_graph(troubles);
  WorkerProcess::Run& run = worker->runs.at(attempt);
  run.waiting = true;
  for (const std::uint32_t wanted : graph.wanted) {
    const Key key = graph.keys[wanted];
    run.waits_for.insert(key);
    client->waiting.insert(key);
    ++client->holds[key];
  }
  client->node->submit(graph, client->local(timeline_.now()));
  worker->node->on_waiting(attempt, true, worker->local(timeline_.now()));
  flush(client);
  if (worker->alive) flush(worker);
}

/// Of the tasks that wait inside, those go on that have what they wait for.
void Cluster::wake_waiters(const WorkerPtr& worker) {
  for (auto& [attempt, run] : worker->runs) {
    const auto waits = [&](Key key) { return worker->nested->waiting.contains(key); };
    if (!run.waiting || std::any_of(run.waits_for.begin(), run.waits_for.end(), waits)) continue;
    run.waiting = false;
    timeline_.after(up_to(milliseconds(2)), [this, worker, number = attempt] {
      if (!worker->alive) return;
      when_awake(worker, [this, worker, number] { go_on(worker, number); });
    });
  }
}

void Cluster::go_on(const WorkerPtr& worker, wire::AttemptId attempt) {
  const ClientPtr client = worker->nested;
  for (const Key key : worker->runs.at(attempt).waits_for) {
    let_go(*client, key);
    std::erase(client->settled, key);
  }
  flush(client);
  worker->node->on_waiting(attempt, false, worker->local(timeline_.now()));
  finish(worker, attempt);
}

/// Its wait ends, as does the task.
void Cluster::abandon(const WorkerPtr& worker, wire::AttemptId attempt) {
  const auto run = worker->runs.find(attempt);
  if (run == worker->runs.end() || !run->second.waiting) return;
  ++report_.faults["wait inside cancelled"];
  for (const Key key : run->second.waits_for) worker->nested->waiting.erase(key);
  wake_waiters(worker);
}

// ---- disks ------------------------------------------------------------------------------------

void Cluster::perform(const WorkerPtr& worker, worker::DiskOrder order) {
  const Duration took = up_to(random_.chance(0.02) ? seconds(1) : milliseconds(3));
  worker->disk_ready = std::max(worker->disk_ready, timeline_.now()) + took;
  timeline_.at(worker->disk_ready, [this, worker, order = std::move(order)] {
    if (!worker->alive) return;
    worker::DiskResult result = result_of(*worker, order);
    if (order.task == worker::DiskTask::remove) return;
    when_awake(worker, [this, worker, result = std::move(result)] {
      worker->node->on_disk(result, worker->local(timeline_.now()));
      flush(worker);
    });
  });
}

worker::DiskResult Cluster::result_of(WorkerProcess& worker, const worker::DiskOrder& order) {
  worker::DiskResult result{order.task, order.key, order.file};
  switch (order.task) {
    case worker::DiskTask::write:
      if (timeline_.now() < worker.disk_full_until) {
        ++report_.faults["disk full"];
        result.problem = "no space is left";
      } else {
        ++report_.faults["spilled value"];
        worker.files[order.file] = order.value;
      }
      break;
    case worker::DiskTask::read:
      if (worker.damaged.contains(order.file)) {
        ++report_.faults["spill bit-flip"];
        values_lost_ = true;
        result.problem = "the checksum is another";
      } else {
        result.value = worker.files.at(order.file);
      }
      break;
    case worker::DiskTask::remove:
      worker.files.erase(order.file);
      worker.damaged.erase(order.file);
      break;
  }
  return result;
}

}  // namespace tartan::sim

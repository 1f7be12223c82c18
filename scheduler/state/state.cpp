#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <scheduler/state/state.hpp>
#include <tartan/base/assert.hpp>

namespace tartan::scheduler {

State::State(const StateConfig& config) : config_(config) {
  groups_.emplace_back();
  groups_[0].name = "data";
  groups_[0].blocks = 1;
  restrictions_.emplace_back();
  restrictions_[0].blocks = 1;
}

const Actions& State::handle(Event event, Time now) {
  now_ = now;
  actions_.clear();
  free_.insert(free_.end(), freed_.begin(), freed_.end());
  freed_.clear();
  shrink_when_empty();
  std::visit([this](auto& concrete) { on(concrete); }, event);
  settle();
  if (config_.validate) validate();
  return actions_;
}

Time State::next_deadline() const {
  return std::min(next_round_, deadlines_.empty() ? Time::max() : deadlines_.begin()->first);
}

void State::on(WorkerJoined& event) {
  TARTAN_ASSERT(event.worker >= workers_.size() && event.worker != kNoWorker,
                "worker numbers only grow");
  workers_.resize(event.worker + std::size_t{1});
  auto worker = std::make_unique<Worker>();
  const auto free = std::find(by_slot_.begin(), by_slot_.end(), kNoWorker);
  worker->slot = static_cast<std::uint32_t>(free - by_slot_.begin());
  TARTAN_ASSERT(worker->slot < 65536, "more workers than the sums over slots can tell apart");
  if (free == by_slot_.end()) by_slot_.push_back(kNoWorker);
  by_slot_[worker->slot] = event.worker;
  worker->id = event.worker;
  worker->name = event.name;
  worker->address = std::move(event.address);
  worker->host = std::move(event.host);
  worker->nthreads = std::max(1U, event.nthreads);
  worker->saturation = static_cast<std::uint32_t>(
      std::max(1.0, std::ceil(config_.saturation * worker->nthreads - 1e-9)));
  worker->memory_limit = event.memory_limit;
  worker->resources = std::move(event.resources);
  worker->last_progress = now_;
  worker->nanny = event.nanny;
  for (Restriction& restriction : restrictions_) {
    if (!restriction.free && matches(*worker, restriction)) {
      restriction.eligible.push_back(worker->id);
    }
  }
  alive_.push_back(worker->id);
  workers_[event.worker] = std::move(worker);
  if (operating_ > 0) note_successor(event);
  // There is one more to have copies.
  for (const auto& [key, wish] : wishes_) look_at_.push_back(key);
}

void State::on(ClientJoined& event) {
  Client& client = clients_[event.client];
  client.name = std::move(event.name);
  client.nested = event.nested;
}

void State::on(ClientLeft& event) {
  const auto client = clients_.find(event.client);
  if (client == clients_.end()) return;
  while (client->second.holds != kNone) {
    drop_hold(event.client, holds_[client->second.holds].task);
  }
  clients_.erase(client);
}

std::string State::task_name(TaskIndex index) const {
  const Task& task = tasks_[index];
  if (!has_spec(task)) return "data " + task.key.to_string();
  return fmt::format("{}[{}]", groups_[task.group].name,
                     blocks_[task.block]->graph.group_index[task.row]);
}

void State::sources(TaskIndex index, WorkerId worker, std::vector<Source>& out) const {
  out.clear();
  const Task& task = tasks_[index];
  for (std::uint32_t i = 0; i < task.dep_count; ++i) {
    const Task& dep = tasks_[edges_[task.deps + i].dep];
    Source source{dep.key, dep.nbytes, kNoWorker, {}};
    if (dep.state == TaskState::memory && replicas_.find(dep.replicas, worker) == kNone) {
      if (dep.inline_value != kNone) {
        source.inline_value = inline_store_.get(dep.inline_value);
      } else {
        // Readers of a value with many copies spread over them.
        std::uint32_t copies = 0;
        for (auto p = dep.replicas; p != kNone; p = replicas_[p].next_of_task) ++copies;
        auto pair = dep.replicas;
        for (auto skip = worker % copies; skip > 0; --skip) pair = replicas_[pair].next_of_task;
        source.holder = replicas_[pair].owner;
      }
    }
    out.push_back(source);
  }
}

std::vector<WorkerId> State::holders(TaskIndex index) const {
  std::vector<WorkerId> list;
  for (auto p = tasks_[index].replicas; p != kNone; p = replicas_[p].next_of_task) {
    list.push_back(replicas_[p].owner);
  }
  std::sort(list.begin(), list.end());
  return list;
}

std::span<const std::byte> State::inline_value(TaskIndex index) const {
  const std::uint32_t number = tasks_[index].inline_value;
  return number == kNone ? std::span<const std::byte>{} : inline_store_.get(number);
}

std::shared_ptr<const Failure> State::failure(TaskIndex index) const {
  const std::uint32_t number = tasks_[index].failure;
  return number == kNone ? nullptr : failures_[number].failure;
}

std::vector<Key> State::held_by(ClientId client) const {
  std::vector<Key> keys;
  const auto found = clients_.find(client);
  if (found == clients_.end()) return keys;
  for (auto p = found->second.holds; p != kNone; p = holds_[p].next_of_owner) {
    keys.push_back(tasks_[holds_[p].task].key);
  }
  return keys;
}

std::size_t State::active() const {
  const auto count = [this](TaskState s) { return totals_.counts[static_cast<std::size_t>(s)]; };
  return std::size_t{count(TaskState::waiting)} + count(TaskState::queued) +
         count(TaskState::processing);
}

std::string State::why_queued(TaskIndex index) const {
  const Task& task = tasks_[index];
  if (alive_.empty()) return "there is no worker";
  const Restriction& restriction = restrictions_[task.restriction];
  const std::vector<WorkerId>& may_run = task.restriction == 0 ? alive_ : restriction.eligible;
  const auto leaves = [this](WorkerId id) { return workers_[id]->closing; };
  if (!may_run.empty() && std::all_of(may_run.begin(), may_run.end(), leaves)) {
    return "every worker that may run it is about to leave";
  }
  if (task.restriction == 0 || !restriction.eligible.empty()) {
    return fits_nowhere(index) ? "no worker's memory limit allows it" : "all workers are busy";
  }
  std::string why = "no worker";
  if (!restriction.workers.empty()) {
    why += fmt::format(" is called {}", fmt::join(restriction.workers, " or "));
  }
  const char* separator = restriction.workers.empty() ? " has " : " and has ";
  for (const auto& [resource, amount] : restriction.resources) {
    why += fmt::format("{}{} of {}", std::exchange(separator, ", "), amount, resource);
  }
  return why;
}

}  // namespace tartan::scheduler

// The cluster's state as JSON, for people and tools.

#include <nlohmann/json.hpp>
#include <scheduler/server/node_impl.hpp>

namespace tartan::scheduler {

namespace {

using nlohmann::ordered_json;

constexpr std::size_t kExplained = 20;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

ordered_json counts_of(const std::uint32_t (&counts)[kTaskStates]) {
  ordered_json result = ordered_json::object();
  for (std::size_t s = 0; s < kTaskStates; ++s) {
    if (static_cast<TaskState>(s) == TaskState::forgotten) continue;
    result[std::string(name(static_cast<TaskState>(s)))] = counts[s];
  }
  return result;
}

/// Names come from peers and need not be UTF-8.
std::string text(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::uint64_t sum(const std::uint32_t (&counts)[kTaskStates]) {
  std::uint64_t total = 0;
  for (const std::uint32_t count : counts) total += count;
  return total;
}

ordered_json workers_json(const State& state, const std::vector<Session*>& sessions, Time now) {
  ordered_json list = ordered_json::array();
  for (const WorkerId id : state.workers()) {
    const Worker& worker = *state.worker(id);
    const Session& session = *sessions[id];
    list.push_back({{"id", id},
                    {"name", worker.name},
                    {"data_address", worker.address},
                    {"host", worker.host},
                    {"pid", session.pid},
                    {"build", session.build},
                    {"nthreads", worker.nthreads},
                    {"memory_limit", worker.memory_limit},
                    {"resources", worker.resources},
                    {"processing", worker.ready + worker.ahead + worker.seceded},
                    {"seceded", worker.seceded},
                    {"queued", worker.own.live()},
                    {"executing", session.usage.executing},
                    {"stored_keys", worker.held},
                    {"stored_bytes", worker.stored_bytes},
                    {"process_bytes", session.usage.process_bytes},
                    {"spilled_bytes", session.usage.spilled_bytes},
                    {"paused", session.usage.paused},
                    {"leaving", worker.closing},
                    {"cpu", session.usage.cpu},
                    {"seconds_since_heard", seconds(now - session.last_heard)},
                    {"seconds_since_joined", seconds(now - session.joined)}});
  }
  return list;
}

ordered_json modules_json(const ModuleBook& modules) {
  ordered_json list = ordered_json::array();
  for (const ModuleBook::Summary& module : modules.summary()) {
    list.push_back({{"module", module.module.to_string()},
                    {"name", module.name},
                    {"nbytes", module.nbytes},
                    {"held", module.held},
                    {"uploads", module.uploads},
                    {"downloads", module.downloads},
                    {"clients", module.clients}});
  }
  return list;
}

/// The keys each worker holds, by its name.
ordered_json held_json(const State& state) {
  ordered_json result = ordered_json::object();
  for (const WorkerId id : state.workers()) {
    ordered_json keys = ordered_json::array();
    for (const Key& key : state.held_by_worker(id)) keys.push_back(key.to_string());
    result[state.worker(id)->name] = std::move(keys);
  }
  return result;
}

/// The tasks each worker has been given, by its name.
ordered_json processing_json(const State& state) {
  ordered_json result = ordered_json::object();
  for (const WorkerId id : state.workers()) {
    ordered_json names = ordered_json::array();
    for (const TaskIndex task : state.processing_on(id)) names.push_back(state.task_name(task));
    result[state.worker(id)->name] = std::move(names);
  }
  return result;
}

/// Every group with tasks: how many are in each state, how long they take and what they hold.
ordered_json groups_json(const State& state) {
  ordered_json list = ordered_json::array();
  for (const Group& group : state.groups()) {
    if (sum(group.counts) == 0) continue;
    ordered_json entry = {{"name", group.name}, {"total", sum(group.counts)}};
    entry.update(counts_of(group.counts));
    entry["mean_seconds"] = static_cast<double>(group.mean_ns) * 1e-9;
    entry["bytes"] = group.bytes;
    list.push_back(std::move(entry));
  }
  return list;
}

ordered_json tasks_json(const State& state) {
  ordered_json groups = ordered_json::array();
  for (const Group& group : state.groups()) {
    if (sum(group.counts) == 0) continue;
    groups.push_back({{"name", group.name},
                      {"states", counts_of(group.counts)},
                      {"mean_seconds", static_cast<double>(group.mean_ns) * 1e-9}});
  }
  // A few queued tasks with the reason, so that a missing resource does not look like a hang.
  ordered_json waiting = ordered_json::array();
  const State::Totals& totals = state.totals();
  if (totals.counts[static_cast<std::size_t>(TaskState::queued)] > 0) {
    for (TaskIndex i = 0; i < state.slots() && waiting.size() < kExplained; ++i) {
      if (state.task(i).state != TaskState::queued) continue;
      waiting.push_back({{"task", state.task_name(i)}, {"why", state.why_queued(i)}});
    }
  }
  return {{"total", sum(totals.counts)},
          {"states", counts_of(totals.counts)},
          {"submitted", totals.submitted},
          {"finished", totals.finished},
          {"failed", totals.failed},
          {"inline_bytes", state.inline_bytes()},
          {"groups", groups},
          {"queued", waiting}};
}

}  // namespace

std::string Node::Impl::info(std::string_view topic) const {
  if (topic == "workers") return text(workers_json(state, by_worker, now));
  if (topic == "has_what") return text(held_json(state));
  if (topic == "processing") return text(processing_json(state));
  if (topic == "groups") return text(groups_json(state));
  if (topic == "modules") return text(modules_json(modules));
  if (topic == "tasks") return text(tasks_json(state));
  if (topic == "coordination") return coordination_json();
  if (topic == "clients") {
    ordered_json list = ordered_json::array();
    for (const auto& [id, session] : by_client) {
      const auto found = state.clients().find(id);
      list.push_back({{"id", id},
                      {"name", session->name},
                      {"host", session->host},
                      {"pid", session->pid},
                      {"build", session->build},
                      {"holds", found == state.clients().end() ? 0 : found->second.count},
                      {"connected", session->reachable},
                      {"seconds_since_heard", seconds(now - session->last_heard)}});
    }
    return text(list);
  }
  if (topic == "identity") {
    const ordered_json identity = {{"build", build},
                                   {"protocol", wire::kProtocolVersion},
                                   {"id", incarnation.to_string()},
                                   {"address", address},
                                   {"workers", state.workers().size()},
                                   {"clients", by_client.size()},
                                   {"states", counts_of(state.totals().counts)}};
    return text(identity);
  }
  return text({{"error",
                "unknown topic; there are workers, tasks, groups, has_what, processing, "
                "modules, clients, coordination, identity"}});
}

}  // namespace tartan::scheduler

// Task modules on their way: some graphs need one, which its client brings when it is asked, and
// which a worker loads from its host's cache or from what the scheduler sent.

#include <algorithm>
#include <core/value/module_file.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sim/cluster.hpp>

namespace tartan::sim {

using std::chrono::milliseconds;
using Outcome = worker::ModuleResult::Outcome;

namespace {

constexpr std::size_t kModules = 5;
constexpr std::size_t kSmallest = 2048;
constexpr std::size_t kStep = 1000;       ///< each has so many bytes more than the one before
constexpr std::size_t kPartBytes = 1500;  ///< that a client sends at once
constexpr std::uint64_t kPieceBytes = 1024;
constexpr std::uint64_t kKeptBytes = 12 << 10;  ///< by the scheduler: less than all of them have
constexpr std::uint64_t kSpoilt = 2;            ///< pieces per seed: a worker gives up after three
constexpr const char* kNoRoom = "no space is left for the module";

Buffer content_of(std::size_t number) {
  Random random(hash_text("task module").lo + number);
  std::string bytes(kSmallest + number * kStep, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.below(256));
  return Buffer::copy(bytes);
}

std::vector<TaskModule> make_modules() {
  std::vector<TaskModule> made;
  for (std::size_t number = 0; number < kModules; ++number) {
    TaskModule module{{}, content_of(number), task_function<&mixing_task>()};
    module.function.ref.module = module.key = hash_bytes(module.content.bytes());
    // From here on every client names it in graphs that need it.
    value::note_module({module.key, fmt::format("module-{}.so", number), module.content.size()});
    made.push_back(std::move(module));
  }
  return made;
}

}  // namespace

std::span<const TaskModule> task_modules() {
  static const std::vector<TaskModule> modules = make_modules();
  return modules;
}

const TaskModule* find_task_module(Key key) {
  const auto all = task_modules();
  const auto found =
      std::find_if(all.begin(), all.end(), [&](const auto& one) { return one.key == key; });
  return found == all.end() ? nullptr : &*found;
}

// ---- what a worker has -------------------------------------------------------------------------

Result<const FunctionInfo*> LoadedFunctions::find(const FunctionRef& ref,
                                                  const value::Search& search) const {
  if (loaded_.contains(ref.module)) {
    const FunctionInfo& here = find_task_module(ref.module)->function;
    if (here.ref == ref) return &here;
  }
  return value::process_functions().find(ref, search);
}

bool LoadedFunctions::has_module(Key hash) const {
  return loaded_.contains(hash) || value::process_functions().has_module(hash);
}

std::vector<value::Known> LoadedFunctions::known() const {
  std::vector<value::Known> known = value::process_functions().known();
  for (const Key module : loaded_) {
    known.push_back({module, true, &find_task_module(module)->function});
  }
  return known;
}

// ---- the cluster's -----------------------------------------------------------------------------

void Cluster::choose_modules() {
  task_modules();
  modules_ = module_random_.chance(0.35);
  if (!modules_) return;
  workload_.use_modules(module_random_.fork());
  if (module_random_.chance(0.2)) disk_trouble_ = 0.1;
  if (module_random_.chance(0.3)) network_.spoil_modules(kSpoilt, module_random_.fork());
}

scheduler::ModuleLimits Cluster::module_limits() {
  scheduler::ModuleLimits limits;
  limits.total_bytes = kKeptBytes;
  limits.piece_bytes = kPieceBytes;
  return limits;
}

/// The scheduler keeps no more than it may, also where the bytes are still to come.
void Cluster::check_kept() {
  std::uint64_t kept = 0;
  for (const auto& module : nlohmann::json::parse(scheduler_->node->info("modules"))) {
    kept += module.at("nbytes").get<std::uint64_t>();
  }
  if (kept > kKeptBytes) wrong(fmt::format("the scheduler keeps {} bytes of modules", kept));
}

/// Before the graph that needs it, as Client::upload_module does.
void Cluster::offer_module(ClientProcess& client, const Graph& graph) {
  const TaskModule* module = find_task_module(graph.functions.front().module);
  if (module == nullptr || !module_random_.chance(0.3)) return;
  ++report_.faults["offered module"];
  const std::uint64_t number = ++client.last_request;
  client.operations.emplace(number, "upload of a module");
  client.node->ask(
      number,
      wire::ModulePart{number, module->key, "offered.so", module->content.size(), 0, {}, {}});
}

/// Whether the scheduler keeps what was offered to it.
void Cluster::check_offer(const ClientProcess& client, const wire::Message& reply) {
  const auto* kept = std::get_if<wire::ModuleKept>(&reply);
  if (kept == nullptr || kept->refused.empty()) return;
  const bool excused = drop_ != nullptr && drop_->errors;
  if (!excused) wrong(fmt::format("{} is refused its module: {}", client.name, kept->refused));
}

void Cluster::bring(const ClientPtr& client, const wire::ModuleAsked& asked) {
  const Buffer& content = find_task_module(asked.module)->content;
  wire::ModulePart part;
  part.module = asked.module;
  part.name = "brought.so";
  part.size = content.size();
  part.offset = asked.offset;
  part.bytes = content.slice(asked.offset, std::min(kPartBytes, content.size() - asked.offset));
  timeline_.after(milliseconds(module_random_.below(20)), [this, client, part = std::move(part)] {
    if (!client->alive || client->ended) return;
    when_awake(client, [this, client, part] {
      ++report_.faults["part of a module"];
      client->node->bring(part);
      flush(client);
    });
  });
}

/// One order after the other, as the loader's thread takes them.
void Cluster::perform(const WorkerPtr& worker, worker::ModuleOrder order) {
  const Duration took = milliseconds(module_random_.below(module_random_.chance(0.1) ? 2000 : 20));
  worker->loader_ready = std::max(worker->loader_ready, timeline_.now()) + took;
  timeline_.at(worker->loader_ready, [this, worker, order = std::move(order)] {
    if (!worker->alive) return;
    const worker::ModuleResult result{order.module, load_module(*worker, order),
                                      Error(Errc::io_error, kNoRoom)};
    when_awake(worker, [this, worker, result] {
      worker->node->on_module(result, worker->local(timeline_.now()));
      flush(worker);
    });
  });
}

Outcome Cluster::load_module(WorkerProcess& worker, const worker::ModuleOrder& order) {
  std::set<Key>& cache = module_caches_[worker.slot];
  // It costs a task one of its retries; those of flaky ones are counted.
  if (faults_on_ && !troubles_.flaky && module_random_.chance(disk_trouble_)) {
    ++report_.faults["module not stored"];
    return Outcome::failed;
  }
  if (order.bytes) {
    if (hash_bytes(*order.bytes) != order.module) {
      wrong(fmt::format("{} is to load other bytes than the module's", worker.name));
    }
    cache.insert(order.module);
  } else if (!cache.contains(order.module)) {
    return Outcome::absent;
  }
  ++report_.faults[order.bytes ? "module fetched" : "module from the cache"];
  worker.functions.load(order.module);
  return Outcome::loaded;
}

/// A task runs with the function of the very module that its graph named.
void Cluster::check_function(const WorkerProcess& worker, const worker::Execution& execution) {
  const TaskModule* wanted = workload_.module(execution.key);
  const TaskModule* used = find_task_module(execution.function->ref.module);
  if (wanted != used) {
    wrong(fmt::format("{} ran on {} with a function of another module", execution.key.to_string(),
                      worker.name));
  }
}

/// A worker's disk was full when the key's module, or that of one it needs, was to go there.
bool Cluster::module_not_stored(const client::KeyEvent& event) const {
  return event.failure.message == kNoRoom && needs_module(event.key);
}

/// Somebody whose graphs named the module has been away: nobody may be left that can bring it.
bool Cluster::module_missed(const ClientProcess& client, const client::KeyEvent& event) const {
  if (event.failure.message.find("has left") == std::string::npos) return false;
  const auto borrowed = [&](Key one) { return client.received.contains(one) && needs_module(one); };
  if (client.was_absent) return needs_module(event.key);
  const bool lender_gone = std::any_of(clients_.begin(), clients_.end(), [](const auto& other) {
    return !other->alive || other->was_absent;
  });
  return lender_gone && workload_.any_needed(event.key, borrowed);
}

bool Cluster::needs_module(Key key) const {
  return workload_.any_needed(key, [&](Key one) { return workload_.module(one) != nullptr; });
}

}  // namespace tartan::sim

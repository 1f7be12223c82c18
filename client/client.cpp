#include <algorithm>
#include <client/engine/coordination_call.hpp>
#include <client/engine/inline.hpp>
#include <client/engine/operations.hpp>
#include <client/engine/prepared.hpp>
#include <client/engine/remote.hpp>
#include <client/engine/worker_list.hpp>
#include <client/registry.hpp>
#include <core/value/module_file.hpp>
#include <errno.h>
#include <fmt/format.h>
#include <mutex>
#include <tartan/client/client.hpp>
#include <tartan/client/local_cluster.hpp>
#include <tartan/value/task_context.hpp>
#include <thread>
#include <unordered_map>

namespace tartan {

using client::Backend;

struct Client::Impl {
  std::unique_ptr<LocalCluster> cluster;  ///< the embedded one
  std::shared_ptr<Backend> backend;
  std::mutex threads_mutex;
  std::uint32_t threads = 0;
  std::chrono::steady_clock::time_point threads_known{};
};

namespace {

client::NodeConfig node_config(const ClientOptions& options) {
  client::NodeConfig config;
  config.name = options.name.empty() ? program_invocation_short_name : options.name;
  config.connect_timeout = options.connect_timeout;
  config.scheduler_lease = options.scheduler_lease;
  return config;
}

}  // namespace

Client::Client(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) { client::enlist(this); }

Client::Client() : impl_(std::make_unique<Impl>()) {
  impl_->cluster = std::make_unique<LocalCluster>();
  impl_->backend = client::RemoteBackend::connect(impl_->cluster->address(), node_config({}));
  client::enlist(this);
}

Client::Client(const std::string& address, const ClientOptions& options)
    : impl_(std::make_unique<Impl>()) {
  impl_->backend = client::RemoteBackend::connect(address, node_config(options));
  client::enlist(this);
}

Client::Client(const LocalCluster& cluster, const ClientOptions& options)
    : Client(cluster.address(), options) {}

Client Client::inline_executor() {
  auto impl = std::make_unique<Impl>();
  impl->backend = client::InlineBackend::make();
  return Client(std::move(impl));
}

Client& client::NestedClients::current(const TaskContext& task) {
  std::lock_guard lock(mutex_);
  if (clients_.empty() || clients_.back()->impl_->backend->ended()) {
    NodeConfig config = node_config({.name = "tasks of " + task.worker});
    config.of_worker = task.incarnation;
    auto impl = std::make_unique<Client::Impl>();
    impl->backend = RemoteBackend::connect(task.scheduler, config);
    clients_.push_back(std::unique_ptr<Client>(new Client(std::move(impl))));
  }
  return *clients_.back();
}

std::shared_ptr<client::Backend> client::backend_of(const Client& client) {
  return client.impl_->backend;
}

Client::~Client() {
  client::strike_off(this);
  close();
}

Client& Client::current() { return client::current_client(); }

void Client::close() {
  impl_->backend->close();
  impl_->backend->finish_callbacks();
  if (impl_->cluster) impl_->cluster->close();
}

const std::string& Client::address() const { return impl_->backend->address(); }

// ---- submitting ---------------------------------------------------------------------------

std::vector<AnyFuture> Client::submit(GraphBuilder&& graph,
                                      std::span<const GraphBuilder::Ref> wanted) {
  return impl_->backend->submit(std::move(graph), wanted);
}

AnyFuture Client::submit(client::Call call) {
  const client::Prepared prepared = client::prepare(std::move(call));
  GraphBuilder graph;
  std::vector<GraphBuilder::Ref> refs;
  std::vector<AnyFuture> keep;
  refs.reserve(prepared.dependencies.size());
  for (const client::Dependency& dependency : prepared.dependencies) {
    refs.push_back(lower(graph, dependency, keep));
  }
  const GraphBuilder::Ref task = prepared.add_to(graph, refs);
  return submit(std::move(graph), std::span(&task, 1)).front();
}

GraphBuilder::Ref Client::lower(GraphBuilder& graph, const client::Dependency& dependency,
                                std::vector<AnyFuture>& keep) {
  if (const auto* node = std::get_if<client::DelayedNodePtr>(&dependency.source)) {
    return lower(graph, *node, keep);
  }
  if (const auto* future = std::get_if<AnyFuture>(&dependency.source)) {
    if (future->state()->backend == impl_->backend) {
      // The caller's future lives until the graph is submitted; a copy keeps it if he does not.
      keep.push_back(*future);
    } else {
      keep.push_back(adopt(*future));
    }
  } else {
    std::vector<std::pair<Key, Value>> values;
    values.emplace_back(dependency.key, std::get<Value>(dependency.source));
    keep.push_back(impl_->backend->scatter(std::move(values), false).front());
  }
  return graph.external(keep.back().key());
}

GraphBuilder::Ref Client::lower(GraphBuilder& graph, const client::DelayedNodePtr& root,
                                std::vector<AnyFuture>& keep) {
  if (root == nullptr) throw ValueError("an empty Delayed cannot be computed");
  // Depth first with a stack of its own: chains of delayed calls may be very long.
  std::unordered_map<const client::DelayedNode*, GraphBuilder::Ref> lowered;
  std::vector<const client::DelayedNode*> stack{root.get()};
  std::vector<GraphBuilder::Ref> refs;
  while (!stack.empty()) {
    const client::DelayedNode* node = stack.back();
    if (lowered.count(node) != 0) {
      stack.pop_back();
      continue;
    }
    const std::size_t depth = stack.size();
    for (const client::Dependency& dependency : node->task.dependencies) {
      const auto* child = std::get_if<client::DelayedNodePtr>(&dependency.source);
      if (child != nullptr && lowered.count(child->get()) == 0) stack.push_back(child->get());
    }
    if (stack.size() != depth) continue;
    refs.clear();
    for (const client::Dependency& dependency : node->task.dependencies) {
      const auto* child = std::get_if<client::DelayedNodePtr>(&dependency.source);
      refs.push_back(child != nullptr ? lowered.at(child->get()) : lower(graph, dependency, keep));
    }
    lowered.emplace(node, node->task.add_to(graph, refs));
    stack.pop_back();
  }
  return lowered.at(root.get());
}

std::vector<AnyFuture> Client::persist(std::span<const client::DelayedNodePtr> nodes) {
  GraphBuilder graph;
  std::vector<AnyFuture> keep;
  std::vector<GraphBuilder::Ref> wanted;
  wanted.reserve(nodes.size());
  for (const client::DelayedNodePtr& node : nodes) wanted.push_back(lower(graph, node, keep));
  return submit(std::move(graph), wanted);
}

AnyFuture Client::adopt(const AnyFuture& future) {
  if (!future.valid()) throw ValueError("an empty future cannot be adopted");
  if (future.state()->backend == impl_->backend) return future;
  std::vector<std::pair<Key, Value>> values;
  values.emplace_back(future.key(), future.get_value());
  return impl_->backend->scatter(std::move(values), false).front();
}

// ---- data ---------------------------------------------------------------------------------

AnyFuture Client::scatter(Value value, bool broadcast) {
  std::vector<Value> values;
  values.push_back(std::move(value));
  return scatter(std::move(values), broadcast).front();
}

std::vector<AnyFuture> Client::scatter(std::vector<Value> values, bool broadcast) {
  std::vector<std::pair<Key, Value>> keyed;
  keyed.reserve(values.size());
  for (Value& value : values) {
    if (value.empty()) throw ValueError("an empty Value cannot be scattered");
    const Key key = client::content_key(value);
    keyed.emplace_back(key, std::move(value));
  }
  return impl_->backend->scatter(std::move(keyed), broadcast);
}

std::vector<Value> Client::gather(std::span<const AnyFuture> futures) {
  Backend::wait(futures, client::Moment::valued, std::nullopt);
  std::vector<Value> values;
  values.reserve(futures.size());
  for (const AnyFuture& future : futures) values.push_back(future.get_value());
  return values;
}

void Client::wait(std::span<const AnyFuture> futures) {
  Backend::wait(futures, client::Moment::done, std::nullopt);
}

bool Client::wait(std::span<const AnyFuture> futures, std::chrono::nanoseconds timeout) {
  return Backend::wait(futures, client::Moment::done, std::chrono::steady_clock::now() + timeout);
}

void Client::cancel(std::span<const AnyFuture> futures) {
  std::vector<Key> keys;
  keys.reserve(futures.size());
  for (const AnyFuture& future : futures) {
    if (!future.done()) keys.push_back(future.key());
  }
  if (!keys.empty()) impl_->backend->cancel(keys);
}

std::vector<AnyFuture> Client::retry(std::span<const AnyFuture> futures) {
  for (const AnyFuture& future : futures) {
    if (!future.valid() || future.state()->backend != impl_->backend) {
      throw ValueError("only futures of this client can be retried by it");
    }
  }
  return impl_->backend->retry(futures);
}

void fire_and_forget(const AnyFuture& future) { fire_and_forget(std::span(&future, 1)); }

void fire_and_forget(std::span<const AnyFuture> futures) {
  for (const AnyFuture& future : futures) {
    if (!future.valid()) throw ValueError("an empty future has no task to run to its end");
    future.state()->backend->detach({future.key()});
  }
}

// ---- shared by name -----------------------------------------------------------------------

client::Named::Named(std::string name, Client& client)
    : name_(std::move(name)), backend_(client.impl_->backend) {}

std::vector<std::string> Client::list_datasets() {
  wire::Coordinate question;
  question.operation = wire::Operation::dataset_list;
  question.name = "datasets";
  return std::move(client::coordinate(*impl_->backend, std::move(question))->record.names);
}

void Client::unpublish_dataset(const std::string& name) {
  wire::Coordinate question;
  question.operation = wire::Operation::dataset_unpublish;
  question.name = name;
  client::coordinate(*impl_->backend, std::move(question));
}

// ---- the cluster --------------------------------------------------------------------------

std::string Client::info(const std::string& topic) { return impl_->backend->info(topic); }

void Client::upload_module(const std::string& path) {
  const Result<value::ModuleFile> module = value::offer_module(path);
  if (!module) throw Exception(module.error());
  impl_->backend->upload(*module);
}

std::map<std::string, std::vector<Key>> Client::has_what() {
  auto held = client::parse_lists(info("has_what"));
  if (!held) throw Exception(held.error());
  std::map<std::string, std::vector<Key>> result;
  for (const auto& [worker, texts] : *held) {
    std::vector<Key>& keys = result[worker];
    for (const std::string& text : texts) keys.push_back(client::parse_key(text));
  }
  return result;
}

std::vector<std::vector<std::string>> Client::who_has(std::span<const AnyFuture> futures) {
  std::map<Key, std::vector<std::string>> holders;
  for (const auto& [worker, keys] : has_what()) {
    for (const Key& key : keys) holders[key].push_back(worker);
  }
  std::vector<std::vector<std::string>> result;
  for (const AnyFuture& future : futures) result.push_back(holders[future.key()]);
  return result;
}

std::map<std::string, std::vector<std::string>> Client::processing() {
  auto tasks = client::parse_lists(info("processing"));
  if (!tasks) throw Exception(tasks.error());
  return std::move(*tasks);
}

SchedulerInfo Client::scheduler_info() {
  auto workers = client::parse_workers(info("workers"));
  if (!workers) throw Exception(workers.error());
  SchedulerInfo result{address(), {}};
  for (client::WorkerEntry& worker : *workers) {
    result.workers.push_back({worker.id, std::move(worker.name), std::move(worker.data_address),
                              std::move(worker.host), worker.nthreads, worker.memory_limit});
  }
  return result;
}

// ---- operations ---------------------------------------------------------------------------

std::map<std::string, std::string> Client::retire_workers(const std::vector<std::string>& names,
                                                          const RetireOptions& options) {
  return client::operate(*impl_->backend, wire::Operate::retire, {}, names, options.close ? 1 : 0,
                         options.timeout);
}

void Client::replicate(std::span<const AnyFuture> futures, std::size_t copies,
                       std::chrono::nanoseconds timeout) {
  std::vector<Key> keys = client::keys_of(futures, *impl_->backend);
  if (keys.empty()) return;
  client::operate(*impl_->backend, wire::Operate::replicate, std::move(keys), {}, copies, timeout);
}

std::map<std::string, std::string> Client::rebalance(std::span<const AnyFuture> futures,
                                                     std::chrono::nanoseconds timeout) {
  std::vector<Key> keys = client::keys_of(futures, *impl_->backend);
  return client::operate(*impl_->backend, wire::Operate::rebalance, std::move(keys), {}, 0,
                         timeout);
}

std::map<std::string, std::string> Client::restart(std::chrono::nanoseconds timeout) {
  return client::operate(*impl_->backend, wire::Operate::restart, {}, {}, 1, timeout);
}

std::vector<GroupProgress> Client::group_progress() { return client::parse_groups(info("groups")); }

std::uint32_t SchedulerInfo::nthreads() const {
  std::uint32_t sum = 0;
  for (const WorkerInfo& worker : workers) sum += worker.nthreads;
  return sum;
}

void Client::wait_for_workers(std::size_t count, std::chrono::nanoseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    const std::size_t joined = scheduler_info().workers.size();
    if (joined >= count) return;
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Exception(
          Errc::timeout,
          fmt::format("{} of {} workers have joined {} after {:g} s; see the workers' "
                      "logs",
                      joined, count, address(), std::chrono::duration<double>(timeout).count()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::uint32_t Client::nthreads() {
  std::lock_guard lock(impl_->threads_mutex);
  const auto now = std::chrono::steady_clock::now();
  if (impl_->threads == 0 || now - impl_->threads_known > std::chrono::seconds(1)) {
    impl_->threads = std::max(scheduler_info().nthreads(), 1u);
    impl_->threads_known = now;
  }
  return impl_->threads;
}

}  // namespace tartan

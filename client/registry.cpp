#include <algorithm>
#include <client/registry.hpp>
#include <memory>
#include <mutex>
#include <tartan/client/client.hpp>
#include <tartan/value/task_context.hpp>
#include <vector>

namespace tartan::client {
namespace {

struct Registry {
  std::mutex mutex;
  std::vector<Client*> living;
};

/// Never destroyed: clients may live until the very end of the process.
Registry& registry() {
  static auto* const instance = new Registry;
  return *instance;
}

/// Set while a thread makes a client for tasks, which is nobody else's current client.
thread_local bool making_task_client = false;
/// How many InlineScope there are around what the thread runs.
thread_local std::uint32_t inline_scopes = 0;

struct MakingTaskClient {
  MakingTaskClient() { making_task_client = true; }
  ~MakingTaskClient() { making_task_client = false; }
};

/// The thread's own.
Client& inline_client() {
  struct Holder {
    MakingTaskClient making;
    Client client = Client::inline_executor();
    Holder() { making_task_client = false; }
  };
  thread_local Holder holder;
  return holder.client;
}

/// The worker's, for all its tasks.
Client& task_client(const TaskContext& task) {
  // The worker keeps them for longer than its tasks run.
  const std::shared_ptr<void> shared = task.host->shared(
      []() -> std::shared_ptr<void> { return std::make_shared<NestedClients>(); });
  const MakingTaskClient making;
  return static_cast<NestedClients*>(shared.get())->current(task);
}

Client& embedded_client() {
  static Client client;
  return client;
}

}  // namespace

void enlist(Client* client) {
  if (making_task_client) return;
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  all.living.push_back(client);
}

void strike_off(Client* client) {
  Registry& all = registry();
  std::lock_guard lock(all.mutex);
  all.living.erase(std::remove(all.living.begin(), all.living.end(), client), all.living.end());
}

Client& current_client() {
  const TaskContext* task = current_task();
  if (inline_scopes > 0) return inline_client();
  if (task != nullptr) return task->host == nullptr ? inline_client() : task_client(*task);
  {
    Registry& all = registry();
    std::lock_guard lock(all.mutex);
    if (!all.living.empty()) return *all.living.back();
  }
  return embedded_client();
}

}  // namespace tartan::client

namespace tartan {

InlineScope::InlineScope() { ++client::inline_scopes; }
InlineScope::~InlineScope() { --client::inline_scopes; }

}  // namespace tartan

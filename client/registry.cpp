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

/// Set while a thread makes its own executor for tasks, which is nobody else's current client.
thread_local bool making_task_client = false;

Client& task_client() {
  struct Holder {
    Holder() : client((making_task_client = true, Client::inline_executor())) {
      making_task_client = false;
    }
    Client client;
  };
  thread_local Holder holder;
  return holder.client;
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
  if (current_task() != nullptr) return task_client();
  {
    Registry& all = registry();
    std::lock_guard lock(all.mutex);
    if (!all.living.empty()) return *all.living.back();
  }
  return embedded_client();
}

}  // namespace tartan::client

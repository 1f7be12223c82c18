#pragma once

// The clients living in this process, and the one that Client::current() means.

#include <memory>
#include <mutex>
#include <vector>

namespace tartan {
class Client;
struct TaskContext;
}  // namespace tartan

namespace tartan::client {

/// The client through which the tasks of one worker use the cluster; another one when a scheduler
/// that was restarted has ended it. Earlier ones stay, for tasks that still refer to them.
class NestedClients {
 public:
  Client& current(const TaskContext& task);

 private:
  std::mutex mutex_;  ///< guards clients_
  std::vector<std::unique_ptr<Client>> clients_;
};

void enlist(Client* client);
void strike_off(Client* client);
Client& current_client();

}  // namespace tartan::client

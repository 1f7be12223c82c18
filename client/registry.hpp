#pragma once

// The clients living in this process, and the one that Client::current() means.

#include <memory>
#include <string>

namespace tartan {
class Client;
}

namespace tartan::client {

/// The client through which the tasks of one worker use the cluster.
std::unique_ptr<Client> make_nested_client(const std::string& scheduler,
                                           const std::string& worker);

void enlist(Client* client);
void strike_off(Client* client);
Client& current_client();

}  // namespace tartan::client

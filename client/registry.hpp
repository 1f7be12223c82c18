#pragma once

// The clients living in this process, and the one that Client::current() means.

namespace tartan {
class Client;
}

namespace tartan::client {

void enlist(Client* client);
void strike_off(Client* client);
Client& current_client();

}  // namespace tartan::client

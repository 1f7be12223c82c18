#pragma once

// Every option of every ZeroMQ socket, set on purpose and before bind or connect.

#include <core/net/transport.hpp>
#include <zmq.hpp>

namespace tartan::net {

void set_common_options(zmq::socket_t& socket, Plane plane, bool v6);
void set_listener_options(zmq::socket_t& socket);
void set_channel_options(zmq::socket_t& socket);

}  // namespace tartan::net

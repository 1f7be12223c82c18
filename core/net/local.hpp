#pragma once

// local://name: envelopes between threads of one process, handed over by pointer. Everything
// sockets of one name share is a Hub behind one mutex, held for a few instructions at a time;
// whoever puts something into an empty queue, takes from a full one, or closes, wakes the other
// side's loop.
//
// 1. The Hub is made by whoever comes first; envelopes sent before there is a listener wait.
// 2. When the listener closes, its links end: each channel keeps what it was sent before, then
//    sees gone until another listener opens, to which it appears as a new peer.

#include <core/net/loop_state.hpp>

namespace tartan::net {

Result<std::unique_ptr<Listener>> listen_local(std::shared_ptr<LoopState> loop, std::string name,
                                               Plane plane);
std::unique_ptr<Channel> connect_local(std::shared_ptr<LoopState> loop, std::string name,
                                       Plane plane);

}  // namespace tartan::net

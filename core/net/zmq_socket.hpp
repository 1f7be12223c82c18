#pragma once

// tcp:// and ipc:// over ZeroMQ. A Listener is a ROUTER with ROUTER_MANDATORY, so that a full or
// vanished peer is answered, never dropped in silence; a Channel is a DEALER.
//
// Routing ids. A DEALER of ours sets none, so the ROUTER gives each *connection* a fresh one of
// five bytes: zero and a 32-bit counter. That counter is the PeerId: a reconnected peer is a new
// one and says Hello again; no table of peers is kept that silent ones could fill. A peer that
// chose its own id is not ours (and might have chosen somebody else's): what it sends is dropped.
//
// What ZeroMQ itself does with hostile bytes: a failed or slow handshake, or a frame above
// MAXMSGSIZE, closes that connection. One gap is left to keys and to memory limits on the
// process: libzmq collects all frames of one message before we see the first, however many.

#include <core/net/address.hpp>
#include <core/net/loop_state.hpp>

namespace tartan::net {

Result<std::unique_ptr<Listener>> listen_zmq(std::shared_ptr<LoopState> loop,
                                             const Address& address, Plane plane,
                                             bool allow_remote);
Result<std::unique_ptr<Channel>> connect_zmq(std::shared_ptr<LoopState> loop,
                                             const Address& address, Plane plane);

}  // namespace tartan::net

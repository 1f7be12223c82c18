#pragma once

// The process's one ZeroMQ context. It is made with the first socket and ended with the last one,
// so a process that uses only local:// never starts an I/O thread, and one that has closed its
// sockets may fork. One context serves every loop: an I/O thread moves several GB/s, and more of
// them would only take cores from the tasks.

#include <memory>
#include <tartan/base/error.hpp>
#include <zmq.hpp>

namespace tartan::net {

/// An error when libzmq is too old (CVE-2020-15166) or the process forked with sockets open.
Result<std::shared_ptr<zmq::context_t>> shared_context();

}  // namespace tartan::net

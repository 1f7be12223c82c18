#pragma once

// What a Loop and its sockets share: the wake-up, and the list of sockets to wait for. One
// thread's, but for the Wakeup. Sockets hold it by shared_ptr, so that either side may go first.

#include <core/net/transport.hpp>
#include <core/net/wakeup.hpp>
#include <memory>
#include <string>
#include <vector>

namespace tartan::net {

/// A socket whose input is announced by the loop's Wakeup.
class LocalSocket {
 public:
  virtual bool has_input() const = 0;

 protected:
  ~LocalSocket() = default;
};

/// How a ZeroMQ socket that answered full is watched until it takes more.
enum class Blocked {
  no,
  poll_out,  ///< a DEALER: writable means that its one peer is
  retry,     ///< a ROUTER: writable means that some peer is, so time must do
};

/// A ZeroMQ socket as the loop polls it.
class PolledSocket {
 public:
  virtual void* handle() = 0;
  /// Of the socket's monitor, or nullptr.
  virtual void* monitor() = 0;
  virtual void on_monitor() = 0;
  /// Whether the last send answered full; asking resets it.
  virtual Blocked take_blocked() = 0;

 protected:
  ~PolledSocket() = default;
};

struct LoopState {
  std::shared_ptr<Wakeup> wakeup = std::make_shared<Wakeup>();
  std::vector<LocalSocket*> local;
  std::vector<PolledSocket*> polled;
};

}  // namespace tartan::net

#pragma once

// A flag one thread sleeps on and others raise, made of an eventfd. Raising a raised flag costs
// no system call.
//
// Invariant: whatever a thread did before signal() is visible to the owner after the clear() that
// follows; so "publish, signal" on one side and "clear, look" on the other loses nothing.

#include <atomic>

namespace tartan::net {

class Wakeup {
 public:
  Wakeup();  ///< throws Exception(io_error) when the process is out of file descriptors
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void signal() noexcept;  ///< any thread
  void clear() noexcept;   ///< the owner
  int fd() const { return fd_; }

 private:
  int fd_;
  std::atomic<bool> raised_{false};
};

}  // namespace tartan::net

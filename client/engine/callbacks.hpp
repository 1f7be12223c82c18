#pragma once

// Runs users' callbacks, one after the other, on a thread of its own that is made for the first one
// and ends when there is nothing to do. What a callback throws is logged. Any thread may post.
//
// The destructor lets go of the thread, which finishes what was posted: a callback may hold the
// last future, and with it the last reference to what owns this.

#include <functional>
#include <memory>

namespace tartan::client {

class Callbacks {
 public:
  Callbacks();
  ~Callbacks();
  Callbacks(const Callbacks&) = delete;
  Callbacks& operator=(const Callbacks&) = delete;

  void post(std::function<void()> callback);
  /// Returns when all that was posted has run; at once on the thread itself.
  void finish();

 private:
  struct Queue;
  std::shared_ptr<Queue> queue_;
};

}  // namespace tartan::client

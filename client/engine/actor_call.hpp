#pragma once

// One call of an actor as its caller sees it: what ActorFuture shares.

#include <condition_variable>
#include <mutex>
#include <optional>
#include <tartan/client/any_future.hpp>
#include <variant>
#include <vector>

namespace tartan::client {

struct ActorCallState {
  /// Outcomes come once; later ones are dropped.
  void finish(std::variant<Value, Failure> result);
  /// False when the time was not enough.
  bool wait(std::optional<std::chrono::steady_clock::time_point> deadline);
  bool done() const;

  Key actor;

  mutable std::mutex mutex;  ///< guards the rest
  std::condition_variable changed;
  std::vector<AnyFuture> kept;  ///< the actor's and the arguments', until the call has ended
  std::optional<std::variant<Value, Failure>> outcome;
};

}  // namespace tartan::client

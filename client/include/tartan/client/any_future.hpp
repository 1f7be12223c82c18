#pragma once

// A future without its type: what array and ml build on. Shared, counted ownership of one key;
// the scheduler forgets the result when the last copy goes.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/key.hpp>
#include <tartan/value/value.hpp>

namespace tartan {

namespace client {
struct FutureState;
class Backend;
}  // namespace client

enum class FutureStatus { pending, finished, error, cancelled };
/// "pending", "finished", "error", "cancelled".
std::string_view to_string(FutureStatus status);

class AnyFuture {
 public:
  AnyFuture() = default;
  explicit AnyFuture(std::shared_ptr<client::FutureState> state) : state_(std::move(state)) {}

  bool valid() const { return state_ != nullptr; }
  Key key() const;
  FutureStatus status() const;
  bool done() const { return status() != FutureStatus::pending; }
  /// Waits for the task to end, however it ends.
  void wait() const;
  /// False when the time was not enough.
  bool wait_for(std::chrono::nanoseconds timeout) const;
  /// Waits and fetches. Throws TaskError, CancelledError or ConnectionError.
  Value get_value() const;
  /// The failure of a finished future, if it failed.
  std::optional<Failure> failure() const;
  /// Calls it with this future once it is done, however it ended; at once if it is already. It runs
  /// on a thread that the client has for callbacks, one at a time; what it throws is logged. The
  /// future is kept until then. A callback may use the client, but not wait for other callbacks.
  void on_done(std::function<void(const AnyFuture&)> callback) const;
  /// Size of the result in bytes; 0 until it is finished.
  std::size_t nbytes() const;

  const std::shared_ptr<client::FutureState>& state() const { return state_; }

 private:
  std::shared_ptr<client::FutureState> state_;
};

namespace client {

/// While one lives, handles decoded on this thread belong to the future's client.
class ReadingScope {
 public:
  explicit ReadingScope(const AnyFuture& future);
  ~ReadingScope();
  ReadingScope(const ReadingScope&) = delete;
  ReadingScope& operator=(const ReadingScope&) = delete;

 private:
  const AnyFuture* previous_;
};

}  // namespace client
}  // namespace tartan

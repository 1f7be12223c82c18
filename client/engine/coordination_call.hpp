#pragma once

// One coordination request on its way: the thread that asked waits here, the engine brings the
// answer. Whether an answer is used is decided once: either the engine accepts it on the waiter's
// behalf, and acknowledges it, or the waiter has abandoned it before, and then withdraws the
// request, so that what it was given goes back.

#include <condition_variable>
#include <core/wire/messages.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <tartan/base/error.hpp>
#include <tartan/client/any_future.hpp>
#include <vector>

namespace tartan::client {

class Backend;

struct CoordinationReply {
  wire::Coordinated record;
  std::vector<AnyFuture> futures;  ///< one for each of the record's keys
};

class CoordinationCall {
 public:
  /// done, if given, runs on the engine's thread, or the caller's, when the answer is there. It
  /// must not block.
  explicit CoordinationCall(std::function<void(CoordinationCall&)> done = {})
      : done_(std::move(done)) {}

  /// The engine: false when nobody wants the answer any more. finish() follows.
  bool accept();
  void finish(Result<CoordinationReply> outcome);

  /// The waiter: until there is an answer, or interrupt().
  void wait();
  void interrupt();
  /// True when the answer will not be used; false when it has been accepted.
  bool abandon();
  /// The answer, which has been accepted; waits for the little that is left of that.
  Result<CoordinationReply> take();

 private:
  enum class Stage { waiting, accepted, finished, abandoned };

  std::mutex mutex_;  ///< guards all but done_
  std::condition_variable changed_;
  Stage stage_ = Stage::waiting;
  bool interrupted_ = false;
  std::optional<Result<CoordinationReply>> outcome_;
  const std::function<void(CoordinationCall&)> done_;
};

/// Asks and waits for the answer, as Backend::wait does: inside a task it gives up the thread, and
/// throws CancelledError when the task is cancelled; then the request is withdrawn. Throws what the
/// scheduler answers, except timeout: nothing then.
std::optional<CoordinationReply> coordinate(Backend& backend, wire::Coordinate question);
/// The reply, or the exception that fits; nothing for a timeout.
std::optional<CoordinationReply> checked(Result<CoordinationReply> outcome);

}  // namespace tartan::client

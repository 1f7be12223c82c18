#pragma once

// Future<T>: a result that is being computed somewhere. Copies share it; when the last copy goes,
// the scheduler may forget the result. Any thread may use any copy.
//
// get() waits, fetches and returns a copy of the result; share() gives the object itself without
// copying (in the embedded cluster it is the very object the task returned). Both throw TaskError
// when the task failed, CancelledError when it was cancelled, ConnectionError when the scheduler
// or this client has gone.

#include <exception>
#include <functional>
#include <memory>
#include <tartan/client/any_future.hpp>
#include <tartan/value/value.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tartan {

template <class T>
class [[nodiscard]] Future : public AnyFuture {
 public:
  using value_type = T;

  Future() = default;
  explicit Future(AnyFuture future) : AnyFuture(std::move(future)) {}

  T get() const {
    const client::ReadingScope scope(*this);
    if constexpr (std::is_void_v<T>) {
      get_value();
    } else if constexpr (std::is_same_v<T, Value>) {
      return get_value();
    } else {
      return get_value().template get<T>();
    }
  }

  /// The result without a copy; only for a T that is not void.
  auto share() const requires(!std::is_void_v<T>) {
    const client::ReadingScope scope(*this);
    return get_value().template share<T>();
  }

  /// See AnyFuture::on_done.
  void on_done(std::function<void(const Future&)> callback) const {
    AnyFuture::on_done(
        [callback = std::move(callback)](const AnyFuture& done) { callback(Future(done)); });
  }

  /// Waits; null when the task succeeded, else what get() would throw.
  std::exception_ptr exception() const {
    wait();
    if (status() == FutureStatus::finished) return nullptr;
    try {
      get_value();
    } catch (...) {
      return std::current_exception();
    }
    return nullptr;
  }
};

namespace client {

template <class T>
struct IsFuture : std::false_type {};
template <class T>
struct IsFuture<Future<T>> : std::true_type {};
template <>
struct IsFuture<AnyFuture> : std::true_type {};

/// The futures without their types.
template <class T>
std::vector<AnyFuture> untyped(const std::vector<Future<T>>& futures) {
  return {futures.begin(), futures.end()};
}
inline const std::vector<AnyFuture>& untyped(const std::vector<AnyFuture>& futures) {
  return futures;
}

template <class T>
std::vector<Future<T>> typed(std::vector<AnyFuture> futures) {
  std::vector<Future<T>> result;
  result.reserve(futures.size());
  for (AnyFuture& future : futures) result.emplace_back(std::move(future));
  return result;
}

}  // namespace client
}  // namespace tartan

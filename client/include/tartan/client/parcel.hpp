#pragma once

// Behind coordination.hpp: what travels through the scheduler, a small value or futures, and the
// operations on named things without their types.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tartan/client/future.hpp>
#include <tartan/value/value.hpp>
#include <type_traits>
#include <utility>
#include <vector>

namespace tartan {
class Client;
}

namespace tartan::client {

class Backend;
class Follower;

/// A small value, or futures.
struct Parcel {
  Value value;
  std::vector<AnyFuture> futures;
};
struct TimedParcel {
  std::chrono::system_clock::time_point time;
  Parcel parcel;
};

[[noreturn]] void throw_other_parcel(const std::string& name, const Parcel& parcel,
                                     const char* wanted);

template <class T>
struct ParcelOf {
  static Parcel pack(const T& value) { return {Value::of<T>(value), {}}; }
  static T unpack(Parcel&& parcel, const std::string& name) {
    if (parcel.value.empty()) throw_other_parcel(name, parcel, "a value");
    return parcel.value.get<T>();
  }
};
template <class U>
struct ParcelOf<Future<U>> {
  static Parcel pack(const Future<U>& future) { return {{}, {future}}; }
  static Future<U> unpack(Parcel&& parcel, const std::string& name) {
    if (parcel.futures.size() != 1) throw_other_parcel(name, parcel, "one future");
    return Future<U>(std::move(parcel.futures.front()));
  }
};
template <class U>
struct ParcelOf<std::vector<Future<U>>> {
  static Parcel pack(const std::vector<Future<U>>& futures) { return {{}, untyped(futures)}; }
  static std::vector<Future<U>> unpack(Parcel&& parcel, const std::string& name) {
    if (parcel.futures.empty()) throw_other_parcel(name, parcel, "futures");
    return typed<U>(std::move(parcel.futures));
  }
};

template <class T>
inline constexpr bool kIsFutures = false;
template <class U>
inline constexpr bool kIsFutures<Future<U>> = true;
template <class U>
inline constexpr bool kIsFutures<std::vector<Future<U>>> = true;

/// get_dataset<T>() gives a Future<T>, get_dataset<std::vector<Future<U>>>() that vector.
template <class T>
struct DatasetOf {
  using type = std::conditional_t<kIsFutures<T>, T, Future<T>>;
};

/// A name, and the client through which it is used.
class Named {
 public:
  Named(std::string name, Client& client);
  const std::string& name() const { return name_; }
  const std::shared_ptr<Backend>& backend() const { return backend_; }

 private:
  std::string name_;
  std::shared_ptr<Backend> backend_;
};

using Timeout = std::optional<std::chrono::nanoseconds>;  ///< none: as long as it takes

bool put(const Named& queue, Parcel item, std::uint64_t maxsize, Timeout timeout);
/// Up to n items; none when the time was not enough.
std::vector<Parcel> take(const Named& queue, std::uint64_t n, std::uint64_t maxsize,
                         Timeout timeout);
std::uint64_t queue_size(const Named& queue);
void set(const Named& variable, Parcel value);
std::optional<Parcel> read(const Named& variable, Timeout timeout);
void remove(const Named& variable);
void publish(const Named& dataset, Parcel futures, bool replace);
Parcel dataset(const Named& dataset);
void log(const Named& topic, Parcel value);
std::vector<TimedParcel> entries(const Named& topic);
/// Calls it for each event from now on, on the client's thread for callbacks.
std::shared_ptr<Follower> follow(const Named& topic, std::function<void(TimedParcel&)> callback);

}  // namespace tartan::client

#pragma once

// What programs and tasks share by name: locks, semaphores, events, queues and variables. The same
// name in any client of a scheduler, on any machine and inside tasks, is the same thing.
//
//   tartan::Lock lock("results.csv");
//   { std::lock_guard guard(lock); append_row(); }
//
//   tartan::Queue<tartan::Future<Image>> images("images", 100);   // at most 100 wait in it
//   images.put(client.submit<&load>(path));                      // in one program
//   auto image = images.get();                                    // in another
//
// Handles are cheap, and copies of one are the same handle: what one acquired another may release.
// Any thread may use them, and they may outlive their client. All of them take the client as their
// last argument; without it they are of Client::current(), inside a task of the task's cluster.
//
// When a program dies, or is not heard of for the scheduler's --client-lease, what it held is given
// to the next in line, and what it was about to be given stays where it was; what it has put into
// queues, variables and datasets stays. So too for the tasks of a worker that dies. A program that
// was only silent learns of it by ConnectionError at its next wait.
//
// Waiting is first come, first served. Inside a task every wait gives up the thread (client.hpp)
// and ends in CancelledError when the task is cancelled; nothing is taken then. A wait whose
// connection ends throws ConnectionError. The inline executor has none of this and throws
// Exception(refused).
//
// Values are small, up to 1 MiB, and travel through the scheduler: larger ones throw
// Exception(limit_exceeded); scatter them and pass the future. A Future put in is kept by the
// scheduler until its receiver has it, even if the program that put it has ended. The scheduler
// keeps up to 256 MiB of values, 65536 names, and 16384 waiting requests of one client; beyond
// that, Exception(limit_exceeded) says what to do.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <tartan/client/client.hpp>
#include <tartan/client/parcel.hpp>
#include <utility>
#include <vector>

namespace tartan {

namespace client {
class Holding;
}

/// Mutual exclusion. Not recursive. Fits std::lock_guard and std::unique_lock. When the last copy
/// of a handle goes while it holds the lock, the lock is free again.
class Lock {
 public:
  explicit Lock(const std::string& name, Client& client = Client::current());

  void lock();
  bool try_lock();
  /// False when the time was not enough.
  bool try_lock_for(std::chrono::nanoseconds timeout);
  /// Throws Exception(refused) when this handle does not hold it. Does not wait: a try_lock in
  /// another client may fail a moment longer, and a lock that was lost is logged as a warning.
  void unlock();
  const std::string& name() const;

 private:
  std::shared_ptr<client::Holding> holding_;
};

/// A number of leases. Whoever names it first says how many there are; another number for the same
/// name throws ValueError, as does asking for more than there are. Large requests are not passed by
/// small ones that came later.
class Semaphore {
 public:
  Semaphore(const std::string& name, std::uint64_t leases, Client& client = Client::current());

  void acquire(std::uint64_t n = 1);
  bool try_acquire(std::uint64_t n = 1);
  /// False when the time was not enough.
  bool try_acquire_for(std::chrono::nanoseconds timeout, std::uint64_t n = 1);
  /// Throws Exception(refused) when this handle holds fewer. Does not wait.
  void release(std::uint64_t n = 1);
  const std::string& name() const;

 private:
  std::shared_ptr<client::Holding> holding_;
};

/// A flag to wait for. It starts cleared and stays set, whoever ends, until it is cleared.
class Event {
 public:
  explicit Event(std::string name, Client& client = Client::current());

  void set();
  void clear();
  bool is_set() const;
  void wait() const;
  /// False when the time was not enough.
  bool wait_for(std::chrono::nanoseconds timeout) const;

 private:
  client::Named named_;
};

/// First in, first out, among any number of putters and getters. T has a codec, or is Future<U> or
/// std::vector<Future<U>>. What a getter was given as it died may go back to the head.
template <class T>
class Queue {
 public:
  /// maxsize: items that may lie in it; 0: as others say, or else any number. Two numbers for one
  /// name throw ValueError as long as something is in it or waits.
  explicit Queue(std::string name, std::uint64_t maxsize = 0, Client& client = Client::current())
      : named_(std::move(name), client), maxsize_(maxsize) {}

  /// Returns when the item is in the queue; waits while that is full.
  void put(const T& item) { client::put(named_, pack(item), maxsize_, std::nullopt); }
  bool try_put(const T& item) { return put_for(item, std::chrono::nanoseconds(0)); }
  /// False when there was no room in that time.
  bool put_for(const T& item, std::chrono::nanoseconds timeout) {
    return client::put(named_, pack(item), maxsize_, timeout);
  }
  /// Waits for an item. Throws TypeError when it is of another type.
  T get() { return std::move(get_some(1, std::nullopt).front()); }
  std::optional<T> try_get() { return try_get_for(std::chrono::nanoseconds(0)); }
  /// Nothing when none came in that time.
  std::optional<T> try_get_for(std::chrono::nanoseconds timeout) {
    std::vector<T> items = get_some(1, timeout);
    if (items.empty()) return std::nullopt;
    return std::move(items.front());
  }
  /// Waits for one item and takes up to n of those that are there, together about 1 MiB at most.
  std::vector<T> get_batch(std::uint64_t n) { return get_some(n, std::nullopt); }
  std::uint64_t size() const { return client::queue_size(named_); }

 private:
  static client::Parcel pack(const T& item) { return client::ParcelOf<T>::pack(item); }
  std::vector<T> get_some(std::uint64_t n, std::optional<std::chrono::nanoseconds> timeout) {
    std::vector<T> items;
    for (client::Parcel& parcel : client::take(named_, n, maxsize_, timeout)) {
      items.push_back(client::ParcelOf<T>::unpack(std::move(parcel), named_.name()));
    }
    return items;
  }

  client::Named named_;
  std::uint64_t maxsize_;
};

/// A value that anyone may set and read. T as for Queue.
template <class T>
class Variable {
 public:
  explicit Variable(std::string name, Client& client = Client::current())
      : named_(std::move(name), client) {}

  void set(const T& value) { client::set(named_, client::ParcelOf<T>::pack(value)); }
  /// Waits until it has been set.
  T get() const { return unpack(*client::read(named_, std::nullopt)); }
  /// Nothing when it has not been set in that time.
  std::optional<T> get_for(std::chrono::nanoseconds timeout) const {
    std::optional<client::Parcel> parcel = client::read(named_, timeout);
    if (!parcel) return std::nullopt;
    return unpack(std::move(*parcel));
  }
  /// As if it had never been set.
  void remove() { client::remove(named_); }

 private:
  T unpack(client::Parcel&& parcel) const {
    return client::ParcelOf<T>::unpack(std::move(parcel), named_.name());
  }

  client::Named named_;
};

// ---- Client's datasets and topics ---------------------------------------------------------

template <class T>
void Client::publish_dataset(const std::string& name, const T& futures, bool replace) {
  static_assert(client::kIsFutures<T>, "a dataset is a Future or a std::vector of futures");
  client::publish(client::Named(name, *this), client::ParcelOf<T>::pack(futures), replace);
}

template <class T>
typename client::DatasetOf<T>::type Client::get_dataset(const std::string& name) {
  using Futures = typename client::DatasetOf<T>::type;
  return client::ParcelOf<Futures>::unpack(client::dataset(client::Named(name, *this)), name);
}

template <class T>
void Client::log_event(const std::string& topic, const T& value) {
  client::log(client::Named(topic, *this), client::ParcelOf<T>::pack(value));
}

template <class T>
std::vector<TopicEvent<T>> Client::get_events(const std::string& topic) {
  std::vector<TopicEvent<T>> events;
  for (client::TimedParcel& entry : client::entries(client::Named(topic, *this))) {
    events.push_back({entry.time, client::ParcelOf<T>::unpack(std::move(entry.parcel), topic)});
  }
  return events;
}

template <class T>
Subscription Client::subscribe(const std::string& topic,
                               std::function<void(const TopicEvent<T>&)> callback) {
  return Subscription(
      client::follow(client::Named(topic, *this),
                     [topic, callback = std::move(callback)](client::TimedParcel& entry) {
                       const TopicEvent<T> event{
                           entry.time, client::ParcelOf<T>::unpack(std::move(entry.parcel), topic)};
                       callback(event);
                     }));
}

}  // namespace tartan

#pragma once

// Topics: events that programs and tasks log under a name, for those who read or follow them
// (Client::log_event, get_events, subscribe).

#include <chrono>
#include <memory>
#include <utility>

namespace tartan {

namespace client {
class Follower;
}

template <class T>
struct TopicEvent {
  std::chrono::system_clock::time_point time;  ///< by the clock of who logged it
  T value;
};

/// Calls a callback for each event of a topic until it goes. Movable.
class [[nodiscard]] Subscription {
 public:
  Subscription() = default;
  explicit Subscription(std::shared_ptr<client::Follower> follower)
      : follower_(std::move(follower)) {}
  /// end().
  ~Subscription();
  Subscription(Subscription&& other) noexcept = default;
  Subscription& operator=(Subscription&& other) noexcept;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  /// When it returns the callback is not running and will not run again; called by the callback
  /// itself it returns at once.
  void end();

 private:
  std::shared_ptr<client::Follower> follower_;
};

}  // namespace tartan

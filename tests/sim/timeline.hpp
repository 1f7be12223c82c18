#pragma once

// Virtual time: things happen in the order of their time, and of their entry where times are
// equal. Nothing depends on addresses or hashes, so a seed always gives the same run.

#include <cstdint>
#include <functional>
#include <queue>
#include <tartan/base/time.hpp>
#include <vector>

namespace tartan::sim {

class Timeline {
 public:
  Time now() const { return now_; }
  std::uint64_t happened() const { return happened_; }

  void at(Time when, std::function<void()> what) {
    queue_.push({when < now_ ? now_ : when, entered_++, std::move(what)});
  }
  void after(Duration delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }

  /// Runs the next thing; false when there is none.
  bool step() {
    if (queue_.empty()) return false;
    // The queue's top is const; the element is moved out just before it is popped.
    Entry entry = std::move(const_cast<Entry&>(queue_.top()));
    queue_.pop();
    now_ = entry.when;
    ++happened_;
    entry.what();
    return true;
  }

 private:
  struct Entry {
    Time when;
    std::uint64_t number;
    std::function<void()> what;
    bool operator<(const Entry& other) const {
      return when != other.when ? when > other.when : number > other.number;
    }
  };

  Time now_{std::chrono::hours(1)};
  std::uint64_t entered_ = 0;
  std::uint64_t happened_ = 0;
  std::priority_queue<Entry> queue_;
};

}  // namespace tartan::sim

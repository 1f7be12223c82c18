#pragma once

// Ready tasks by priority, smallest number first: a 4-ary heap of (priority, task). Removal is
// lazy: an entry whose task has moved on stays until it comes up or until garbage outweighs the
// live entries; the caller says which entries still count. Priorities are unique per task, so an
// entry never comes to mean another task that reuses the slot.

#include <algorithm>
#include <scheduler/state/ids.hpp>
#include <utility>
#include <vector>

namespace tartan::scheduler {

class ReadyHeap {
 public:
  struct Entry {
    std::uint64_t priority = 0;
    TaskIndex task = kNone;
  };

  void push(std::uint64_t priority, TaskIndex task) {
    entries_.push_back({priority, task});
    sift_up(entries_.size() - 1);
    ++live_;
  }
  /// A task in the heap has moved on by other means than pop().
  void removed() { --live_; }
  std::size_t live() const { return live_; }

  /// The live entry that comes first, or one with task kNone. is_live(entry) tells.
  template <class IsLive>
  Entry top(IsLive&& is_live) {
    while (!entries_.empty() && !is_live(entries_.front())) drop_front();
    return entries_.empty() ? Entry{} : entries_.front();
  }
  /// Takes the entry top() has just returned.
  void pop() {
    drop_front();
    --live_;
  }
  template <class IsLive>
  void compact(IsLive&& is_live) {
    if (entries_.size() < 64 || entries_.size() < 2 * live_) return;
    std::vector<Entry> kept;
    for (const Entry& entry : entries_) {
      if (is_live(entry)) kept.push_back(entry);
    }
    entries_.clear();
    for (const Entry& entry : kept) {
      entries_.push_back(entry);
      sift_up(entries_.size() - 1);
    }
  }

 private:
  void sift_up(std::size_t at) {
    const Entry entry = entries_[at];
    while (at > 0) {
      const std::size_t parent = (at - 1) / 4;
      if (entries_[parent].priority <= entry.priority) break;
      entries_[at] = entries_[parent];
      at = parent;
    }
    entries_[at] = entry;
  }
  void drop_front() {
    const Entry last = entries_.back();
    entries_.pop_back();
    if (entries_.empty()) return;
    std::size_t at = 0;
    for (;;) {
      std::size_t child = 4 * at + 1;
      if (child >= entries_.size()) break;
      const std::size_t end = std::min(child + 4, entries_.size());
      std::size_t best = child;
      for (++child; child < end; ++child) {
        if (entries_[child].priority < entries_[best].priority) best = child;
      }
      if (last.priority <= entries_[best].priority) break;
      entries_[at] = entries_[best];
      at = best;
    }
    entries_[at] = last;
  }

  std::vector<Entry> entries_;
  std::size_t live_ = 0;
};

}  // namespace tartan::scheduler

#pragma once

// A set of (task, owner) pairs that can be walked from both sides: which clients hold a task and
// which tasks a client holds; which workers have a result and which results a worker has. Pairs
// live in one vector and link to each other by index, so that adding and removing allocate
// nothing and both ends are found without hashing. A task has few owners, so the walk from the
// task is a plain list.

#include <scheduler/state/ids.hpp>
#include <tartan/base/assert.hpp>
#include <vector>

namespace tartan::scheduler {

class Relation {
 public:
  struct Pair {
    TaskIndex task = kNone;
    std::uint32_t owner = kNone;
    std::uint32_t next_of_task = kNone;
    std::uint32_t prev_of_owner = kNone;
    std::uint32_t next_of_owner = kNone;
  };

  const Pair& operator[](std::uint32_t index) const { return pairs_[index]; }

  std::uint32_t find(std::uint32_t task_head, std::uint32_t owner) const {
    while (task_head != kNone && pairs_[task_head].owner != owner) {
      task_head = pairs_[task_head].next_of_task;
    }
    return task_head;
  }

  /// The heads are the list heads of the task and of the owner; the pair must be new.
  void add(TaskIndex task, std::uint32_t& task_head, std::uint32_t owner,
           std::uint32_t& owner_head) {
    std::uint32_t index = free_;
    if (index != kNone) {
      free_ = pairs_[index].next_of_task;
    } else {
      index = static_cast<std::uint32_t>(pairs_.size());
      pairs_.emplace_back();
    }
    pairs_[index] = {task, owner, task_head, kNone, owner_head};
    if (owner_head != kNone) pairs_[owner_head].prev_of_owner = index;
    task_head = index;
    owner_head = index;
    ++size_;
  }

  void remove(std::uint32_t index, std::uint32_t& task_head, std::uint32_t& owner_head) {
    Pair& pair = pairs_[index];
    if (task_head == index) {
      task_head = pair.next_of_task;
    } else {
      std::uint32_t before = task_head;
      while (pairs_[before].next_of_task != index) {
        before = pairs_[before].next_of_task;
        TARTAN_ASSERT(before != kNone, "a pair is missing from its task's list");
      }
      pairs_[before].next_of_task = pair.next_of_task;
    }
    if (owner_head == index) owner_head = pair.next_of_owner;
    if (pair.prev_of_owner != kNone) pairs_[pair.prev_of_owner].next_of_owner = pair.next_of_owner;
    if (pair.next_of_owner != kNone) pairs_[pair.next_of_owner].prev_of_owner = pair.prev_of_owner;
    pair = {};
    pair.next_of_task = free_;
    free_ = index;
    if (--size_ == 0) {
      pairs_.clear();
      free_ = kNone;
    }
  }

  std::size_t size() const { return size_; }
  /// Gives memory back; only when empty.
  void shrink() { pairs_.shrink_to_fit(); }

 private:
  std::vector<Pair> pairs_;
  std::uint32_t free_ = kNone;
  std::size_t size_ = 0;
};

}  // namespace tartan::scheduler

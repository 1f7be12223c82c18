#pragma once

// A set of request numbers that are done. They are nearly all of the numbers there are, so it keeps
// runs of them.

#include <cstdint>
#include <iterator>
#include <map>

namespace tartan::scheduler {

class Numbers {
 public:
  bool contains(std::uint64_t number) const {
    if (number < below_) return true;
    const auto next = runs_.upper_bound(number);
    return next != runs_.begin() && number <= std::prev(next)->second;
  }

  void add(std::uint64_t number) {
    if (contains(number)) return;
    auto run = runs_.emplace(number, number).first;
    if (run != runs_.begin() && std::prev(run)->second + 1 == number) {
      const auto before = std::prev(run);
      before->second = number;
      runs_.erase(run);
      run = before;
    }
    const auto next = std::next(run);
    if (next == runs_.end() || next->first != number + 1) return;
    run->second = next->second;
    runs_.erase(next);
  }

  /// All smaller ones.
  void add_below(std::uint64_t number) {
    if (number <= below_) return;
    below_ = number;
    while (!runs_.empty() && runs_.begin()->first < below_) {
      const std::uint64_t last = runs_.begin()->second;
      runs_.erase(runs_.begin());
      if (last < below_) continue;
      runs_.emplace(below_, last);
      break;
    }
  }

  std::size_t runs() const { return runs_.size(); }

 private:
  std::uint64_t below_ = 0;
  std::map<std::uint64_t, std::uint64_t> runs_;  ///< first -> last; they do not touch
};

}  // namespace tartan::scheduler

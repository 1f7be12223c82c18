#pragma once

// Runs of consecutive elements in one vector, handed out by power-of-two size class and reused.
// A task's dependency edges live in such a run: no heap allocation per task, and an edge is named
// by a 32-bit number. References into the pool die at the next allocate().

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace tartan::scheduler {

template <class T>
class RangePool {
 public:
  /// The first index of a run of at least `count` elements; count > 0.
  std::uint32_t allocate(std::uint32_t count) {
    auto& free = free_[size_class(count)];
    if (!free.empty()) {
      const std::uint32_t first = free.back();
      free.pop_back();
      return first;
    }
    const auto first = static_cast<std::uint32_t>(items_.size());
    items_.resize(items_.size() + (std::size_t{1} << size_class(count)));
    return first;
  }
  void free(std::uint32_t first, std::uint32_t count) { free_[size_class(count)].push_back(first); }
  /// Gives all memory back; nothing may be allocated any more.
  void reset() {
    items_ = {};
    free_ = {};
  }

  T& operator[](std::uint32_t index) { return items_[index]; }
  const T& operator[](std::uint32_t index) const { return items_[index]; }

 private:
  static std::size_t size_class(std::uint32_t count) {
    return static_cast<std::size_t>(std::bit_width(count - 1));
  }

  std::vector<T> items_;
  std::array<std::vector<std::uint32_t>, 33> free_;
};

}  // namespace tartan::scheduler

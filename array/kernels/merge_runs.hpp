#pragma once

// A stable merge of sorted runs of items, by the keys of radix_sort.hpp. The runs are cut at the
// same keys into parts that fit a near cache, and every part is merged by pairs there.

#include <algorithm>
#include <array/kernels/radix_sort.hpp>
#include <numeric>
#include <span>
#include <tartan/base/buffer.hpp>
#include <utility>
#include <vector>

namespace tartan::array {
namespace merge {

/// About so many items of all runs are merged at a time.
inline constexpr std::size_t kPart = 16384;

/// Merges two runs that follow each other, from both ends at the same time, as each step of one end
/// waits for the one before. Of equal items those of the first run come first.
template <class Item>
void pair(const Item* first, const Item* middle, const Item* last, Item* out) {
  const Item* a = first;
  const Item* b = middle;
  const Item* a_end = middle;
  const Item* b_end = last;
  Item* out_end = out + (last - first);
  // While both have two items, the ends cannot take the same one.
  while (a_end - a >= 2 && b_end - b >= 2) {
    const bool from_b = key_of(*b) < key_of(*a);
    *out++ = *(from_b ? b : a);
    a += from_b ? 0 : 1;
    b += from_b ? 1 : 0;
    const bool from_a = key_of(b_end[-1]) < key_of(a_end[-1]);
    *--out_end = from_a ? a_end[-1] : b_end[-1];
    a_end -= from_a ? 1 : 0;
    b_end -= from_a ? 0 : 1;
  }
  std::merge(a, a_end, b, b_end, out,
             [](const Item& x, const Item& y) { return key_of(x) < key_of(y); });
}

/// Merges the runs that end at `ends`; returns where the result is, in `from` or in `spare`.
template <class Item>
Item* all(Item* from, Item* spare, std::vector<std::size_t>& ends) {
  while (ends.size() > 1) {
    std::size_t begin = 0;
    std::size_t kept = 0;
    for (std::size_t run = 0; run < ends.size(); run += 2) {
      const auto middle = ends[run];
      const auto end = run + 1 < ends.size() ? ends[run + 1] : middle;
      pair(from + begin, from + middle, from + end, spare + begin);
      begin = ends[kept++] = end;
    }
    ends.resize(kept);
    std::swap(from, spare);
  }
  return from;
}

/// Where the runs are cut: per part where it ends in every run. key(run, i) ascends with i.
template <class KeyOf>
std::vector<std::vector<std::size_t>> cut(std::span<const std::size_t> lengths, const KeyOf& key) {
  std::size_t total = 0;
  std::size_t longest = 0;
  for (std::size_t run = 0; run < lengths.size(); ++run) {
    total += lengths[run];
    if (lengths[run] > lengths[longest]) longest = run;
  }
  std::vector<std::vector<std::size_t>> parts;
  std::vector<std::size_t> ends(lengths.size(), 0);
  const auto count = total / kPart;
  for (std::size_t part = 1; part < count; ++part) {
    const auto splitter = key(longest, part * lengths[longest] / count);
    for (std::size_t run = 0; run < lengths.size(); ++run) {
      // Equal keys stay together.
      std::size_t left = lengths[run] - ends[run];
      while (left > 0) {
        const auto half = left / 2;
        const bool before = key(run, ends[run] + half) < splitter;
        ends[run] += before ? half + 1 : 0;
        left = before ? left - half - 1 : half;
      }
    }
    parts.push_back(ends);
  }
  parts.emplace_back(lengths.begin(), lengths.end());
  return parts;
}

}  // namespace merge

/// Merges runs of these lengths: item(run, i) makes the items, put(i, item) takes them in order.
/// Takes memory for two times the items of the largest part, which may have all of them.
template <class Item, class ItemOf, class Put>
void merge_runs(std::span<const std::size_t> lengths, const ItemOf& item, const Put& put) {
  const auto parts =
      merge::cut(lengths, [&](std::size_t run, std::size_t i) { return key_of(item(run, i)); });
  std::size_t largest = 0;
  std::size_t before = 0;
  for (const auto& part : parts) {
    const auto end = std::accumulate(part.begin(), part.end(), std::size_t{0});
    largest = std::max(largest, end - std::exchange(before, end));
  }
  MutableBuffer memory(2 * largest * sizeof(Item));
  auto* items = memory.as<Item>();
  std::vector<std::size_t> begins(lengths.size(), 0);
  std::vector<std::size_t> ends;
  std::size_t done = 0;
  for (const auto& part : parts) {
    std::size_t n = 0;
    ends.clear();
    for (std::size_t run = 0; run < lengths.size(); ++run) {
      for (auto i = begins[run]; i < part[run]; ++i) items[n++] = item(run, i);
      ends.push_back(n);
    }
    begins = part;
    const Item* merged = merge::all(items, items + n, ends);
    for (std::size_t i = 0; i < n; ++i) put(done + i, merged[i]);
    done += n;
  }
}

}  // namespace tartan::array

#pragma once

// A stable sort of items by an unsigned key. The range of the keys is cut into about as many equal
// buckets as there are items, up to 4096, items are moved to their buckets, and every bucket is
// sorted in the same way by the range of its own keys; few items are sorted by insertion. Keys that
// spread evenly need two or three moves, whatever their width, and any keys at most one move per
// five to twelve bits of their width. Many keys in a narrow range are moved by the digits of their
// distance from the lowest, the last digit first, which leaves no small buckets.

#include <algorithm>
#include <array/kernels/order_image.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

namespace tartan::array {

/// A key and what belongs to it.
template <class Bits, class Payload>
struct Keyed {
  Bits key;
  Payload payload;
};

template <class Bits>
requires std::unsigned_integral<Bits> || std::same_as<Bits, Bits128> Bits key_of(Bits item) {
  return item;
}
template <class Bits, class Payload>
Bits key_of(const Keyed<Bits, Payload>& item) {
  return item.key;
}

namespace radix {

inline constexpr std::size_t kInsertion = 24;
inline constexpr int kMostBucketBits = 12;
inline constexpr int kDigitBits = 11;
inline constexpr int kMostDigits = 3;
/// From so many items on, clearing the counts of all digits does not show.
inline constexpr std::size_t kByDigits = 4096;

template <class Bits>
int width(Bits bits) {
  if constexpr (sizeof(Bits) > 8) {
    const auto high = static_cast<std::uint64_t>(bits >> 64);
    if (high != 0) return 64 + std::bit_width(high);
  }
  return std::bit_width(static_cast<std::uint64_t>(bits));
}

template <class Item>
void insertion_sort(Item* items, std::size_t n) {
  for (std::size_t i = 1; i < n; ++i) {
    const Item item = items[i];
    std::size_t at = i;
    for (; at > 0 && key_of(item) < key_of(items[at - 1]); --at) items[at] = items[at - 1];
    items[at] = item;
  }
}

/// Keys whose distance from `low` has up to 33 bits, by its digits; returns where the result is.
template <class Item, class Bits>
Item* sort_by_digits(Item* from, Item* spare, std::size_t n, Bits low, int width_of_range) {
  constexpr std::size_t kValues = std::size_t{1} << kDigitBits;
  const int digits = (width_of_range + kDigitBits - 1) / kDigitBits;
  const int bits = (width_of_range + digits - 1) / digits;
  const std::size_t mask = (std::size_t{1} << bits) - 1;
  std::uint64_t places[kMostDigits][kValues] = {};
  const auto digit_of = [=](const Item& item, int digit) {
    return static_cast<std::uint64_t>(static_cast<Bits>(key_of(item) - low)) >> (digit * bits) &
           mask;
  };
  for (std::size_t i = 0; i < n; ++i) {
    for (int digit = 0; digit < digits; ++digit) ++places[digit][digit_of(from[i], digit)];
  }
  for (int digit = 0; digit < digits; ++digit) {
    std::uint64_t begin = 0;
    for (auto& place : places[digit]) begin += std::exchange(place, begin);
    for (std::size_t i = 0; i < n; ++i) {
      spare[places[digit][digit_of(from[i], digit)]++] = from[i];
    }
    std::swap(from, spare);
  }
  return from;
}

/// The least and the greatest key, and whether the items are in order.
template <class Item>
auto scan(const Item* items, std::size_t n) {
  using Bits = decltype(key_of(*items));
  struct {
    Bits low, high;
    bool sorted = true;
  } found{key_of(items[0]), key_of(items[0])};
  for (std::size_t i = 1; i < n; ++i) {
    const Bits key = key_of(items[i]);
    found.sorted &= key_of(items[i - 1]) <= key;
    found.low = std::min(found.low, key);
    found.high = std::max(found.high, key);
  }
  return found;
}

/// Moves the items to `to`, ordered by bucket; ends are where the buckets end then. Returns the
/// number of items in the largest bucket.
template <class Item, class BucketOf>
std::uint64_t scatter(const Item* from, Item* to, std::size_t n, std::uint64_t* ends,
                      std::size_t buckets, const BucketOf& bucket_of) {
  std::fill(ends, ends + buckets, 0);
  for (std::size_t i = 0; i < n; ++i) ++ends[bucket_of(from[i])];
  std::uint64_t begin = 0;
  std::uint64_t largest = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const auto count = std::exchange(ends[bucket], begin);
    begin += count;
    largest = std::max(largest, count);
  }
  for (std::size_t i = 0; i < n; ++i) to[ends[bucket_of(from[i])]++] = from[i];
  return largest;
}

/// Sorts `from` with the help of `spare`; the result is in `from`, or in `spare` when asked for.
template <class Item>
void sort(Item* from, Item* spare, std::size_t n, bool into_spare) {
  auto* const wanted = into_spare ? spare : from;
  const auto leave = [&](const Item* result) {
    if (result != wanted) std::memcpy(static_cast<void*>(wanted), result, n * sizeof(Item));
  };
  if (n <= kInsertion) {
    insertion_sort(from, n);
    return leave(from);
  }
  const auto [low, high, sorted] = scan(from, n);
  if (sorted) return leave(from);
  using Bits = decltype(key_of(*from));
  const auto distance = static_cast<Bits>(high - low);
  const int range = width(distance);
  if (n >= kByDigits && range <= kMostDigits * kDigitBits) {
    return leave(sort_by_digits(from, spare, n, Bits{low}, range));
  }
  const int shift = std::max(0, range - std::min(width(n), kMostBucketBits));
  const auto bucket_of = [least = Bits{low}, shift](const Item& item) {
    return static_cast<std::size_t>(static_cast<Bits>(key_of(item) - least) >> shift);
  };
  std::uint64_t ends[std::size_t{1} << kMostBucketBits];
  const auto buckets = static_cast<std::size_t>(static_cast<Bits>(distance >> shift)) + 1;
  const auto largest = scatter(from, spare, n, ends, buckets, bucket_of);
  if (shift == 0) return leave(spare);  // a bucket holds one key
  if (largest <= kInsertion) {
    // Every item is near its place: one pass needs no more moves than one per bucket.
    insertion_sort(spare, n);
    return leave(spare);
  }
  std::uint64_t begin = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    const auto count = ends[bucket] - begin;
    if (count == 1) {
      wanted[begin] = spare[begin];
    } else if (count > 1) {
      sort(spare + begin, from + begin, count, !into_spare);
    }
    begin = ends[bucket];
  }
}

}  // namespace radix

/// Sorts the items stably by key_of; `spare` has room for as many.
template <class Item>
void radix_sort(Item* items, Item* spare, std::size_t n) {
  radix::sort(items, spare, n, false);
}

}  // namespace tartan::array

#pragma once

// Binary search in sorted images of elements.

#include <algorithm>
#include <array/kernels/order_image.hpp>
#include <cstddef>
#include <span>
#include <vector>

namespace tartan::array {

template <class T>
std::vector<BitsOf<T>> keys_of(std::span<const T> elements) {
  std::vector<BitsOf<T>> keys(elements.size());
  std::transform(elements.begin(), elements.end(), keys.begin(),
                 [](T x) { return equal_image(x); });
  return keys;
}

/// How many of the sorted keys are below `key`, or not above it. No branch depends on the keys,
/// since those would be guessed wrong half of the time.
template <class Bits>
std::size_t count_below(const std::vector<Bits>& keys, Bits key, bool or_equal) {
  const Bits* first = keys.data();
  std::size_t length = keys.size();
  while (length > 0) {
    const auto half = length / 2;
    const bool below = or_equal ? first[half] <= key : first[half] < key;
    first = below ? first + half + 1 : first;
    length = below ? length - half - 1 : half;
  }
  return static_cast<std::size_t>(first - keys.data());
}

}  // namespace tartan::array

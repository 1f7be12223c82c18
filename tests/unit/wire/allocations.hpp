#pragma once

// What the test program has allocated with new, to hold decoders to their budgets.

#include <cstddef>

namespace tartan::test {

/// Bytes alive now, and the most there were since reset_peak().
std::size_t allocated_bytes();
std::size_t peak_bytes();
void reset_peak();

/// The most bytes that were alive while f ran, beyond those alive before.
template <class F>
std::size_t peak_of(F&& f) {
  reset_peak();
  const std::size_t before = allocated_bytes();
  f();
  return peak_bytes() - before;
}

}  // namespace tartan::test

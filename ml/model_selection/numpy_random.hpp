#pragma once

// NumPy's legacy RandomState, as far as splits need it: with equal seeds the same permutations as
// scikit-learn's. MT19937 seeded as init_genrand does, bounded numbers by rejection under a mask.

#include <cstdint>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

namespace tartan::ml {

class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint64_t seed) : engine_(static_cast<std::uint32_t>(seed)) {}

  /// Uniform in [0, most].
  std::uint64_t interval(std::uint64_t most) {
    if (most == 0) return 0;
    std::uint64_t mask = most;
    for (int shift = 1; shift < 64; shift *= 2) mask |= mask >> shift;
    std::uint64_t value = 0;
    do {
      value = (most <= UINT32_MAX ? next() : next() << 32 | next()) & mask;
    } while (value > most);
    return value;
  }

  template <class T>
  void shuffle(std::vector<T>& values) {
    for (std::size_t i = values.size(); i-- > 1;) std::swap(values[i], values[interval(i)]);
  }

  std::vector<std::int64_t> permutation(std::int64_t count) {
    std::vector<std::int64_t> result(static_cast<std::size_t>(count));
    std::iota(result.begin(), result.end(), 0);
    shuffle(result);
    return result;
  }

  /// Uniform in [0, 1) with 53 bits.
  double uniform() {
    const std::uint64_t a = next() >> 5;
    const std::uint64_t b = next() >> 6;
    return (static_cast<double>(a) * 67108864.0 + static_cast<double>(b)) / 9007199254740992.0;
  }

 private:
  std::uint64_t next() { return engine_(); }

  std::mt19937 engine_;
};

}  // namespace tartan::ml

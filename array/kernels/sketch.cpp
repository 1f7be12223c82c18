#include <algorithm>
#include <array/kernels/order_image.hpp>
#include <array/kernels/sketch.hpp>
#include <bit>
#include <cmath>
#include <limits>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

template <class F>
void visit_floating(DType dtype, const F& f) {
  if (dtype == DType::float32) return f(Type<float>{});
  if (dtype == DType::float64) return f(Type<double>{});
  throw Exception(Errc::malformed, "a sketch of quantiles is of floating-point numbers");
}

/// Mixes all bits into all others (Stafford's variant 13 of MurmurHash3's end).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
  x = (x ^ x >> 27) * 0x94D049BB133111EBU;
  return x ^ x >> 31;
}

template <class T>
std::uint64_t hash_of(T x) {
  const auto bits = equal_image(x);
  const auto low = static_cast<std::uint64_t>(bits);
  if constexpr (sizeof(bits) > 8) {
    return mixed(mixed(static_cast<std::uint64_t>(bits >> 64)) + low);
  } else {
    // Zero would be mixed to zero.
    return mixed(low + 0x9E3779B97F4A7C15U);
  }
}

/// The sums of Ertl's estimator (see estimate_distinct).
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double sum = x;
  double weight = 1;
  for (double before = -1; sum != before; weight += weight) {
    before = sum;
    x *= x;
    sum += x * weight;
  }
  return sum;
}
double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double sum = 1 - x;
  double weight = 1;
  for (double before = -1; sum != before;) {
    before = sum;
    x = std::sqrt(x);
    weight /= 2;
    sum -= (1 - x) * (1 - x) * weight;
  }
  return sum / 3;
}

}  // namespace

int sketch_bits(DType dtype, double error) {
  // Half of the distance between two numbers with m bits of fraction is 2^-(m + 1) of them.
  const int fraction = std::max(0, static_cast<int>(std::ceil(-std::log2(error))) - 1);
  return (dtype == DType::float32 ? 9 : 12) + fraction;
}

Chunk count_leading(const Chunk& chunk, int bits) {
  const auto nan_column = std::int64_t{1} << bits;
  MutableChunk counts(DType::int64, {1, nan_column + 1});
  const auto out = counts.view<std::int64_t>();
  std::fill(out.begin(), out.end(), 0);
  visit_floating(chunk.dtype, [&]<class T>(Type<T>) {
    const int shift = 8 * static_cast<int>(sizeof(T)) - bits;
    for (const T x : chunk.view<T>()) {
      const auto column = is_nan(x) ? nan_column : static_cast<std::int64_t>(image(x) >> shift);
      ++out[static_cast<std::size_t>(column)];
    }
  });
  return std::move(counts).freeze();
}

Chunk sketched_quantiles(const Chunk& counts, DType dtype, std::span<const double> q,
                         bool skip_nan) {
  MutableChunk chunk(DType::float64, {static_cast<std::int64_t>(q.size())});
  const auto out = chunk.view<double>();
  const auto all = counts.view<std::int64_t>();
  const auto numbers = all.first(all.size() - 1);
  std::int64_t valid = 0;
  for (const auto count : numbers) valid += count;
  if (valid == 0 || (all.back() > 0 && !skip_nan)) {
    std::fill(out.begin(), out.end(), std::numeric_limits<double>::quiet_NaN());
    return std::move(chunk).freeze();
  }
  visit_floating(dtype, [&]<class T>(Type<T>) {
    using Bits = BitsOf<T>;
    const int shift = 8 * static_cast<int>(sizeof(T)) - std::bit_width(numbers.size()) + 1;
    for (std::size_t k = 0; k < q.size(); ++k) {
      auto rank = static_cast<std::int64_t>(std::floor(q[k] * static_cast<double>(valid - 1)));
      std::size_t leading = 0;
      while (rank >= numbers[leading]) rank -= numbers[leading++];
      const auto first = static_cast<Bits>(static_cast<Bits>(leading) << shift);
      const T middle = Image<T>::back(static_cast<Bits>(first | Bits{1} << (shift - 1)));
      // With infinities there are no numbers, and the numbers with zero are next to nothing.
      const bool infinite = !std::isfinite(middle);
      const bool tiny = std::abs(middle) < std::numeric_limits<T>::min() &&
                        (leading == image(T{0}) >> shift || leading == image(-T{0}) >> shift);
      out[k] = infinite ? (leading > numbers.size() / 2 ? 1 : -1) *
                              std::numeric_limits<double>::infinity()
               : tiny ? 0.0
                      : static_cast<double>(middle);
    }
  });
  return std::move(chunk).freeze();
}

Chunk distinct_registers(const Chunk& chunk) {
  MutableChunk registers(DType::uint8, {1, std::int64_t{1} << kRegisterBits});
  const auto out = registers.view<std::uint8_t>();
  std::fill(out.begin(), out.end(), std::uint8_t{0});
  visit_dtype(chunk.dtype, [&]<class T>(Type<T>) {
    for (const T x : chunk.view<T>()) {
      const auto hash = hash_of(x);
      // The last bit ends the zeros of a hash that has no other.
      const auto rest = hash << kRegisterBits | std::uint64_t{1} << (kRegisterBits - 1);
      const auto zeros = static_cast<std::uint8_t>(std::countl_zero(rest) + 1);
      auto& most = out[hash >> (64 - kRegisterBits)];
      most = std::max(most, zeros);
    }
  });
  return std::move(registers).freeze();
}

// O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), the improved
// raw estimator: without a bias for few or many elements, and without tables.
Chunk estimate_distinct(const Chunk& registers) {
  constexpr int kMost = 64 - kRegisterBits;
  constexpr double kCount = 1 << kRegisterBits;
  double with[kMost + 2] = {};
  for (const auto value : registers.view<std::uint8_t>()) ++with[value];
  double z = kCount * tau(1 - with[kMost + 1] / kCount);
  for (int value = kMost; value > 0; --value) z = 0.5 * (z + with[value]);
  z += kCount * sigma(with[0] / kCount);
  const double estimate = kCount / (2 * std::log(2.0)) * kCount / z;
  MutableChunk out(DType::int64, {});
  out.view<std::int64_t>()[0] = std::llround(estimate);
  return std::move(out).freeze();
}

}  // namespace tartan::array

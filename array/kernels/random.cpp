#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <array/kernels/flat_runs.hpp>
#include <array/kernels/loops.hpp>
#include <array/kernels/philox.hpp>
#include <array/kernels/random.hpp>
#include <array/kernels/tile.hpp>
#include <cmath>
#include <fmt/format.h>
#include <numbers>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Exact: 27 and 26 bits make a multiple of 2^-53 in [0, 1).
TARTAN_INLINE double unit(std::uint32_t low, std::uint32_t high) {
  const auto upper = static_cast<double>(static_cast<std::int32_t>(high >> 5));
  const auto lower = static_cast<double>(static_cast<std::int32_t>(low >> 6));
  return (upper * 0x1p26 + lower) * 0x1p-53;
}
TARTAN_INLINE float unit(std::uint32_t word) {
  return static_cast<float>(static_cast<std::int32_t>(word >> 8)) * 0x1p-24F;
}

/// Fills runs of the chunk from batches of blocks. make(blocks, n, out) turns n blocks into
/// n * kPerBlock elements.
template <class T, std::size_t kPerBlock, class Make>
Chunk fill_chunk(const RandomPlace& place, const Shape& shape, Make make) {
  MutableChunk chunk(dtype_of<T>, shape);
  if (chunk.nbytes() == 0) return std::move(chunk).freeze();
  const FlatRuns runs(place.global_shape, place.offset, shape);
  T* out = chunk.view<T>().data();
  PhiloxBatch blocks;
  alignas(64) T elements[kPhiloxBatch * kPerBlock];
  const auto length = static_cast<std::uint64_t>(runs.length());
  for (std::int64_t r = 0; r < runs.count(); ++r) {
    const auto start = static_cast<std::uint64_t>(runs.start(r));
    for (std::uint64_t done = 0; done < length;) {
      const std::uint64_t block = (start + done) / kPerBlock;
      const std::uint64_t skipped = (start + done) % kPerBlock;
      const std::uint64_t needed = (skipped + length - done + kPerBlock - 1) / kPerBlock;
      const std::size_t n = std::min<std::uint64_t>(needed, kPhiloxBatch);
      philox(blocks, block, n, place.seed, place.stream);
      const std::uint64_t count = std::min<std::uint64_t>(n * kPerBlock - skipped, length - done);
      if (count == n * kPerBlock) {
        make(blocks, n, out);
        out += count;
      } else {
        make(blocks, n, elements);
        out = std::copy_n(elements + skipped, count, out);
      }
      done += count;
    }
  }
  return std::move(chunk).freeze();
}

/// low + (high - low) u, kept below high where rounding would reach it.
template <class T>
struct Range {
  T low;
  T width;
  T high;
  T below;

  Range(double from, double to)
      : low(static_cast<T>(from)),
        width(static_cast<T>(to - from)),
        high(static_cast<T>(to)),
        below(std::nextafter(static_cast<T>(to), static_cast<T>(from))) {}
  TARTAN_INLINE T operator()(T u) const {
    const T value = low + width * u;
    return value < high ? value : below;
  }
};

TARTAN_INLINE void uniform_body(const PhiloxBatch& blocks, std::size_t n,
                                const Range<double>& range, double* __restrict out) {
  for (std::size_t i = 0; i < n; ++i) {
    out[2 * i] = range(unit(blocks.word[0][i], blocks.word[1][i]));
    out[2 * i + 1] = range(unit(blocks.word[2][i], blocks.word[3][i]));
  }
}
TARTAN_INLINE void uniform_body(const PhiloxBatch& blocks, std::size_t n, const Range<float>& range,
                                float* __restrict out) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t w = 0; w < 4; ++w) out[4 * i + w] = range(unit(blocks.word[w][i]));
  }
}
template <class T>
void uniform_baseline(const PhiloxBatch& blocks, std::size_t n, const Range<T>& range, T* out) {
  uniform_body(blocks, n, range, out);
}
template <class T>
TARTAN_AVX2 void uniform_avx2(const PhiloxBatch& blocks, std::size_t n, const Range<T>& range,
                              T* out) {
  uniform_body(blocks, n, range, out);
}
template <class T>
TARTAN_AVX512 void uniform_avx512(const PhiloxBatch& blocks, std::size_t n, const Range<T>& range,
                                  T* out) {
  uniform_body(blocks, n, range, out);
}

template <class T>
Chunk uniform_chunk(const RandomPlace& place, const Shape& shape, double low, double high) {
  const Range<T> range(low, high);
  const Isa isa = active_isa();
  const auto run = isa == Isa::avx512 ? &uniform_avx512<T>
                   : isa == Isa::avx2 ? &uniform_avx2<T>
                                      : &uniform_baseline<T>;
  return fill_chunk<T, 16 / sizeof(T)>(
      place, shape,
      [&](const PhiloxBatch& blocks, std::size_t n, T* out) { run(blocks, n, range, out); });
}

/// The pairs' radius and angle: (0, 1] for the logarithm, [0, 2 pi) for the circle.
inline void polar(const PhiloxBatch& blocks, std::size_t n, double* radius, double* angle) {
  for (std::size_t i = 0; i < n; ++i) {
    radius[i] = 1.0 - unit(blocks.word[0][i], blocks.word[1][i]);
    angle[i] = unit(blocks.word[2][i], blocks.word[3][i]) * (2 * std::numbers::pi);
  }
}
/// Two pairs a block. The radius uses all 32 bits, for the sake of the tail.
inline void polar(const PhiloxBatch& blocks, std::size_t n, float* radius, float* angle) {
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t pair = 0; pair < 2; ++pair) {
      radius[2 * i + pair] = static_cast<float>(blocks.word[2 * pair][i]) * 0x1p-32F + 0x1p-33F;
      angle[2 * i + pair] =
          unit(blocks.word[2 * pair + 1][i]) * static_cast<float>(2 * std::numbers::pi);
    }
  }
}

template <class T>
Chunk normal_chunk(const RandomPlace& place, const Shape& shape, double loc, double scale) {
  constexpr std::size_t kPairs = sizeof(T) == 8 ? kPhiloxBatch : 2 * kPhiloxBatch;
  const Isa isa = active_isa();
  const TileKernel log = math_kernel(Operation::log, dtype_of<T>, isa);
  const TileKernel sin = math_kernel(Operation::sin, dtype_of<T>, isa);
  const TileKernel cos = math_kernel(Operation::cos, dtype_of<T>, isa);
  const auto apply = [](TileKernel kernel, T* out, const T* in, std::size_t n) {
    const auto* bytes = reinterpret_cast<const std::byte*>(in);
    kernel(reinterpret_cast<std::byte*>(out), &bytes, n);
  };
  const T centre = static_cast<T>(loc);
  const T width = static_cast<T>(scale);
  return fill_chunk<T, 16 / sizeof(T)>(place, shape,
                                       [&](const PhiloxBatch& blocks, std::size_t n, T* out) {
                                         alignas(64) T radius[kPairs];
                                         alignas(64) T angle[kPairs];
                                         alignas(64) T logs[kPairs];
                                         alignas(64) T sines[kPairs];
                                         alignas(64) T cosines[kPairs];
                                         const std::size_t pairs = n * kPairs / kPhiloxBatch;
                                         polar(blocks, n, radius, angle);
                                         apply(log, logs, radius, pairs);
                                         apply(sin, sines, angle, pairs);
                                         apply(cos, cosines, angle, pairs);
                                         for (std::size_t i = 0; i < pairs; ++i) {
                                           const T length = std::sqrt(T{-2} * logs[i]);
                                           out[2 * i] = centre + width * (length * cosines[i]);
                                           out[2 * i + 1] = centre + width * (length * sines[i]);
                                         }
                                       });
}

__extension__ using Uint128 = unsigned __int128;

std::uint64_t bits64(std::uint32_t low, std::uint32_t high) {
  return std::uint64_t{high} << 32 | low;
}

template <class T>
Chunk integer_chunk(const RandomPlace& place, const Shape& shape, std::int64_t low,
                    std::uint64_t range) {
  const auto scaled = [&](std::uint64_t bits) {
    const auto wide = static_cast<Uint128>(bits) * range;
    return static_cast<T>(static_cast<std::uint64_t>(low) + static_cast<std::uint64_t>(wide >> 64));
  };
  return fill_chunk<T, 2>(place, shape, [&](const PhiloxBatch& blocks, std::size_t n, T* out) {
    for (std::size_t i = 0; i < n; ++i) {
      out[2 * i] = scaled(bits64(blocks.word[0][i], blocks.word[1][i]));
      out[2 * i + 1] = scaled(bits64(blocks.word[2][i], blocks.word[3][i]));
    }
  });
}

void check_floating(const char* what, DType dtype) {
  if (is_floating(dtype)) return;
  throw TypeError(
      fmt::format("random {} numbers come in float32 and float64, not {}; cast with "
                  "astype",
                  what, tartan::name(dtype)));
}

}  // namespace

Chunk random_uniform(const RandomPlace& place, const Shape& shape, double low, double high,
                     DType dtype) {
  check_floating("uniform", dtype);
  if (!(low <= high) || !std::isfinite(high - low)) {
    throw ValueError(fmt::format("uniform numbers from {} up to {}: no such range", low, high));
  }
  return dtype == DType::float32 ? uniform_chunk<float>(place, shape, low, high)
                                 : uniform_chunk<double>(place, shape, low, high);
}

Chunk random_normal(const RandomPlace& place, const Shape& shape, double loc, double scale,
                    DType dtype) {
  check_floating("normal", dtype);
  if (!(scale >= 0)) throw ValueError(fmt::format("normal numbers of scale {}: below 0", scale));
  return dtype == DType::float32 ? normal_chunk<float>(place, shape, loc, scale)
                                 : normal_chunk<double>(place, shape, loc, scale);
}

Chunk random_integers(const RandomPlace& place, const Shape& shape, std::int64_t low,
                      std::int64_t high, DType dtype) {
  if (low >= high) {
    throw ValueError(fmt::format("integers from {} up to {}: there are none", low, high));
  }
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  return visit_dtype(dtype, [&]<class T>(Type<T>) -> Chunk {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      if (!std::in_range<T>(low) || !std::in_range<T>(high - 1)) {
        throw ValueError(
            fmt::format("integers from {} up to {} do not fit {}", low, high, tartan::name(dtype)));
      }
      return integer_chunk<T>(place, shape, low, range);
    } else {
      throw TypeError(
          fmt::format("random integers come in integer dtypes, not {}", tartan::name(dtype)));
    }
  });
}

}  // namespace tartan::array

#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <array/kernels/extent.hpp>
#include <array/kernels/loops.hpp>
#include <array/kernels/scan.hpp>
#include <fmt/format.h>
#include <limits>
#include <tartan/base/exceptions.hpp>
#include <vector>

namespace tartan::array {
namespace {

/// Lines side by side that are scanned together: their accumulators stay in the first two caches.
constexpr std::size_t kTile = 4096;
/// Rows that are walked at the same time: as many streams keep the memory busy, and hide the latency
/// of an addition where they are lines of their own.
constexpr std::size_t kRows = 4;

template <class To, class From>
TARTAN_INLINE To convert(From from) {
  if constexpr (requires { from.re; }) {
    using Part = decltype(To::re);
    return {static_cast<Part>(from.re), static_cast<Part>(from.im)};
  } else {
    return static_cast<To>(from);
  }
}

struct Add {
  // -0.0 + x is x for every x; 0.0 + -0.0 is not.
  template <class A>
  static constexpr A identity() {
    if constexpr (requires { A::re; }) {
      return {-0.0, -0.0};
    } else {
      return static_cast<A>(-0.0);
    }
  }
  template <class A>
  static TARTAN_INLINE A step(A a, A b) {
    if constexpr (requires { a.re; }) {
      return {a.re + b.re, a.im + b.im};
    } else {
      return a + b;
    }
  }
};
struct Multiply {
  template <class A>
  static constexpr A identity() {
    if constexpr (requires { A::re; }) {
      return {1, 0};
    } else {
      return A{1};
    }
  }
  template <class A>
  static TARTAN_INLINE A step(A a, A b) {
    if constexpr (requires { a.re; }) {
      return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
    } else {
      return a * b;
    }
  }
};
template <bool kLargest>
struct Extreme {
  template <class A>
  static constexpr A identity() {
    using Limits = std::numeric_limits<A>;
    if constexpr (std::is_floating_point_v<A>) {
      return kLargest ? -Limits::infinity() : Limits::infinity();
    } else {
      return kLargest ? Limits::lowest() : Limits::max();
    }
  }
  template <class A>
  static TARTAN_INLINE A step(A a, A b) {
    const bool keep = kLargest ? a >= b : a <= b;
    if constexpr (std::is_floating_point_v<A>) return keep || a != a ? a : b;
    return keep ? a : b;
  }
};

/// Source elements S, accumulators A, results R.
template <class Op, class S, class A, class R>
struct ScanBody {
  static TARTAN_INLINE void total(std::byte* out, const std::byte* in, const std::byte*,
                                  const Extent& e) {
    const S* from = reinterpret_cast<const S*>(in);
    A* to = reinterpret_cast<A*>(out);
    for (std::size_t o = 0; o < e.outer; ++o, from += e.length * e.inner, to += e.inner) {
      std::fill(to, to + e.inner, Op::template identity<A>());
      for (std::size_t first = 0; first < e.inner; first += kTile) {
        const std::size_t width = std::min(kTile, e.inner - first);
        for (std::size_t i = 0; i < e.length; ++i) {
          A* __restrict sums = to + first;
          const S* __restrict row = from + i * e.inner + first;
          for (std::size_t j = 0; j < width; ++j) sums[j] = Op::step(sums[j], convert<A>(row[j]));
        }
      }
    }
  }
  static TARTAN_INLINE void total_rows(std::byte* out, const std::byte* in, const Extent& e) {
    const S* from = reinterpret_cast<const S*>(in);
    A* to = reinterpret_cast<A*>(out);
    std::size_t o = 0;
    for (; o + kRows <= e.outer; o += kRows, from += kRows * e.length) {
      A sums[kRows];
      std::fill(sums, sums + kRows, Op::template identity<A>());
      for (std::size_t i = 0; i < e.length; ++i) {
        for (std::size_t r = 0; r < kRows; ++r) {
          sums[r] = Op::step(sums[r], convert<A>(from[r * e.length + i]));
        }
      }
      std::copy(sums, sums + kRows, to + o);
    }
    for (; o < e.outer; ++o, from += e.length) {
      A sum = Op::template identity<A>();
      for (std::size_t i = 0; i < e.length; ++i) sum = Op::step(sum, convert<A>(from[i]));
      to[o] = sum;
    }
  }

  static TARTAN_INLINE void scan(std::byte* out, const std::byte* in, const std::byte* start,
                                 const Extent& e) {
    const S* from = reinterpret_cast<const S*>(in);
    const A* begin = reinterpret_cast<const A*>(start);
    R* to = reinterpret_cast<R*>(out);
    std::vector<A> scratch(2 * std::min(kTile, e.inner));
    A* sums = scratch.data();
    A* starts = sums + scratch.size() / 2;
    for (std::size_t o = 0; o < e.outer; ++o) {
      for (std::size_t first = 0; first < e.inner; first += kTile) {
        const std::size_t width = std::min(kTile, e.inner - first);
        std::fill(sums, sums + width, Op::template identity<A>());
        std::fill(starts, starts + width, Op::template identity<A>());
        if (begin != nullptr) std::copy_n(begin + o * e.inner + first, width, starts);
        std::size_t at = o * e.length * e.inner + first;
        std::size_t i = 0;
        for (; i + kRows <= e.length; i += kRows, at += kRows * e.inner) {
          steps<kRows>(to + at, from + at, sums, starts, width, e.inner);
        }
        for (; i < e.length; ++i, at += e.inner) {
          steps<1>(to + at, from + at, sums, starts, width, e.inner);
        }
      }
    }
  }
  /// The next rows of lines that lie side by side.
  template <std::size_t kCount>
  static TARTAN_INLINE void steps(R* __restrict to, const S* __restrict from, A* __restrict sums,
                                  const A* __restrict starts, std::size_t width,
                                  std::size_t stride) {
    for (std::size_t j = 0; j < width; ++j) {
      A sum = sums[j];
      const A start = starts[j];
      for (std::size_t r = 0; r < kCount; ++r) {
        sum = Op::step(sum, convert<A>(from[r * stride + j]));
        to[r * stride + j] = convert<R>(Op::step(start, sum));
      }
      sums[j] = sum;
    }
  }
  static TARTAN_INLINE void scan_rows(std::byte* out, const std::byte* in, const std::byte* start,
                                      const Extent& e) {
    const S* from = reinterpret_cast<const S*>(in);
    const A* begin = reinterpret_cast<const A*>(start);
    R* to = reinterpret_cast<R*>(out);
    const auto start_of = [begin](std::size_t o) {
      return begin == nullptr ? Op::template identity<A>() : begin[o];
    };
    std::size_t o = 0;
    for (; o + kRows <= e.outer; o += kRows, from += kRows * e.length, to += kRows * e.length) {
      A sums[kRows];
      A starts[kRows];
      for (std::size_t r = 0; r < kRows; ++r) {
        sums[r] = Op::template identity<A>();
        starts[r] = start_of(o + r);
      }
      for (std::size_t i = 0; i < e.length; ++i) {
        for (std::size_t r = 0; r < kRows; ++r) {
          const std::size_t at = r * e.length + i;
          sums[r] = Op::step(sums[r], convert<A>(from[at]));
          to[at] = convert<R>(Op::step(starts[r], sums[r]));
        }
      }
    }
    for (; o < e.outer; ++o, from += e.length, to += e.length) {
      A sum = Op::template identity<A>();
      const A first = start_of(o);
      for (std::size_t i = 0; i < e.length; ++i) {
        sum = Op::step(sum, convert<A>(from[i]));
        to[i] = convert<R>(Op::step(first, sum));
      }
    }
  }
};

using ScanFunction = void (*)(std::byte*, const std::byte*, const std::byte*, const Extent&);

struct ScanKernel {
  DType accumulator;
  DType result;
  ScanFunction total;
  ScanFunction scan;
};

template <class Body>
struct ScanVariants {
  static TARTAN_INLINE void either_total(std::byte* out, const std::byte* in,
                                         const std::byte* start, const Extent& e) {
    if (e.inner == 1) return Body::total_rows(out, in, e);
    Body::total(out, in, start, e);
  }
  static TARTAN_INLINE void either_scan(std::byte* out, const std::byte* in,
                                        const std::byte* start, const Extent& e) {
    if (e.inner == 1) return Body::scan_rows(out, in, start, e);
    Body::scan(out, in, start, e);
  }
#define TARTAN_VARIANT(attribute, name, body)                                                \
  attribute static void name(std::byte* out, const std::byte* in, const std::byte* start, \
                             const Extent& e) {                                              \
    body(out, in, start, e);                                                                 \
  }
  TARTAN_VARIANT(, total, either_total)
  TARTAN_VARIANT(TARTAN_AVX2, total_avx2, either_total)
  TARTAN_VARIANT(TARTAN_AVX512, total_avx512, either_total)
  TARTAN_VARIANT(, scan, either_scan)
  TARTAN_VARIANT(TARTAN_AVX2, scan_avx2, either_scan)
  TARTAN_VARIANT(TARTAN_AVX512, scan_avx512, either_scan)
#undef TARTAN_VARIANT
};

/// kWide: worth a compilation for every instruction set.
template <class Op, class S, class A, class R, bool kWide = true>
ScanKernel kernel(DType accumulator, DType result) {
  using Variants = ScanVariants<ScanBody<Op, S, A, R>>;
  if constexpr (kWide) {
    if (active_isa() == Isa::avx512) {
      return {accumulator, result, &Variants::total_avx512, &Variants::scan_avx512};
    }
    if (active_isa() == Isa::avx2) {
      return {accumulator, result, &Variants::total_avx2, &Variants::scan_avx2};
    }
  }
  return {accumulator, result, &Variants::total, &Variants::scan};
}

/// Sums and products: integers in 64 bits, where signed and unsigned ones have the same bits.
template <class Op>
ScanKernel number_kernel(DType element) {
  using U = std::uint64_t;
  constexpr DType kInt = DType::int64;
  constexpr DType kUnsigned = DType::uint64;
  switch (element) {
    case DType::boolean: return kernel<Op, std::uint8_t, U, U, false>(kInt, kInt);
    case DType::int8: return kernel<Op, std::int8_t, U, U, false>(kInt, kInt);
    case DType::int16: return kernel<Op, std::int16_t, U, U, false>(kInt, kInt);
    case DType::int32: return kernel<Op, std::int32_t, U, U, false>(kInt, kInt);
    case DType::int64: return kernel<Op, U, U, U>(kInt, kInt);
    case DType::uint8: return kernel<Op, std::uint8_t, U, U, false>(kUnsigned, kUnsigned);
    case DType::uint16: return kernel<Op, std::uint16_t, U, U, false>(kUnsigned, kUnsigned);
    case DType::uint32: return kernel<Op, std::uint32_t, U, U, false>(kUnsigned, kUnsigned);
    case DType::uint64: return kernel<Op, U, U, U>(kUnsigned, kUnsigned);
    case DType::float32: return kernel<Op, float, double, float>(DType::float64, element);
    case DType::float64: return kernel<Op, double, double, double>(element, element);
    case DType::complex64:
      return kernel<Op, Complex<float>, Complex<double>, Complex<float>, false>(DType::complex128,
                                                                                element);
    case DType::complex128: break;
  }
  return kernel<Op, Complex<double>, Complex<double>, Complex<double>, false>(element, element);
}

template <bool kLargest>
ScanKernel extreme_kernel(DType element) {
  const auto same = [element]<class T>(Type<T>) {
    return kernel<Extreme<kLargest>, T, T, T, std::is_floating_point_v<T>>(element, element);
  };
  switch (element) {
    case DType::boolean: return same(Type<std::uint8_t>{});
    case DType::int8: return same(Type<std::int8_t>{});
    case DType::int16: return same(Type<std::int16_t>{});
    case DType::int32: return same(Type<std::int32_t>{});
    case DType::int64: return same(Type<std::int64_t>{});
    case DType::uint8: return same(Type<std::uint8_t>{});
    case DType::uint16: return same(Type<std::uint16_t>{});
    case DType::uint32: return same(Type<std::uint32_t>{});
    case DType::uint64: return same(Type<std::uint64_t>{});
    case DType::float32: return same(Type<float>{});
    case DType::float64: return same(Type<double>{});
    default: break;
  }
  throw TypeError(fmt::format("{} is not defined for {}: complex numbers have no order",
                              name(kLargest ? ScanOp::max : ScanOp::min), tartan::name(element)));
}

ScanKernel kernel_of(ScanOp op, DType element) {
  switch (op) {
    case ScanOp::sum: return number_kernel<Add>(element);
    case ScanOp::prod: return number_kernel<Multiply>(element);
    case ScanOp::min: return extreme_kernel<false>(element);
    case ScanOp::max: break;
  }
  return extreme_kernel<true>(element);
}

}  // namespace

std::string_view name(ScanOp op) {
  constexpr std::string_view kNames[kScanOpCount] = {"cumulative_sum", "cumulative_prod",
                                                     "minimum_accumulate", "maximum_accumulate"};
  return kNames[static_cast<std::size_t>(op)];
}

DType result_dtype(ScanOp op, DType element) { return kernel_of(op, element).result; }
DType accumulator_dtype(ScanOp op, DType element) { return kernel_of(op, element).accumulator; }

Chunk scan_total(ScanOp op, const Chunk& chunk, std::size_t axis) {
  const auto kernel = kernel_of(op, chunk.dtype);
  const auto extent = extent_of(chunk.shape, axis);
  auto shape = chunk.shape;
  shape[axis] = 1;
  MutableChunk out(kernel.accumulator, std::move(shape));
  kernel.total(out.data(), chunk.data.data(), nullptr, extent);
  return std::move(out).freeze();
}

Chunk scan(ScanOp op, const Chunk& chunk, std::size_t axis, const Chunk* start) {
  const auto kernel = kernel_of(op, chunk.dtype);
  const auto extent = extent_of(chunk.shape, axis);
  const auto lines = static_cast<std::int64_t>(extent.outer * extent.inner);
  if (start != nullptr && (start->dtype != kernel.accumulator || start->size() != lines)) {
    throw ValueError(fmt::format("a scan of shape {} along axis {} cannot start from shape {}",
                                 to_string(chunk.shape), axis, to_string(start->shape)));
  }
  MutableChunk out(kernel.result, chunk.shape);
  kernel.scan(out.data(), chunk.data.data(), start == nullptr ? nullptr : start->data.data(),
              extent);
  return std::move(out).freeze();
}

}  // namespace tartan::array

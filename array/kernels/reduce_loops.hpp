#pragma once

// Lane-wise folding of a run and column-wise folding of rows, for operations with one field. A
// policy P has Source, Value, kIdentity, and step(a, b) for scalars and for vectors of Value.

#include <array/kernels/loops.hpp>
#include <array/kernels/reduce_kernel.hpp>
#include <cstring>
#include <emmintrin.h>
#include <limits>
#include <type_traits>

// Vectors are only passed between functions that are inlined: no ABI is involved.
#pragma GCC diagnostic ignored "-Wpsabi"

namespace tartan::array {

/// 64 bytes of T. The compiler splits it where registers are narrower, so that the lanes, and
/// with them the rounding, are the same on every machine.
template <class T>
struct Lanes {
  typedef T Vector __attribute__((vector_size(64)));
  static constexpr std::size_t kWidth = 64 / sizeof(T);
  static constexpr std::size_t kTotal = 4 * kWidth;
};

template <class Source, class Value>
TARTAN_INLINE void load_lanes(typename Lanes<Value>::Vector& to, const Source* from) {
  if constexpr (std::is_same_v<Source, Value>) {
    std::memcpy(&to, from, sizeof to);
  } else {
    typedef Source Narrow __attribute__((vector_size(sizeof(Source) * Lanes<Value>::kWidth)));
    Narrow narrow;
    std::memcpy(&narrow, from, sizeof narrow);
    to = __builtin_convertvector(narrow, typename Lanes<Value>::Vector);
  }
}

/// P::step on scalars, without the jumps that comparisons of random data mispredict.
template <class P>
TARTAN_INLINE typename P::Value one_step(typename P::Value a, typename P::Value b) {
  if constexpr (P::kCompares && std::is_floating_point_v<typename P::Value>) {
    return P::branchless(a, b);
  } else {
    return P::step(a, b);
  }
}

/// Fewer elements than lanes: four lanes, which short rows fill sooner.
template <class P, class Map>
TARTAN_INLINE typename P::Value fold_short(const typename P::Source* x, std::size_t n,
                                           const Map& map) {
  using Value = typename P::Value;
  Value lane[4] = {P::kIdentity, P::kIdentity, P::kIdentity, P::kIdentity};
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::size_t k = 0; k < 4; ++k) {
      lane[k] = one_step<P>(lane[k], map(static_cast<Value>(x[i + k])));
    }
  }
  for (std::size_t k = 0; i + k < n; ++k) {
    lane[k] = one_step<P>(lane[k], map(static_cast<Value>(x[i + k])));
  }
  return one_step<P>(one_step<P>(lane[0], lane[2]), one_step<P>(lane[1], lane[3]));
}

struct Unmapped {
  template <class T>
  TARTAN_INLINE T operator()(T value) const {
    return value;
  }
};

template <class S>
struct Plus {
  using Source = S;
  using Value = double;
  static constexpr bool kCompares = false;
  static constexpr double kIdentity = 0;
  template <class T>
  static TARTAN_INLINE T step(const T& a, const T& b) {
    return a + b;
  }
};

struct SquaredDeviation {
  double mean;
  template <class T>
  TARTAN_INLINE T operator()(const T& value) const {
    const T deviation = value - mean;
    return deviation * deviation;
  }
};

/// Exact in any order, which the compiler may choose.
template <class P, class Map>
TARTAN_INLINE typename P::Value fold_integers(const typename P::Source* x, std::size_t n,
                                              const Map& map) {
  using Value = typename P::Value;
  Value total = P::kIdentity;
  for (std::size_t i = 0; i < n; ++i) total = P::step(total, map(static_cast<Value>(x[i])));
  return total;
}

template <class P, class Map>
TARTAN_INLINE typename P::Value fold_lanes(const typename P::Source* x, std::size_t n,
                                           const Map& map) {
  using Value = typename P::Value;
  using L = Lanes<Value>;
  using Vector = typename L::Vector;
  const Vector identity = Vector{} + P::kIdentity;
  Vector sum[4] = {identity, identity, identity, identity};
  std::size_t i = 0;
  for (; i + L::kTotal <= n; i += L::kTotal) {
    for (std::size_t k = 0; k < 4; ++k) {
      Vector value;
      load_lanes<typename P::Source, Value>(value, x + i + k * L::kWidth);
      sum[k] = P::step(sum[k], map(value));
    }
  }
  alignas(64) Value lane[L::kTotal];
  std::memcpy(lane, sum, sizeof lane);
  for (std::size_t k = 0; i + k < n; ++k) {
    lane[k] = P::step(lane[k], map(static_cast<Value>(x[i + k])));
  }
  for (std::size_t half = L::kTotal / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lane[k] = P::step(lane[k], lane[k + half]);
  }
  return lane[0];
}

/// The same lanes as an array, for steps that compare: GCC 12 takes comparisons of 64-byte
/// vectors apart, but vectorises this loop.
template <class P>
TARTAN_INLINE typename P::Value fold_array(const typename P::Source* __restrict x, std::size_t n) {
  using Value = typename P::Value;
  constexpr std::size_t kTotal = Lanes<Value>::kTotal;
  alignas(64) Value lane[kTotal];
  for (Value& value : lane) value = P::kIdentity;
  std::size_t i = 0;
  for (; i + kTotal <= n; i += kTotal) {
#pragma GCC ivdep
    for (std::size_t k = 0; k < kTotal; ++k) lane[k] = P::step(lane[k], x[i + k]);
  }
  for (std::size_t k = 0; i + k < n; ++k) lane[k] = one_step<P>(lane[k], x[i + k]);
  for (std::size_t half = kTotal / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) lane[k] = one_step<P>(lane[k], lane[k + half]);
  }
  return lane[0];
}

/// map(x[0]) .. map(x[n - 1]) folded by P; map works on scalars and on vectors.
template <class P, class Map>
TARTAN_INLINE typename P::Value fold_run(const typename P::Source* x, std::size_t n,
                                         const Map& map) {
  if constexpr (std::is_integral_v<typename P::Value>) {
    return fold_integers<P>(x, n, map);
  } else if constexpr (P::kCompares) {
    return n < Lanes<typename P::Value>::kTotal ? fold_short<P>(x, n, map) : fold_array<P>(x, n);
  } else {
    return n < Lanes<typename P::Value>::kTotal ? fold_short<P>(x, n, map)
                                                : fold_lanes<P>(x, n, map);
  }
}

/// state[j] = state[j] then the rows' column j, four rows at a time where that is faster.
template <class P>
TARTAN_INLINE void fold_columns(typename P::Value* __restrict state,
                                const typename P::Source* __restrict x, std::size_t rows,
                                std::size_t width, std::size_t step) {
  using Value = typename P::Value;
  // GCC 12 does not vectorise nested comparisons: those go row by row.
  const std::size_t grouped = P::kCompares ? 0 : rows / 4 * 4;
  std::size_t row = 0;
  for (; row < grouped; row += 4) {
    const typename P::Source* a = x + row * step;
    const typename P::Source* b = a + step;
    const typename P::Source* c = b + step;
    const typename P::Source* d = c + step;
#pragma GCC ivdep
    for (std::size_t j = 0; j < width; ++j) {
      const Value ab = P::step(static_cast<Value>(a[j]), static_cast<Value>(b[j]));
      const Value cd = P::step(static_cast<Value>(c[j]), static_cast<Value>(d[j]));
      state[j] = P::step(state[j], P::step(ab, cd));
    }
  }
  for (; row < rows; ++row) {
    const typename P::Source* a = x + row * step;
#pragma GCC ivdep
    for (std::size_t j = 0; j < width; ++j) state[j] = P::step(state[j], static_cast<Value>(a[j]));
  }
}

/// The smaller or larger of two; NaN wins whether it is the old value or the new one.
template <class T, bool kLargest>
struct Extremum {
  using Source = T;
  using Value = T;
  using Limits = std::numeric_limits<T>;
  static constexpr bool kCompares = true;
  static constexpr T kLowest = Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  static constexpr T kHighest = Limits::has_infinity ? Limits::infinity() : Limits::max();
  static constexpr T kIdentity = kLargest ? kLowest : kHighest;
  static TARTAN_INLINE T step(T a, T b) {
    const bool ahead = kLargest ? b > a : b < a;
    return (ahead | (b != b)) ? b : a;
  }
  /// max and min of SSE2 yield their second operand when one is NaN: right unless only a is.
  static TARTAN_INLINE double branchless(double a, double b) {
    const __m128d x = _mm_set_sd(a);
    const __m128d y = _mm_set_sd(b);
    const __m128d best = kLargest ? _mm_max_sd(x, y) : _mm_min_sd(x, y);
    const __m128d nan = _mm_cmpunord_sd(x, x);
    return _mm_cvtsd_f64(_mm_or_pd(_mm_and_pd(nan, x), _mm_andnot_pd(nan, best)));
  }
  static TARTAN_INLINE float branchless(float a, float b) {
    const __m128 x = _mm_set_ss(a);
    const __m128 y = _mm_set_ss(b);
    const __m128 best = kLargest ? _mm_max_ss(x, y) : _mm_min_ss(x, y);
    const __m128 nan = _mm_cmpunord_ss(x, x);
    return _mm_cvtss_f32(_mm_or_ps(_mm_and_ps(nan, x), _mm_andnot_ps(nan, best)));
  }
};

/// Compiles Loops::runs_body, rows_body and merge_body for every instruction set (up to AVX2 only
/// unless kAll, to keep compilation short where it gains little) and picks.
template <class Loops, bool kAll = true>
struct ReduceVariants {
  static void runs(State state, const Rows& rows) { Loops::runs_body(state, rows); }
  TARTAN_AVX2 static void runs_avx2(State state, const Rows& rows) {
    Loops::runs_body(state, rows);
  }
  TARTAN_AVX512 static void runs_avx512(State state, const Rows& rows) {
    Loops::runs_body(state, rows);
  }
  static void rows(State state, std::int64_t before, const Rows& rows) {
    Loops::rows_body(state, before, rows);
  }
  TARTAN_AVX2 static void rows_avx2(State state, std::int64_t before, const Rows& rows) {
    Loops::rows_body(state, before, rows);
  }
  TARTAN_AVX512 static void rows_avx512(State state, std::int64_t before, const Rows& rows) {
    Loops::rows_body(state, before, rows);
  }
  static void merge(State a, std::int64_t na, State b, std::int64_t nb, std::size_t width) {
    Loops::merge_body(a, na, b, nb, width);
  }

  static ReduceKernel pick(Isa isa) {
    ReduceKernel kernel;
    kernel.interleaves = Loops::kInterleaves;
    kernel.clear = &Loops::clear;
    kernel.merge = &merge;
    kernel.runs = isa >= Isa::avx2 ? &runs_avx2 : &runs;
    kernel.rows = isa >= Isa::avx2 ? &rows_avx2 : &rows;
    if constexpr (kAll) {
      if (isa == Isa::avx512) kernel.runs = &runs_avx512;
      if (isa == Isa::avx512) kernel.rows = &rows_avx512;
    }
    return kernel;
  }
};

/// The loops of an operation with one field.
template <class P>
struct FoldLoops {
  using Source = typename P::Source;
  using Value = typename P::Value;
  static constexpr bool kInterleaves = true;

  static void clear(State state, std::size_t width) {
    Value* values = reinterpret_cast<Value*>(state.field[0]);
    for (std::size_t j = 0; j < width; ++j) values[j] = P::kIdentity;
  }

  static TARTAN_INLINE void runs_body(State state, const Rows& rows) {
    Value* values = reinterpret_cast<Value*>(state.field[0]);
    const Source* from = reinterpret_cast<const Source*>(rows.x);
    for (std::size_t r = 0; r < rows.rows; ++r) {
      values[r] = fold_run<P>(from + r * rows.width, rows.width, Unmapped{});
    }
  }
  static TARTAN_INLINE void rows_body(State state, std::int64_t, const Rows& rows) {
    fold_columns<P>(reinterpret_cast<Value*>(state.field[0]),
                    reinterpret_cast<const Source*>(rows.x), rows.rows, rows.width, rows.step);
  }
  static TARTAN_INLINE void merge_body(State a, std::int64_t, State b, std::int64_t,
                                       std::size_t width) {
    Value* __restrict to = reinterpret_cast<Value*>(a.field[0]);
    const Value* __restrict from = reinterpret_cast<const Value*>(b.field[0]);
    for (std::size_t j = 0; j < width; ++j) to[j] = P::step(to[j], from[j]);
  }
};

}  // namespace tartan::array

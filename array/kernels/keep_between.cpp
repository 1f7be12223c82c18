#include <array/kernels/keep_between.hpp>
#include <array/kernels/loops.hpp>
#include <bit>
#include <immintrin.h>
#include <type_traits>

namespace tartan::array {
namespace {

/// Elements are looked at twice while they are in the nearest cache: a loop over vectors counts,
/// one without branches moves.
template <class T>
TARTAN_INLINE Kept keep_body(const T* in, std::size_t n, T low, T high, T* out) {
  constexpr std::size_t kTile = 128;
  Kept kept;
  for (std::size_t begin = 0; begin < n; begin += kTile) {
    const std::size_t count = n - begin < kTile ? n - begin : kTile;
    const T* from = in + begin;
    // As wide as an element, so that the sums of a tile are vectors like the elements.
    using Count = std::conditional_t<sizeof(T) == 8, std::uint64_t, std::uint32_t>;
    Count below = 0;
    Count above = 0;
    for (std::size_t i = 0; i < count; ++i) {
      below += from[i] < low ? 1 : 0;
      above += from[i] > high ? 1 : 0;
    }
    kept.below += below;
    kept.above += above;
    for (std::size_t i = 0; i < count; ++i) {
      const T x = from[i];
      out[kept.inside] = x;
      kept.inside += static_cast<std::size_t>(x >= low) & static_cast<std::size_t>(x <= high);
    }
  }
  return kept;
}

template <class T>
Kept keep_baseline(const T* in, std::size_t n, T low, T high, T* out) {
  return keep_body(in, n, low, high, out);
}
template <class T>
TARTAN_AVX2 Kept keep_avx2(const T* in, std::size_t n, T low, T high, T* out) {
  return keep_body(in, n, low, high, out);
}

/// The instructions of an element type.
struct Doubles {
  using Vector = __m512d;
  using Mask = __mmask8;
  static TARTAN_AVX512 TARTAN_INLINE Vector all(double x) { return _mm512_set1_pd(x); }
  static TARTAN_AVX512 TARTAN_INLINE Vector load(const double* in) { return _mm512_loadu_pd(in); }
  static TARTAN_AVX512 TARTAN_INLINE void store(double* out, Mask mask, Vector x) {
    _mm512_storeu_pd(out, _mm512_maskz_compress_pd(mask, x));
  }
  static TARTAN_AVX512 TARTAN_INLINE Mask less(Vector a, Vector b) {
    return _mm512_cmp_pd_mask(a, b, _CMP_LT_OQ);
  }
  static TARTAN_AVX512 TARTAN_INLINE Mask not_less(Vector a, Vector b) {
    return _mm512_cmp_pd_mask(a, b, _CMP_GE_OQ);
  }
};
struct Floats {
  using Vector = __m512;
  using Mask = __mmask16;
  static TARTAN_AVX512 TARTAN_INLINE Vector all(float x) { return _mm512_set1_ps(x); }
  static TARTAN_AVX512 TARTAN_INLINE Vector load(const float* in) { return _mm512_loadu_ps(in); }
  static TARTAN_AVX512 TARTAN_INLINE void store(float* out, Mask mask, Vector x) {
    _mm512_storeu_ps(out, _mm512_maskz_compress_ps(mask, x));
  }
  static TARTAN_AVX512 TARTAN_INLINE Mask less(Vector a, Vector b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_LT_OQ);
  }
  static TARTAN_AVX512 TARTAN_INLINE Mask not_less(Vector a, Vector b) {
    return _mm512_cmp_ps_mask(a, b, _CMP_GE_OQ);
  }
};

/// Every store is of a whole vector, which ends no further than what has been read.
template <class Lanes, class T>
TARTAN_AVX512 Kept keep_avx512(const T* in, std::size_t n, T low, T high, T* out) {
  constexpr std::size_t kLanes = 64 / sizeof(T);
  const auto lows = Lanes::all(low);
  const auto highs = Lanes::all(high);
  Kept kept;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const auto x = Lanes::load(in + i);
    const auto inside =
        static_cast<typename Lanes::Mask>(Lanes::not_less(x, lows) & Lanes::not_less(highs, x));
    Lanes::store(out + kept.inside, inside, x);
    const auto count = [](auto mask) { return static_cast<unsigned>(std::popcount(mask)); };
    kept.below += count(Lanes::less(x, lows));
    kept.inside += count(inside);
    kept.above += count(Lanes::less(highs, x));
  }
  const Kept rest = keep_body(in + i, n - i, low, high, out + kept.inside);
  return {kept.below + rest.below, kept.inside + rest.inside, kept.above + rest.above};
}

}  // namespace

template <class T>
Kept keep_between(const T* in, std::size_t n, T low, T high, T* out) {
  if constexpr (std::is_floating_point_v<T>) {
    using Lanes = std::conditional_t<sizeof(T) == 8, Doubles, Floats>;
    if (active_isa() == Isa::avx512) return keep_avx512<Lanes>(in, n, low, high, out);
  }
  return active_isa() == Isa::baseline ? keep_baseline(in, n, low, high, out)
                                       : keep_avx2(in, n, low, high, out);
}

#define TARTAN_INSTANCE(T) template Kept keep_between(const T*, std::size_t, T, T, T*);
TARTAN_INSTANCE(bool)
TARTAN_INSTANCE(std::int8_t)
TARTAN_INSTANCE(std::int16_t)
TARTAN_INSTANCE(std::int32_t)
TARTAN_INSTANCE(std::int64_t)
TARTAN_INSTANCE(std::uint8_t)
TARTAN_INSTANCE(std::uint16_t)
TARTAN_INSTANCE(std::uint32_t)
TARTAN_INSTANCE(std::uint64_t)
TARTAN_INSTANCE(float)
TARTAN_INSTANCE(double)
#undef TARTAN_INSTANCE

}  // namespace tartan::array

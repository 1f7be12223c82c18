#include <algorithm>
#include <array/kernels/fft_stages.hpp>
#include <array/kernels/loops.hpp>

namespace tartan::array {
namespace {

template <class T>
struct Point {
  T re;
  T im;
};
template <class T>
TARTAN_INLINE Point<T> operator+(Point<T> a, Point<T> b) {
  return {a.re + b.re, a.im + b.im};
}
template <class T>
TARTAN_INLINE Point<T> operator-(Point<T> a, Point<T> b) {
  return {a.re - b.re, a.im - b.im};
}
template <class T>
TARTAN_INLINE Point<T> operator*(T a, Point<T> b) {
  return {a * b.re, a * b.im};
}
template <class T>
TARTAN_INLINE Point<T> operator*(Point<T> a, Point<T> b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
/// -i a
template <class T>
TARTAN_INLINE Point<T> turned(Point<T> a) {
  return {a.im, -a.re};
}

/// The elements of one p: those it reads, those it writes, and their factors.
template <class T>
struct Row {
  const T* __restrict xr;
  const T* __restrict xi;
  T* __restrict yr;
  T* __restrict yi;
  std::size_t from;  ///< distance of x's
  std::size_t s;     ///< distance of y's, and how many there are
  const T* wr;
  const T* wi;

  TARTAN_INLINE Point<T> x(std::size_t j, std::size_t q) const {
    return {xr[j * from + q], xi[j * from + q]};
  }
  TARTAN_INLINE Point<T> w(std::size_t k) const { return {wr[k - 1], wi[k - 1]}; }
  TARTAN_INLINE void put(std::size_t k, std::size_t q, Point<T> value) const {
    yr[k * s + q] = value.re;
    yi[k * s + q] = value.im;
  }
  /// The same times the factor, which is 1 in the first row.
  template <bool kTwiddled>
  TARTAN_INLINE void put(std::size_t k, std::size_t q, Point<T> value, Point<T> factor) const {
    if constexpr (kTwiddled) {
      put(k, q, factor * value);
    } else {
      put(k, q, value);
    }
  }
};

template <bool kTwiddled, class T>
TARTAN_INLINE void radix2(const Row<T> row) {
  const Point<T> w1 = kTwiddled ? row.w(1) : Point<T>{1, 0};
#pragma GCC ivdep
  for (std::size_t q = 0; q < row.s; ++q) {
    const auto a = row.x(0, q);
    const auto b = row.x(1, q);
    row.put(0, q, a + b);
    row.template put<kTwiddled>(1, q, a - b, w1);
  }
}

template <bool kTwiddled, class T>
TARTAN_INLINE void radix3(const Row<T> row) {
  constexpr T kSin = static_cast<T>(0.866025403784438646763723170752936183L);
  const Point<T> w1 = kTwiddled ? row.w(1) : Point<T>{1, 0};
  const Point<T> w2 = kTwiddled ? row.w(2) : Point<T>{1, 0};
#pragma GCC ivdep
  for (std::size_t q = 0; q < row.s; ++q) {
    const auto a = row.x(0, q);
    const auto b = row.x(1, q);
    const auto c = row.x(2, q);
    const auto sum = b + c;
    const auto middle = a - T{0.5} * sum;
    const auto side = turned(kSin * (b - c));
    row.put(0, q, a + sum);
    row.template put<kTwiddled>(1, q, middle + side, w1);
    row.template put<kTwiddled>(2, q, middle - side, w2);
  }
}

template <bool kTwiddled, class T>
TARTAN_INLINE void radix4(const Row<T> row) {
  const Point<T> w1 = kTwiddled ? row.w(1) : Point<T>{1, 0};
  const Point<T> w2 = kTwiddled ? row.w(2) : Point<T>{1, 0};
  const Point<T> w3 = kTwiddled ? row.w(3) : Point<T>{1, 0};
#pragma GCC ivdep
  for (std::size_t q = 0; q < row.s; ++q) {
    const auto a = row.x(0, q);
    const auto b = row.x(1, q);
    const auto c = row.x(2, q);
    const auto d = row.x(3, q);
    const auto even = a + c;
    const auto odd = b + d;
    const auto even_difference = a - c;
    const auto odd_difference = turned(b - d);
    row.put(0, q, even + odd);
    row.template put<kTwiddled>(1, q, even_difference + odd_difference, w1);
    row.template put<kTwiddled>(2, q, even - odd, w2);
    row.template put<kTwiddled>(3, q, even_difference - odd_difference, w3);
  }
}

template <bool kTwiddled, class T>
TARTAN_INLINE void radix5(const Row<T> row) {
  constexpr T kCos1 = static_cast<T>(0.309016994374947424102293417182819059L);
  constexpr T kCos2 = static_cast<T>(-0.809016994374947424102293417182819059L);
  constexpr T kSin1 = static_cast<T>(0.951056516295153572116439333379382143L);
  constexpr T kSin2 = static_cast<T>(0.587785252292473129168705954639072769L);
  const Point<T> w1 = kTwiddled ? row.w(1) : Point<T>{1, 0};
  const Point<T> w2 = kTwiddled ? row.w(2) : Point<T>{1, 0};
  const Point<T> w3 = kTwiddled ? row.w(3) : Point<T>{1, 0};
  const Point<T> w4 = kTwiddled ? row.w(4) : Point<T>{1, 0};
#pragma GCC ivdep
  for (std::size_t q = 0; q < row.s; ++q) {
    const auto a = row.x(0, q);
    const auto b = row.x(1, q);
    const auto c = row.x(2, q);
    const auto d = row.x(3, q);
    const auto e = row.x(4, q);
    const auto outer = b + e;
    const auto inner = c + d;
    const auto outer_difference = b - e;
    const auto inner_difference = c - d;
    const auto near = a + (kCos1 * outer + kCos2 * inner);
    const auto far = a + (kCos2 * outer + kCos1 * inner);
    const auto near_side = turned(kSin1 * outer_difference + kSin2 * inner_difference);
    const auto far_side = turned(kSin2 * outer_difference - kSin1 * inner_difference);
    row.put(0, q, a + (outer + inner));
    row.template put<kTwiddled>(1, q, near + near_side, w1);
    row.template put<kTwiddled>(2, q, far + far_side, w2);
    row.template put<kTwiddled>(3, q, far - far_side, w3);
    row.template put<kTwiddled>(4, q, near - near_side, w4);
  }
}

/// An odd radix by its definition, with x[j] and x[radix - j] taken together. `width` lanes at a
/// time stay in cache.
template <bool kTwiddled, class T>
TARTAN_INLINE void radix_any(const Row<T> row, std::size_t radix, Split<const T> roots) {
  constexpr std::size_t kWidth = 16;
  constexpr std::size_t kHalf = kLargestRadix / 2 + 1;
  T sum_re[kHalf][kWidth];
  T sum_im[kHalf][kWidth];
  T difference_re[kHalf][kWidth];
  T difference_im[kHalf][kWidth];
  for (std::size_t start = 0; start < row.s; start += kWidth) {
    const std::size_t width = std::min(kWidth, row.s - start);
    for (std::size_t j = 1; j <= radix / 2; ++j) {
#pragma GCC ivdep
      for (std::size_t q = 0; q < width; ++q) {
        const auto a = row.x(j, start + q);
        const auto b = row.x(radix - j, start + q);
        sum_re[j][q] = a.re + b.re;
        sum_im[j][q] = a.im + b.im;
        difference_re[j][q] = a.re - b.re;
        difference_im[j][q] = a.im - b.im;
      }
    }
    T total_re[kWidth];
    T total_im[kWidth];
    for (std::size_t q = 0; q < width; ++q) {
      total_re[q] = row.x(0, start + q).re;
      total_im[q] = row.x(0, start + q).im;
    }
    for (std::size_t j = 1; j <= radix / 2; ++j) {
      for (std::size_t q = 0; q < width; ++q) {
        total_re[q] += sum_re[j][q];
        total_im[q] += sum_im[j][q];
      }
    }
    for (std::size_t q = 0; q < width; ++q) row.put(0, start + q, {total_re[q], total_im[q]});
    for (std::size_t k = 1; k <= radix / 2; ++k) {
      T even_re[kWidth];
      T even_im[kWidth];
      T odd_re[kWidth] = {};
      T odd_im[kWidth] = {};
      for (std::size_t q = 0; q < width; ++q) {
        even_re[q] = row.x(0, start + q).re;
        even_im[q] = row.x(0, start + q).im;
      }
      std::size_t at = 0;
      for (std::size_t j = 1; j <= radix / 2; ++j) {
        at = at + k >= radix ? at + k - radix : at + k;
        const T cosine = roots.re[at];
        const T sine = roots.im[at];
        for (std::size_t q = 0; q < width; ++q) {
          even_re[q] += cosine * sum_re[j][q];
          even_im[q] += cosine * sum_im[j][q];
          odd_re[q] -= sine * difference_im[j][q];
          odd_im[q] += sine * difference_re[j][q];
        }
      }
      const Point<T> near = kTwiddled ? row.w(k) : Point<T>{1, 0};
      const Point<T> far = kTwiddled ? row.w(radix - k) : Point<T>{1, 0};
      for (std::size_t q = 0; q < width; ++q) {
        const Point<T> even{even_re[q], even_im[q]};
        const Point<T> odd{odd_re[q], odd_im[q]};
        row.template put<kTwiddled>(k, start + q, even + odd, near);
        row.template put<kTwiddled>(radix - k, start + q, even - odd, far);
      }
    }
  }
}

template <bool kTwiddled, class T>
TARTAN_INLINE void row_body(const FftStage<T>& stage, const Row<T> row) {
  switch (stage.radix) {
    case 2:
      return radix2<kTwiddled>(row);
    case 3:
      return radix3<kTwiddled>(row);
    case 4:
      return radix4<kTwiddled>(row);
    case 5:
      return radix5<kTwiddled>(row);
    default:
      return radix_any<kTwiddled>(row, stage.radix, stage.roots);
  }
}

template <class T>
TARTAN_INLINE void stage_body(const FftStage<T>& stage, Split<const T> x, Split<T> y,
                              std::size_t s) {
  const std::size_t radix = stage.radix;
  for (std::size_t p = 0; p < stage.rest; ++p) {
    const Row<T> row{x.re + p * s,
                     x.im + p * s,
                     y.re + radix * p * s,
                     y.im + radix * p * s,
                     stage.rest * s,
                     s,
                     stage.twiddles.re + p * (radix - 1),
                     stage.twiddles.im + p * (radix - 1)};
    if (p == 0) {
      row_body<false>(stage, row);
    } else {
      row_body<true>(stage, row);
    }
  }
}

template <class T>
void stage_baseline(const FftStage<T>& stage, Split<const T> x, Split<T> y, std::size_t s) {
  stage_body(stage, x, y, s);
}
template <class T>
TARTAN_AVX2 void stage_avx2(const FftStage<T>& stage, Split<const T> x, Split<T> y, std::size_t s) {
  stage_body(stage, x, y, s);
}
template <class T>
TARTAN_AVX512 void stage_avx512(const FftStage<T>& stage, Split<const T> x, Split<T> y,
                                std::size_t s) {
  stage_body(stage, x, y, s);
}

}  // namespace

template <class T>
void run_stage(const FftStage<T>& stage, Split<const T> x, Split<T> y, std::size_t s) {
  switch (active_isa()) {
    case Isa::avx512:
      return stage_avx512(stage, x, y, s);
    case Isa::avx2:
      return stage_avx2(stage, x, y, s);
    case Isa::baseline:
      return stage_baseline(stage, x, y, s);
  }
}

template void run_stage(const FftStage<float>&, Split<const float>, Split<float>, std::size_t);
template void run_stage(const FftStage<double>&, Split<const double>, Split<double>, std::size_t);

}  // namespace tartan::array

#pragma once

// The random numbers of one element, as many as it wants, and the distributions that are sampled by
// rejection: objects made of their parameters, which then draw elements. Logarithms and
// exponentials are our own and those of SLEEF without FMA: a number that is turned down on one
// machine must be turned down on every other.

#include <array/kernels/philox.hpp>
#include <array/kernels/random.hpp>
#include <bit>
#include <cmath>
#include <sleef.h>

namespace tartan::array {

namespace exact {

/// FreeBSD's e_log.c, for normal numbers; below 1 unit in the last place.
inline double log(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  if (!(x >= 0x1p-1022 && x <= 0x1.fffffffffffffp1023)) return Sleef_cinz_logd1_u10purec(x);
  // x = 2^k m with m from sqrt(1/2) to sqrt(2).
  const std::uint64_t moved = bits + ((0x3FF00000ULL - 0x3FE6A09EULL) << 32);
  const auto k = static_cast<double>(static_cast<int>(moved >> 52) - 0x3FF);
  const double m = std::bit_cast<double>((moved & 0x000FFFFFFFFFFFFFULL) + (0x3FE6A09EULL << 32));
  const double f = m - 1;
  const double half_square = 0.5 * f * f;
  const double s = f / (2 + f);
  const double z = s * s;
  const double w = z * z;
  const double odd = w * (3.999999999940941908e-01 +
                          w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double even = z * (6.666666666666735130e-01 +
                           w * (2.857142874366239149e-01 +
                                w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  return s * (half_square + (even + odd)) + k * 1.90821492927058770002e-10 - half_square + f +
         k * 6.93147180369123816490e-01;
}

/// FreeBSD's e_exp.c, where the result is a normal number; below 1 unit in the last place.
inline double exp(double x) {
  if (!(x > -700 && x < 700)) return Sleef_cinz_expd1_u10purec(x);
  const double k = std::floor(x * 1.44269504088896338700e+00 + 0.5);
  const double high = x - k * 6.93147180369123816490e-01;
  const double low = k * 1.90821492927058770002e-10;
  const double r = high - low;
  const double square = r * r;
  const double c =
      r - square * (1.66666666666666019037e-01 +
                    square * (-2.77777777770155933842e-03 +
                              square * (6.61375632143793436117e-05 +
                                        square * (-1.65339022054652515390e-06 +
                                                  square * 4.13813679705723846039e-08))));
  const double y = 1 + (r * c / (2 - c) - low + high);
  return y * std::bit_cast<double>(static_cast<std::uint64_t>(static_cast<int>(k) + 0x3FF) << 52);
}

/// x^y of x > 0, with the relative error that y log(x) has as an absolute one.
inline double pow(double x, double y) { return exp(y * log(x)); }
inline double log1p(double x) { return Sleef_cinz_log1pd1_u10purec(x); }
inline double expm1(double x) { return Sleef_cinz_expm1d1_u10purec(x); }
inline double cos(double x) { return Sleef_cinz_cosd1_u10purec(x); }
inline double acos(double x) { return Sleef_cinz_acosd1_u10purec(x); }

}  // namespace exact

/// The first blocks of kPhiloxBatch elements.
struct FirstBlocks {
  static constexpr std::size_t kCount = 2;
  PhiloxBatch blocks[kCount];
};

class Draws {
 public:
  Draws(std::uint64_t element, const RandomPlace& place) : element_(element), place_(place) {}
  /// The element's first blocks are there already, at `lane`.
  Draws(std::uint64_t element, const RandomPlace& place, const FirstBlocks& first, std::size_t lane)
      : element_(element), place_(place), first_(&first), lane_(lane) {}

  /// In [0, 1): a multiple of 2^-53.
  double uniform() {
    if (used_ == 2) next_block();
    const std::uint64_t bits = std::uint64_t{words_[2 * used_ + 1]} << 32 | words_[2 * used_];
    ++used_;
    return static_cast<double>(static_cast<std::int64_t>(bits >> 11)) * 0x1p-53;
  }
  /// In (0, 1].
  double positive() { return 1 - uniform(); }
  double exponential() { return -exact::log(positive()); }
  /// Marsaglia's polar method; the second number is not used.
  double normal() {
    for (;;) {
      const double x = 2 * uniform() - 1;
      const double y = 2 * uniform() - 1;
      const double square = x * x + y * y;
      if (square >= 1 || square == 0) continue;
      return x * std::sqrt(-2 * exact::log(square) / square);
    }
  }

 private:
  void next_block() {
    if (first_ != nullptr && trial_ < FirstBlocks::kCount) {
      for (std::size_t w = 0; w < 4; ++w) words_[w] = first_->blocks[trial_].word[w][lane_];
    } else {
      words_ = philox(element_, place_.seed, place_.stream | trial_ << 32);
    }
    ++trial_;
    used_ = 0;
  }

  std::uint64_t element_;
  const RandomPlace& place_;
  const FirstBlocks* first_ = nullptr;
  std::size_t lane_ = 0;
  std::array<std::uint32_t, 4> words_{};
  std::uint64_t trial_ = 0;
  std::size_t used_ = 2;
};

class GammaDraw {
 public:
  explicit GammaDraw(double shape);
  double operator()(Draws& draws) const;

 private:
  double small(Draws& draws) const;
  double shape_, b_, c_;
};

class BetaDraw {
 public:
  BetaDraw(double a, double b) : a_(a), b_(b), gamma_a_(a), gamma_b_(b) {}
  double operator()(Draws& draws) const;

 private:
  double a_, b_;
  GammaDraw gamma_a_, gamma_b_;
};

class VonMisesDraw {
 public:
  VonMisesDraw(double mode, double concentration);
  double operator()(Draws& draws) const;

 private:
  double mode_, concentration_, s_;
};

class PoissonDraw {
 public:
  explicit PoissonDraw(double mean);
  double operator()(Draws& draws) const;

 private:
  double large(Draws& draws) const;
  double mean_;
  double none_ = 0;  ///< the probability of 0
  double log_mean_ = 0, a_ = 0, b_ = 0, log_alpha_ = 0, v_r_ = 0;
};

class BinomialDraw {
 public:
  BinomialDraw(double trials, double probability);
  double operator()(Draws& draws) const;

 private:
  double large(Draws& draws) const;
  double n_;
  bool failures_;  ///< those are counted, as they are the rarer
  double p_, odds_;
  double none_ = 0;  ///< the probability of 0
  double a_ = 0, b_ = 0, c_ = 0, v_r_ = 0, alpha_ = 0, m_ = 0, at_m_ = 0;
};

class HypergeometricDraw {
 public:
  HypergeometricDraw(double good, double bad, double taken);
  double operator()(Draws& draws) const;

 private:
  double logs(double k) const;
  double large(Draws& draws) const;
  double good_, bad_, taken_;
  double fewer_, more_, computed_;
  double a_ = 0, h_ = 0, end_ = 0, at_mode_ = 0;
};

class LogSeriesDraw {
 public:
  explicit LogSeriesDraw(double p) : p_(p), r_(exact::log1p(-p)) {}
  double operator()(Draws& draws) const;

 private:
  double p_, r_;
};

class ZipfDraw {
 public:
  explicit ZipfDraw(double a) : a_(a), b_(exact::pow(2, a - 1)) {}
  double operator()(Draws& draws) const;

 private:
  double a_, b_;
};

double draw_noncentral_chisquare(Draws& draws, double df, double noncentrality);

}  // namespace tartan::array

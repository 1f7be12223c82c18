#pragma once

// The random numbers of one element, as many as it wants, and the functions of analysis that its
// distribution takes of them. The latter are SLEEF's for one number at a time and without FMA: a
// number that is turned down on one machine must be turned down on every other.

#include <array/kernels/philox.hpp>
#include <array/kernels/random.hpp>
#include <numbers>
#include <sleef.h>

namespace tartan::array {

namespace exact {
inline double log(double x) { return Sleef_cinz_logd1_u10purec(x); }
inline double log1p(double x) { return Sleef_cinz_log1pd1_u10purec(x); }
inline double exp(double x) { return Sleef_cinz_expd1_u10purec(x); }
inline double expm1(double x) { return Sleef_cinz_expm1d1_u10purec(x); }
inline double pow(double x, double y) { return Sleef_cinz_powd1_u10purec(x, y); }
inline double cos(double x) { return Sleef_cinz_cosd1_u10purec(x); }
inline double acos(double x) { return Sleef_cinz_acosd1_u10purec(x); }
}  // namespace exact

class Draws {
 public:
  Draws(std::uint64_t element, const RandomPlace& place) : element_(element), place_(place) {}

  /// In [0, 1): a multiple of 2^-53.
  double uniform() {
    if (used_ == 2) {
      words_ = philox(element_, place_.seed, place_.stream | trial_++ << 32);
      used_ = 0;
    }
    const std::uint64_t bits = std::uint64_t{words_[2 * used_ + 1]} << 32 | words_[2 * used_];
    ++used_;
    return static_cast<double>(bits >> 11) * 0x1p-53;
  }
  /// In (0, 1].
  double positive() { return 1 - uniform(); }
  double exponential() { return -exact::log(positive()); }
  double normal() {
    const double radius = std::sqrt(-2 * exact::log(positive()));
    return radius * exact::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t element_;
  const RandomPlace& place_;
  std::array<std::uint32_t, 4> words_{};
  std::uint64_t trial_ = 0;
  std::size_t used_ = 2;
};

double draw_gamma(Draws& draws, double shape);
double draw_beta(Draws& draws, double a, double b);
double draw_noncentral_chisquare(Draws& draws, double df, double noncentrality);
double draw_vonmises(Draws& draws, double mode, double concentration);
double draw_poisson(Draws& draws, double mean);
double draw_binomial(Draws& draws, double trials, double probability);
double draw_hypergeometric(Draws& draws, double good, double bad, double taken);
double draw_logseries(Draws& draws, double p);
double draw_zipf(Draws& draws, double a);

}  // namespace tartan::array

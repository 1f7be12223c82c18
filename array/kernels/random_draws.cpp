// Sampling by rejection, with numpy.random's algorithms except where one is named.

#include <algorithm>
#include <array/kernels/random_draws.hpp>
#include <cmath>
#include <numbers>

namespace tartan::array {
namespace {

/// log(k!) - (log(2 pi) / 2 + (k + 1/2) log(k + 1) - (k + 1)), to 3e-11.
double stirling_tail(double k) {
  static constexpr double kTails[] = {
      0.08106146679532726,  0.04134069595540929, 0.02767792568499834, 0.02079067210376509,
      0.01664469118982119,  0.01387612882307075, 0.01189670994589177, 0.01041126526197209,
      0.009255462182712733, 0.008330563433362871};
  if (k < 10) return kTails[static_cast<int>(k)];
  const double x = k + 1;
  return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / (x * x)) / (x * x)) / x;
}

double log_factorial(double k) {
  constexpr double kHalfLogTwoPi = 0.918938533204672741780329736406;
  return kHalfLogTwoPi + (k + 0.5) * exact::log(k + 1) - (k + 1) + stirling_tail(k);
}

/// The first k with u below the sum of the probabilities 0..k, by one number and a loop over k.
template <class Next>
double by_inversion(double u, double probability, double most, Next next) {
  double k = 0;
  for (double sum = probability; u >= sum && k < most; sum += probability) {
    probability = next(probability, k);
    k += 1;
    // What is left of u is rounding.
    if (probability < 1e-20 && sum > 0.5) break;
  }
  return k;
}

/// Ball by ball.
double small_hypergeometric(Draws& draws, double good, double bad, double taken) {
  double left = good;
  double all = good + bad;
  for (; taken > 0 && left > 0; --taken, --all) {
    if (draws.uniform() * all < left) --left;
  }
  return good - left;
}

}  // namespace

GammaDraw::GammaDraw(double shape)
    : shape_(shape), b_(shape - 1.0 / 3), c_(1 / std::sqrt(9 * std::max(b_, 0.1))) {}

// Marsaglia and Tsang (2000) above 1.
double GammaDraw::operator()(Draws& draws) const {
  if (shape_ == 0) return 0;
  if (shape_ == 1) return draws.exponential();
  if (shape_ < 1) return small(draws);
  for (;;) {
    const double x = draws.normal();
    const double root = 1 + c_ * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = draws.positive();
    if (u < 1 - 0.0331 * (x * x) * (x * x)) return b_ * v;
    if (exact::log(u) < 0.5 * x * x + b_ * (1 - v + exact::log(v))) return b_ * v;
  }
}

double GammaDraw::small(Draws& draws) const {
  for (;;) {
    const double u = draws.positive();
    const double v = draws.exponential();
    if (u <= 1 - shape_) {
      const double x = exact::pow(u, 1 / shape_);
      if (x <= v) return x;
    } else if (u < 1) {
      const double y = -exact::log((1 - u) / shape_);
      const double x = exact::pow(1 - shape_ + shape_ * y, 1 / shape_);
      if (x <= v + y) return x;
    }
  }
}

double BetaDraw::operator()(Draws& draws) const {
  if (a_ > 1 || b_ > 1) {
    const double x = gamma_a_(draws);
    return x / (x + gamma_b_(draws));
  }
  for (;;) {
    const double log_x = exact::log(draws.positive()) / a_;
    const double log_y = exact::log(draws.positive()) / b_;
    const double x = exact::exp(log_x);
    const double y = exact::exp(log_y);
    if (x + y > 1) continue;
    if (x + y > 0) return x / (x + y);
    const double larger = std::max(log_x, log_y);
    const double of_x = exact::exp(log_x - larger);
    return of_x / (of_x + exact::exp(log_y - larger));
  }
}

double draw_noncentral_chisquare(Draws& draws, double df, double noncentrality) {
  if (noncentrality == 0) return 2 * GammaDraw(df / 2)(draws);
  if (df > 1) {
    const double central = 2 * GammaDraw((df - 1) / 2)(draws);
    const double moved = draws.normal() + std::sqrt(noncentrality);
    return central + moved * moved;
  }
  return 2 * GammaDraw(df / 2 + PoissonDraw(noncentrality / 2)(draws))(draws);
}

VonMisesDraw::VonMisesDraw(double mode, double concentration)
    : mode_(mode), concentration_(concentration), s_(1 / concentration + concentration) {
  if (concentration < 1e-5) return;
  const double r = 1 + std::sqrt(1 + 4 * concentration * concentration);
  const double rho = (r - std::sqrt(2 * r)) / (2 * concentration);
  s_ = (1 + rho * rho) / (2 * rho);
}

// Best and Fisher (1979).
double VonMisesDraw::operator()(Draws& draws) const {
  constexpr double kPi = std::numbers::pi;
  const auto wrapped = [](double x) { return x - 2 * kPi * std::floor((x + kPi) / (2 * kPi)); };
  if (concentration_ < 1e-8) return wrapped(mode_ + kPi * (2 * draws.uniform() - 1));
  if (concentration_ > 1e6) return wrapped(mode_ + draws.normal() / std::sqrt(concentration_));
  for (;;) {
    const double z = exact::cos(kPi * draws.uniform());
    const double w = (1 + s_ * z) / (s_ + z);
    const double y = concentration_ * (s_ - w);
    const double v = draws.positive();
    if (y * (2 - y) - v < 0 && exact::log(y / v) + 1 - y < 0) continue;
    const double angle = exact::acos(std::clamp(w, -1.0, 1.0));
    return wrapped(draws.uniform() < 0.5 ? mode_ - angle : mode_ + angle);
  }
}

PoissonDraw::PoissonDraw(double mean) : mean_(mean) {
  if (mean < 10) {
    none_ = exact::exp(-mean);
    return;
  }
  log_mean_ = exact::log(mean);
  b_ = 0.931 + 2.53 * std::sqrt(mean);
  a_ = -0.059 + 0.02483 * b_;
  log_alpha_ = exact::log(1.1239 + 1.1328 / (b_ - 3.4));
  v_r_ = 0.9277 - 3.6224 / (b_ - 2);
}

// Hoermann's PTRS (1993) from 10 on.
double PoissonDraw::operator()(Draws& draws) const {
  if (mean_ >= 10) return large(draws);
  return by_inversion(draws.uniform(), none_, 1e3,
                      [this](double p, double k) { return p * mean_ / (k + 1); });
}

double PoissonDraw::large(Draws& draws) const {
  for (;;) {
    const double u = draws.uniform() - 0.5;
    const double v = draws.positive();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a_ / us + b_) * u + mean_ + 0.43);
    if (us >= 0.07 && v <= v_r_) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (exact::log(v) + log_alpha_ - exact::log(a_ / (us * us) + b_) <=
        k * log_mean_ - mean_ - log_factorial(k)) {
      return k;
    }
  }
}

BinomialDraw::BinomialDraw(double trials, double probability)
    : n_(trials),
      failures_(probability > 0.5),
      p_(failures_ ? 1 - probability : probability),
      odds_(p_ / (1 - p_)) {
  if (n_ * p_ < 10) {
    none_ = exact::exp(n_ * exact::log1p(-p_));
    return;
  }
  const double deviation = std::sqrt(n_ * p_ * (1 - p_));
  b_ = 1.15 + 2.53 * deviation;
  a_ = -0.0873 + 0.0248 * b_ + 0.01 * p_;
  c_ = n_ * p_ + 0.5;
  v_r_ = 0.92 - 4.2 / b_;
  alpha_ = (2.83 + 5.1 / b_) * deviation;
  m_ = std::floor((n_ + 1) * p_);
  at_m_ = (m_ + 0.5) * exact::log((m_ + 1) / (odds_ * (n_ - m_ + 1))) + stirling_tail(m_) +
          stirling_tail(n_ - m_);
}

double BinomialDraw::operator()(Draws& draws) const {
  const double k = n_ * p_ >= 10
                       ? large(draws)
                       : by_inversion(draws.uniform(), none_, n_, [this](double p, double i) {
                           return p * odds_ * (n_ - i) / (i + 1);
                         });
  return failures_ ? n_ - k : k;
}

// Hoermann's BTRS (1993).
double BinomialDraw::large(Draws& draws) const {
  for (;;) {
    const double u = draws.uniform() - 0.5;
    const double v = draws.positive();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a_ / us + b_) * u + c_);
    if (us >= 0.07 && v <= v_r_) return k;
    if (k < 0 || k > n_) continue;
    const double bound = at_m_ + (n_ + 1) * exact::log((n_ - m_ + 1) / (n_ - k + 1)) +
                         (k + 0.5) * exact::log(odds_ * (n_ - k + 1) / (k + 1)) - stirling_tail(k) -
                         stirling_tail(n_ - k);
    if (exact::log(v * alpha_ / (a_ / (us * us) + b_)) <= bound) return k;
  }
}

HypergeometricDraw::HypergeometricDraw(double good, double bad, double taken)
    : good_(good),
      bad_(bad),
      taken_(taken),
      fewer_(std::min(good, bad)),
      more_(std::max(good, bad)),
      computed_(std::min(taken, good + bad - taken)) {
  if (computed_ <= 10 || fewer_ <= 10) return;
  constexpr double kD1 = 1.7155277699214135;
  constexpr double kD2 = 0.8989161620588988;
  const double all = good + bad;
  const double p = fewer_ / all;
  a_ = computed_ * p + 0.5;
  const double c = std::sqrt((all - computed_) * computed_ * p * (1 - p) / (all - 1) + 0.5);
  h_ = kD1 * c + kD2;
  end_ = std::min(std::min(computed_, fewer_) + 1, std::floor(a_ + 16 * c));
  at_mode_ = logs(std::floor((computed_ + 1) * (fewer_ + 1) / (all + 2)));
}

double HypergeometricDraw::logs(double k) const {
  return log_factorial(k) + log_factorial(fewer_ - k) + log_factorial(computed_ - k) +
         log_factorial(more_ - computed_ + k);
}

// Stadlober's HRUA (1990).
double HypergeometricDraw::large(Draws& draws) const {
  for (;;) {
    const double u = draws.positive();
    const double x = a_ + h_ * (draws.uniform() - 0.5) / u;
    if (x < 0 || x >= end_) continue;
    const double k = std::floor(x);
    const double t = at_mode_ - logs(k);
    if (u * (4 - u) - 3 <= t) return k;
    if (u * (u - t) >= 1) continue;
    if (2 * exact::log(u) <= t) return k;
  }
}

double HypergeometricDraw::operator()(Draws& draws) const {
  double k = 0;
  if (computed_ <= 10) {
    k = small_hypergeometric(draws, fewer_, more_, computed_);
  } else if (fewer_ <= 10) {
    // What is taken and what is good can change places.
    k = small_hypergeometric(draws, computed_, good_ + bad_ - computed_, fewer_);
  } else {
    k = large(draws);
  }
  if (good_ > bad_) k = computed_ - k;
  return computed_ < taken_ ? good_ - k : k;
}

double LogSeriesDraw::operator()(Draws& draws) const {
  for (;;) {
    const double v = draws.positive();
    if (v >= p_) return 1;
    const double q = -exact::expm1(r_ * draws.positive());
    if (v <= q * q) {
      const double k = std::floor(1 + exact::log(v) / exact::log(q));
      if (k >= 1) return k;
    } else {
      return v >= q ? 1 : 2;
    }
  }
}

double ZipfDraw::operator()(Draws& draws) const {
  for (;;) {
    const double u = draws.positive();
    const double v = draws.uniform();
    const double x = std::floor(exact::pow(u, -1 / (a_ - 1)));
    if (!(x >= 1 && x < 0x1p63)) continue;
    const double t = exact::pow(1 + 1 / x, a_ - 1);
    if (v * x * (t - 1) / (b_ - 1) <= t / b_) return x;
  }
}

}  // namespace tartan::array

// Sampling by rejection, with numpy.random's algorithms except where one is named.

#include <algorithm>
#include <array/kernels/random_draws.hpp>
#include <cmath>

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

/// Marsaglia and Tsang (2000) from 1 on.
double large_gamma(Draws& draws, double shape) {
  const double b = shape - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * b);
  for (;;) {
    const double x = draws.normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    const double u = draws.positive();
    if (u < 1 - 0.0331 * (x * x) * (x * x)) return b * v;
    if (exact::log(u) < 0.5 * x * x + b * (1 - v + exact::log(v))) return b * v;
  }
}

double small_gamma(Draws& draws, double shape) {
  for (;;) {
    const double u = draws.uniform();
    const double v = draws.exponential();
    if (u <= 1 - shape) {
      const double x = exact::pow(u, 1 / shape);
      if (x <= v) return x;
    } else {
      const double y = -exact::log((1 - u) / shape);
      const double x = exact::pow(1 - shape + shape * y, 1 / shape);
      if (x <= v + y) return x;
    }
  }
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

/// Hoermann's PTRS (1993).
double large_poisson(Draws& draws, double mean) {
  const double log_mean = exact::log(mean);
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  const double v_r = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const double u = draws.uniform() - 0.5;
    const double v = draws.positive();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (exact::log(v) + exact::log(inverse_alpha) - exact::log(a / (us * us) + b) <=
        k * log_mean - mean - log_factorial(k)) {
      return k;
    }
  }
}

/// Hoermann's BTRS (1993); probability <= 1/2.
double large_binomial(Draws& draws, double n, double p) {
  const double deviation = std::sqrt(n * p * (1 - p));
  const double b = 1.15 + 2.53 * deviation;
  const double a = -0.0873 + 0.0248 * b + 0.01 * p;
  const double c = n * p + 0.5;
  const double v_r = 0.92 - 4.2 / b;
  const double odds = p / (1 - p);
  const double alpha = (2.83 + 5.1 / b) * deviation;
  const double m = std::floor((n + 1) * p);
  for (;;) {
    const double u = draws.uniform() - 0.5;
    const double v = draws.positive();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + c);
    if (us >= 0.07 && v <= v_r) return k;
    if (k < 0 || k > n) continue;
    const double bound = (m + 0.5) * exact::log((m + 1) / (odds * (n - m + 1))) +
                         (n + 1) * exact::log((n - m + 1) / (n - k + 1)) +
                         (k + 0.5) * exact::log(odds * (n - k + 1) / (k + 1)) + stirling_tail(m) +
                         stirling_tail(n - m) - stirling_tail(k) - stirling_tail(n - k);
    if (exact::log(v * alpha / (a / (us * us) + b)) <= bound) return k;
  }
}

/// Stadlober's HRUA (1990): good <= bad, taken <= half of all.
double large_hypergeometric(Draws& draws, double good, double bad, double taken) {
  constexpr double kD1 = 1.7155277699214135;
  constexpr double kD2 = 0.8989161620588988;
  const double all = good + bad;
  const double p = good / all;
  const double a = taken * p + 0.5;
  const double c = std::sqrt((all - taken) * taken * p * (1 - p) / (all - 1) + 0.5);
  const double h = kD1 * c + kD2;
  const auto logs = [&](double k) {
    return log_factorial(k) + log_factorial(good - k) + log_factorial(taken - k) +
           log_factorial(bad - taken + k);
  };
  const double at_mode = logs(std::floor((taken + 1) * (good + 1) / (all + 2)));
  const double b = std::min(std::min(taken, good) + 1, std::floor(a + 16 * c));
  for (;;) {
    const double u = draws.positive();
    const double x = a + h * (draws.uniform() - 0.5) / u;
    if (x < 0 || x >= b) continue;
    const double k = std::floor(x);
    const double t = at_mode - logs(k);
    if (u * (4 - u) - 3 <= t) return k;
    if (u * (u - t) >= 1) continue;
    if (2 * exact::log(u) <= t) return k;
  }
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

double draw_gamma(Draws& draws, double shape) {
  if (shape == 0) return 0;
  if (shape == 1) return draws.exponential();
  return shape < 1 ? small_gamma(draws, shape) : large_gamma(draws, shape);
}

double draw_beta(Draws& draws, double a, double b) {
  if (a > 1 || b > 1) {
    const double x = draw_gamma(draws, a);
    return x / (x + draw_gamma(draws, b));
  }
  for (;;) {
    const double u = draws.positive();
    const double v = draws.positive();
    const double x = exact::pow(u, 1 / a);
    const double y = exact::pow(v, 1 / b);
    if (x + y > 1) continue;
    if (x + y > 0) return x / (x + y);
    const double log_x = exact::log(u) / a;
    const double log_y = exact::log(v) / b;
    const double larger = std::max(log_x, log_y);
    return exact::exp(log_x - larger -
                      exact::log(exact::exp(log_x - larger) + exact::exp(log_y - larger)));
  }
}

double draw_noncentral_chisquare(Draws& draws, double df, double noncentrality) {
  if (noncentrality == 0) return 2 * draw_gamma(draws, df / 2);
  if (df > 1) {
    const double central = 2 * draw_gamma(draws, (df - 1) / 2);
    const double moved = draws.normal() + std::sqrt(noncentrality);
    return central + moved * moved;
  }
  return 2 * draw_gamma(draws, df / 2 + draw_poisson(draws, noncentrality / 2));
}

// Best and Fisher (1979).
double draw_vonmises(Draws& draws, double mode, double concentration) {
  constexpr double kPi = std::numbers::pi;
  const auto wrapped = [](double x) { return x - 2 * kPi * std::floor((x + kPi) / (2 * kPi)); };
  if (concentration < 1e-8) return wrapped(mode + kPi * (2 * draws.uniform() - 1));
  if (concentration > 1e6) return wrapped(mode + draws.normal() / std::sqrt(concentration));
  double s = 1 / concentration + concentration;
  if (concentration >= 1e-5) {
    const double r = 1 + std::sqrt(1 + 4 * concentration * concentration);
    const double rho = (r - std::sqrt(2 * r)) / (2 * concentration);
    s = (1 + rho * rho) / (2 * rho);
  }
  for (;;) {
    const double z = exact::cos(kPi * draws.uniform());
    const double w = (1 + s * z) / (s + z);
    const double y = concentration * (s - w);
    const double v = draws.positive();
    if (y * (2 - y) - v < 0 && exact::log(y / v) + 1 - y < 0) continue;
    const double angle = exact::acos(std::clamp(w, -1.0, 1.0));
    return wrapped(draws.uniform() < 0.5 ? mode - angle : mode + angle);
  }
}

double draw_poisson(Draws& draws, double mean) {
  if (mean >= 10) return large_poisson(draws, mean);
  return by_inversion(draws.uniform(), exact::exp(-mean), 1e3,
                      [mean](double p, double k) { return p * mean / (k + 1); });
}

double draw_binomial(Draws& draws, double trials, double probability) {
  if (probability > 0.5) return trials - draw_binomial(draws, trials, 1 - probability);
  if (trials * probability >= 10) return large_binomial(draws, trials, probability);
  const double odds = probability / (1 - probability);
  return by_inversion(draws.uniform(), exact::exp(trials * exact::log1p(-probability)), trials,
                      [&](double p, double k) { return p * odds * (trials - k) / (k + 1); });
}

double draw_hypergeometric(Draws& draws, double good, double bad, double taken) {
  const double fewer = std::min(good, bad);
  const double more = std::max(good, bad);
  const double computed = std::min(taken, good + bad - taken);
  double k = 0;
  if (computed <= 10) {
    k = small_hypergeometric(draws, fewer, more, computed);
  } else if (fewer <= 10) {
    // What is taken and what is good can change places.
    k = small_hypergeometric(draws, computed, good + bad - computed, fewer);
  } else {
    k = large_hypergeometric(draws, fewer, more, computed);
  }
  if (good > bad) k = computed - k;
  return computed < taken ? good - k : k;
}

double draw_logseries(Draws& draws, double p) {
  const double r = exact::log1p(-p);
  for (;;) {
    const double v = draws.positive();
    if (v >= p) return 1;
    const double q = -exact::expm1(r * draws.positive());
    if (v <= q * q) {
      const double k = std::floor(1 + exact::log(v) / exact::log(q));
      if (k >= 1) return k;
    } else {
      return v >= q ? 1 : 2;
    }
  }
}

double draw_zipf(Draws& draws, double a) {
  const double b = exact::pow(2, a - 1);
  for (;;) {
    const double u = draws.positive();
    const double v = draws.uniform();
    const double x = std::floor(exact::pow(u, -1 / (a - 1)));
    if (!(x >= 1 && x < 0x1p63)) continue;
    const double t = exact::pow(1 + 1 / x, a - 1);
    if (v * x * (t - 1) / (b - 1) <= t / b) return x;
  }
}

}  // namespace tartan::array

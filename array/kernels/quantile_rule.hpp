#pragma once

// NumPy's rules for where a quantile lies among n sorted elements, and what is taken there.

#include <algorithm>
#include <array/kernels/quantile.hpp>
#include <cmath>
#include <limits>

namespace tartan::array {

/// Between the elements number previous and next, or exactly number previous.
struct Place {
  std::int64_t previous = 0;
  std::int64_t next = 0;
  double weight = 0;  ///< of next
  bool exact = false;
};

inline bool takes_elements(const QuantileRule& rule) {
  switch (rule.method) {
    case QuantileMethod::lower:
    case QuantileMethod::higher:
    case QuantileMethod::nearest:
    case QuantileMethod::inverted_cdf:
    case QuantileMethod::closest_observation:
      return !rule.median;
    default:
      return false;
  }
}

inline Place exactly(double index, std::int64_t n) {
  const auto number = std::clamp<std::int64_t>(static_cast<std::int64_t>(index), 0, n - 1);
  return {number, number, 0, true};
}

/// The element at the index, or the one after it unless `stays`.
inline Place step_to(double index, std::int64_t n, bool stays) {
  return exactly(std::floor(index) + (stays ? 0 : 1), n);
}

/// index is a real place among the elements 0 to n - 1.
inline Place beside(double index, std::int64_t n) {
  if (index >= static_cast<double>(n - 1)) return {n - 1, n - 1, 0, false};
  if (index < 0) return {0, 0, 0, false};
  const auto previous = static_cast<std::int64_t>(std::floor(index));
  return {previous, previous + 1, index - static_cast<double>(previous), false};
}

/// Of n > 0 elements.
inline Place place_of(QuantileMethod method, double q, std::int64_t n) {
  const auto count = static_cast<double>(n);
  const double spread = (count - 1) * q;
  const auto between = [&](double alpha, double beta) {
    return beside(count * q + (alpha + q * (1 - alpha - beta)) - 1, n);
  };
  switch (method) {
    case QuantileMethod::linear:
      return beside(spread, n);
    case QuantileMethod::lower:
      return exactly(std::floor(spread), n);
    case QuantileMethod::higher:
      return exactly(std::ceil(spread), n);
    case QuantileMethod::nearest:
      return exactly(std::nearbyint(spread), n);
    case QuantileMethod::midpoint: {
      auto place = beside(0.5 * (std::floor(spread) + std::ceil(spread)), n);
      place.weight = place.weight == 0 ? 0 : 0.5;
      return place;
    }
    case QuantileMethod::inverted_cdf: {
      const double index = count * q - 1;
      return step_to(index, n, index == std::floor(index));
    }
    case QuantileMethod::averaged_inverted_cdf: {
      auto place = beside(count * q - 1, n);
      place.weight = place.weight == 0 ? 0.5 : 1;
      return place;
    }
    case QuantileMethod::closest_observation: {
      const double index = count * q - 1 - 0.5;
      const double below = std::floor(index);
      return step_to(index, n, index == below && std::fmod(below, 2) == 0);
    }
    case QuantileMethod::interpolated_inverted_cdf:
      return between(0, 1);
    case QuantileMethod::hazen:
      return between(0.5, 0.5);
    case QuantileMethod::weibull:
      return between(0, 0);
    case QuantileMethod::median_unbiased:
      return between(1.0 / 3, 1.0 / 3);
    case QuantileMethod::normal_unbiased:
      return between(3.0 / 8, 3.0 / 8);
  }
  return beside(spread, n);
}

/// The places of all quantiles of a rule among n > 0 elements.
inline std::vector<Place> places_of(const QuantileRule& rule, std::int64_t n) {
  if (rule.median) return {{(n - 1) / 2, n / 2, 0.5, false}};
  std::vector<Place> places;
  for (const auto q : rule.q) places.push_back(place_of(rule.method, q, n));
  return places;
}

template <class Out, class T>
Out value_between(T previous, T next, const Place& place, bool median) {
  if (place.exact) return static_cast<Out>(previous);
  const auto a = static_cast<double>(previous);
  const auto b = static_cast<double>(next);
  if (median) return static_cast<Out>(place.previous == place.next ? a : (a + b) / 2);
  const double difference = b - a;
  return static_cast<Out>(place.weight >= 0.5 ? b - difference * (1 - place.weight)
                                              : a + difference * place.weight);
}

/// f(Type<Out>) with the type of a rule's results for elements of type T.
template <class T, class F>
void visit_result(const QuantileRule& rule, const F& f) {
  if (takes_elements(rule)) return f(Type<T>{});
  if constexpr (std::is_same_v<T, float>) return f(Type<float>{});
  f(Type<double>{});
}

}  // namespace tartan::array

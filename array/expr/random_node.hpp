#pragma once

// Nodes of random numbers, and checks of parameters, for the functions of tartan::random.

#include <array/expr/node.hpp>
#include <optional>
#include <string_view>

namespace tartan::array {

/// Without a seed one is drawn from the operating system.
NodePtr random_node(Distribution distribution, std::vector<Scalar> parameters, const Shape& shape,
                    DType dtype, const ChunkSpec& chunks, std::optional<std::uint64_t> seed);

/// TypeError unless the dtype is float32 or float64.
void check_random_floating(DType dtype, std::string_view who);
/// TypeError unless it is one of integers.
void check_random_integer(DType dtype, std::string_view who);

struct Parameter {
  const char* name;
  double value;
};
/// The ValueError "random::who: name is value; give wanted".
[[noreturn]] void refuse(const char* who, const Parameter& parameter, const char* wanted);
void check_finite(const char* who, const Parameter& parameter);
void check_positive(const char* who, const Parameter& parameter);
void check_not_negative(const char* who, const Parameter& parameter);
void check_probability(const char* who, const Parameter& parameter);

/// What a distribution that is a function of others takes from a seed, for ever the same.
enum class Source : std::uint8_t {
  exponential = 1,
  cauchy,
  laplace,
  logistic,
  gumbel,
  lognormal,
  pareto,
  power,
  rayleigh,
  wald_normal,
  wald_uniform,
  weibull,
  triangular,
  geometric,
  student_normal,
  student_gamma,
  numerator,
  denominator,
};
/// Several sources of one array, or arrays of several distributions, share a seed and must not
/// share numbers. Without a seed a new one.
std::uint64_t derived_seed(std::optional<std::uint64_t> seed, Source source);

}  // namespace tartan::array

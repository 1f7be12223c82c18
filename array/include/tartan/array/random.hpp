#pragma once

// Random arrays, with the distributions of NumPy's Generator and their parameters, which are
// numbers. They come from a counter generator (Philox 4x32-10) indexed by each element's place in
// the whole array: one seed gives one array, however it is cut and wherever it is computed. Without
// a seed one is drawn from the operating system, once per array. The numbers are not NumPy's.
//
// A parameter out of its range is a ValueError, and a dtype that a distribution does not have a
// TypeError. Distributions of one seed are independent of each other, but for those with one
// definition (chisquare and gamma, say).

#include <optional>
#include <tartan/array/array.hpp>
#include <vector>

namespace tartan {

struct RandomOptions {
  ChunkSpec chunks = {};
  std::optional<std::uint64_t> seed = {};
  double low = 0.0;    ///< uniform
  double high = 1.0;   ///< uniform
  double loc = 0.0;    ///< normal: the mean
  double scale = 1.0;  ///< normal: the standard deviation
  DType dtype = DType::float64;
};

/// Of the distributions over real numbers; dtype float32 or float64.
struct VariateOptions {
  ChunkSpec chunks = {};
  std::optional<std::uint64_t> seed = {};
  DType dtype = DType::float64;
};

/// Of those over integers. Numbers beyond the dtype's range become its largest.
struct IntegerOptions {
  ChunkSpec chunks = {};
  std::optional<std::uint64_t> seed = {};
  DType dtype = DType::int64;
};

namespace random {

/// Uniform in [low, high); float32 or float64.
Array uniform(const Shape& shape, const RandomOptions& options = {});
/// Normal with mean loc and standard deviation scale; float32 or float64.
Array normal(const Shape& shape, const RandomOptions& options = {});
/// Uniform over low..high-1, in an integer dtype that holds them.
Array integers(std::int64_t low, std::int64_t high, const Shape& shape,
               const IntegerOptions& options = {});

/// scale times a number of density exp(-x).
Array exponential(double scale, const Shape& shape, const VariateOptions& options = {});
/// Density x^(shape - 1) exp(-x) / Gamma(shape); the parameter is named k here.
Array standard_gamma(double k, const Shape& shape, const VariateOptions& options = {});
Array gamma(double k, double scale, const Shape& shape, const VariateOptions& options = {});
Array beta(double a, double b, const Shape& shape, const VariateOptions& options = {});
Array chisquare(double df, const Shape& shape, const VariateOptions& options = {});
Array noncentral_chisquare(double df, double nonc, const Shape& shape,
                           const VariateOptions& options = {});
Array f(double dfnum, double dfden, const Shape& shape, const VariateOptions& options = {});
Array noncentral_f(double dfnum, double dfden, double nonc, const Shape& shape,
                   const VariateOptions& options = {});
Array standard_t(double df, const Shape& shape, const VariateOptions& options = {});
Array standard_cauchy(const Shape& shape, const VariateOptions& options = {});
Array laplace(double loc, double scale, const Shape& shape, const VariateOptions& options = {});
Array logistic(double loc, double scale, const Shape& shape, const VariateOptions& options = {});
Array gumbel(double loc, double scale, const Shape& shape, const VariateOptions& options = {});
/// exp of a normal number.
Array lognormal(double mean, double sigma, const Shape& shape, const VariateOptions& options = {});
/// Density a / (1 + x)^(a + 1) from 0 on, as NumPy has it.
Array pareto(double a, const Shape& shape, const VariateOptions& options = {});
/// Density a x^(a - 1) from 0 to 1.
Array power(double a, const Shape& shape, const VariateOptions& options = {});
Array rayleigh(double scale, const Shape& shape, const VariateOptions& options = {});
Array wald(double mean, double scale, const Shape& shape, const VariateOptions& options = {});
Array weibull(double a, const Shape& shape, const VariateOptions& options = {});
Array triangular(double left, double mode, double right, const Shape& shape,
                 const VariateOptions& options = {});
/// Within [mu - pi, mu + pi], brought to [-pi, pi).
Array vonmises(double mu, double kappa, const Shape& shape, const VariateOptions& options = {});

Array poisson(double lam, const Shape& shape, const IntegerOptions& options = {});
Array binomial(std::int64_t n, double p, const Shape& shape, const IntegerOptions& options = {});
/// Failures before n successes; n need not be whole.
Array negative_binomial(double n, double p, const Shape& shape, const IntegerOptions& options = {});
/// Trials up to the first success.
Array geometric(double p, const Shape& shape, const IntegerOptions& options = {});
/// Good ones among nsample of ngood + nbad, each of which is at most 10^9.
Array hypergeometric(std::int64_t ngood, std::int64_t nbad, std::int64_t nsample,
                     const Shape& shape, const IntegerOptions& options = {});
Array logseries(double p, const Shape& shape, const IntegerOptions& options = {});
Array zipf(double a, const Shape& shape, const IntegerOptions& options = {});
/// n trials of the categories of p, whose sum is 1: int64 of the shape with one more axis at the
/// end, as long as p. The chunks are those of the whole.
Array multinomial(std::int64_t n, const std::vector<double>& p, const Shape& shape,
                  const IntegerOptions& options = {});

/// How many of each colour are among nsample balls drawn, without putting back, from an urn with
/// colors[i] of colour i: int64 of the shape with one more axis at the end, as long as colors. The
/// chunks are those of the whole. The sum of colors is at most 10^9 (ValueError).
Array multivariate_hypergeometric(const std::vector<std::int64_t>& colors, std::int64_t nsample,
                                  const Shape& shape, const IntegerOptions& options = {});

struct ChoiceOptions {
  bool replace = true;
  std::vector<double> p = {};  ///< of 0, 1, ..., sum 1; none: all alike. With replacement only
  ChunkSpec chunks = {};
  std::optional<std::uint64_t> seed = {};
};
/// Of 0..n-1; int64. Without replacement no two are equal, and the shape has at most n elements.
Array choice(std::int64_t n, const Shape& shape, const ChoiceOptions& options = {});

struct PermutationOptions {
  ChunkSpec chunks = {};
  std::optional<std::uint64_t> seed = {};
};
/// 0..n-1 in random order; int64. Up to 2^14 numbers every order is as likely as another; of more,
/// a keyed bijection, which needs no memory, takes one of 2^64.
Array permutation(std::int64_t n, const PermutationOptions& options = {});
/// The parts x[0], x[1], ... along the first axis in random order: x[i] is result[p[i]] where p is
/// the permutation of as many numbers with the same seed. Blocks are split and put together once,
/// so that no task has more than two of them. `chunks` are of the result; none: those of x.
Array permutation(const Array& x, const PermutationOptions& options = {});

}  // namespace random
}  // namespace tartan

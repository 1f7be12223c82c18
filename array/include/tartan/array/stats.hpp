#pragma once

// Statistics and tests under scipy.stats's names, along one axis (the first, unless told
// otherwise), several or all of them. Everything is lazy and in float64; NaN in a sample makes its
// results NaN. Tests are two-sided. Complex arrays throw TypeError, axes and lengths that cannot be
// ValueError.

#include <tartan/array/functions.hpp>
#include <tartan/array/reductions.hpp>
#include <vector>

namespace tartan::stats {

/// Both without the reduced axes. Computed together (compute_chunks) they share the passes.
struct TestResult {
  Array statistic;
  Array pvalue;
};

// ---- moments ----------------------------------------------------------------------------------

/// The mean of the order-th powers of the distances from the mean; order is 0 or more.
Array moment(const Array& x, int order, const Axes& axes = 0);

struct ShapeOptions {
  Axes axes = 0;
  bool bias = true;    ///< false: corrected for the size of the sample
  bool fisher = true;  ///< kurtosis: less 3, so that it is 0 of a normal distribution
};
/// NaN where all elements are the same, within 1e-15 of their mean.
Array skew(const Array& x, const ShapeOptions& options = {});
Array kurtosis(const Array& x, const ShapeOptions& options = {});

struct ZScoreOptions {
  Axes axes = 0;
  double ddof = 0;
};
/// Distances from the mean in standard deviations, in the array's shape; NaN where all elements are
/// the same.
Array zscore(const Array& x, const ZScoreOptions& options = {});

// ---- are they normally distributed? -----------------------------------------------------------

/// At least 8 elements.
TestResult skewtest(const Array& x, const Axes& axes = 0);
/// At least 5 elements, better 20.
TestResult kurtosistest(const Array& x, const Axes& axes = 0);
/// D'Agostino and Pearson's: both together.
TestResult normaltest(const Array& x, const Axes& axes = 0);
/// At least one element; of the whole array unless told otherwise.
TestResult jarque_bera(const Array& x, const Axes& axes = {});

// ---- are the means equal? ---------------------------------------------------------------------

/// Of a and a number, or an array that broadcasts to the means.
TestResult ttest_1samp(const Array& a, const Operand& popmean, const Axes& axes = 0);

struct IndependentOptions {
  Axes axes = 0;
  bool equal_var = true;  ///< false: Welch's test
};
/// The other axes broadcast.
TestResult ttest_ind(const Array& a, const Array& b, const IndependentOptions& options = {});
/// Of pairs: equally many elements.
TestResult ttest_rel(const Array& a, const Array& b, const Axes& axes = 0);
/// Of two or more samples, whose other axes agree.
TestResult f_oneway(const std::vector<Array>& samples, const Axes& axes = 0);

// ---- do they go together? ---------------------------------------------------------------------

struct DivergenceOptions {
  Array expected = {};  ///< none: all equally often. Sums should agree; that is not checked
  double ddof = 0;      ///< the test has one degree of freedom less than elements, less these
  Axes axes = 0;
  /// power_divergence: 1 Pearson's chi-square, 0 log-likelihood (G), -1/2 Freeman-Tukey, -1
  /// modified log-likelihood, -2 Neyman, 2/3 Cressie-Read.
  double lambda = 1;
};
TestResult power_divergence(const Array& observed, const DivergenceOptions& options = {});
/// The same with a lambda of 1.
TestResult chisquare(const Array& observed, const DivergenceOptions& options = {});

/// The correlation of two 1-d arrays of one length, 2 or more. NaN when one is constant.
TestResult pearsonr(const Array& x, const Array& y);

}  // namespace tartan::stats

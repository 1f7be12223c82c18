#pragma once

namespace tartan::ml::kernels {

/// The value below which a standard normal variable stays with that probability: -inf and inf for
/// 0 and 1, NaN outside. Exact to about 1e-16 of itself (Wichura, Algorithm AS 241, 1988).
double normal_quantile(double probability);
/// The probability that a standard normal variable stays below x.
double normal_cdf(double x);

}  // namespace tartan::ml::kernels

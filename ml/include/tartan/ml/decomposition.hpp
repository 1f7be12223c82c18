#pragma once

// Decompositions: the directions in which the rows vary most. Fits read the data where it lies;
// what comes here has at most as many numbers as features x features.

#include <optional>
#include <tartan/ml/any_estimator.hpp>
#include <variant>

namespace tartan::ml {

/// A projection on orthonormal directions through a mean.
template <class Derived, class Params>
class PrincipalAxes : public Estimator<Derived, Params> {
 public:
  /// components x features, those of most variance first; their signs make the largest projection
  /// of a row positive (PCA), or the largest of their own entries (IncrementalPCA). Throws
  /// ValueError before fit, as do all.
  const xt::xarray<double>& components() const { return known(components_); }
  /// Variances of the projections, divisor n - 1.
  const xt::xarray<double>& explained_variance() const { return known(explained_variance_); }
  /// The same as parts of the variance of all features.
  const xt::xarray<double>& explained_variance_ratio() const {
    return known(explained_variance_ratio_);
  }
  const xt::xarray<double>& singular_values() const { return known(singular_values_); }
  const xt::xarray<double>& mean() const { return known(mean_); }
  /// The mean variance of the directions left out (Tipping and Bishop 1999).
  double noise_variance() const { return known(noise_variance_); }
  std::int64_t n_components() const { return known(n_components_); }

  /// rows x components, lazily; of variance 1 when whitened.
  Array transform(const Array& x) const;
  /// Back to features, without what the directions left out had.
  Array inverse_transform(const Array& x) const;

  void fitted(Attributes& io) {
    io("components", components_);
    io("explained_variance", explained_variance_);
    io("explained_variance_ratio", explained_variance_ratio_);
    io("singular_values", singular_values_);
    io("mean", mean_);
    io("noise_variance", noise_variance_);
    io("n_components", n_components_);
    io("n_samples", n_samples_);
  }

 protected:
  using Estimator<Derived, Params>::Estimator;
  template <class T>
  const T& known(const T& attribute) const {
    this->require_fitted();
    return attribute;
  }

  xt::xarray<double> components_, explained_variance_, explained_variance_ratio_, singular_values_,
      mean_;
  double noise_variance_ = 0;
  std::int64_t n_components_ = 0;
  std::int64_t n_samples_ = 0;
};

enum class PcaSolver : std::uint8_t { automatic, full, covariance_eigh, randomized };
template <>
struct EnumNames<PcaSolver> {
  static constexpr std::array values{std::pair{PcaSolver::automatic, "auto"},
                                     std::pair{PcaSolver::full, "full"},
                                     std::pair{PcaSolver::covariance_eigh, "covariance_eigh"},
                                     std::pair{PcaSolver::randomized, "randomized"}};
};
enum class AutoIterations : std::uint8_t { automatic };
template <>
struct EnumNames<AutoIterations> {
  static constexpr std::array values{std::pair{AutoIterations::automatic, "auto"}};
};

struct PCAParams {
  /// A number of components, or the least part of the variance they must explain (between 0 and 1),
  /// or none: as many as rows or features, whichever are fewer.
  std::optional<std::variant<std::int64_t, double>> n_components = {};
  bool whiten = false;
  /// auto: full up to 500 rows and features and for parts of the variance; covariance_eigh for up
  /// to 1000 features and ten times as many rows; randomized for less than 80 % of the components;
  /// else full.
  PcaSolver svd_solver = PcaSolver::automatic;
  /// Of randomized; auto: 7 for less than a tenth of the components, else 4.
  std::variant<AutoIterations, std::int64_t> iterated_power = AutoIterations::automatic;
  std::int64_t n_oversamples = 10;
  std::uint64_t random_state = 0;

  static void each(auto& params, auto&& member) {
    member("n_components", params.n_components);
    member("whiten", params.whiten);
    member("svd_solver", params.svd_solver);
    member("iterated_power", params.iterated_power);
    member("n_oversamples", params.n_oversamples);
    member("random_state", params.random_state);
  }
};

/// Principal components. full: one pass with a QR factorisation of the blocks, combined in a tree
/// (TSQR), exact to rounding. covariance_eigh: one pass with a matrix product per block, whose
/// small singular values are good to 1e-8 of the largest. randomized: subspace iteration (Halko,
/// Martinsson, Tropp 2011), a pass each. One more pass settles the signs.
class PCA : public PrincipalAxes<PCA, PCAParams> {
 public:
  static constexpr std::string_view kName = "PCA";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit PCA(PCAParams params = {}) : PrincipalAxes(params) {}
  static void check(const PCAParams& params);

  PCA& fit(const Array& x);
  Array fit_transform(const Array& x) { return fit(x).transform(x); }
};

struct Spectrum;

struct IncrementalPCAParams {
  /// None: as many as the rows of the first part or features, whichever are fewer.
  std::optional<std::int64_t> n_components = {};
  bool whiten = false;
  /// Rows of a step within a block in fit(); none: five times the features.
  std::optional<std::int64_t> batch_size = {};

  static void each(auto& params, auto&& member) {
    member("n_components", params.n_components);
    member("whiten", params.whiten);
    member("batch_size", params.batch_size);
  }
};

/// Principal components from parts of the rows (Ross, Lim, Lin, Yang 2008). fit() takes the blocks
/// in parallel, each in batches, and merges what they found in a tree; with fewer components than
/// features that differs from one batch after the other by as much as other batches would.
class IncrementalPCA : public PrincipalAxes<IncrementalPCA, IncrementalPCAParams> {
 public:
  static constexpr std::string_view kName = "IncrementalPCA";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit IncrementalPCA(IncrementalPCAParams params = {}) : PrincipalAxes(params) {}
  static void check(const IncrementalPCAParams& params);

  IncrementalPCA& fit(const Array& x);
  /// x is one batch, whatever its chunks.
  IncrementalPCA& partial_fit(const Array& x);
  /// As if the rows of the other one were added. Both are fitted and have the same features.
  IncrementalPCA& merge(const IncrementalPCA& other);
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// Per feature, divisor n.
  const xt::xarray<double>& var() const { return known(var_); }
  std::int64_t n_samples_seen() const { return known(n_samples_); }

  void fitted(Attributes& io) {
    PrincipalAxes::fitted(io);
    io("var", var_);
    io("n_samples_seen", n_samples_);
  }

 private:
  Spectrum spectrum() const;
  void adopt(Spectrum& spectrum, std::int64_t batch_rows);

  xt::xarray<double> var_;
};

enum class SvdAlgorithm : std::uint8_t { randomized, exact };
template <>
struct EnumNames<SvdAlgorithm> {
  static constexpr std::array values{std::pair{SvdAlgorithm::randomized, "randomized"},
                                     std::pair{SvdAlgorithm::exact, "exact"}};
};

struct TruncatedSVDParams {
  std::int64_t n_components = 2;
  /// exact: by TSQR, in one pass. (scikit-learn's other one is arpack, which is exact as well.)
  SvdAlgorithm algorithm = SvdAlgorithm::randomized;
  std::int64_t n_iter = 5;
  std::int64_t n_oversamples = 10;
  std::uint64_t random_state = 0;

  static void each(auto& params, auto&& member) {
    member("n_components", params.n_components);
    member("algorithm", params.algorithm);
    member("n_iter", params.n_iter);
    member("n_oversamples", params.n_oversamples);
    member("random_state", params.random_state);
  }
};

/// The largest singular values of x as it is, not centred, and their right vectors.
class TruncatedSVD : public Estimator<TruncatedSVD, TruncatedSVDParams> {
 public:
  static constexpr std::string_view kName = "TruncatedSVD";
  static constexpr EstimatorKind kKind = EstimatorKind::transformer;

  explicit TruncatedSVD(TruncatedSVDParams params = {}) : Estimator(params) {}
  static void check(const TruncatedSVDParams& params);

  TruncatedSVD& fit(const Array& x);
  Array transform(const Array& x) const;
  Array inverse_transform(const Array& x) const;
  Array fit_transform(const Array& x) { return fit(x).transform(x); }

  /// components x features; throw ValueError before fit.
  const xt::xarray<double>& components() const;
  const xt::xarray<double>& singular_values() const;
  /// Variances of the projections, divisor n, and their parts of that of all features.
  const xt::xarray<double>& explained_variance() const;
  const xt::xarray<double>& explained_variance_ratio() const;

  void fitted(Attributes& io);

 private:
  xt::xarray<double> components_, singular_values_, explained_variance_, explained_variance_ratio_;
};

}  // namespace tartan::ml

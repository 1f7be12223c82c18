#pragma once

// Estimators made of another one, which is their parameter `estimator`: parameters of that are
// reached as estimator__alpha. What is given is never fitted itself; its clones are.

#include <optional>
#include <tartan/ml/any_estimator.hpp>
#include <vector>

namespace tartan::ml {

namespace detail {
/// What stands in `estimator` when nothing is given: LinearRegression; for votes on classes
/// OneVsRestClassifier. Made in the library, as wrapping an estimator is dear to compile.
AnyEstimator usual_estimator();
AnyEstimator usual_classifier();
}  // namespace detail

struct MetaParams {
  AnyEstimator estimator = detail::usual_estimator();

  static void each(auto& params, auto&& member) { member("estimator", params.estimator); }
};

/// What ParallelPostFit and Incremental do alike once a model is fitted: a task per block of rows
/// applies it, with the model sent once to every worker. So an estimator that knows nothing of
/// blocks is applied to arrays of any size. What the model cannot do throws TypeError.
template <class Derived>
class PostFit : public Estimator<Derived, MetaParams> {
 public:
  EstimatorKind kind() const { return this->params_.estimator.kind(); }
  bool can(Method method) const { return this->params_.estimator.can(method); }
  /// Of the model's shapes and dtypes; lazy.
  Array predict(const Array& x) const { return apply(Method::predict, x); }
  Array predict_proba(const Array& x) const { return apply(Method::predict_proba, x); }
  Array decision_function(const Array& x) const { return apply(Method::decision_function, x); }
  Array transform(const Array& x) const { return apply(Method::transform, x); }
  Array inverse_transform(const Array& x) const { return apply(Method::inverse_transform, x); }
  /// Accuracy of a classifier, R² of a regressor, else the model's own score.
  double score(const Array& x, const Array& y = {}, const Array& sample_weight = {}) const;
  /// The fitted model; throws ValueError before fit.
  const AnyEstimator& estimator() const;

  void fitted(Attributes& io) { io("estimator", estimator_); }

 protected:
  explicit PostFit(MetaParams params) : Estimator<Derived, MetaParams>(std::move(params)) {}
  Array apply(Method method, const Array& x) const;

  std::optional<AnyEstimator> estimator_;
};

/// Fits once and predicts, transforms and scores in parallel.
class ParallelPostFit : public PostFit<ParallelPostFit> {
 public:
  static constexpr std::string_view kName = "ParallelPostFit";
  static constexpr EstimatorKind kKind = EstimatorKind::other;

  explicit ParallelPostFit(MetaParams params = {}) : PostFit(std::move(params)) {}

  ParallelPostFit& fit(const Array& x, const Array& y = {}, const Array& sample_weight = {});
};

/// Fits by partial_fit, one block of rows after another in their order: of an x larger than memory
/// one block at a time is there.
class Incremental : public PostFit<Incremental> {
 public:
  static constexpr std::string_view kName = "Incremental";
  static constexpr EstimatorKind kKind = EstimatorKind::other;

  explicit Incremental(MetaParams params = {}) : PostFit(std::move(params)) {}

  /// A fresh model. Of a classifier the classes are looked for first. Throws TypeError for an
  /// estimator without partial_fit.
  Incremental& fit(const Array& x, const Array& y = {}, const Array& sample_weight = {});
  /// Goes on with the model there is.
  Incremental& partial_fit(const Array& x, const Array& y = {},
                           const PartialFitOptions& options = {});
};

/// A model per class that tells it from the rest, or one of two classes; the surest model wins. It
/// may be a regressor, of 1 for the class and 0 for the rest.
class OneVsRestClassifier : public Estimator<OneVsRestClassifier, MetaParams> {
 public:
  static constexpr std::string_view kName = "OneVsRestClassifier";
  static constexpr EstimatorKind kKind = EstimatorKind::classifier;

  explicit OneVsRestClassifier(MetaParams params = {}) : Estimator(std::move(params)) {}

  bool can(Method method) const;
  OneVsRestClassifier& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  Array predict(const Array& x) const;
  /// Rows x classes, with the sum 1. TypeError when the models have no probabilities.
  Array predict_proba(const Array& x) const;
  /// Rows x classes, of two classes 1-D.
  Array decision_function(const Array& x) const;
  const std::vector<AnyEstimator>& estimators() const;
  const Chunk& classes() const;

  void fitted(Attributes& io) {
    io("estimators", estimators_);
    io("classes", classes_);
  }

 private:
  /// How sure each model is: 1-D arrays.
  std::vector<Array> scores(const Array& x) const;
  bool decides() const { return can(Method::decision_function); }

  std::vector<AnyEstimator> estimators_;
  Chunk classes_;
};

enum class Voting : std::uint8_t {
  hard,  ///< the class most models predict, the first of equal ones
  soft,  ///< the class of the greatest mean probability
};
template <>
struct EnumNames<Voting> {
  static constexpr std::array values{std::pair{Voting::hard, "hard"},
                                     std::pair{Voting::soft, "soft"}};
};

struct BlockwiseVotingClassifierParams {
  AnyEstimator estimator = detail::usual_classifier();
  Voting voting = Voting::hard;

  static void each(auto& params, auto&& member) {
    member("estimator", params.estimator);
    member("voting", params.voting);
  }
};

/// One clone per block of rows, each fitted where its block is, all at once; they vote. Blocks
/// should be random samples of the rows. A block need not have all classes.
class BlockwiseVotingClassifier
    : public Estimator<BlockwiseVotingClassifier, BlockwiseVotingClassifierParams> {
 public:
  static constexpr std::string_view kName = "BlockwiseVotingClassifier";
  static constexpr EstimatorKind kKind = EstimatorKind::classifier;

  explicit BlockwiseVotingClassifier(BlockwiseVotingClassifierParams params = {})
      : Estimator(std::move(params)) {}

  bool can(Method method) const;
  BlockwiseVotingClassifier& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  Array predict(const Array& x) const;
  /// The models' mean, rows x classes. TypeError with hard voting.
  Array predict_proba(const Array& x) const;
  const std::vector<AnyEstimator>& estimators() const;
  const Chunk& classes() const;

  void fitted(Attributes& io) {
    io("estimators", estimators_);
    io("classes", classes_);
  }

 private:
  std::vector<AnyEstimator> estimators_;
  Chunk classes_;
};

/// The same for regressors, whose predictions are averaged.
class BlockwiseVotingRegressor : public Estimator<BlockwiseVotingRegressor, MetaParams> {
 public:
  static constexpr std::string_view kName = "BlockwiseVotingRegressor";
  static constexpr EstimatorKind kKind = EstimatorKind::regressor;

  explicit BlockwiseVotingRegressor(MetaParams params = {}) : Estimator(std::move(params)) {}

  BlockwiseVotingRegressor& fit(const Array& x, const Array& y, const Array& sample_weight = {});
  Array predict(const Array& x) const;
  const std::vector<AnyEstimator>& estimators() const;

  void fitted(Attributes& io) {
    io("estimators", estimators_);
    io("n_outputs", n_outputs_);
  }

 private:
  std::vector<AnyEstimator> estimators_;
  std::int64_t n_outputs_ = 0;  ///< 0: y was 1-D
};

}  // namespace tartan::ml

// What classifiers that say how sure they are lose.

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <ml/base/partial.hpp>
#include <ml/base/pass.hpp>
#include <ml/metrics/inputs.hpp>
#include <tartan/ml/metrics.hpp>

namespace tartan::ml {

/// Of a part of the rows.
struct Loss {
  double sum = 0;
  double weight = 0;

  static constexpr std::string_view kCodec = "tartan::ml::Loss";
  static void fields(auto& self, auto&& field) { field(self.sum, self.weight); }
};

namespace tasks {
namespace {

/// Sums f(row, code) over the rows.
template <class T, class F>
Loss sum_losses(const Chunk& codes, const Chunk& decisions, const Chunk& weights, F&& f) {
  const auto code = codes.view<std::int64_t>();
  const T* rows = decisions.view<T>().data();
  const std::int64_t columns = decisions.shape.size() == 1 ? 1 : decisions.shape[1];
  Loss loss;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const double weight = weights.data.empty() ? 1.0 : weights.view<double>()[i];
    loss.sum += weight * f(std::span(rows, static_cast<std::size_t>(columns)),
                           static_cast<std::size_t>(code[i]));
    loss.weight += weight;
    rows += columns;
  }
  return loss;
}

template <class F>
Loss visit_losses(const Chunk& codes, const Chunk& decisions, const Chunk& weights, F&& f) {
  if (decisions.dtype == DType::float32) return sum_losses<float>(codes, decisions, weights, f);
  return sum_losses<double>(codes, decisions, weights, f);
}

}  // namespace

/// Probabilities are kept within [eps, 1 - eps] and divided by their sum.
Loss log_losses(const Chunk& codes, const Chunk& probabilities, const Chunk& weights, double eps) {
  return visit_losses(codes, probabilities, weights, [eps](auto row, std::size_t code) {
    const auto kept = [eps](auto p) { return std::clamp(static_cast<double>(p), eps, 1 - eps); };
    if (row.size() == 1) return -std::log(code == 1 ? kept(row[0]) : 1 - kept(row[0]));
    double total = 0;
    for (const auto p : row) total += kept(p);
    return -std::log(kept(row[code]) / total);
  });
}

/// The margin of a row is the decision for its class less the greatest of the others.
Loss hinge_losses(const Chunk& codes, const Chunk& decisions, const Chunk& weights) {
  return visit_losses(codes, decisions, weights, [](auto row, std::size_t code) {
    double margin = code == 1 ? static_cast<double>(row[0]) : -static_cast<double>(row[0]);
    if (row.size() > 1) {
      double other = -std::numeric_limits<double>::infinity();
      for (std::size_t j = 0; j < row.size(); ++j) {
        if (j != code) other = std::max(other, static_cast<double>(row[j]));
      }
      margin = static_cast<double>(row[code]) - other;
    }
    return std::max(0.0, 1 - margin);
  });
}

Loss add_losses(const std::vector<Loss>& parts) {
  Loss sum;
  for (const Loss& part : parts) {
    sum.sum += part.sum;
    sum.weight += part.weight;
  }
  return sum;
}

}  // namespace tasks

namespace {

/// The classes of the columns: those given, or those there are.
std::vector<std::int64_t> classes_of(const Scored& scored, const std::vector<std::int64_t>& given,
                                     std::string_view score) {
  std::vector<std::int64_t> labels = distinct_labels(scored.truth, score);
  if (given.empty()) return labels;
  std::vector<std::int64_t> classes = given;
  std::sort(classes.begin(), classes.end());
  classes.erase(std::unique(classes.begin(), classes.end()), classes.end());
  if (!std::includes(classes.begin(), classes.end(), labels.begin(), labels.end())) {
    throw ValueError(fmt::format("{}: y_true has the labels {}, which are not all among {}", score,
                                 list_labels(labels), list_labels(classes)));
  }
  return classes;
}

std::int64_t columns_of(const Scored& scored) {
  return scored.predicted.ndim() == 1 ? 1 : scored.predicted.shape(1);
}

double epsilon_of(DType dtype) {
  return dtype == DType::float32 ? static_cast<double>(std::numeric_limits<float>::epsilon())
                                 : std::numeric_limits<double>::epsilon();
}

}  // namespace

double log_loss(const Array& y_true, const Array& y_pred, const LogLossOptions& options) {
  constexpr std::string_view kScore = "log_loss";
  const Scored scored = scored_decisions(y_true, y_pred, options.sample_weight, kScore);
  const std::vector<std::int64_t> classes = classes_of(scored, options.labels, kScore);
  if (classes.size() < 2) {
    throw ValueError(fmt::format("{}: there is only the label {}; give all of them by labels",
                                 kScore, list_labels(classes)));
  }
  const std::int64_t columns = std::max<std::int64_t>(2, columns_of(scored));
  if (columns != static_cast<std::int64_t>(classes.size())) {
    throw ValueError(fmt::format("{}: y_pred is for {} classes, but there are {}: {}", kScore,
                                 columns, classes.size(), list_labels(classes)));
  }
  const Loss loss = reduce_rows<&tasks::log_losses, &tasks::add_losses>(
      "log-loss", class_codes(scored.truth, classes), scored.predicted, scored.weight,
      options.eps.value_or(epsilon_of(scored.predicted.dtype())));
  return options.normalize ? loss.sum / loss.weight : loss.sum;
}

double hinge_loss(const Array& y_true, const Array& pred_decision, const HingeOptions& options) {
  constexpr std::string_view kScore = "hinge_loss";
  const Scored scored = scored_decisions(y_true, pred_decision, options.sample_weight, kScore);
  const std::vector<std::int64_t> classes = classes_of(scored, options.labels, kScore);
  const std::int64_t wanted =
      classes.size() > 2 ? static_cast<std::int64_t>(classes.size()) : std::int64_t{1};
  if (columns_of(scored) != wanted) {
    throw ValueError(fmt::format("{}: of {} classes the decisions must have {} columns, not {}",
                                 kScore, classes.size(), wanted, columns_of(scored)));
  }
  const Loss loss = reduce_rows<&tasks::hinge_losses, &tasks::add_losses>(
      "hinge-loss", class_codes(scored.truth, classes), scored.predicted, scored.weight);
  return loss.sum / loss.weight;
}

double brier_score_loss(const Array& y_true, const Array& y_prob, const BrierOptions& options) {
  constexpr std::string_view kScore = "brier_score_loss";
  const Scored scored = scored_numbers(y_true, y_prob, options.sample_weight, kScore);
  const std::vector<std::int64_t> labels = distinct_labels(scored.truth, kScore);
  if (labels.size() > 2) {
    throw ValueError(fmt::format("{}: is of two classes, but there are {}", kScore, labels.size()));
  }
  const auto positive = positive_label(labels, options.pos_label, kScore);
  const Array came = equal(scored.truth, positive).astype(DType::float64);
  const auto found = compute_chunks(
      {scored.mean(square(came - scored.predicted)), min(scored.predicted), max(scored.predicted)});
  const double least = found[1].view<double>()[0];
  const double most = found[2].view<double>()[0];
  if (least < 0 || most > 1) {
    throw ValueError(
        fmt::format("{}: y_prob is in [{}, {}], but must be probabilities", kScore, least, most));
  }
  return found[0].view<double>()[0];
}

}  // namespace tartan::ml

#include <array/kernels/dispatch.hpp>
#include <cmath>
#include <fmt/format.h>
#include <limits>
#include <ml/metrics/ranking.hpp>

namespace tartan::ml {
namespace {

Array number(double value) { return from_xtensor(xt::xarray<double>{value}); }
Array with_first(double value, const Array& rest) { return concatenate({number(value), rest}); }
Array tail(const Array& x) { return x.slice({{1, {}}}); }
Array but_last(const Array& x) { return x.slice({{{}, -1}}); }

double last_of(const Array& x) { return x[-1].item<double>(); }

/// A share of all of them; 1 or NaN where there are none.
Array share(const Array& counts, double all, double otherwise) {
  return all > 0 ? counts / all : counts * 0.0 + otherwise;
}

}  // namespace

Ranked ranked(const Array& positive, const Array& score, const Array& weight) {
  Array truth = positive.astype(DType::float64);
  Array values = score;
  Array counts = weight;
  if (weight.valid()) {
    // Rows without weight must not make thresholds.
    const Array there = weight != 0;
    const auto kept = persist({truth[there], score[there], weight[there]});
    truth = kept[0];
    values = kept[1];
    counts = kept[2];
    if (values.shape(0) == 0) throw ValueError("every sample_weight is 0");
  }
  const Array order = argsort(values, {.descending = true});
  const Array sorted = take(values, order, 0);
  const Array hits = take(truth, order, 0);
  const Array weighted = weight.valid() ? take(counts, order, 0) : Array();
  const Array tps = cumsum(weight.valid() ? hits * weighted : hits);
  const Array fps = cumsum(weight.valid() ? (1.0 - hits) * weighted : 1.0 - hits);
  // The last row of every run of equal scores.
  const Array last = concatenate({tail(sorted) != but_last(sorted), ones({1}, {DType::boolean})});
  const auto kept = persist({fps[last], tps[last], sorted[last]});
  return {kept[0], kept[1], kept[2]};
}

Scored checked_scores(const Array& y_true, const Array& y_score, const Array& weight,
                      std::string_view score) {
  Scored scored = scored_decisions(y_true, y_score, weight, score);
  if (!all(isfinite(scored.predicted)).item<bool>()) {
    throw ValueError(fmt::format("{}: the scores contain NaN or infinity", score));
  }
  return scored;
}

namespace {

Ranked curve_of(const Array& y_true, const Array& y_score, const CurveOptions& options,
                std::string_view score) {
  const Scored scored = checked_scores(y_true, y_score, options.sample_weight, score);
  if (scored.predicted.ndim() != 1) {
    throw ValueError(fmt::format("{}: the scores must be 1-D, but have the shape {}", score,
                                 to_string(y_score.shape())));
  }
  const auto labels = distinct_labels(scored.truth, score);
  if (labels.size() > 2 && !options.pos_label) {
    throw ValueError(fmt::format("{}: there are {} classes; say which is positive by pos_label",
                                 score, labels.size()));
  }
  const std::int64_t positive = positive_label(labels, options.pos_label, score);
  return ranked(equal(scored.truth, positive), scored.predicted, scored.weight);
}

/// Without the points at which neither count turns.
Ranked corners(const Ranked& curve) {
  if (curve.tps.shape(0) <= 2) return curve;
  const Array turns = (diff(curve.fps, 2) != 0) | (diff(curve.tps, 2) != 0);
  const Array end = ones({1}, {DType::boolean});
  const Array kept = concatenate({end, turns, end});
  const auto parts = persist({curve.fps[kept], curve.tps[kept], curve.thresholds[kept]});
  return {parts[0], parts[1], parts[2]};
}

double area(const Array& x, const Array& y) {
  return sum((tail(x) - but_last(x)) * (tail(y) + but_last(y))).item<double>() / 2;
}

/// Up to max_fpr, standardised to 1/2 for guessing: McClish, 1989.
double partial_area(const Array& fpr, const Array& tpr, double max_fpr) {
  if (!(max_fpr > 0 && max_fpr <= 1)) {
    throw ValueError(fmt::format("roc_auc_score: max_fpr is {}, but must be in (0, 1]", max_fpr));
  }
  const auto stop = searchsorted(fpr, number(max_fpr), {.side = Side::right}).item<std::int64_t>();
  const double left = fpr[stop - 1].item<double>();
  const double low = tpr[stop - 1].item<double>();
  double within = stop > 1 ? area(fpr.slice({{0, stop}}), tpr.slice({{0, stop}})) : 0.0;
  if (stop < fpr.shape(0)) {
    const double right = fpr[stop].item<double>();
    const double high = tpr[stop].item<double>();
    const double at = low + (high - low) * (max_fpr - left) / (right - left);
    within += (max_fpr - left) * (low + at) / 2;
  }
  const double least = max_fpr * max_fpr / 2;
  return (1 + (within - least) / (max_fpr - least)) / 2;
}

}  // namespace

double binary_roc_auc(const Array& positive, const Array& score, const Array& weight,
                      std::optional<double> max_fpr) {
  const Array truth = positive.astype(DType::boolean);
  if (any(truth).item<bool>() == !any(!truth).item<bool>()) {
    throw ValueError("roc_auc_score: y_true has one class only, for which there is no such area");
  }
  const Ranked curve = ranked(truth, score, weight);
  const Array fps = with_first(0, curve.fps);
  const Array tps = with_first(0, curve.tps);
  const double all = last_of(tps);
  const double none = last_of(fps);
  if (!max_fpr || *max_fpr == 1) return area(fps, tps) / (all * none);
  return partial_area((fps / none).persist(), (tps / all).persist(), *max_fpr);
}

RocCurve roc_curve(const Array& y_true, const Array& y_score, const CurveOptions& options) {
  Ranked curve = curve_of(y_true, y_score, options, "roc_curve");
  if (options.drop_intermediate) curve = corners(curve);
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const Array first = curve.thresholds.slice({{0, 1}}) + 1;
  return {share(with_first(0, curve.fps), last_of(curve.fps), kNaN),
          share(with_first(0, curve.tps), last_of(curve.tps), kNaN),
          concatenate({first, curve.thresholds})};
}

PrecisionRecallCurve precision_recall_curve(const Array& y_true, const Array& y_score,
                                            const CurveOptions& options) {
  const Ranked curve = curve_of(y_true, y_score, options, "precision_recall_curve");
  const Array found = curve.tps + curve.fps;
  const Array precision = curve.tps / where(found != 0, found, 1.0);
  const Array recall = share(curve.tps, last_of(curve.tps), 1.0);
  return {concatenate({flip(precision, 0), number(1)}), concatenate({flip(recall, 0), number(0)}),
          flip(curve.thresholds, 0)};
}

double average_precision_score(const Array& y_true, const Array& y_score,
                               const AveragePrecisionOptions& options) {
  constexpr std::string_view kScore = "average_precision_score";
  const auto labels = distinct_labels(y_true, kScore);
  if (labels.size() == 2 && labels[0] != options.pos_label && labels[1] != options.pos_label) {
    throw ValueError(fmt::format("{}: pos_label is {}, but the labels are {}", kScore,
                                 options.pos_label, list_labels(labels)));
  }
  if (labels.size() > 2) {
    throw ValueError(fmt::format("{}: is of two classes, but there are {}", kScore, labels.size()));
  }
  const Ranked curve =
      curve_of(y_true, y_score,
               {.pos_label = options.pos_label, .sample_weight = options.sample_weight}, kScore);
  const double all = last_of(curve.tps);
  if (all <= 0) return 0;
  const Array before = with_first(0, but_last(curve.tps));
  const Array found = curve.tps + curve.fps;
  const Array precision = curve.tps / where(found != 0, found, 1.0);
  return sum((curve.tps - before) * precision).item<double>() / all;
}

double auc(const Array& x, const Array& y) {
  const Scored curve = scored_numbers(x, y, {}, "auc");
  if (curve.truth.ndim() != 1 || curve.rows() < 2) {
    throw ValueError(
        fmt::format("auc: x and y must be 1-D with at least 2 points, but have the "
                    "shape {}",
                    to_string(x.shape())));
  }
  const Array steps = diff(curve.truth);
  const auto ways = compute_chunks({any(steps < 0), all(steps <= 0)});
  const bool falls_somewhere = ways[0].view<bool>()[0];
  if (falls_somewhere && !ways[1].view<bool>()[0]) {
    throw ValueError("auc: x neither rises nor falls all the way; sort the points first");
  }
  return (falls_somewhere ? -1 : 1) * area(curve.truth, curve.predicted);
}

}  // namespace tartan::ml

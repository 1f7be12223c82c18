#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ml/base/moments.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/rows.hpp>
#include <ml/base/visit_floating.hpp>
#include <ml/base/blocks.hpp>
#include <ml/cluster/kmeans_init.hpp>
#include <ml/cluster/kmeans_tasks.hpp>
#include <ml/base/task_batch.hpp>
#include <numeric>
#include <tartan/array/xtensor.hpp>
#include <tartan/base/random.hpp>
#include <tartan/client/progress.hpp>
#include <tartan/ml/kmeans.hpp>

namespace tartan::ml {
namespace {

using tasks::FarRows;
using tasks::LloydPartial;

void require(bool condition, const std::string& message) {
  if (!condition) throw ValueError(message);
}

/// Mean variance of the features; also where values too large to square show.
double mean_variance(const Blocks& x) {
  const Moments moments = reduce_rows<&tasks::column_moments, &tasks::combine_moments>(
      "column-moments", x.array, Array());
  const auto variances = moments.variance();
  const double sum = std::accumulate(variances.begin(), variances.end(), 0.0);
  const bool has_nan = std::any_of(moments.count.begin(), moments.count.end(), [&](double count) {
    return count != static_cast<double>(x.rows());
  });
  require(std::isfinite(sum) && !has_nan,
          "KMeans: x contains NaN, infinity or values too large to square; clean or scale it "
          "before fitting");
  return sum / static_cast<double>(variances.size());
}

Chunk as_chunk(const xt::xarray<double>& centers, DType dtype) {
  const std::vector<double> values(centers.begin(), centers.end());
  MutableChunk chunk(dtype, {static_cast<std::int64_t>(centers.shape(0)),
                             static_cast<std::int64_t>(centers.shape(1))});
  if (dtype == DType::float32) {
    std::transform(values.begin(), values.end(), chunk.view<float>().begin(),
                   [](double value) { return static_cast<float>(value); });
  } else {
    std::copy(values.begin(), values.end(), chunk.view<double>().begin());
  }
  return std::move(chunk).freeze();
}

xt::xarray<double> as_array(const Chunk& chunk) {
  xt::xarray<double> result = xt::xarray<double>::from_shape(
      {static_cast<std::size_t>(chunk.shape[0]), static_cast<std::size_t>(chunk.shape[1])});
  for (std::size_t i = 0; i < result.size(); ++i) result.flat(i) = element(chunk, i);
  return result;
}

/// One fit from given centres.
class Lloyd {
 public:
  Lloyd(Client& client, const Blocks& x, Chunk centers, double tolerance)
      : client_(client), x_(x), centers_(std::move(centers)), tolerance_(tolerance) {}

  void run(std::int64_t max_iter, Progress* progress) {
    Key labels_before;
    bool same_labels = false;
    while (n_iter_ < max_iter) {
      LloydPartial sums = step();
      ++n_iter_;
      const double shift = move_centers(sums);
      if (progress != nullptr) {
        progress->note(fmt::format("inertia {:.6e}", sums.inertia));
        progress->advance();
      }
      same_labels = sums.labels == labels_before;
      if (same_labels || shift <= tolerance_) break;
      labels_before = sums.labels;
    }
    inertia_ = step().inertia;
  }

  const Chunk& centers() const { return centers_; }
  double inertia() const { return inertia_; }
  std::int64_t n_iter() const { return n_iter_; }

 private:
  LloydPartial step() {
    TaskBatch batch(client_);
    const auto centers =
        batch.add<&tasks::kmeans_centers>("kmeans-centers", {Value::of<Chunk>(centers_)});
    std::vector<TaskBatch::Ref> parts;
    for (const AnyFuture& block : x_.futures) {
      parts.push_back(batch.add<&tasks::kmeans_step>("kmeans-step", {batch.use(block), centers}));
    }
    const auto total = batch.tree<&tasks::kmeans_combine>("kmeans-combine", std::move(parts));
    return batch.compute({total}).front().get<LloydPartial>();
  }

  /// Turns sums into the next centres and returns the squared distance they moved in all.
  double move_centers(LloydPartial& sums) {
    const auto clusters = static_cast<std::int64_t>(sums.counts.size());
    if (std::find(sums.counts.begin(), sums.counts.end(), 0.0) != sums.counts.end()) {
      relocate_empty(sums);
    }
    MutableChunk next(centers_.dtype, centers_.shape);
    for (std::int64_t c = 0; c < clusters; ++c) {
      const double count = sums.counts[static_cast<std::size_t>(c)];
      for (std::int64_t j = 0; j < x_.columns; ++j) {
        const auto i = static_cast<std::size_t>(c * x_.columns + j);
        const double value = count > 0 ? sums.sums[i] / count : element(centers_, i);
        if (next.dtype() == DType::float32) {
          next.view<float>()[i] = static_cast<float>(value);
        } else {
          next.view<double>()[i] = value;
        }
      }
    }
    const Chunk before = std::exchange(centers_, std::move(next).freeze());
    double shift = 0;
    for (std::size_t i = 0; i < sums.sums.size(); ++i) {
      const double moved = element(centers_, i) - element(before, i);
      shift += moved * moved;
    }
    return shift;
  }

  /// As scikit-learn does: every empty cluster takes the row farthest from its centre, which
  /// leaves the cluster it was in.
  void relocate_empty(LloydPartial& sums) {
    std::vector<std::size_t> empty;
    for (std::size_t c = 0; c < sums.counts.size(); ++c) {
      if (sums.counts[c] == 0) empty.push_back(c);
    }
    const FarRows far = farthest(static_cast<std::int64_t>(empty.size()));
    const auto columns = static_cast<std::size_t>(x_.columns);
    for (std::size_t e = 0; e < std::min(empty.size(), far.distances.size()); ++e) {
      if (!(far.distances[e] > 0)) break;  // every row lies on a centre: nothing to take
      const auto from = static_cast<std::size_t>(far.label[e]);
      for (std::size_t j = 0; j < columns; ++j) {
        const double value = far.rows[e * columns + j];
        sums.sums[empty[e] * columns + j] = value;
        sums.sums[from * columns + j] -= value;
      }
      sums.counts[empty[e]] = 1;
      sums.counts[from] -= 1;
    }
  }

  FarRows farthest(std::int64_t count) {
    TaskBatch batch(client_);
    const auto centers =
        batch.add<&tasks::kmeans_centers>("kmeans-centers", {Value::of<Chunk>(centers_)});
    std::vector<TaskBatch::Ref> wanted;
    for (std::size_t b = 0; b < x_.size(); ++b) {
      wanted.push_back(batch.add<&tasks::kmeans_far_rows>(
          "kmeans-far-rows",
          {batch.use(x_.futures[b]), centers, Value::of(count), Value::of(x_.first[b])}));
    }
    struct Candidate {
      double distance;
      std::int64_t index;
      const FarRows* part;
      std::size_t position;
    };
    const auto values = batch.compute(wanted);
    std::vector<Candidate> all;
    for (const Value& value : values) {
      const FarRows& part = value.get<FarRows>();
      for (std::size_t i = 0; i < part.distances.size(); ++i) {
        all.push_back({part.distances[i], part.index[i], &part, i});
      }
    }
    std::sort(all.begin(), all.end(), [](const Candidate& a, const Candidate& b) {
      return a.distance != b.distance ? a.distance > b.distance : a.index < b.index;
    });
    all.resize(std::min(all.size(), static_cast<std::size_t>(count)));
    FarRows far;
    for (const Candidate& each : all) {
      const auto row = each.part->rows.begin() +
                       static_cast<std::ptrdiff_t>(each.position) * x_.columns;
      far.distances.push_back(each.distance);
      far.index.push_back(each.index);
      far.label.push_back(each.part->label[each.position]);
      far.rows.insert(far.rows.end(), row, row + x_.columns);
    }
    return far;
  }

  Client& client_;
  const Blocks& x_;
  Chunk centers_;
  double tolerance_;
  double inertia_ = 0;
  std::int64_t n_iter_ = 0;
};

/// Task(block of x, centres) for every row block, lazily: rows x columns.
template <auto Task>
Array block_by_block(const Array& x, const char* name, const xt::xarray<double>& centers, DType dtype,
                std::int64_t columns) {
  const MapBlocksOptions options{
      .name = name, .dtype = dtype, .chunks = Chunks{x.chunks()[0], {columns}}};
  return map_blocks<Task>(options, x, as_chunk(centers, x.dtype()));
}

}  // namespace

void KMeans::check(const KMeansParams& params) {
  require(params.n_clusters >= 1,
          fmt::format("KMeans: n_clusters is {}, but must be at least 1", params.n_clusters));
  require(params.max_iter >= 1,
          fmt::format("KMeans: max_iter is {}, but must be at least 1", params.max_iter));
  require(params.tol >= 0, fmt::format("KMeans: tol is {}, but must not be negative", params.tol));
  require(params.init_max_iter >= 0,
          fmt::format("KMeans: init_max_iter is {}, but must not be negative",
                      params.init_max_iter));
  require(params.oversampling_factor > 0,
          fmt::format("KMeans: oversampling_factor is {}, but must be positive",
                      params.oversampling_factor));
  require(params.n_init >= 1,
          fmt::format("KMeans: n_init is {}, but must be at least 1", params.n_init));
}

KMeans& KMeans::fit(const Array& x) {
  Client& client = Client::current();
  const Blocks blocks = row_blocks(x, "KMeans");
  require(blocks.rows() >= params_.n_clusters,
          fmt::format("KMeans: x has {} rows, fewer than n_clusters = {}", blocks.rows(),
                      params_.n_clusters));
  if (params_.init_centers) {
    const auto& given = *params_.init_centers;
    require(given.dimension() == 2 &&
                given.shape(0) == static_cast<std::size_t>(params_.n_clusters) &&
                given.shape(1) == static_cast<std::size_t>(blocks.columns),
            fmt::format("KMeans: init_centers must have the shape ({}, {}): a row for every "
                        "cluster, a column for every feature of x",
                        params_.n_clusters, blocks.columns));
  }
  const double tolerance = params_.tol * mean_variance(blocks);
  const std::int64_t runs = params_.init_centers ? 1 : params_.n_init;
  Random random(params_.random_state);
  std::optional<Lloyd> best;
  for (std::int64_t run = 0; run < runs; ++run) {
    const std::uint64_t seed = random.next();
    Chunk start = params_.init_centers
                      ? as_chunk(*params_.init_centers, blocks.dtype)
                      : cluster::initial_centers(client, blocks, params_, seed);
    std::optional<Progress> progress;
    if (params_.verbose) progress.emplace("k-means", static_cast<std::size_t>(params_.max_iter));
    Lloyd lloyd(client, blocks, std::move(start), tolerance);
    lloyd.run(params_.max_iter, progress ? &*progress : nullptr);
    if (progress) progress->finish();
    if (!best || lloyd.inertia() < best->inertia()) {
      best.emplace(std::move(lloyd));
    }
  }
  cluster_centers_ = as_array(best->centers());
  inertia_ = best->inertia();
  n_iter_ = best->n_iter();
  n_features_in_ = blocks.columns;
  labels_ = predict(blocks.array).persist();
  return *this;
}

Array KMeans::predict(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  return squeeze(block_by_block<&tasks::kmeans_labels>(rows, "kmeans-predict", cluster_centers_,
                                                  DType::int32, 1),
                 1);
}

Array KMeans::transform(const Array& x) const {
  require_fitted();
  const Array rows = as_rows(x, kName, n_features_in_);
  return block_by_block<&tasks::kmeans_distances>(rows, "kmeans-transform", cluster_centers_,
                                             rows.dtype(),
                                             static_cast<std::int64_t>(cluster_centers_.shape(0)));
}

double KMeans::score(const Array& x) const {
  const Array nearest = min(transform(x), 1).astype(DType::float64);
  return -sum(nearest * nearest).item<double>();
}

const xt::xarray<double>& KMeans::cluster_centers() const {
  require_fitted();
  return cluster_centers_;
}

double KMeans::inertia() const {
  require_fitted();
  return inertia_;
}

std::int64_t KMeans::n_iter() const {
  require_fitted();
  return n_iter_;
}

const Array& KMeans::labels() const {
  require_fitted();
  require(labels_.valid(), "KMeans: this model was loaded and has no labels; call predict(x)");
  return labels_;
}

void KMeans::fitted(Attributes& io) {
  io("cluster_centers", cluster_centers_);
  io("inertia", inertia_);
  io("n_iter", n_iter_);
}

}  // namespace tartan::ml

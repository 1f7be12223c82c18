#include <algorithm>
#include <cmath>
#include <cstring>
#include <ml/cluster/kmeans_init.hpp>
#include <ml/cluster/kmeans_tasks.hpp>
#include <ml/cluster/local_kmeans.hpp>
#include <ml/base/task_batch.hpp>
#include <numeric>
#include <set>
#include <tartan/base/random.hpp>

namespace tartan::ml::cluster {
namespace {

using tasks::LloydPartial;
using tasks::Nearest;

/// Rows of several chunks, one under the other.
Chunk stack_rows(const std::vector<Chunk>& parts) {
  std::int64_t rows = 0;
  for (const Chunk& part : parts) rows += part.shape[0];
  MutableChunk result(parts.front().dtype, {rows, parts.front().shape[1]});
  std::byte* out = result.data();
  for (const Chunk& part : parts) {
    if (part.data.empty()) continue;
    std::memcpy(out, part.data.data(), part.data.size());
    out += part.data.size();
  }
  return std::move(result).freeze();
}

std::vector<double> as_doubles(const Chunk& chunk) {
  if (chunk.dtype == DType::float32) {
    const auto view = chunk.view<float>();
    return {view.begin(), view.end()};
  }
  const auto view = chunk.view<double>();
  return {view.begin(), view.end()};
}

Chunk chunk_like(const Chunk& model, std::int64_t rows, const std::vector<double>& values) {
  MutableChunk result(model.dtype, {rows, model.shape[1]});
  if (model.dtype == DType::float32) {
    std::transform(values.begin(), values.end(), result.view<float>().begin(),
                   [](double value) { return static_cast<float>(value); });
  } else {
    std::copy(values.begin(), values.end(), result.view<double>().begin());
  }
  return std::move(result).freeze();
}

/// The search for initial centres, with the distances to the nearest candidate kept on the
/// workers beside the data.
class Seeding {
 public:
  Seeding(Client& client, const Blocks& x, std::uint64_t seed)
      : client_(client), x_(x), random_(seed) {}

  Chunk random_rows(std::int64_t count) {
    std::set<std::int64_t> chosen;
    while (static_cast<std::int64_t>(chosen.size()) < count) {
      chosen.insert(static_cast<std::int64_t>(
          random_.below(static_cast<std::uint64_t>(x_.rows()))));
    }
    return rows({chosen.begin(), chosen.end()});
  }

  Chunk plus_plus(std::int64_t clusters) {
    const int trials = 2 + static_cast<int>(std::log(static_cast<double>(clusters)));
    Chunk centers = random_rows(1);
    add_candidates(centers);
    for (std::int64_t c = 1; c < clusters; ++c) {
      const Chunk tried = total_ > 0 ? pick(trials) : random_rows(1);
      const Chunk best = total_ > 0 ? best_of(tried) : tried;
      add_candidates(best);
      centers = stack_rows({centers, best});
    }
    return centers;
  }

  Chunk parallel(const KMeansParams& params) {
    const double expected =
        params.oversampling_factor * static_cast<double>(params.n_clusters);
    Chunk candidates = random_rows(1);
    add_candidates(candidates);
    for (std::int64_t round = 0; round < params.init_max_iter && total_ > 0; ++round) {
      const Chunk sampled = sample(expected);
      if (sampled.shape[0] == 0) continue;
      add_candidates(sampled);
      candidates = stack_rows({candidates, sampled});
    }
    if (candidates.shape[0] < params.n_clusters) {
      candidates = stack_rows(
          {candidates, random_rows(params.n_clusters - candidates.shape[0])});
    }
    const std::vector<double> weights = rows_nearest_to(candidates);
    const std::vector<double> points = as_doubles(candidates);
    Random local = random_.fork();
    const auto centers =
        weighted_kmeans({points.data(), candidates.shape[0], x_.columns}, weights,
                        params.n_clusters, local);
    return chunk_like(candidates, params.n_clusters, centers);
  }

 private:
  /// Updates every block's distances by further candidates.
  void add_candidates(const Chunk& candidates) {
    TaskBatch batch(client_);
    const auto shared = batch.add<&tasks::kmeans_centers>("kmeans-candidates",
                                                          {Value::of<Chunk>(candidates)});
    std::vector<TaskBatch::Ref> updated;
    std::vector<TaskBatch::Ref> wanted;
    for (std::size_t b = 0; b < x_.size(); ++b) {
      const TaskBatch::Argument before =
          nearest_.empty() ? TaskBatch::Argument(Value::of(Nearest()))
                           : TaskBatch::Argument(batch.use(nearest_[b]));
      updated.push_back(batch.add<&tasks::kmeans_nearest>(
          "kmeans-nearest", {batch.use(x_.futures[b]), before, shared}));
    }
    wanted = updated;
    for (const auto ref : updated) {
      wanted.push_back(batch.add<&tasks::kmeans_nearest_total>("kmeans-cost", {ref}));
    }
    const auto futures = batch.submit(wanted);
    const auto middle = futures.begin() + static_cast<std::ptrdiff_t>(x_.size());
    nearest_.assign(futures.begin(), middle);
    totals_.clear();
    for (const Value& value : client_.gather(std::vector<AnyFuture>(middle, futures.end()))) {
      totals_.push_back(value.get<double>());
    }
    total_ = std::accumulate(totals_.begin(), totals_.end(), 0.0);
  }

  Chunk sample(double expected) {
    TaskBatch batch(client_);
    std::vector<TaskBatch::Ref> wanted;
    const std::uint64_t seed = random_.next();
    for (std::size_t b = 0; b < x_.size(); ++b) {
      wanted.push_back(batch.add<&tasks::kmeans_sample>(
          "kmeans-sample",
          {batch.use(x_.futures[b]), batch.use(nearest_[b]), Value::of(expected),
           Value::of(total_), Value::of(seed), Value::of(x_.first[b])}));
    }
    return stack(batch.compute(wanted));
  }

  /// Rows drawn with probability proportional to their distance.
  Chunk pick(int count) {
    std::vector<std::vector<double>> targets(x_.size());
    for (int i = 0; i < count; ++i) {
      double target = random_.uniform() * total_;
      std::size_t block = 0;
      while (block + 1 < x_.size() && target >= totals_[block]) target -= totals_[block++];
      targets[block].push_back(target);
    }
    TaskBatch batch(client_);
    std::vector<TaskBatch::Ref> wanted;
    for (std::size_t b = 0; b < x_.size(); ++b) {
      if (targets[b].empty()) continue;
      wanted.push_back(batch.add<&tasks::kmeans_pick>(
          "kmeans-pick",
          {batch.use(x_.futures[b]), batch.use(nearest_[b]), Value::of(targets[b])}));
    }
    return stack(batch.compute(wanted));
  }

  /// The candidate after which the least distance would remain.
  Chunk best_of(const Chunk& candidates) {
    TaskBatch batch(client_);
    const auto shared = batch.add<&tasks::kmeans_centers>("kmeans-candidates",
                                                          {Value::of<Chunk>(candidates)});
    std::vector<TaskBatch::Ref> wanted;
    for (std::size_t b = 0; b < x_.size(); ++b) {
      wanted.push_back(batch.add<&tasks::kmeans_potentials>(
          "kmeans-potential", {batch.use(x_.futures[b]), batch.use(nearest_[b]), shared}));
    }
    std::vector<double> sums(static_cast<std::size_t>(candidates.shape[0]), 0.0);
    for (const Value& value : batch.compute(wanted)) {
      const auto& part = value.get<std::vector<double>>();
      std::transform(sums.begin(), sums.end(), part.begin(), sums.begin(), std::plus<>());
    }
    return tasks::take_rows(candidates,
                            {std::min_element(sums.begin(), sums.end()) - sums.begin()});
  }

  std::vector<double> rows_nearest_to(const Chunk& candidates) {
    TaskBatch batch(client_);
    const auto shared = batch.add<&tasks::kmeans_centers>("kmeans-candidates",
                                                          {Value::of<Chunk>(candidates)});
    std::vector<TaskBatch::Ref> parts;
    for (const AnyFuture& block : x_.futures) {
      parts.push_back(batch.add<&tasks::kmeans_step>("kmeans-weights", {batch.use(block), shared}));
    }
    const auto total = batch.tree<&tasks::kmeans_combine>("kmeans-combine", std::move(parts));
    return batch.compute({total}).front().get<LloydPartial>().counts;
  }

  Chunk rows(const std::vector<std::int64_t>& indices) {
    std::vector<std::vector<std::int64_t>> local(x_.size());
    for (const std::int64_t row : indices) {
      const std::size_t block = x_.block_of(row);
      local[block].push_back(row - x_.first[block]);
    }
    TaskBatch batch(client_);
    std::vector<TaskBatch::Ref> wanted;
    for (std::size_t b = 0; b < x_.size(); ++b) {
      if (local[b].empty()) continue;
      wanted.push_back(batch.add<&tasks::take_rows>(
          "kmeans-rows", {batch.use(x_.futures[b]), Value::of(local[b])}));
    }
    return stack(batch.compute(wanted));
  }

  static Chunk stack(const std::vector<Value>& values) {
    std::vector<Chunk> parts;
    parts.reserve(values.size());
    for (const Value& value : values) parts.push_back(value.get<Chunk>());
    return stack_rows(parts);
  }

  Client& client_;
  const Blocks& x_;
  Random random_;
  std::vector<AnyFuture> nearest_;
  std::vector<double> totals_;
  double total_ = 0;
};

}  // namespace

Chunk initial_centers(Client& client, const Blocks& x, const KMeansParams& params,
                      std::uint64_t seed) {
  Seeding seeding(client, x, seed);
  switch (params.init) {
    case KMeansInit::k_means_plus_plus:
      return seeding.plus_plus(params.n_clusters);
    case KMeansInit::random:
      return seeding.random_rows(params.n_clusters);
    case KMeansInit::k_means_parallel:
      break;
  }
  return seeding.parallel(params);
}

}  // namespace tartan::ml::cluster

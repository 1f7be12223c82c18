#include <fmt/format.h>

#include <algorithm>
#include <array/kernels/random.hpp>
#include <limits>
#include <ml/datasets/blobs.hpp>
#include <tartan/array/xtensor.hpp>
#include <tartan/base/random.hpp>
#include <tartan/client/delayed.hpp>
#include <tartan/ml/datasets.hpp>

namespace tartan::ml {
namespace tasks {
namespace {

/// Streams of the counter generator, so that centres, labels and noise do not repeat each other.
constexpr std::uint64_t kCenterStream = 0x63656E74;
constexpr std::uint64_t kNoiseStream = 0x6E6F6973;
constexpr std::uint64_t kLabelStream = 0x6C61626C;

}  // namespace

std::int64_t blob_label(std::uint64_t seed, std::int64_t row, std::int64_t centers) {
  Random random(seed ^ Random(kLabelStream + static_cast<std::uint64_t>(row)).next());
  return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(centers)));
}

Chunk blob_block(const Chunk& centers, double cluster_std, std::uint64_t seed,
                 std::int64_t first_row, std::int64_t rows) {
  const std::int64_t features = centers.shape.at(1);
  const auto total_rows = std::numeric_limits<std::int64_t>::max() / std::max<std::int64_t>(
                                                                         features, 1);
  const array::RandomPlace place{{total_rows, features}, {first_row, 0}, seed, kNoiseStream};
  Chunk noise =
      array::random_normal(place, {rows, features}, 0.0, cluster_std, DType::float64);
  MutableChunk result(DType::float64, {rows, features});
  const double* in = noise.view<double>().data();
  const double* center_rows = centers.view<double>().data();
  double* out = result.view<double>().data();
  for (std::int64_t i = 0; i < rows; ++i) {
    const double* center =
        center_rows + blob_label(seed, first_row + i, centers.shape[0]) * features;
    for (std::int64_t j = 0; j < features; ++j) *out++ = *in++ + center[j];
  }
  return std::move(result).freeze();
}

Chunk blob_labels(std::int64_t centers, std::uint64_t seed, std::int64_t first_row,
                  std::int64_t rows) {
  MutableChunk result(DType::int64, {rows});
  auto labels = result.view<std::int64_t>();
  for (std::int64_t i = 0; i < rows; ++i) {
    labels[static_cast<std::size_t>(i)] = blob_label(seed, first_row + i, centers);
  }
  return std::move(result).freeze();
}

}  // namespace tasks

namespace {

void check(const BlobsParams& params) {
  const auto refuse = [](const std::string& what) { throw ValueError("make_blobs: " + what); };
  if (params.n_samples < 0) refuse(fmt::format("n_samples is {}, below 0", params.n_samples));
  if (params.first_row < 0) refuse(fmt::format("first_row is {}, below 0", params.first_row));
  if (!(params.cluster_std >= 0)) {
    refuse(fmt::format("cluster_std is {}, below 0", params.cluster_std));
  }
  if (params.centers) {
    if (params.centers->dimension() != 2 || params.centers->shape(0) == 0) {
      refuse("centers must be centres x features with at least one centre");
    }
  } else if (params.n_centers < 1 || params.n_features < 0) {
    refuse(fmt::format("n_centers is {} and n_features {}; at least 1 and 0 are needed",
                       params.n_centers, params.n_features));
  }
}

Chunk centers_chunk(const BlobsParams& params) {
  if (!params.centers) {
    return array::random_uniform(
        {{params.n_centers, params.n_features}, {0, 0}, params.random_state, tasks::kCenterStream},
        {params.n_centers, params.n_features}, params.center_low, params.center_high,
        DType::float64);
  }
  const xt::xarray<double>& given = *params.centers;
  const std::vector<double> values(given.begin(), given.end());
  return make_chunk<double>({static_cast<std::int64_t>(given.shape(0)),
                             static_cast<std::int64_t>(given.shape(1))},
                            values);
}

xt::xarray<double> to_xtensor(const Chunk& chunk) {
  xt::xarray<double> result = xt::xarray<double>::from_shape(
      {static_cast<std::size_t>(chunk.shape[0]), static_cast<std::size_t>(chunk.shape[1])});
  const auto view = chunk.view<double>();
  std::copy(view.begin(), view.end(), result.begin());
  return result;
}

}  // namespace

xt::xarray<double> blob_centers(const BlobsParams& params) {
  check(params);
  return to_xtensor(centers_chunk(params));
}

xt::xarray<double> blob_rows(const BlobsParams& params) {
  check(params);
  return to_xtensor(tasks::blob_block(centers_chunk(params), params.cluster_std,
                                      params.random_state, params.first_row, params.n_samples));
}

Dataset make_blobs(const BlobsParams& params) {
  check(params);
  const Chunk centers = centers_chunk(params);
  const std::int64_t features = centers.shape[1];
  const std::int64_t row_bytes = std::max<std::int64_t>(features, 1) * 8;
  const std::int64_t per_chunk =
      params.chunk_rows > 0 ? params.chunk_rows
                            : std::max<std::int64_t>(kDefaultChunkBytes / row_bytes, 1);
  std::vector<Array> xs;
  std::vector<Array> ys;
  for (const std::int64_t rows : cut_axis(params.n_samples, per_chunk)) {
    const std::int64_t first =
        params.first_row + static_cast<std::int64_t>(xs.size()) * per_chunk;
    xs.push_back(from_delayed(
        delayed<&tasks::blob_block>(centers, params.cluster_std, params.random_state, first, rows),
        {rows, features}, DType::float64));
    ys.push_back(from_delayed(
        delayed<&tasks::blob_labels>(centers.shape[0], params.random_state, first, rows), {rows},
        DType::int64));
  }
  return {concatenate(xs, 0), concatenate(ys, 0)};
}

}  // namespace tartan::ml

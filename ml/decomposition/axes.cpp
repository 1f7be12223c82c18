#include <algorithm>
#include <array/kernels/lapack.hpp>
#include <array/kernels/linalg.hpp>
#include <cmath>
#include <ml/base/visit_floating.hpp>
#include <ml/base/moments.hpp>
#include <ml/base/pass.hpp>
#include <ml/base/triangles.hpp>
#include <ml/decomposition/axes.hpp>
#include <tartan/array/random.hpp>

namespace tartan::ml {
namespace tasks {

/// Squared deviations and their products.
struct Scatter {
  double count = 0;
  std::vector<double> mean;
  Chunk products;  ///< features x features

  static constexpr std::string_view kCodec = "tartan::ml::Scatter";
  static void fields(auto& self, auto&& field) { field(self.count, self.mean, self.products); }
};

namespace {

/// Rows that are taken at once: their float64 copy stays in the cache.
constexpr std::int64_t kPartElements = 64 << 10;

/// f(part, rows) with x less the means (none: x itself) in double, some rows at a time.
template <class F>
void each_part(const Chunk& x, const std::vector<double>& mean, F&& f) {
  const std::int64_t columns = x.shape[1];
  const std::int64_t step = std::max<std::int64_t>(32, kPartElements / columns);
  std::vector<double> part(static_cast<std::size_t>(std::min(step, x.shape[0]) * columns));
  visit_floating(x, [&](auto elements) {
    for (std::int64_t first = 0; first < x.shape[0]; first += step) {
      const std::int64_t rows = std::min(step, x.shape[0] - first);
      const auto* from = elements.data() + first * columns;
      double* to = part.data();
      for (std::int64_t i = 0; i < rows; ++i, from += columns, to += columns) {
        for (std::int64_t j = 0; j < columns; ++j) {
          const auto at = static_cast<std::size_t>(j);
          to[j] = static_cast<double>(from[j]) - (mean.empty() ? 0.0 : mean[at]);
        }
      }
      f(part.data(), rows);
    }
  });
}

/// c = beta c + op(a) op(b), all row-major.
void product(bool turn_a, bool turn_b, array::GemmSizes size, const double* a, const double* b,
             double beta, double* c) {
  const int lda = turn_a ? size.m : size.k;
  const int ldb = turn_b ? size.k : size.n;
  array::gemm(CblasRowMajor, turn_a ? CblasTrans : CblasNoTrans, turn_b ? CblasTrans : CblasNoTrans,
              size, 1.0, a, lda, b, ldb, beta, c, size.n);
}

MutableChunk zeros(std::int64_t rows, std::int64_t columns) {
  MutableChunk result(DType::float64, {rows, columns});
  std::ranges::fill(result.view<double>(), 0.0);
  return result;
}

}  // namespace

Scatter block_scatter(const Chunk& x) {
  array::prepare_blas();
  const auto d = static_cast<int>(x.shape[1]);
  Scatter result{static_cast<double>(x.shape[0]), column_moments(x, {}).mean, {}};
  MutableChunk products = zeros(d, d);
  each_part(x, result.mean, [&](const double* part, std::int64_t rows) {
    product(true, false, {d, d, static_cast<int>(rows)}, part, part, 1.0,
            products.view<double>().data());
  });
  result.products = std::move(products).freeze();
  return result;
}

Scatter combine_scatters(const std::vector<Scatter>& parts) {
  Scatter total = parts.front();
  const std::size_t d = total.mean.size();
  MutableChunk products = zeros(static_cast<std::int64_t>(d), static_cast<std::int64_t>(d));
  auto sum = products.view<double>();
  std::ranges::copy(total.products.view<double>(), sum.begin());
  for (std::size_t p = 1; p < parts.size(); ++p) {
    const Scatter& part = parts[p];
    if (part.count == 0) continue;
    const double count = total.count + part.count;
    const auto added = part.products.view<double>();
    std::vector<double> difference(d);
    for (std::size_t j = 0; j < d; ++j) difference[j] = part.mean[j] - total.mean[j];
    for (std::size_t i = 0; i < d; ++i) {
      const double factor = difference[i] * (total.count * part.count / count);
      for (std::size_t j = 0; j < d; ++j)
        sum[i * d + j] += added[i * d + j] + factor * difference[j];
    }
    for (std::size_t j = 0; j < d; ++j) total.mean[j] += difference[j] * (part.count / count);
    total.count = count;
  }
  total.products = std::move(products).freeze();
  return total;
}

/// x' x basis of the block less the means.
Chunk block_power(const Chunk& x, const std::vector<double>& mean, const Chunk& basis) {
  array::prepare_blas();
  const auto d = static_cast<int>(x.shape[1]);
  const auto width = static_cast<int>(basis.shape[1]);
  MutableChunk result = zeros(d, width);
  std::vector<double> projected;
  each_part(x, mean, [&](const double* part, std::int64_t rows) {
    const auto n = static_cast<int>(rows);
    projected.resize(static_cast<std::size_t>(n) * static_cast<std::size_t>(width));
    product(false, false, {n, width, d}, part, basis.view<double>().data(), 0.0, projected.data());
    product(true, false, {d, width, n}, part, projected.data(), 1.0, result.view<double>().data());
  });
  return std::move(result).freeze();
}

Chunk sum_chunks(const std::vector<Chunk>& parts) {
  MutableChunk sum = zeros(parts.front().shape[0], parts.front().shape[1]);
  auto out = sum.view<double>();
  for (const Chunk& part : parts) {
    const auto from = part.view<double>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += from[i];
  }
  return std::move(sum).freeze();
}

/// The triangle of the block, less the means, times the basis.
Chunk projected_triangle(const Chunk& x, const std::vector<double>& mean, const Chunk& basis) {
  array::prepare_blas();
  const auto width = static_cast<int>(basis.shape[1]);
  MutableChunk projected(DType::float64, {x.shape[0], basis.shape[1]});
  double* out = projected.view<double>().data();
  each_part(x, mean, [&](const double* part, std::int64_t rows) {
    product(false, false, {static_cast<int>(rows), width, static_cast<int>(x.shape[1])}, part,
            basis.view<double>().data(), 0.0, out);
    out += rows * width;
  });
  return row_triangle(std::move(projected).freeze(), false);
}

/// The largest projection in size on each direction, with its sign.
std::vector<double> largest_projections(const Chunk& x, const std::vector<double>& mean,
                                        const Chunk& vectors) {
  array::prepare_blas();
  const auto count = static_cast<int>(vectors.shape[0]);
  std::vector<double> largest(static_cast<std::size_t>(count), 0.0);
  std::vector<double> projected;
  each_part(x, mean, [&](const double* part, std::int64_t rows) {
    projected.resize(static_cast<std::size_t>(rows) * largest.size());
    product(false, true, {static_cast<int>(rows), count, static_cast<int>(x.shape[1])}, part,
            vectors.view<double>().data(), 0.0, projected.data());
    for (std::size_t at = 0; at < projected.size(); ++at) {
      double& most = largest[at % largest.size()];
      if (std::abs(projected[at]) > std::abs(most)) most = projected[at];
    }
  });
  return largest;
}

std::vector<double> combine_largest(const std::vector<std::vector<double>>& parts) {
  std::vector<double> largest = parts.front();
  for (const auto& part : parts) {
    for (std::size_t k = 0; k < largest.size(); ++k) {
      if (std::abs(part[k]) > std::abs(largest[k])) largest[k] = part[k];
    }
  }
  return largest;
}

}  // namespace tasks

namespace decomposition {
namespace {

/// The directions whose sign is to change get it.
template <class F>
void turn(Axes& axes, F&& is_negative) {
  MutableChunk turned(DType::float64, axes.vectors.shape);
  const auto from = axes.vectors.view<double>();
  auto out = turned.view<double>();
  const auto d = static_cast<std::size_t>(axes.vectors.shape[1]);
  for (std::size_t k = 0; k < axes.singular_values.size(); ++k) {
    const double sign = is_negative(k) ? -1.0 : 1.0;
    for (std::size_t j = k * d; j < (k + 1) * d; ++j) out[j] = sign * from[j];
  }
  axes.vectors = std::move(turned).freeze();
}

}  // namespace

Chunk lower_right(const Chunk& matrix, std::int64_t first, std::int64_t column) {
  const std::int64_t rows = std::max<std::int64_t>(0, matrix.shape[0] - first);
  const std::int64_t columns = matrix.shape[1] - column;
  MutableChunk part(DType::float64, {rows, columns});
  const double* from = matrix.view<double>().data();
  double* out = part.view<double>().data();
  for (std::int64_t i = 0; i < rows; ++i) {
    const double* row = from + (first + i) * matrix.shape[1] + column;
    out = std::copy(row, row + columns, out);
  }
  return std::move(part).freeze();
}

Centred centred(const Chunk& of_ones_and_rows) {
  // A few rows have not been factorised yet.
  const Chunk triangle = array::qr_r(of_ones_and_rows);
  const auto top = triangle.view<double>();
  Centred result;
  for (std::int64_t j = 1; j < triangle.shape[1]; ++j) {
    result.mean.push_back(top[static_cast<std::size_t>(j)] / top[0]);
  }
  result.triangle = lower_right(triangle, 1, 1);
  if (triangle.shape[0] < triangle.shape[1]) {
    // As many rows as there were: their deviations from the mean depend on each other.
    const Chunk none = tasks::zeros(1, result.triangle.shape[1]).freeze();
    result.triangle = tasks::stack_triangles({result.triangle, none});
  }
  return result;
}

Centred centred_triangle(const Array& x) {
  return centred(
      reduce_rows<&tasks::row_triangle, &tasks::stack_triangles>("row-triangle", x, true));
}

Chunk plain_triangle(const Array& x) {
  return reduce_rows<&tasks::row_triangle, &tasks::stack_triangles>("row-triangle", x, false);
}

Axes first_axes(const Axes& axes, std::int64_t count) {
  const auto k = static_cast<std::size_t>(
      std::min<std::int64_t>(count, static_cast<std::int64_t>(axes.singular_values.size())));
  const auto d = static_cast<std::size_t>(axes.vectors.shape[1]);
  Axes first;
  first.singular_values.assign(axes.singular_values.begin(),
                               axes.singular_values.begin() + static_cast<std::ptrdiff_t>(k));
  first.vectors = make_chunk<double>({static_cast<std::int64_t>(k), axes.vectors.shape[1]},
                                     axes.vectors.view<double>().first(k * d));
  return first;
}

Axes axes_of_triangle(const Chunk& triangle, std::int64_t count) {
  if (count == 0) return {{}, MutableChunk(DType::float64, {0, triangle.shape[1]}).freeze()};
  Chunk matrix = triangle;
  if (triangle.shape[0] < count) {
    MutableChunk taller(DType::float64, {count, triangle.shape[1]});
    auto out = taller.view<double>();
    const auto from = triangle.view<double>();
    std::ranges::fill(out, 0.0);
    std::ranges::copy(from, out.begin());
    matrix = std::move(taller).freeze();
  }
  const auto factors = array::svd(matrix, false);
  const auto s = factors[1].view<double>();
  return first_axes({{s.begin(), s.end()}, factors[2]}, count);
}

Axes axes_of_scatter(const Array& x, std::int64_t count, std::vector<double>& mean) {
  const tasks::Scatter scatter =
      reduce_rows<&tasks::block_scatter, &tasks::combine_scatters>("scatter", x);
  mean = scatter.mean;
  const auto factors = array::eigh(scatter.products);
  const auto values = factors[0].view<double>();
  const auto columns = factors[1].view<double>();
  const std::size_t d = values.size();
  Axes axes;
  MutableChunk vectors(DType::float64, {count, static_cast<std::int64_t>(d)});
  auto out = vectors.view<double>();
  for (std::size_t k = 0; k < static_cast<std::size_t>(count); ++k) {
    const std::size_t from = d - 1 - k;  // they ascend
    axes.singular_values.push_back(std::sqrt(std::max(0.0, values[from])));
    for (std::size_t j = 0; j < d; ++j) out[k * d + j] = columns[j * d + from];
  }
  axes.vectors = std::move(vectors).freeze();
  return axes;
}

Axes randomized_axes(const Rows& rows, const std::vector<double>& mean,
                     const RandomizedOptions& options) {
  const std::int64_t width =
      std::min(options.count + options.oversamples, std::min(rows.count, rows.features));
  const Chunk start =
      random::normal({rows.features, width}, {.seed = options.seed}).compute_chunk();
  Chunk basis = array::qr(start, false)[0];
  for (std::int64_t i = 0; i <= options.iterations; ++i) {
    const Chunk power = reduce_rows<&tasks::block_power, &tasks::sum_chunks>("power-iteration",
                                                                             rows.x, mean, basis);
    basis = array::qr(power, false)[0];
  }
  const Chunk triangle = reduce_rows<&tasks::projected_triangle, &tasks::stack_triangles>(
      "projected-triangle", rows.x, mean, basis);
  const Axes within = axes_of_triangle(triangle, width);
  MutableChunk vectors(DType::float64, {width, rows.features});
  array::prepare_blas();
  tasks::product(
      false, true,
      {static_cast<int>(width), static_cast<int>(rows.features), static_cast<int>(width)},
      within.vectors.view<double>().data(), basis.view<double>().data(), 0.0,
      vectors.view<double>().data());
  return first_axes({within.singular_values, std::move(vectors).freeze()}, options.count);
}

void turn_by_rows(const Array& x, const std::vector<double>& mean, Axes& axes) {
  const auto largest = reduce_rows<&tasks::largest_projections, &tasks::combine_largest>(
      "largest-projections", x, mean, axes.vectors);
  turn(axes, [&](std::size_t k) { return largest[k] < 0; });
}

void turn_by_entries(Axes& axes) {
  const auto entries = axes.vectors.view<double>();
  const auto d = static_cast<std::size_t>(axes.vectors.shape[1]);
  turn(axes, [&](std::size_t k) {
    const auto row = entries.subspan(k * d, d);
    const auto largest =
        std::ranges::max_element(row, [](double a, double b) { return std::abs(a) < std::abs(b); });
    return *largest < 0;
  });
}

}  // namespace decomposition
}  // namespace tartan::ml

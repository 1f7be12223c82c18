#include <algorithm>
#include <cmath>
#include <limits>
#include <ml/base/visit_floating.hpp>
#include <ml/base/pass.hpp>
#include <ml/preprocessing/columns.hpp>

namespace tartan::ml {
namespace tasks {
namespace {

/// NaN after all numbers, and all NaN alike.
bool comes_before(double a, double b) { return std::isnan(b) ? !std::isnan(a) : a < b; }

void count_sorted(const std::vector<double>& sorted, std::vector<double>& values,
                  std::vector<double>& counts) {
  for (const double value : sorted) {
    if (values.empty() || comes_before(values.back(), value)) {
      values.push_back(value);
      counts.push_back(0);
    }
    ++counts.back();
  }
}

void merge_column(std::vector<double>& values, std::vector<double>& counts,
                  const std::vector<double>& more_values, const std::vector<double>& more_counts) {
  std::vector<double> all;
  std::vector<double> of_all;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < values.size() || j < more_values.size()) {
    const bool first =
        j == more_values.size() || (i < values.size() && !comes_before(more_values[j], values[i]));
    const bool second =
        i == values.size() || (j < more_values.size() && !comes_before(values[i], more_values[j]));
    all.push_back(first ? values[i] : more_values[j]);
    of_all.push_back((first ? counts[i] : 0) + (second ? more_counts[j] : 0));
    if (first) ++i;
    if (second) ++j;
  }
  values = std::move(all);
  counts = std::move(of_all);
}

}  // namespace

ColumnValues distinct_values(const Chunk& x) {
  const auto d = static_cast<std::size_t>(x.shape[1]);
  ColumnValues result{std::vector<std::vector<double>>(d), std::vector<std::vector<double>>(d)};
  std::vector<double> column(static_cast<std::size_t>(x.shape[0]));
  visit_floating(x, [&](auto elements) {
    for (std::size_t j = 0; j < d; ++j) {
      for (std::size_t i = 0; i < column.size(); ++i) {
        column[i] = static_cast<double>(elements[i * d + j]);
      }
      std::sort(column.begin(), column.end(), comes_before);
      count_sorted(column, result.values[j], result.counts[j]);
    }
  });
  return result;
}

ColumnValues combine_distinct(const std::vector<ColumnValues>& parts) {
  ColumnValues total = parts.front();
  for (std::size_t p = 1; p < parts.size(); ++p) {
    for (std::size_t j = 0; j < total.values.size(); ++j) {
      merge_column(total.values[j], total.counts[j], parts[p].values[j], parts[p].counts[j]);
    }
  }
  return total;
}

}  // namespace tasks

namespace columns {
namespace {

/// Arrays up to here may come together in one task.
constexpr std::int64_t kGatherBytes = 64 << 20;
/// Columns of larger ones whose quantiles are found at once.
constexpr std::int64_t kColumnsAtOnce = 8;

}  // namespace

ColumnValues distinct(const Array& x) {
  return reduce_rows<&tasks::distinct_values, &tasks::combine_distinct>("distinct-values", x);
}

xt::xarray<double> quantiles(const Array& x, const std::vector<double>& q) {
  const Array rows = x.astype(DType::float64);
  if (x.num_chunks() == 1 || x.nbytes() <= kGatherBytes) {
    return nanquantile(rows, q, 0).compute<double>();
  }
  const auto d = static_cast<std::size_t>(x.shape(1));
  xt::xarray<double> result = xt::xarray<double>::from_shape({q.size(), d});
  for (std::size_t first = 0; first < d; first += kColumnsAtOnce) {
    const std::size_t end = std::min<std::size_t>(d, first + kColumnsAtOnce);
    std::vector<Array> wanted;
    for (std::size_t j = first; j < end; ++j) {
      const Array column = rows.slice({{0, x.shape(0)}, static_cast<std::int64_t>(j)});
      wanted.push_back(nanquantile(column, q));
    }
    const std::vector<Chunk> found = compute_chunks(wanted);
    for (std::size_t j = first; j < end; ++j) {
      const auto values = found[j - first].view<double>();
      for (std::size_t i = 0; i < q.size(); ++i) result(i, j) = values[i];
    }
  }
  return result;
}

void handle_zeros(xt::xarray<double>& scale) {
  for (double& each : scale) {
    if (each < 10 * std::numeric_limits<double>::epsilon()) each = 1;
  }
}

Array constant(const xt::xarray<double>& values, DType dtype) {
  return from_xtensor(values).astype(dtype);
}

}  // namespace columns
}  // namespace tartan::ml

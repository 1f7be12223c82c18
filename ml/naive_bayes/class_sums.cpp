#include <algorithm>
#include <cmath>
#include <limits>
#include <ml/base/visit_floating.hpp>
#include <ml/base/pass.hpp>
#include <ml/naive_bayes/class_sums.hpp>

namespace tartan::ml {
namespace tasks {
namespace {

/// The numbers of the rows, those of class 0 first, and where each class begins.
struct ByClass {
  std::vector<std::int64_t> rows;
  std::vector<std::size_t> first;
};

ByClass by_class(std::span<const std::int32_t> codes, std::int64_t classes) {
  ByClass order;
  order.first.assign(static_cast<std::size_t>(classes) + 1, 0);
  for (const std::int32_t code : codes) ++order.first[static_cast<std::size_t>(code) + 1];
  for (std::size_t k = 1; k < order.first.size(); ++k) order.first[k] += order.first[k - 1];
  order.rows.resize(codes.size());
  std::vector<std::size_t> next = order.first;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    order.rows[next[static_cast<std::size_t>(codes[i])]++] = static_cast<std::int64_t>(i);
  }
  return order;
}

template <class T>
Chunk rows_of(const Chunk& x, std::span<const std::int64_t> rows) {
  const std::int64_t d = x.shape.size() == 1 ? 1 : x.shape[1];
  Shape shape{static_cast<std::int64_t>(rows.size())};
  if (x.shape.size() == 2) shape.push_back(d);
  MutableChunk chosen(x.dtype, shape);
  const T* from = x.view<T>().data();
  T* out = chosen.view<T>().data();
  for (const std::int64_t row : rows) out = std::copy_n(from + row * d, d, out);
  return std::move(chosen).freeze();
}

}  // namespace

ClassMoments block_class_moments(const Chunk& x, const Chunk& codes, const Chunk& weights,
                                 std::int64_t classes) {
  ClassMoments result;
  result.all = column_moments(x, {DType::float64, {0}, {}});
  const ByClass order = by_class(codes.view<std::int32_t>(), classes);
  for (std::size_t k = 0; k + 1 < order.first.size(); ++k) {
    const auto rows =
        std::span(order.rows).subspan(order.first[k], order.first[k + 1] - order.first[k]);
    result.of_class.emplace_back();
    double count = static_cast<double>(rows.size());
    if (!rows.empty()) {
      Chunk weight = weights;
      if (!weights.data.empty()) {
        weight = rows_of<double>(weights, rows);
        count = 0;
        for (const double each : weight.view<double>()) count += each;
      }
      const Chunk of_class =
          x.dtype == DType::float32 ? rows_of<float>(x, rows) : rows_of<double>(x, rows);
      result.of_class.back() = column_moments(of_class, weight);
    }
    result.count.push_back(count);
  }
  return result;
}

ClassMoments combine_class_moments(const std::vector<ClassMoments>& parts) {
  ClassMoments total = parts.front();
  for (std::size_t p = 1; p < parts.size(); ++p) {
    merge(total.all, parts[p].all);
    for (std::size_t k = 0; k < total.count.size(); ++k) {
      merge(total.of_class[k], parts[p].of_class[k]);
      total.count[k] += parts[p].count[k];
    }
  }
  return total;
}

ClassSums block_class_sums(const Chunk& x, const Chunk& codes, const Chunk& weights,
                           std::int64_t classes) {
  const auto d = static_cast<std::size_t>(x.shape[1]);
  ClassSums result{std::vector<double>(static_cast<std::size_t>(classes), 0.0),
                   std::vector<double>(static_cast<std::size_t>(classes) * d, 0.0), 0};
  const auto of_row = codes.view<std::int32_t>();
  const double* weight = weights.data.empty() ? nullptr : weights.view<double>().data();
  visit_floating(x, [&](auto elements) {
    const auto* row = elements.data();
    for (const auto element : elements) {
      result.least = std::min(result.least, static_cast<double>(element));
    }
    for (std::size_t i = 0; i < of_row.size(); ++i, row += d) {
      const auto k = static_cast<std::size_t>(of_row[i]);
      const double factor = weight == nullptr ? 1.0 : weight[i];
      double* sum = result.sum.data() + k * d;
      for (std::size_t j = 0; j < d; ++j) sum[j] += factor * static_cast<double>(row[j]);
      result.count[k] += factor;
    }
  });
  return result;
}

ClassSums combine_class_sums(const std::vector<ClassSums>& parts) {
  ClassSums total = parts.front();
  for (std::size_t p = 1; p < parts.size(); ++p) {
    for (std::size_t i = 0; i < total.sum.size(); ++i) total.sum[i] += parts[p].sum[i];
    for (std::size_t k = 0; k < total.count.size(); ++k) total.count[k] += parts[p].count[k];
    total.least = std::min(total.least, parts[p].least);
  }
  return total;
}

Chunk normal_likelihoods(const Chunk& x, const std::vector<double>& base,
                         const std::vector<double>& means, const std::vector<double>& variances) {
  const auto d = static_cast<std::size_t>(x.shape[1]);
  MutableChunk result(DType::float64, {x.shape[0], static_cast<std::int64_t>(base.size())});
  double* out = result.view<double>().data();
  std::vector<double> precision(variances.size());
  for (std::size_t at = 0; at < precision.size(); ++at) precision[at] = 1 / variances[at];
  visit_floating(x, [&](auto elements) {
    for (std::size_t first = 0; first < elements.size(); first += d) {
      const auto* row = elements.data() + first;
      for (std::size_t k = 0; k < base.size(); ++k) {
        double sum = 0;
        for (std::size_t j = 0; j < d; ++j) {
          const double deviation = static_cast<double>(row[j]) - means[k * d + j];
          sum += deviation * deviation * precision[k * d + j];
        }
        *out++ = base[k] - 0.5 * sum;
      }
    }
  });
  return std::move(result).freeze();
}

Chunk normalized_logs(const Chunk& x) {
  const auto k = static_cast<std::size_t>(x.shape[1]);
  MutableChunk result(DType::float64, x.shape);
  const auto from = x.view<double>();
  auto out = result.view<double>();
  for (std::size_t first = 0; first < from.size(); first += k) {
    const auto row = from.subspan(first, k);
    const double most = *std::max_element(row.begin(), row.end());
    double sum = 0;
    for (const double value : row) sum += std::exp(value - most);
    const double log_sum = std::isfinite(most) ? most + std::log(sum) : most;
    for (std::size_t j = 0; j < k; ++j) out[first + j] = row[j] - log_sum;
  }
  return std::move(result).freeze();
}

}  // namespace tasks

namespace naive_bayes {

ClassMoments class_moments(const Array& x, const Array& codes, const Array& weight,
                           std::int64_t classes) {
  return reduce_rows<&tasks::block_class_moments, &tasks::combine_class_moments>(
      "class-moments", x, codes, weight, classes);
}

ClassSums class_sums(const Array& x, const Array& codes, const Array& weight,
                     std::int64_t classes) {
  return reduce_rows<&tasks::block_class_sums, &tasks::combine_class_sums>("class-sums", x, codes,
                                                                           weight, classes);
}

Array normal_log_likelihood(const Array& rows, const std::vector<double>& base,
                            const std::vector<double>& means,
                            const std::vector<double>& variances) {
  return map_rows<&tasks::normal_likelihoods>("normal-likelihood", rows,
                                              static_cast<std::int64_t>(base.size()),
                                              DType::float64, base, means, variances);
}

Array normalize_log(const Array& log_likelihood) {
  return map_rows<&tasks::normalized_logs>("normalize", log_likelihood, log_likelihood.shape(1),
                                           DType::float64);
}

}  // namespace naive_bayes
}  // namespace tartan::ml

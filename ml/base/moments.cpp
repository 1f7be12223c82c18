#include <algorithm>
#include <ml/base/moments.hpp>
#include <ml/kernels/moments.hpp>

namespace tartan::ml {

std::vector<double> Moments::variance() const {
  std::vector<double> result(m2.size(), 0.0);
  for (std::size_t j = 0; j < m2.size(); ++j) {
    if (count[j] > 0) result[j] = m2[j] / count[j];
  }
  return result;
}

void merge(Moments& total, const Moments& part) {
  if (total.count.empty()) {
    total = part;
    return;
  }
  for (std::size_t j = 0; j < total.mean.size() && j < part.mean.size(); ++j) {
    const double count = total.count[j] + part.count[j];
    if (part.count[j] == 0) continue;
    // Chan, Golub, LeVeque: Updating formulae and a pairwise algorithm, 1979.
    const double difference = part.mean[j] - total.mean[j];
    total.mean[j] += difference * (part.count[j] / count);
    total.m2[j] += part.m2[j] + difference * difference * (total.count[j] * part.count[j] / count);
    total.count[j] = count;
  }
}

namespace tasks {

Moments column_moments(const Chunk& x, const Chunk& weights) {
  const auto columns = static_cast<std::size_t>(x.shape.at(1));
  Moments total{std::vector<double>(columns, 0.0), std::vector<double>(columns, 0.0),
                std::vector<double>(columns, 0.0)};
  const double* weight = weights.data.empty() ? nullptr : weights.view<double>().data();
  // So many rows that both looks at them find them in the cache.
  const std::int64_t step =
      std::max<std::int64_t>(16, kernels::kMomentElements / std::max<std::int64_t>(1, x.shape[1]));
  Moments part = total;
  for (std::int64_t first = 0; first < x.shape[0]; first += step) {
    const std::int64_t rows = std::min(step, x.shape[0] - first);
    const double* of_rows = weight == nullptr ? nullptr : weight + first;
    if (x.dtype == DType::float32) {
      kernels::moments(x.view<float>().data() + first * x.shape[1], rows, x.shape[1], of_rows,
                       part.count.data(), part.mean.data(), part.m2.data());
    } else {
      kernels::moments(x.view<double>().data() + first * x.shape[1], rows, x.shape[1], of_rows,
                       part.count.data(), part.mean.data(), part.m2.data());
    }
    merge(total, part);
  }
  return total;
}

Moments combine_moments(const std::vector<Moments>& parts) {
  Moments total;
  for (const Moments& part : parts) merge(total, part);
  return total;
}

}  // namespace tasks
}  // namespace tartan::ml

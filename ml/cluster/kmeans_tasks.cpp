#include <algorithm>
#include <cmath>
#include <limits>
#include <ml/cluster/kmeans_tasks.hpp>
#include <ml/kernels/lloyd.hpp>
#include <numeric>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>

namespace tartan::ml::tasks {
namespace {

using kernels::Matrix;

/// Calls f with the chunk's rows as float or double.
template <class F>
auto with_rows(const Chunk& x, F f) {
  const std::int64_t rows = x.shape.at(0);
  const std::int64_t columns = x.shape.at(1);
  if (x.dtype == DType::float32) return f(Matrix<float>{x.view<float>().data(), rows, columns});
  return f(Matrix<double>{x.view<double>().data(), rows, columns});
}

template <class T>
Matrix<T> matrix(const Chunk& chunk) {
  return {chunk.view<T>().data(), chunk.shape.at(0), chunk.shape.at(1)};
}

template <class T>
Chunk rows_of(Matrix<T> x, const std::vector<std::int64_t>& rows) {
  MutableChunk result(dtype_of<T>, {static_cast<std::int64_t>(rows.size()), x.columns});
  T* out = result.view<T>().data();
  for (const std::int64_t row : rows) out = std::copy_n(x.row(row), x.columns, out);
  return std::move(result).freeze();
}

}  // namespace

Chunk kmeans_centers(const Chunk& centers) { return centers; }

LloydPartial kmeans_step(const Chunk& x, const Chunk& centers) {
  return with_rows(x, [&]<class T>(Matrix<T> rows) {
    std::vector<std::int32_t> labels(static_cast<std::size_t>(rows.rows));
    auto result = kernels::lloyd_step(rows, matrix<T>(centers), labels);
    return LloydPartial{std::move(result.sums), std::move(result.counts), result.inertia,
                        hash_bytes(std::as_bytes(std::span(labels)))};
  });
}

LloydPartial kmeans_combine(const std::vector<LloydPartial>& partials) {
  LloydPartial total = partials.at(0);
  for (std::size_t i = 1; i < partials.size(); ++i) {
    const LloydPartial& part = partials[i];
    std::transform(total.sums.begin(), total.sums.end(), part.sums.begin(), total.sums.begin(),
                   std::plus<>());
    std::transform(total.counts.begin(), total.counts.end(), part.counts.begin(),
                   total.counts.begin(), std::plus<>());
    total.inertia += part.inertia;
    total.labels = combine(total.labels, part.labels);
  }
  return total;
}

FarRows kmeans_far_rows(const Chunk& x, const Chunk& centers, std::int64_t count,
                        std::int64_t first_row) {
  return with_rows(x, [&]<class T>(Matrix<T> rows) {
    std::vector<std::int32_t> labels(static_cast<std::size_t>(rows.rows));
    const auto center = matrix<T>(centers);
    kernels::assign_labels(rows, center, labels);
    std::vector<double> distances(labels.size());
    for (std::size_t i = 0; i < labels.size(); ++i) {
      distances[i] = kernels::squared_distance(rows.row(static_cast<std::int64_t>(i)),
                                               center.row(labels[i]), rows.columns);
    }
    std::vector<std::int64_t> order(labels.size());
    std::iota(order.begin(), order.end(), 0);
    const auto kept = std::min<std::int64_t>(count, rows.rows);
    std::partial_sort(order.begin(), order.begin() + kept, order.end(),
                      [&](std::int64_t a, std::int64_t b) {
                        const double da = distances[static_cast<std::size_t>(a)];
                        const double db = distances[static_cast<std::size_t>(b)];
                        return da != db ? da > db : a < b;
                      });
    FarRows far;
    for (std::int64_t i = 0; i < kept; ++i) {
      const auto row = static_cast<std::size_t>(order[static_cast<std::size_t>(i)]);
      far.distances.push_back(distances[row]);
      far.index.push_back(first_row + static_cast<std::int64_t>(row));
      far.label.push_back(labels[row]);
      const T* values = rows.row(static_cast<std::int64_t>(row));
      far.rows.insert(far.rows.end(), values, values + rows.columns);
    }
    return far;
  });
}

Chunk kmeans_labels(const Chunk& x, const Chunk& centers) {
  return with_rows(x, [&]<class T>(Matrix<T> rows) {
    MutableChunk labels(DType::int32, {rows.rows, 1});
    kernels::assign_labels(rows, matrix<T>(centers), labels.view<std::int32_t>());
    return std::move(labels).freeze();
  });
}

Chunk kmeans_distances(const Chunk& x, const Chunk& centers) {
  return with_rows(x, [&]<class T>(Matrix<T> rows) {
    const auto center = matrix<T>(centers);
    MutableChunk result(x.dtype, {rows.rows, center.rows});
    T* out = result.view<T>().data();
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      for (std::int64_t c = 0; c < center.rows; ++c) {
        *out++ = static_cast<T>(
            std::sqrt(kernels::squared_distance(rows.row(i), center.row(c), rows.columns)));
      }
    }
    return std::move(result).freeze();
  });
}

Nearest kmeans_nearest(const Chunk& x, const Nearest& before, const Chunk& candidates) {
  return with_rows(x, [&]<class T>(Matrix<T> rows) {
    Nearest after;
    after.best = before.best;
    after.best.resize(static_cast<std::size_t>(rows.rows), std::numeric_limits<double>::infinity());
    after.total = kernels::nearest_squared(rows, matrix<T>(candidates), after.best);
    return after;
  });
}

double kmeans_nearest_total(const Nearest& nearest) { return nearest.total; }

Chunk kmeans_sample(const Chunk& x, const Nearest& nearest, double expected, double total,
                    std::uint64_t seed, std::int64_t first_row) {
  return with_rows(x, [&]<class T>(Matrix<T> rows) {
    std::vector<std::int64_t> chosen;
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      Random random(seed ^ Random(static_cast<std::uint64_t>(first_row + i)).next());
      if (random.uniform() * total < expected * nearest.best[static_cast<std::size_t>(i)]) {
        chosen.push_back(i);
      }
    }
    return rows_of(rows, chosen);
  });
}

Chunk kmeans_pick(const Chunk& x, const Nearest& nearest, const std::vector<double>& targets) {
  return with_rows(x, [&]<class T>(Matrix<T> rows) {
    std::vector<std::int64_t> chosen;
    for (double target : targets) {
      std::int64_t row = 0;
      for (std::int64_t i = 0; i < rows.rows; ++i) {
        const double mass = nearest.best[static_cast<std::size_t>(i)];
        if (mass <= 0) continue;
        row = i;
        target -= mass;
        if (target < 0) break;
      }
      chosen.push_back(row);
    }
    return rows_of(rows, chosen);
  });
}

std::vector<double> kmeans_potentials(const Chunk& x, const Nearest& nearest,
                                      const Chunk& candidates) {
  return with_rows(x, [&]<class T>(Matrix<T> rows) {
    return kernels::potentials(rows, matrix<T>(candidates), nearest.best);
  });
}

Chunk take_rows(const Chunk& x, const std::vector<std::int64_t>& rows) {
  return with_rows(x, [&]<class T>(Matrix<T> all) {
    for (const std::int64_t row : rows) {
      if (row < 0 || row >= all.rows) throw ValueError("take_rows: a row index is out of range");
    }
    return rows_of(all, rows);
  });
}

}  // namespace tartan::ml::tasks

namespace tartan {

using ml::tasks::FarRows;
using ml::tasks::LloydPartial;
using ml::tasks::Nearest;

void Codec<LloydPartial>::encode(const LloydPartial& partial, Writer& writer) {
  writer.put(partial.sums);
  writer.put(partial.counts);
  writer.put(partial.inertia);
  writer.put(partial.labels.hi);
  writer.put(partial.labels.lo);
}
LloydPartial Codec<LloydPartial>::decode(Reader& reader) {
  LloydPartial partial;
  partial.sums = reader.get<std::vector<double>>();
  partial.counts = reader.get<std::vector<double>>();
  partial.inertia = reader.get<double>();
  partial.labels.hi = reader.get<std::uint64_t>();
  partial.labels.lo = reader.get<std::uint64_t>();
  return partial;
}

void Codec<Nearest>::encode(const Nearest& nearest, Writer& writer) {
  writer.put(nearest.best);
  writer.put(nearest.total);
}
Nearest Codec<Nearest>::decode(Reader& reader) {
  Nearest nearest;
  nearest.best = reader.get<std::vector<double>>();
  nearest.total = reader.get<double>();
  return nearest;
}

void Codec<FarRows>::encode(const FarRows& far, Writer& writer) {
  writer.put(far.distances);
  writer.put(far.index);
  writer.put(far.label);
  writer.put(far.rows);
}
FarRows Codec<FarRows>::decode(Reader& reader) {
  FarRows far;
  far.distances = reader.get<std::vector<double>>();
  far.index = reader.get<std::vector<std::int64_t>>();
  far.label = reader.get<std::vector<std::int32_t>>();
  far.rows = reader.get<std::vector<double>>();
  return far;
}

}  // namespace tartan

#include <array/kernels/dispatch.hpp>
#include <cmath>
#include <fmt/format.h>
#include <ml/base/pass.hpp>
#include <ml/base/rows.hpp>

namespace tartan::ml {

/// What a look at a block's elements finds.
struct NonFinite {
  std::int64_t nans = 0;
  std::int64_t infinities = 0;
};

}  // namespace tartan::ml

namespace tartan {
template <>
struct Codec<ml::NonFinite> {
  static std::string name() { return "tartan::ml::NonFinite"; }
  static void encode(const ml::NonFinite& found, Writer& writer) {
    writer.put(found.nans);
    writer.put(found.infinities);
  }
  static ml::NonFinite decode(Reader& reader) {
    const auto nans = reader.get<std::int64_t>();
    return {nans, reader.get<std::int64_t>()};
  }
};
}  // namespace tartan

namespace tartan::ml {
namespace tasks {

template <class T>
NonFinite look_at(std::span<const T> elements) {
  // Only sums that are not finite are worth a second look: x - x is 0 for every finite x.
  constexpr std::size_t kLanes = 16;
  T lanes[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= elements.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] += elements[i + lane] - elements[i + lane];
    }
  }
  T sum = 0;
  for (; i < elements.size(); ++i) sum += elements[i] - elements[i];
  for (const T lane : lanes) sum += lane;
  if (sum == 0) return {};
  NonFinite found;
  for (const T element : elements) {
    found.nans += std::isnan(element) ? 1 : 0;
    found.infinities += std::isinf(element) ? 1 : 0;
  }
  return found;
}

NonFinite find_non_finite(const Chunk& x) {
  if (x.dtype == DType::float32) return look_at(x.view<float>());
  return look_at(x.view<double>());
}

NonFinite add_non_finite(const std::vector<NonFinite>& parts) {
  NonFinite sum;
  for (const NonFinite& part : parts) {
    sum.nans += part.nans;
    sum.infinities += part.infinities;
  }
  return sum;
}

}  // namespace tasks

namespace {

/// Kept arrays take at most this part of the workers' memory.
constexpr std::uint64_t kKeptPart = 2;

void require_finite(const Array& array, std::string_view estimator, std::string_view name,
                    bool allow_nan) {
  if (!is_floating(array.dtype())) return;
  const NonFinite found =
      reduce_rows<&tasks::find_non_finite, &tasks::add_non_finite>("check-finite", array);
  if (found.infinities > 0) {
    throw ValueError(
        fmt::format("{}: {} contains infinity ({} elements) or a value too large for "
                    "{}; clean it before fitting",
                    estimator, name, found.infinities, tartan::name(array.dtype())));
  }
  if (found.nans > 0 && !allow_nan) {
    throw ValueError(
        fmt::format("{}: {} contains NaN ({} elements), which {} does not accept; fill "
                    "the gaps (SimpleImputer) or drop the rows first",
                    estimator, name, found.nans, estimator));
  }
}

/// y or weights as rows cut as x is.
Array beside(const Array& given, const Array& x, std::string_view estimator, std::string_view name,
             std::size_t most_axes) {
  Array array = given;
  if (array.ndim() == 2 && array.shape(1) == 1 && most_axes == 1) array = squeeze(array, 1);
  if (array.ndim() < 1 || array.ndim() > most_axes) {
    throw ValueError(fmt::format("{}: {} must be {}, one value per row, but has the shape {}",
                                 estimator, name, most_axes == 1 ? "1-D" : "1-D or 2-D",
                                 to_string(given.shape())));
  }
  if (array.shape(0) != x.shape(0)) {
    throw ValueError(fmt::format("{}: x has {} rows, but {} has {}", estimator, x.shape(0), name,
                                 array.shape(0)));
  }
  Chunks chunks{x.chunks()[0]};
  if (array.ndim() == 2) chunks.push_back({array.shape(1)});
  return array.chunks() == chunks ? array : array.rechunk(chunks);
}

bool fits_in_memory(std::int64_t bytes) {
  std::uint64_t room = 0;
  for (const WorkerInfo& worker : Client::current().scheduler_info().workers) {
    if (worker.memory_limit == 0) return true;
    room += worker.memory_limit;
  }
  return room == 0 || static_cast<std::uint64_t>(bytes) <= room / kKeptPart;
}

}  // namespace

Array as_rows(const Array& x, std::string_view estimator) {
  if (!x.valid()) throw ValueError(fmt::format("{}: there is no x", estimator));
  if (x.ndim() != 2) {
    throw ValueError(fmt::format(
        "{}: x must be 2-D, rows x features, but has the shape {}; use reshape({{-1, 1}}) for a "
        "single feature or reshape({{1, -1}}) for a single row",
        estimator, to_string(x.shape())));
  }
  if (x.shape(1) == 0) throw ValueError(fmt::format("{}: x has no features", estimator));
  if (is_complex(x.dtype())) {
    throw TypeError(fmt::format("{}: x is {}, but must be real", estimator, name(x.dtype())));
  }
  Array rows = is_floating(x.dtype()) ? x : x.astype(DType::float64);
  if (rows.chunks()[1].size() > 1) rows = rows.rechunk(Chunks{rows.chunks()[0], {rows.shape(1)}});
  return rows;
}

Array as_rows(const Array& x, std::string_view estimator, std::int64_t features) {
  Array rows = as_rows(x, estimator);
  if (rows.shape(1) != features) {
    throw ValueError(fmt::format("{}: x has {} features, but the model was fitted with {}",
                                 estimator, rows.shape(1), features));
  }
  return rows;
}

Rows fit_rows(const Array& x, const Array& y, const Array& sample_weight,
              std::string_view estimator, const RowsOptions& options) {
  Rows rows;
  rows.x = as_rows(x, estimator);
  rows.count = rows.x.shape(0);
  rows.features = rows.x.shape(1);
  if (rows.count < options.min_rows) {
    throw ValueError(fmt::format("{}: x has {} rows, but at least {} are needed", estimator,
                                 rows.count, options.min_rows));
  }
  std::vector<Array> parts{rows.x};
  if (y.valid()) parts.push_back(beside(y, rows.x, estimator, "y", 2));
  if (sample_weight.valid()) {
    parts.push_back(
        beside(sample_weight, rows.x, estimator, "sample_weight", 1).astype(DType::float64));
  }
  std::int64_t bytes = 0;
  for (const Array& part : parts) bytes += part.nbytes();
  if (options.many_passes && fits_in_memory(bytes)) parts = persist(parts);
  rows.x = parts.front();
  if (y.valid()) rows.y = parts[1];
  if (sample_weight.valid()) rows.weight = parts.back();
  require_finite(rows.x, estimator, "x", options.allow_nan);
  if (rows.y.valid()) require_finite(rows.y, estimator, "y", false);
  if (rows.weight.valid()) {
    require_finite(rows.weight, estimator, "sample_weight", false);
    if (min(rows.weight).item<double>() < 0) {
      throw ValueError(fmt::format("{}: sample_weight has negative values", estimator));
    }
  }
  return rows;
}

Classes encode_classes(const Array& y, std::string_view estimator, std::int64_t least) {
  if (y.ndim() != 1) {
    throw ValueError(fmt::format("{}: y must be 1-D, one label per row, but has the shape {}",
                                 estimator, to_string(y.shape())));
  }
  Classes classes;
  classes.values = unique_values(y).compute_chunk();
  if (is_floating(y.dtype())) {
    array::visit_dtype(y.dtype(), [&]<class T>(array::Type<T>) {
      if constexpr (std::is_floating_point_v<T>) {
        for (const T value : classes.values.view<T>()) {
          if (value == std::trunc(value) && std::isfinite(value)) continue;
          throw ValueError(
              fmt::format("{}: y holds {}, which is no label of a class; a regressor "
                          "is what fits continuous targets",
                          estimator, value));
        }
      }
    });
  }
  if (classes.count() < least) {
    throw ValueError(fmt::format("{}: y holds {} class{}, but at least {} are needed", estimator,
                                 classes.count(), classes.count() == 1 ? "" : "es", least));
  }
  classes.codes = searchsorted(Array(classes.values), y).astype(DType::int32);
  return classes;
}

Array decode_classes(const Chunk& classes, const Array& codes) {
  return take(Array(classes), codes, 0);
}

}  // namespace tartan::ml

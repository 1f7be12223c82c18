#include <algorithm>
#include <array/kernels/counting.hpp>
#include <array/kernels/dispatch.hpp>
#include <array/kernels/shape.hpp>
#include <cmath>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

template <class T>
void add_to(std::span<T> sums, std::span<const Chunk> chunks) {
  std::fill(sums.begin(), sums.end(), T{0});
  for (const auto& chunk : chunks) {
    const auto from = chunk.view<T>();
    if (from.size() != sums.size()) {
      throw Exception(Errc::malformed, "counts of different shapes are to be added");
    }
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += from[i];
  }
}

template <class Out>
const Out* weights_of(const Chunk* weights) {
  return weights == nullptr ? nullptr : weights->view<Out>().data();
}

/// work(Type<Out>) with int64 for counts and float64 for sums of weights; the chunk starts at zero.
template <class Work>
Chunk counted(const Shape& shape, bool weighted, const Work& work) {
  MutableChunk chunk(weighted ? DType::float64 : DType::int64, shape);
  std::fill(chunk.data(), chunk.data() + chunk.nbytes(), std::byte{0});
  if (weighted) {
    work(chunk.view<double>().data());
  } else {
    work(chunk.view<std::int64_t>().data());
  }
  return std::move(chunk).freeze();
}

template <class Float>
Chunk edges_in(double low, double high, std::int64_t bins) {
  MutableChunk edges(std::is_same_v<Float, float> ? DType::float32 : DType::float64, {bins + 1});
  const auto out = edges.view<Float>();
  const auto start = static_cast<Float>(low);
  const auto distance = static_cast<Float>(high) - start;
  const auto step = distance / static_cast<Float>(bins);
  for (std::int64_t i = 0; i <= bins; ++i) {
    const auto number = static_cast<Float>(i);
    // A step may round to zero where the distance does not.
    const auto offset = step == 0 ? number / static_cast<Float>(bins) * distance : number * step;
    out[static_cast<std::size_t>(i)] = offset + start;
  }
  out[static_cast<std::size_t>(bins)] = static_cast<Float>(high);
  return std::move(edges).freeze();
}

/// Finds the range a number is in.
class Ranges {
 public:
  Ranges(const Chunk& edges, bool uniform)
      : chunk_(astype(edges, DType::float64)),
        edges_(chunk_.view<double>()),
        bins_(static_cast<std::int64_t>(edges_.size()) - 1),
        uniform_(uniform),
        scale_(static_cast<double>(bins_) / (edges_.back() - edges_.front())) {
    if (!std::is_sorted(edges_.begin(), edges_.end())) {
      throw ValueError("histogram: the edges descend; sort them");
    }
    uniform_ = uniform_ && std::isfinite(scale_);
  }

  std::int64_t bins() const { return bins_; }
  /// -1 outside and for NaN.
  std::int64_t find(double x) const {
    if (!(x >= edges_.front() && x <= edges_.back())) return -1;
    if (uniform_) {
      // The product is within rounding of the range; the edges decide.
      auto at = std::min(static_cast<std::int64_t>((x - edges_.front()) * scale_), bins_ - 1);
      while (x < edge(at)) --at;
      while (at + 1 < bins_ && x >= edge(at + 1)) ++at;
      return at;
    }
    const auto after = std::upper_bound(edges_.begin(), edges_.end(), x) - edges_.begin();
    return std::min<std::int64_t>(after, bins_) - 1;
  }

 private:
  double edge(std::int64_t i) const { return edges_[static_cast<std::size_t>(i)]; }

  Chunk chunk_;
  std::span<const double> edges_;
  std::int64_t bins_;
  bool uniform_;
  double scale_;
};

/// Adds what the range number along one axis says to the flat index of every point; -1 stays.
void locate(const Chunk& sample, const Ranges& ranges, std::span<std::int64_t> flat) {
  visit_dtype(sample.dtype, [&]<class T>(Type<T>) {
    if constexpr (!detail::IsStdComplex<T>::value) {
      const auto in = sample.view<T>();
      for (std::size_t i = 0; i < in.size(); ++i) {
        const auto at = ranges.find(static_cast<double>(in[i]));
        flat[i] = at < 0 || flat[i] < 0 ? -1 : flat[i] * ranges.bins() + at;
      }
    }
  });
}

}  // namespace

Chunk add_chunks(std::span<const Chunk> chunks) {
  MutableChunk sum(chunks.front().dtype, chunks.front().shape);
  if (sum.dtype() == DType::int64) {
    add_to(sum.view<std::int64_t>(), chunks);
  } else {
    add_to(sum.view<double>(), chunks);
  }
  return std::move(sum).freeze();
}

Chunk bincount(const Chunk& chunk, const Chunk* weights, std::int64_t bins) {
  return counted({bins}, weights != nullptr, [&]<class Out>(Out* out) {
    const auto* weight = weights_of<Out>(weights);
    visit_dtype(chunk.dtype, [&]<class T>(Type<T>) {
      if constexpr (std::is_integral_v<T>) {
        const auto in = chunk.view<T>();
        for (std::size_t i = 0; i < in.size(); ++i) {
          // A negative number is a large one without its sign.
          const auto at = static_cast<std::uint64_t>(in[i]);
          if (at >= static_cast<std::uint64_t>(bins)) {
            throw ValueError(
                fmt::format("bincount: the element {} is outside 0 to {}; give a larger minlength",
                            static_cast<std::int64_t>(in[i]), bins - 1));
          }
          out[at] += weight == nullptr ? Out{1} : weight[i];
        }
      }
    });
  });
}

Chunk uniform_edges(double low, double high, std::int64_t bins, DType precision, DType dtype) {
  return astype(precision == DType::float32 ? edges_in<float>(low, high, bins)
                                            : edges_in<double>(low, high, bins),
                dtype);
}

Chunk histogram(std::span<const Chunk> samples, std::span<const Chunk> edges,
                std::span<const std::int64_t> uniform, const Chunk* weights) {
  std::vector<Ranges> ranges;
  Shape shape;
  for (std::size_t d = 0; d < samples.size(); ++d) {
    ranges.emplace_back(edges[d], uniform[d] != 0);
    shape.push_back(ranges.back().bins());
  }
  const auto points = static_cast<std::size_t>(samples.front().size());
  return counted(shape, weights != nullptr, [&]<class Out>(Out* out) {
    const auto* weight = weights_of<Out>(weights);
    // A tile of points at a time, so that their flat indices stay in the cache.
    constexpr std::size_t kTile = 1024;
    std::int64_t flat[kTile];
    for (std::size_t begin = 0; begin < points; begin += kTile) {
      const auto count = std::min(kTile, points - begin);
      std::fill(flat, flat + count, 0);
      const AxisRange range{static_cast<std::int64_t>(begin), static_cast<std::int64_t>(count), 1};
      for (std::size_t d = 0; d < samples.size(); ++d) {
        const auto row = reshape(samples[d], {static_cast<std::int64_t>(points)});
        locate(slice(row, {&range, 1}), ranges[d], {flat, count});
      }
      for (std::size_t i = 0; i < count; ++i) {
        if (flat[i] >= 0) out[flat[i]] += weight == nullptr ? Out{1} : weight[begin + i];
      }
    }
  });
}

}  // namespace tartan::array

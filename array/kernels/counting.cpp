#include <algorithm>
#include <array/kernels/counting.hpp>
#include <array/kernels/dispatch.hpp>
#include <array/kernels/ranges.hpp>
#include <array/kernels/shape.hpp>
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

/// Tables of counts of up to so many ranges stay in the nearest cache four times.
constexpr std::size_t kMostInCache = 1024;

/// Numbers that follow each other are counted in different tables, since a count that was just
/// stored is slow to read. Each table has a place behind its end, for numbers in no range.
void count_numbers(const Chunk& sample, const Ranges& ranges, std::int64_t* out) {
  constexpr std::size_t kTables = 4;
  const auto points = static_cast<std::size_t>(sample.size());
  const auto row = static_cast<std::size_t>(ranges.bins()) + 1;
  std::vector<std::int64_t> counts((row <= kMostInCache ? kTables : 1) * row);
  const auto step = row <= kMostInCache ? row : 0;
  std::int32_t at[Ranges::kTile];
  for (std::size_t begin = 0; begin < points; begin += Ranges::kTile) {
    const auto count = std::min(Ranges::kTile, points - begin);
    ranges.locate(sample, begin, count, at);
    std::size_t i = 0;
    for (; i + kTables <= count; i += kTables) {
      for (std::size_t table = 0; table < kTables; ++table) {
        ++counts[table * step + static_cast<std::size_t>(at[i + table])];
      }
    }
    for (; i < count; ++i) ++counts[static_cast<std::size_t>(at[i])];
  }
  for (std::size_t table = 0; table < counts.size() / row; ++table) {
    for (std::size_t bin = 0; bin + 1 < row; ++bin) out[bin] += counts[table * row + bin];
  }
}

/// The flat numbers of the boxes of points begin, begin + 1, ..., with -1 for those in none.
void locate_points(std::span<const Chunk> samples, const std::vector<Ranges>& ranges,
                   std::size_t begin, std::span<std::int64_t> flat) {
  std::int32_t at[Ranges::kTile];
  std::fill(flat.begin(), flat.end(), 0);
  for (std::size_t d = 0; d < samples.size(); ++d) {
    const auto bins = ranges[d].bins();
    ranges[d].locate(samples[d], begin, flat.size(), at);
    for (std::size_t i = 0; i < flat.size(); ++i) {
      flat[i] = flat[i] < 0 || at[i] == bins ? -1 : flat[i] * bins + at[i];
    }
  }
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
    if constexpr (std::is_same_v<Out, std::int64_t>) {
      if (samples.size() == 1) return count_numbers(samples[0], ranges[0], out);
    }
    const auto* weight = weights_of<Out>(weights);
    std::int64_t flat[Ranges::kTile];
    for (std::size_t begin = 0; begin < points; begin += Ranges::kTile) {
      const auto count = std::min(Ranges::kTile, points - begin);
      locate_points(samples, ranges, begin, {flat, count});
      for (std::size_t i = 0; i < count; ++i) {
        if (flat[i] >= 0) out[flat[i]] += weight == nullptr ? Out{1} : weight[begin + i];
      }
    }
  });
}

}  // namespace tartan::array

#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <array/kernels/loops.hpp>
#include <array/kernels/ranges.hpp>
#include <array/kernels/shape.hpp>
#include <bit>
#include <cmath>
#include <limits>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Where a number lies when its distance from the first edge is multiplied by the ranges per
/// length.
struct Scaling {
  double first, last, scale, slack;
  std::int32_t bins;

  TARTAN_INLINE double of(double x) const { return (x - first) * scale; }
};

/// Says whether all numbers are too far from the edges for rounding to matter.
TARTAN_INLINE bool scale_body(const double* __restrict in, std::size_t n, Scaling scaling,
                              std::int32_t* __restrict at) {
  // Numbers outside are taken to where nothing is in doubt.
  const double beyond = scaling.bins + 0.5;
  const double least = scaling.slack;
  const double most = 1 - scaling.slack;
  std::int32_t doubts = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = in[i];
    double place = scaling.of(x);
    place = x >= scaling.first ? place : beyond;
    place = x <= scaling.last ? place : beyond;
    const auto number = static_cast<std::int32_t>(place);
    const double part = place - number;
    doubts |= part > least ? 0 : 1;
    doubts |= part < most ? 0 : 1;
    at[i] = number;
  }
  return doubts == 0;
}

/// A binary search for all numbers at the same time, so that none waits for its comparisons. The
/// edges are followed by infinities up to a power of two.
TARTAN_INLINE void search_body(const double* __restrict in, std::size_t n,
                               const double* __restrict edges, std::int32_t padded,
                               std::int32_t bins, std::int32_t* __restrict at) {
  std::fill(at, at + n, 0);
  for (auto half = padded / 2; half > 0; half /= 2) {
    const double* middle = edges + half - 1;
    for (std::size_t i = 0; i < n; ++i) at[i] += middle[at[i]] <= in[i] ? half : 0;
  }
  for (std::size_t i = 0; i < n; ++i) {
    const auto number = std::min(at[i], bins) - 1;
    // Those below the first edge have none before them.
    const auto inside = in[i] <= edges[bins] ? number : bins;
    at[i] = number < 0 ? bins : inside;
  }
}

struct Lookup {
  bool (*scale)(const double*, std::size_t, const Scaling&, std::int32_t*);
  void (*search)(const double*, std::size_t, const double*, std::int32_t, std::int32_t,
                 std::int32_t*);
};
#define TARTAN_LOOKUP(attribute, suffix)                                                     \
  attribute bool scale_##suffix(const double* in, std::size_t n, const Scaling& scaling,     \
                                std::int32_t* at) {                                          \
    return scale_body(in, n, scaling, at);                                                   \
  }                                                                                          \
  attribute void search_##suffix(const double* in, std::size_t n, const double* edges,       \
                                 std::int32_t padded, std::int32_t bins, std::int32_t* at) { \
    search_body(in, n, edges, padded, bins, at);                                             \
  }
TARTAN_LOOKUP(, baseline)
TARTAN_LOOKUP(TARTAN_AVX2, avx2)
TARTAN_LOOKUP(TARTAN_AVX512, avx512)
#undef TARTAN_LOOKUP

Lookup lookup() {
  if (active_isa() == Isa::avx512) return {&scale_avx512, &search_avx512};
  if (active_isa() == Isa::avx2) return {&scale_avx2, &search_avx2};
  return {&scale_baseline, &search_baseline};
}

}  // namespace

// The scaled place of x never falls when x rises, since subtraction and multiplication round
// monotonically. So x is beyond edge number k when its place is beyond that of the edge, and
// slack_ bounds how far the places of the edges are from whole numbers. Only what is nearer to one
// must be compared with the edges, and as slack_ is below a half, the two around it will do.
Ranges::Ranges(const Chunk& edges, bool uniform) : bins_(0), uniform_(uniform) {
  const auto numbers = astype(edges, DType::float64);
  const auto all = numbers.view<double>();
  edges_.assign(all.begin(), all.end());
  if (!std::is_sorted(edges_.begin(), edges_.end())) {
    throw ValueError("histogram: the edges descend; sort them");
  }
  bins_ = static_cast<std::int32_t>(edges_.size()) - 1;
  scale_ = static_cast<double>(bins_) / (all.back() - all.front());
  const Scaling scaling{all.front(), all.back(), scale_, 0, bins_};
  edges_.resize(std::bit_ceil(edges_.size() + 1), std::numeric_limits<double>::infinity());
  if (!uniform_) return;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double distance = std::abs(scaling.of(edges_[i]) - static_cast<double>(i));
    // Not a number is no distance either.
    uniform_ = uniform_ && distance < 0.25;
    slack_ = std::max(slack_, distance);
  }
  slack_ += 0x1p-50;
}

void Ranges::locate(const double* in, std::size_t count, std::int32_t* at) const {
  const double* edges = edges_.data();
  const auto run = lookup();
  if (!uniform_) {
    return run.search(in, count, edges, static_cast<std::int32_t>(edges_.size()), bins_, at);
  }
  const double last = edges[bins_];
  if (run.scale(in, count, {edges[0], last, scale_, slack_, bins_}, at)) return;
  for (std::size_t i = 0; i < count; ++i) {
    if (!(in[i] >= edges[0] && in[i] <= last)) continue;
    const auto number = std::min(at[i], bins_ - 1);
    const double* edge = edges + number;
    at[i] = number - (in[i] < edge[0] ? 1 : 0) + (number + 1 < bins_ && in[i] >= edge[1] ? 1 : 0);
  }
}

void Ranges::locate(const Chunk& chunk, std::size_t begin, std::size_t count,
                    std::int32_t* at) const {
  visit_dtype(chunk.dtype, [&]<class T>(Type<T>) {
    if constexpr (std::is_same_v<T, double>) {
      locate(chunk.view<double>().data() + begin, count, at);
    } else if constexpr (!detail::IsStdComplex<T>::value) {
      double numbers[kTile];
      const T* from = chunk.view<T>().data() + begin;
      for (std::size_t i = 0; i < count; ++i) numbers[i] = static_cast<double>(from[i]);
      locate(numbers, count, at);
    } else {
      throw Exception(Errc::malformed, "a task wants ranges of complex numbers");
    }
  });
}

}  // namespace tartan::array

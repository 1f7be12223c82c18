#pragma once

// Functions that look at the neighbours of an element, on blocks that carry some elements of the
// blocks around them:
//
//   xt::xtensor<double, 1> smooth(const xt::xtensor<double, 1>& block);  // reads i - 1 and i + 1
//   auto y = tartan::map_overlap<&smooth>({.depth = 1, .boundary = Boundary::reflect}, x);
//
// Every block is extended by `depth` elements on both sides (from several neighbours when those are
// smaller than that), given to the function, and what it returns is trimmed again. What lies beyond
// the array is up to the boundary.

#include <tartan/array/map_blocks.hpp>
#include <tartan/array/rearrange.hpp>
#include <vector>

namespace tartan {

/// How many elements a block gets from before and behind it, along one axis.
struct Depth {
  Depth(std::int64_t both) : before(both), after(both) {}  // NOLINT: depth = 2
  Depth(std::int64_t first, std::int64_t second) : before(first), after(second) {}
  std::int64_t before;
  std::int64_t after;
};

/// What is beyond the array.
class Boundary {
 public:
  enum Kind {
    none,      ///< nothing: blocks at the ends have less
    reflect,   ///< the elements in reverse, beginning with the last one (np.pad's symmetric)
    periodic,  ///< those of the other end
    nearest,   ///< the last one
    constant,
  };
  Boundary(Kind kind) : kind_(kind) {}  // NOLINT: .boundary = Boundary::reflect
  /// A constant.
  static Boundary value(const Scalar& value) {
    Boundary boundary(constant);
    boundary.value_ = value;
    return boundary;
  }
  Kind kind() const { return kind_; }
  const Scalar& value() const { return value_; }

 private:
  Kind kind_;
  Scalar value_ = 0;
};

/// One depth and one boundary for every axis, or one for all.
struct OverlapOptions {
  std::vector<Depth> depth = {0};
  std::vector<Boundary> boundary = {Boundary::none};
};

/// x with its blocks extended, one after the other: the shape grows by what they share. ValueError
/// for negative depths, wrong numbers of them, and boundaries that need elements where there are
/// none.
Array overlap(const Array& x, const OverlapOptions& options);
/// Takes away what overlap() with the same options added to an array of these chunks.
Array trim_overlap(const Array& x, const Chunks& chunks, const OverlapOptions& options);

namespace array {
/// Arrays broadcast and cut alike, into these chunks, then extended.
struct Extended {
  std::vector<Array> arrays;
  Chunks chunks;
};
Extended overlap_all(const std::vector<Array>& arrays, const OverlapOptions& options);
}  // namespace array

struct MapOverlapOptions {
  std::vector<Depth> depth = {0};
  std::vector<Boundary> boundary = {Boundary::none};
  bool trim = true;  ///< the function returns blocks with the extension, which goes
  MapBlocksOptions blocks = {};
};

/// f of the extended blocks as for map_blocks, trimmed. Arrays are aligned first, and all extended.
/// When f returns blocks without the extension, say trim = false and which chunks those make.
template <auto F, class... Args>
Array map_overlap(const MapOverlapOptions& options, const Args&... args) {
  static_assert((std::is_same_v<Args, Array> || ...), "give at least one Array");
  std::vector<Array> arrays;
  const auto collect = [&arrays]<class T>(const T& argument) {
    if constexpr (std::is_same_v<T, Array>) arrays.push_back(argument);
  };
  (collect(args), ...);
  const OverlapOptions how{options.depth, options.boundary};
  const auto extended = array::overlap_all(arrays, how);
  std::size_t next = 0;
  const auto given = [&]<class T>(const T& argument) -> const T& {
    if constexpr (std::is_same_v<T, Array>) return extended.arrays[next++];
    return argument;
  };
  // Braces, as the arguments are to be taken in their order.
  const std::tuple<const Args&...> taken{given(args)...};
  const auto result = std::apply(
      [&options](const auto&... one) { return map_blocks<F>(options.blocks, one...); }, taken);
  return options.trim ? trim_overlap(result, extended.chunks, how) : result;
}

/// Windows that slide over axes: axis i becomes shape - window + 1 long, and the windows are new
/// axes at the end. Without axes there is a window for each. A block holds every element once for
/// each window it is in, so blocks are cut until they have no more bytes than the larger of x's
/// largest one and kDefaultChunkBytes. ValueError when a window is longer than its axis.
Array sliding_window_view(const Array& x, const Shape& windows, const Axes& axes = {});

// ---- differences and coarser grids ------------------------------------------------------------

/// The distance between elements along an axis: one number, or the place of every element.
class Spacing {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Spacing(T distance)
      : distance_(static_cast<double>(distance)) {}      // NOLINT
  Spacing(Array places) : places_(std::move(places)) {}  // NOLINT

  double distance() const { return distance_; }
  const Array& places() const { return places_; }

 private:
  double distance_ = 1;
  Array places_;
};
struct GradientOptions {
  std::vector<Spacing> spacing = {1};  ///< one for each axis, or one for all
  int edge_order = 1;                  ///< accuracy at the ends: 1 or 2
};
/// Central differences along an axis, one-sided ones at its ends. Integers become float64.
/// ValueError when the axis has less than edge_order + 1 elements.
Array gradient(const Array& x, std::int64_t axis, const GradientOptions& options = {});
/// The same along every axis.
std::vector<Array> gradient(const Array& x, const GradientOptions& options = {});
/// Differences of neighbours of the elements in C order.
Array ediff1d(const Array& x);

/// A reduction such as &sum, as functions of reductions.hpp are declared.
using AxisReduction = Array (*)(const Array&, const Axes&, const ReduceOptions&);
struct CoarsenOptions {
  bool trim_excess = false;  ///< leave out what does not fill a cell; else it is a ValueError
};
/// The reduction over cells of the factor's number of elements; factors are pairs of axis and
/// factor.
Array coarsen(AxisReduction reduction, const Array& x,
              const std::vector<std::pair<std::int64_t, std::int64_t>>& factors,
              const CoarsenOptions& options = {});

}  // namespace tartan

// Cases of overlap.hpp.

#include <algorithm>
#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

/// The sum of the elements from b before to a after each, as far as the block has them.
xt::xarray<double> sums(const xt::xtensor<double, 2>& block, std::int64_t b0, std::int64_t a0,
                        std::int64_t b1, std::int64_t a1) {
  const auto rows = static_cast<std::int64_t>(block.shape(0));
  const auto columns = static_cast<std::int64_t>(block.shape(1));
  xt::xarray<double> out = xt::zeros<double>({rows, columns});
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      for (auto p = std::max<std::int64_t>(i - b0, 0); p <= std::min(i + a0, rows - 1); ++p) {
        for (auto q = std::max<std::int64_t>(j - b1, 0); q <= std::min(j + a1, columns - 1); ++q) {
          out(i, j) += block(p, q);
        }
      }
    }
  }
  return out;
}

struct Named {
  const char* numpy;
  Boundary boundary;
};
const std::vector<Named> kBoundaries = {{"mode='constant'", Boundary::none},
                                        {"mode='symmetric'", Boundary::reflect},
                                        {"mode='wrap'", Boundary::periodic},
                                        {"mode='edge'", Boundary::nearest},
                                        {"constant_values=1.5", Boundary::value(1.5)}};

Term overlap_case(Recorder& recorder, Random& random) {
  Shape shape = random_shape(random, 2, 2);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 1);
  const auto x = recorder.input(random, shape, float64);
  std::string text = x.text;
  MapOverlapOptions options{.depth = {}, .boundary = {}, .trim = true, .blocks = {}};
  std::vector<std::string> pads;
  for (std::size_t axis = 0; axis < 2; ++axis) {
    const auto most = std::min<std::int64_t>(4, shape[axis]);
    const Depth depth(between(random, 0, most), between(random, 0, most));
    const auto& one = pick(random, kBoundaries);
    options.depth.push_back(depth);
    options.boundary.push_back(one.boundary);
    const auto width = fmt::format("({}, {})", depth.before, depth.after);
    const auto widths =
        axis == 0 ? fmt::format("({}, (0, 0))", width) : fmt::format("((0, 0), {})", width);
    // What is not there adds nothing, not even beyond another boundary: it is padded last.
    const bool last = one.boundary.kind() == Boundary::none;
    pads.insert(last ? pads.end() : pads.begin(), fmt::format("{}, {}", widths, one.numpy));
  }
  for (const auto& one : pads) text = fmt::format("np.pad({}, {})", text, one);
  const auto& d = options.depth;
  const OverlapOptions how{options.depth, options.boundary};
  if (random.chance(0.2)) {
    return {trim_overlap(overlap(x.array, how), x.array.chunks(), how), x.text};
  }
  return {map_overlap<&sums>(options, x.array, d[0].before, d[0].after, d[1].before, d[1].after),
          fmt::format("np.lib.stride_tricks.sliding_window_view({}, ({}, {})).sum((-1, -2))", text,
                      d[0].before + d[0].after + 1, d[1].before + d[1].after + 1)};
}

Term windows_case(Recorder& recorder, Random& random) {
  Shape shape = random_shape(random, 1, 3);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 1);
  const auto x = recorder.input(random, shape, pick(random, kNumeric));
  std::vector<std::int64_t> windows;
  std::vector<std::int64_t> axes;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (random.chance(0.4)) continue;
    axes.push_back(static_cast<std::int64_t>(axis));
    windows.push_back(between(random, 1, shape[axis]));
  }
  if (axes.size() == shape.size() && random.chance(0.5)) {
    return {
        sliding_window_view(x.array, windows),
        fmt::format("np.lib.stride_tricks.sliding_window_view({}, {})", x.text, tuple_of(windows))};
  }
  if (random.chance(0.5)) {
    std::reverse(axes.begin(), axes.end());
    std::reverse(windows.begin(), windows.end());
  }
  return {sliding_window_view(x.array, windows, axes),
          fmt::format("np.lib.stride_tricks.sliding_window_view({}, {}, {})", x.text,
                      tuple_of(windows), tuple_of(axes))};
}

Term gradient_case(Recorder& recorder, Random& random) {
  Shape shape = random_shape(random, 1, 3);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 3);
  const auto x = recorder.input(random, shape, pick<DType>(random, {int32, float64, float32}));
  const auto ndim = static_cast<std::int64_t>(shape.size());
  const auto axis = between(random, -ndim, ndim - 1);
  const auto order = static_cast<int>(between(random, 1, 2));
  switch (random.below(5)) {
    case 0:
      return {ediff1d(x.array), fmt::format("np.ediff1d({})", x.text)};
    case 1: {
      const auto all = gradient(x.array, {.edge_order = order});
      return {stack(all),
              fmt::format("np.reshape(np.gradient({}, edge_order={}), (-1,) + {}.shape)", x.text,
                          order, x.text)};
    }
    case 2: {
      auto places = recorder.input(random, {x.array.shape(axis)}, float64);
      // Increasing, with distances of different lengths.
      const auto far = arange(x.array.shape(axis)) * 7.0;
      places.array = far + nan_to_num(places.array, {.nan = 0, .posinf = 1, .neginf = -1});
      places.text = fmt::format(
          "(np.arange({0}.size) * 7.0 + np.nan_to_num({0}, nan=0, posinf=1, "
          "neginf=-1))",
          places.text);
      return {gradient(x.array, axis, {.spacing = {places.array}, .edge_order = order}),
              fmt::format("np.gradient({}, {}, axis={}, edge_order={}){}", x.text, places.text,
                          axis, order, x.array.dtype() == float32 ? ".astype('float32')" : ""),
              100};
    }
    default:
      return {gradient(x.array, axis, {.spacing = {2.5}, .edge_order = order}),
              fmt::format("np.gradient({}, 2.5, axis={}, edge_order={})", x.text, axis, order), 10};
  }
}

Term coarsen_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
  const auto& shape = x.array.shape();
  std::vector<std::pair<std::int64_t, std::int64_t>> factors;
  std::string cells;
  std::string trim;
  std::string inner;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto factor = between(random, 1, 4);
    if (factor > 1) factors.emplace_back(axis, factor);
    trim += fmt::format(":{},", shape[axis] / factor * factor);
    cells += fmt::format("{},{},", shape[axis] / factor, factor);
    inner += fmt::format("{},", 2 * axis + 1);
  }
  const bool adds = random.chance(0.5) || x.array.size() == 0;
  return {coarsen(adds ? static_cast<AxisReduction>(&sum) : static_cast<AxisReduction>(&mean),
                  x.array, factors, {.trim_excess = true}),
          fmt::format("{}[{}].reshape({}).{}(({})){}", x.text, trim, cells, adds ? "sum" : "mean",
                      inner, x.array.dtype() == float32 ? ".astype('float32')" : "")};
}

}  // namespace

const std::vector<CaseKind>& overlap_kinds() {
  static const std::vector<CaseKind> kinds = {{"overlap", overlap_case},
                                              {"windows", windows_case},
                                              {"gradient", gradient_case},
                                              {"coarsen", coarsen_case}};
  return kinds;
}

}  // namespace tartan::oracle

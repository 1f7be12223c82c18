// Cases of rearrange.hpp.

#include <algorithm>
#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

using List = std::vector<std::int64_t>;

List shuffled_axes(Random& random, std::size_t ndim) {
  List axes;
  for (std::size_t i = 0; i < ndim; ++i) axes.push_back(static_cast<std::int64_t>(i));
  for (auto i = axes.size(); i > 1; --i) std::swap(axes[i - 1], axes[random.below(i)]);
  return axes;
}

Term axes_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 2, 4), pick(random, kNumeric));
  const auto& a = x.array;
  const auto ndim = static_cast<std::int64_t>(a.ndim());
  const auto first = between(random, -ndim, ndim - 1);
  const auto second = between(random, -ndim, ndim - 1);
  auto some = shuffled_axes(random, a.ndim());
  some.resize(1 + random.below(some.size()));
  switch (random.below(10)) {
    case 0:
      return {swapaxes(a, first, second),
              fmt::format("np.swapaxes({}, {}, {})", x.text, first, second)};
    case 1: {
      const auto start = between(random, -ndim, ndim);
      return {rollaxis(a, first, start),
              fmt::format("np.rollaxis({}, {}, {})", x.text, first, start)};
    }
    case 2: {
      auto to = shuffled_axes(random, a.ndim());
      to.resize(some.size());
      return {moveaxis(a, some, to),
              fmt::format("np.moveaxis({}, {}, {})", x.text, tuple_of(some), tuple_of(to))};
    }
    case 3: {
      auto axes = shuffled_axes(random, a.ndim() + 2);
      axes.resize(2);
      const auto wide = expand_dims(a, axes);
      const auto text = fmt::format("np.expand_dims({}, {})", x.text, tuple_of(axes));
      if (random.chance(0.5)) return {wide, text};
      return {squeeze(wide, axes), fmt::format("np.squeeze({}, {})", text, tuple_of(axes))};
    }
    case 4:
      return {flip(a, some), fmt::format("np.flip({}, {})", x.text, tuple_of(some))};
    case 5:
      return {flip(a), fmt::format("np.flip({})", x.text)};
    case 6:
      return random.chance(0.5) ? Term{flipud(a), fmt::format("np.flipud({})", x.text)}
                                : Term{fliplr(a), fmt::format("np.fliplr({})", x.text)};
    case 7: {
      const auto turns = between(random, -5, 5);
      const auto axes = shuffled_axes(random, a.ndim());
      return {rot90(a, turns, {axes[0], axes[1]}),
              fmt::format("np.rot90({}, {}, ({}, {}))", x.text, turns, axes[0], axes[1])};
    }
    case 8: {
      List shifts;
      for (std::size_t i = 0; i < some.size(); ++i) shifts.push_back(between(random, -9, 9));
      return {roll(a, shifts, some),
              fmt::format("np.roll({}, {}, {})", x.text, tuple_of(shifts), tuple_of(some))};
    }
    default: {
      const auto flat = recorder.input(random, random_shape(random, 0, 4), float32);
      switch (random.below(4)) {
        case 0:
          return {atleast_1d(flat.array), fmt::format("np.atleast_1d({})", flat.text)};
        case 1:
          return {atleast_2d(flat.array), fmt::format("np.atleast_2d({})", flat.text)};
        case 2:
          return {atleast_3d(flat.array), fmt::format("np.atleast_3d({})", flat.text)};
        default:
          return {ravel(flat.array), fmt::format("np.ravel({})", flat.text)};
      }
    }
  }
}

Term joining_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 1, 3);
  const auto x = recorder.input(random, shape, pick(random, kNumeric));
  const auto y = recorder.input(random, shape, pick(random, kNumeric));
  const auto list = fmt::format("[{}, {}]", x.text, y.text);
  switch (random.below(6)) {
    case 0:
      return {hstack({x.array, y.array}), fmt::format("np.hstack({})", list)};
    case 1:
      return {vstack({x.array, y.array}), fmt::format("np.vstack({})", list)};
    case 2:
      return {dstack({x.array, y.array}), fmt::format("np.dstack({})", list)};
    case 3:
      if (shape.size() > 2) return {dstack({x.array, y.array}), fmt::format("np.dstack({})", list)};
      return {column_stack({x.array, y.array}), fmt::format("np.column_stack({})", list)};
    case 4: {
      return {block({{x.array, y.array}, {y.array, x.array}}),
              fmt::format("np.block([[{0}, {1}], [{1}, {0}]])", x.text, y.text)};
    }
    default:
      if (random.chance(0.5)) {
        return {append(x.array, y.array), fmt::format("np.append({}, {})", x.text, y.text)};
      }
      return {append(x.array, y.array, 0), fmt::format("np.append({}, {}, 0)", x.text, y.text)};
  }
}

Term parting_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
  const auto& a = x.array;
  const auto ndim = static_cast<std::int64_t>(a.ndim());
  const auto axis = between(random, -ndim, ndim - 1);
  const auto length = a.shape(axis);
  const auto parts = between(random, 1, 5);
  switch (random.below(5)) {
    case 0: {
      const auto from = static_cast<std::size_t>(between(random, 0, parts - 1));
      return {array_split(a, parts, axis)[from],
              fmt::format("np.array_split({}, {}, {})[{}]", x.text, parts, axis, from)};
    }
    case 1: {
      List begins{between(random, 0, 9), between(random, 0, 9)};
      std::sort(begins.begin(), begins.end());
      const auto from = random.below(3);
      return {split_at(a, begins, axis)[from],
              fmt::format("np.split({}, {}, {})[{}]", x.text, tuple_of(begins), axis, from)};
    }
    case 2:
      if (length == 0) return x;
      return {concatenate(split(a, length, axis), axis), x.text};
    case 3: {
      List gone;
      for (auto i = between(random, 0, length); i > 0; --i) {
        gone.push_back(between(random, -length, length - 1));
      }
      return {delete_(a, gone, axis), fmt::format("np.delete({}, np.array({}, dtype=np.int64), {})",
                                                  x.text, tuple_of(gone), axis)};
    }
    default: {
      List places;
      const auto count = between(random, 1, 3);
      for (auto i = count; i > 0; --i) places.push_back(between(random, -length, length));
      auto shape = a.shape();
      shape[static_cast<std::size_t>(axis < 0 ? axis + ndim : axis)] =
          count > 1 ? count : between(random, 1, 3);
      const auto values = recorder.input(random, shape, a.dtype());
      return {insert(a, places, values.array, axis),
              fmt::format("np.insert({}, {}, {}, {})", x.text,
                          count > 1 ? tuple_of(places) : fmt::format("[{}]", places[0]),
                          values.text, axis)};
    }
  }
}

Term pad_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 3);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 1);
  const auto x = recorder.input(random, shape, pick(random, kNumeric));
  struct Mode {
    const char* python;
    PadMode mode;
  };
  const auto mode = pick<Mode>(random, {{"constant", PadMode::constant},
                                        {"edge", PadMode::edge},
                                        {"reflect", PadMode::reflect},
                                        {"symmetric", PadMode::symmetric},
                                        {"wrap", PadMode::wrap},
                                        {"linear_ramp", PadMode::linear_ramp},
                                        {"maximum", PadMode::maximum},
                                        {"minimum", PadMode::minimum},
                                        {"mean", PadMode::mean}});
  PadWidths widths;
  std::vector<std::string> texts;
  for (const auto length : shape) {
    // Going round several times NumPy 1.24 loses elements; later versions do not.
    const bool round = mode.mode == PadMode::wrap || mode.mode == PadMode::reflect ||
                       mode.mode == PadMode::symmetric;
    const auto most = round ? length : 9;
    widths.emplace_back(between(random, 0, most), between(random, 0, most));
    texts.push_back(fmt::format("({}, {})", widths.back().first, widths.back().second));
  }
  PadOptions options;
  std::string extra;
  if (mode.mode == PadMode::constant) {
    options.constant_value = 3;
    extra = ", constant_values=3";
  } else if (mode.mode == PadMode::linear_ramp) {
    options.end_value = 2;
    extra = ", end_values=2";
  } else if (mode.mode >= PadMode::maximum && random.chance(0.5)) {
    options.stat_length = between(random, 1, 5);
    extra = fmt::format(", stat_length={}", *options.stat_length);
  }
  return {
      pad(x.array, widths, mode.mode, options),
      fmt::format("np.pad({}, [{}], '{}'{})", x.text, fmt::join(texts, ", "), mode.python, extra)};
}

}  // namespace

const std::vector<CaseKind>& rearrange_kinds() {
  static const std::vector<CaseKind> kinds = {
      {"axes", axes_case}, {"joining", joining_case}, {"parting", parting_case}, {"pad", pad_case}};
  return kinds;
}

}  // namespace tartan::oracle

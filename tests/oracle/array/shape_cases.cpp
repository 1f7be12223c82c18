// Cases that move elements: slices, reshapes, joins, products, casts and creation.

#include "cases.hpp"

#include <fmt/ranges.h>

namespace tartan::oracle {
namespace {

std::string bound_text(const SliceItem::Bound& bound) {
  return bound ? fmt::format("{}", *bound) : "";
}

Term slice(Random& random, const Term& x) {
  std::vector<SliceItem> items;
  std::vector<std::string> texts;
  const auto maybe = [&random](std::int64_t length) -> SliceItem::Bound {
    if (random.chance(0.3)) return {};
    return between(random, -length - 2, length + 2);
  };
  const auto named = random.below(x.array.ndim() + 1);
  for (std::size_t axis = 0; axis < named; ++axis) {
    if (random.chance(0.15)) {
      items.emplace_back(newaxis);
      texts.emplace_back("None");
    }
    const auto length = x.array.shape()[axis];
    if (length > 0 && random.chance(0.3)) {
      const auto index = between(random, -length, length - 1);
      items.emplace_back(index);
      texts.push_back(fmt::format("{}", index));
      continue;
    }
    const auto start = maybe(length);
    const auto stop = maybe(length);
    SliceItem::Bound step;
    if (random.chance(0.6)) step = pick<std::int64_t>(random, {-3, -2, -1, 1, 2, 4});
    items.emplace_back(start, stop, step);
    texts.push_back(
        fmt::format("{}:{}:{}", bound_text(start), bound_text(stop), bound_text(step)));
  }
  if (random.chance(0.3)) {
    items.emplace_back(ellipsis);
    texts.emplace_back("...");
  }
  if (texts.empty()) return x;
  return {x.array.slice(items), fmt::format("({})[{}]", x.text, fmt::join(texts, ", "))};
}

const std::vector<Binary> kMixing = {
    {"np.add", add}, {"np.subtract", subtract}, {"np.multiply", multiply}};

Term slice_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 1, 4);
  auto x = recorder.input(random, shape, pick(random, kNumeric));
  if (random.chance(0.4)) {
    const auto y = recorder.input(random, broadcastable(random, shape), pick(random, kNumeric));
    x = apply(pick(random, kMixing), x, y);
  }
  x = slice(random, x);
  return random.chance(0.3) ? slice(random, x) : x;
}

Shape reshaped(Random& random, std::int64_t count) {
  Shape shape;
  if (count == 0) return {0, 3};
  for (std::int64_t factor : {2, 3, 5, 7, 2, 3}) {
    if (count % factor == 0 && random.chance(0.6)) {
      shape.push_back(factor);
      count /= factor;
    }
  }
  shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(random.below(shape.size() + 1)), count);
  return shape;
}

Term shape_case(Recorder& recorder, Random& random) {
  auto x = recorder.input(random, random_shape(random, 1, 4), pick(random, kNumeric));
  for (auto steps = between(random, 1, 3); steps > 0; --steps) {
    const auto& a = x.array;
    switch (random.below(4)) {
      case 0: {
        std::vector<std::int64_t> axes;
        for (std::size_t i = 0; i < a.ndim(); ++i) axes.push_back(static_cast<std::int64_t>(i));
        for (auto i = axes.size(); i > 1; --i) std::swap(axes[i - 1], axes[random.below(i)]);
        x = {a.transpose(axes), fmt::format("({}).transpose({})", x.text, tuple_of(axes))};
        break;
      }
      case 1: {
        const auto shape = reshaped(random, a.size());
        const auto chunks = random.chance(0.5) ? ChunkSpec() : random_chunks(random, shape);
        x = {a.reshape(shape, chunks), fmt::format("({}).reshape({})", x.text, tuple_of(shape))};
        break;
      }
      case 2: x.array = a.rechunk(random_chunks(random, a.shape())); break;
      default:
        x = {expand_dims(a, -1), fmt::format("np.expand_dims({}, -1)", x.text)};
        break;
    }
  }
  return x;
}

Term join_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 1, 3);
  const bool stacking = random.chance(0.4);
  const auto ndim = static_cast<std::int64_t>(shape.size()) + (stacking ? 1 : 0);
  const auto axis = between(random, -ndim, ndim - 1);
  std::vector<Array> arrays;
  std::vector<std::string> texts;
  for (auto count = between(random, 1, 4); count > 0; --count) {
    auto one = shape;
    const auto along = static_cast<std::size_t>(axis < 0 ? axis + ndim : axis);
    if (!stacking) one[along] = between(random, 0, 5);
    const auto x = recorder.input(random, one, pick(random, kNumeric));
    arrays.push_back(x.array);
    texts.push_back(x.text);
  }
  return {stacking ? stack(arrays, axis) : concatenate(arrays, axis),
          fmt::format("np.{}([{}], axis={})", stacking ? "stack" : "concatenate",
                      fmt::join(texts, ", "), axis)};
}

Term move_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
  const auto ndim = static_cast<std::int64_t>(x.array.ndim());
  const auto axis = between(random, -ndim, ndim - 1);
  const auto shift = between(random, -12, 12);
  switch (random.below(7)) {
    case 5: {
      const auto count = between(random, 0, 3);
      if (random.chance(0.3)) {
        return {repeat(x.array, count), fmt::format("np.repeat({}, {})", x.text, count)};
      }
      return {repeat(x.array, count, axis),
              fmt::format("np.repeat({}, {}, {})", x.text, count, axis)};
    }
    case 0:
      return {roll(x.array, shift, axis), fmt::format("np.roll({}, {}, {})", x.text, shift, axis)};
    case 1:
      return {roll(x.array, shift), fmt::format("np.roll({}, {})", x.text, shift)};
    case 2: {
      std::vector<std::int64_t> times;
      for (auto i = between(random, 1, 3); i > 0; --i) times.push_back(between(random, 0, 3));
      return {tile(x.array, times), fmt::format("np.tile({}, {})", x.text, tuple_of(times))};
    }
    case 3: {
      const auto n = between(random, 0, 3);
      return {diff(x.array, n, axis), fmt::format("np.diff({}, {}, {})", x.text, n, axis)};
    }
    case 4:
      if (x.array.shape(axis) == 0) return x;  // stack() needs a part
      return {stack(unstack(x.array, axis), axis), x.text};
    default: {
      const auto y = recorder.input(random, broadcastable(random, x.array.shape()), float64);
      const auto both = broadcast_arrays({x.array, y.array});
      return {stack(both), fmt::format("np.stack(np.broadcast_arrays({}, {}))", x.text, y.text)};
    }
  }
}

Term matrix_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 2, 4), pick(random, kNumeric));
  const auto k = between(random, -5, 5);
  switch (random.below(3)) {
    case 0:
      return {tril(x.array, k), fmt::format("np.tril({}, {})", x.text, k)};
    case 1:
      return {triu(x.array, k), fmt::format("np.triu({}, {})", x.text, k)};
    default:
      return {matrix_transpose(x.array), fmt::format("np.swapaxes({}, -1, -2)", x.text)};
  }
}

Term meshgrid_case(Recorder& recorder, Random& random) {
  std::vector<Array> vectors;
  std::vector<std::string> texts;
  for (auto count = between(random, 1, 3); count > 0; --count) {
    const auto x = recorder.input(random, {between(random, 1, 6)}, float64);
    vectors.push_back(x.array);
    texts.push_back(x.text);
  }
  const bool ij = random.chance(0.5);
  return {stack(meshgrid(vectors, ij ? Indexing::ij : Indexing::xy)),
          fmt::format("np.stack(np.meshgrid({}, indexing='{}'))", fmt::join(texts, ", "),
                      ij ? "ij" : "xy")};
}

Term matmul_case(Recorder& recorder, Random& random) {
  const auto rows = between(random, 1, 9);
  const auto inner = between(random, 0, 30);
  const auto columns = between(random, 1, 9);
  Shape a{rows, inner};
  Shape b{inner, columns};
  switch (random.below(5)) {
    case 0: a = {inner}; break;
    case 1: b = {inner}; break;
    case 2: a.insert(a.begin(), between(random, 1, 4)); break;
    case 3:
      a.insert(a.begin(), {2, 1});
      b.insert(b.begin(), 3);
      break;
    default: break;
  }
  const std::vector<DType> dtypes = {int32, int64, float32, float64, complex128};
  const auto x = recorder.input(random, a, pick(random, dtypes));
  const auto y = recorder.input(random, b, pick(random, dtypes));
  return {matmul(x.array, y.array), fmt::format("np.matmul({}, {})", x.text, y.text)};
}

Term cast_case(Recorder& recorder, Random& random) {
  std::vector<DType> dtypes = {boolean, int8, int16, int32, int64, uint8, uint16, uint32, uint64};
  const bool from_float = random.chance(0.4);
  const auto from = from_float ? pick(random, kFloating) : pick(random, dtypes);
  dtypes.insert(dtypes.end(), {float32, float64, complex64, complex128});
  // Floats outside the range of an integer type have no defined answer in NumPy.
  const auto to = from_float ? pick<DType>(random, {float32, float64, complex64, complex128})
                             : pick(random, dtypes);
  const auto x = recorder.input(random, random_shape(random, 0, 3), from);
  return {x.array.astype(to), fmt::format("({}).astype('{}')", x.text, name(to))};
}

Term creation_case(Recorder&, Random& random) {
  const auto start = between(random, -20, 20);
  const auto count = between(random, 0, 60);
  const ChunkSpec chunks{between(random, 1, 20)};
  switch (random.below(4)) {
    case 0: {
      const auto step = pick<std::int64_t>(random, {-3, -1, 1, 2, 7});
      const auto stop = start + between(random, -40, 40);
      return {arange(start, stop, step, {.chunks = chunks}),
              fmt::format("np.arange({}, {}, {})", start, stop, step)};
    }
    case 1: {
      const bool endpoint = random.chance(0.5);
      return {linspace(start, start + 3.5, count, {.endpoint = endpoint, .chunks = chunks}),
              fmt::format("np.linspace({}, {}, {}, endpoint={})", start, start + 3.5, count,
                          endpoint ? "True" : "False")};
    }
    case 2: {
      const auto columns = between(random, 1, 9);
      const auto k = between(random, -4, 4);
      return {eye(7, {.columns = columns, .k = k, .chunks = {3, 2}}),
              fmt::format("np.eye(7, {}, {})", columns, k)};
    }
    default:
      return {full({count, 3}, 2.5, {.chunks = {7, 2}}),
              fmt::format("np.full(({}, 3), 2.5)", count)};
  }
}

}  // namespace

const std::vector<CaseKind>& shape_kinds() {
  static const std::vector<CaseKind> kinds = {{"slice", slice_case},   {"shape", shape_case},
                                              {"join", join_case},     {"matmul", matmul_case},
                                              {"cast", cast_case},     {"creation", creation_case},
                                              {"move", move_case},     {"matrix", matrix_case},
                                              {"meshgrid", meshgrid_case}};
  return kinds;
}

}  // namespace tartan::oracle

// Cases of several operations on top of each other, for the optimizer to rewrite.

#include "cases.hpp"

#include <fmt/ranges.h>

namespace tartan::oracle {
namespace {

Term some_range(Random& random, const Term& x) {
  std::vector<SliceItem> items;
  std::vector<std::string> texts;
  for (auto length : x.array.shape()) {
    if (length > 1 && random.chance(0.2)) {
      const auto at = between(random, -length, length - 1);
      items.emplace_back(at);
      texts.push_back(std::to_string(at));
      continue;
    }
    if (random.chance(0.2)) {
      items.emplace_back(newaxis);
      texts.emplace_back("None");
    }
    const auto first = between(random, 0, length / 2);
    const auto last = between(random, length / 2, length);
    const auto step = pick<std::int64_t>(random, {1, 1, 2});
    items.emplace_back(first, last, step);
    texts.push_back(fmt::format("{}:{}:{}", first, last, step));
  }
  if (items.empty()) return x;
  return {x.array.slice(items), fmt::format("({})[{}]", x.text, fmt::join(texts, ", "))};
}

Term turned(Random& random, const Term& x) {
  std::vector<std::int64_t> axes;
  for (std::size_t axis = 0; axis < x.array.ndim(); ++axis) {
    axes.insert(axes.begin() + between(random, 0, static_cast<std::int64_t>(axis)),
                static_cast<std::int64_t>(axis));
  }
  return {x.array.transpose(axes), fmt::format("np.transpose({}, {})", x.text, tuple_of(axes))};
}

Term reduced(Random& random, const Term& x) {
  if (x.array.ndim() == 0) return x;
  const auto axis = between(random, 0, static_cast<std::int64_t>(x.array.ndim()) - 1);
  const bool keep = random.chance(0.5);
  const auto flag = keep ? "True" : "False";
  switch (random.below(3)) {
    case 0:
      return {sum(x.array, axis, {.keepdims = keep}),
              fmt::format("np.sum({}, {}, keepdims={})", x.text, axis, flag)};
    case 1:
      return {count_nonzero(x.array > 0, axis, {.keepdims = keep}).astype(float64),
              fmt::format("np.count_nonzero({} > 0, {}, keepdims={}).astype(float)", x.text, axis,
                          flag)};
    default:
      if (x.array.shape(axis) == 0) return x;
      return {max(x.array, axis, {.keepdims = keep}),
              fmt::format("np.max({}, {}, keepdims={})", x.text, axis, flag)};
  }
}

Term step(Random& random, const Term& x) {
  switch (random.below(9)) {
    case 0: return {x.array * 2 - 1, fmt::format("({} * 2 - 1)", x.text)};
    case 1: {
      const auto middle = mean(x.array);
      if (x.array.size() == 0) return x;
      return {x.array - middle, fmt::format("({0} - np.mean({0}))", x.text)};
    }
    case 2: return turned(random, x);
    case 3: return reduced(random, x);
    case 4: {
      auto shape = x.array.shape();
      shape.insert(shape.begin(), between(random, 1, 3));
      return {broadcast_to(x.array, shape),
              fmt::format("np.broadcast_to({}, {})", x.text, tuple_of(shape))};
    }
    case 5: return {x.array.rechunk(random_chunks(random, x.array.shape())), x.text};
    case 6:
      if (x.array.ndim() != 2) return x;
      return {matmul(x.array, x.array.T()), fmt::format("({0} @ np.transpose({0}))", x.text)};
    default: return some_range(random, x);
  }
}

Term composed_case(Recorder& recorder, Random& random) {
  auto x = recorder.input(random, random_shape(random, 1, 3), float64);
  x.array = where(x.array == x.array, x.array, 0);  // no NaN, which would hide the rest
  x.text = fmt::format("np.where({0} == {0}, {0}, 0)", x.text);
  x.array = clip(x.array, -3, 3);
  x.text = fmt::format("np.clip({}, -3, 3)", x.text);
  for (auto count = between(random, 2, 7); count > 0; --count) {
    if (x.array.ndim() > 4 || x.array.size() > 5000) break;
    x = step(random, x);
  }
  if (random.chance(0.3) && x.array.ndim() > 0) {
    x = {sum(x.array[x.array > 0] * 2), fmt::format("np.sum({0}[{0} > 0] * 2)", x.text)};
  }
  x.loosened = 1000;
  return x;
}

/// Arrays of more than a panel, read turned, flipped and in part beside ones that are not.
Term view_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 3);
  for (auto& length : shape) length *= between(random, 1, shape.size() == 3 ? 9 : 40);
  const auto x = recorder.input(random, shape, pick(random, kNumeric));
  Term view = x;
  for (auto count = between(random, 1, 3); count > 0; --count) {
    view = random.chance(0.5) ? turned(random, view) : some_range(random, view);
    if (!random.chance(0.2)) continue;
    std::vector<SliceItem> items(view.array.ndim(), SliceItem({}, {}, -1));
    view = {view.array.slice(items), fmt::format("np.flip({})", view.text)};
  }
  const auto y = recorder.input(random, broadcastable(random, view.array.shape()), int32);
  Term both{view.array * 2 - y.array, fmt::format("({} * 2 - {})", view.text, y.text)};
  const auto same = turned(random, view);
  if (same.array.shape() == view.array.shape()) {
    both = {both.array + same.array, fmt::format("({} + {})", both.text, same.text)};
  }
  both.loosened = 100;
  if (both.array.ndim() == 0 || random.chance(0.4)) return both;
  const auto axis = between(random, 0, static_cast<std::int64_t>(both.array.ndim()) - 1);
  Term total = random.chance(0.5)
                   ? Term{sum(both.array, axis), fmt::format("np.sum({}, {})", both.text, axis)}
                   : Term{sum(both.array), fmt::format("np.asarray(np.sum({}))", both.text)};
  total.loosened = 1000;
  return total;
}

}  // namespace

const std::vector<CaseKind>& composed_kinds() {
  static const std::vector<CaseKind> kinds = {{"composed", composed_case}, {"view", view_case}};
  return kinds;
}

}  // namespace tartan::oracle

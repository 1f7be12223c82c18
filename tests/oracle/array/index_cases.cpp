// Cases of indexing.hpp.

#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

using List = std::vector<std::int64_t>;

const std::vector<DType> kMoved = {boolean, int8,    uint16,    int32,
                                   int64,   float32, complex64, complex128};

List indices_below(Random& random, std::int64_t length, std::int64_t count) {
  List list;
  while (count-- > 0) list.push_back(between(random, -length, length - 1));
  return list;
}

std::string list_of(const List& list) {
  return fmt::format("np.array([{}], dtype=np.int64)", fmt::join(list, ", "));
}

/// Indices below length as an input: given by the program, or computed.
Term index_input(Recorder& recorder, Random& random, const Shape& shape, std::int64_t length) {
  const auto list = indices_below(random, length, element_count(shape));
  auto term = recorder.input(random, make_chunk<std::int64_t>(shape, list));
  if (random.chance(0.5)) {
    term.array = term.array + 0;
  } else if (random.chance(0.3) && length < 100) {
    term.array = term.array.astype(int8);
  }
  return term;
}

/// An array with elements along every axis, and one of its axes.
struct Indexed {
  Term x;
  std::int64_t axis = 0;
  std::int64_t length = 0;
};
Indexed indexed(Recorder& recorder, Random& random, std::size_t most) {
  auto shape = random_shape(random, 1, most);
  const auto ndim = static_cast<std::int64_t>(shape.size());
  const auto axis = between(random, -ndim, ndim - 1);
  auto& length = shape[static_cast<std::size_t>(axis < 0 ? axis + ndim : axis)];
  length = std::max<std::int64_t>(length, 1);
  return {recorder.input(random, shape, pick(random, kMoved)), axis, length};
}

Term take_case(Recorder& recorder, Random& random) {
  const auto [x, axis, length] = indexed(recorder, random, 3);
  switch (random.below(5)) {
    case 0: {
      const auto list = indices_below(random, length, between(random, 0, 12));
      return {take(x.array, list, axis),
              fmt::format("np.take({}, {}, axis={})", x.text, list_of(list), axis)};
    }
    case 1: {
      if (x.array.size() == 0) return x;
      const auto list = indices_below(random, x.array.size(), between(random, 0, 12));
      return {take(x.array, list), fmt::format("np.take({}, {})", x.text, list_of(list))};
    }
    case 2: {
      std::vector<bool> mask;
      for (auto i = between(random, 0, length); i > 0; --i) mask.push_back(random.chance(0.5));
      std::string text = "np.array([";
      for (const bool kept : mask) text += kept ? "True, " : "False, ";
      return {compress(mask, x.array, axis),
              fmt::format("np.compress({}], dtype=bool), {}, axis={})", text, x.text, axis)};
    }
    case 3: {
      std::vector<List> groups;
      List all;
      for (auto i = between(random, 0, 4); i > 0; --i) {
        groups.push_back(indices_below(random, length, between(random, 0, 5)));
        all.insert(all.end(), groups.back().begin(), groups.back().end());
      }
      return {shuffle(x.array, groups, axis),
              fmt::format("np.take({}, {}, axis={})", x.text, list_of(all), axis)};
    }
    default: {
      const auto indices = index_input(recorder, random, random_shape(random, 0, 2), length);
      return {take(x.array, indices.array, axis),
              fmt::format("np.take({}, {}, axis={})", x.text, indices.text, axis)};
    }
  }
}

Term along_case(Recorder& recorder, Random& random) {
  const auto [x, axis, length] = indexed(recorder, random, 3);
  auto shape = x.array.shape();
  const auto at =
      static_cast<std::size_t>(axis < 0 ? axis + static_cast<std::int64_t>(shape.size()) : axis);
  shape[at] = between(random, 0, 6);
  if (random.chance(0.3)) shape[random.below(shape.size())] = 1;
  const auto indices = index_input(recorder, random, shape, length);
  if (random.chance(0.6)) {
    return {take_along_axis(x.array, indices.array, axis),
            fmt::format("np.take_along_axis({}, {}, {})", x.text, indices.text, axis)};
  }
  // NumPy writes in another order where indices are named twice; one value for all shows no order.
  return {put_along_axis(x.array, indices.array, 1, axis),
          fmt::format("(lambda x, i: (np.put_along_axis(x, i, 1, {}), x)[1])({}.copy(), {})", axis,
                      x.text, indices.text)};
}

Term vindex_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 4);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 1);
  const auto x = recorder.input(random, shape, pick(random, kMoved));
  const auto axes = 1 + random.below(shape.size());
  std::vector<std::string> texts;
  if (random.chance(0.5)) {
    const auto count = between(random, 0, 9);
    std::vector<List> lists;
    for (std::size_t axis = 0; axis < axes; ++axis) {
      lists.push_back(indices_below(random, shape[axis], random.chance(0.2) ? 1 : count));
      texts.push_back(list_of(lists.back()));
    }
    return {vindex(x.array, lists), fmt::format("{}[{}]", x.text, fmt::join(texts, ", "))};
  }
  const auto points = random_shape(random, 0, 2);
  std::vector<Array> arrays;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const auto indices = index_input(recorder, random, broadcastable(random, points), shape[axis]);
    arrays.push_back(indices.array);
    texts.push_back(indices.text);
  }
  return {vindex(x.array, arrays), fmt::format("{}[{}]", x.text, fmt::join(texts, ", "))};
}

struct Items {
  std::vector<SliceItem> items;
  std::string text;
  bool listed = false;
};
/// A list of indices or a mask.
SliceItem random_list(Random& random, std::int64_t length, std::string& text) {
  if (random.chance(0.3)) {
    std::vector<bool> mask;
    std::string bools;
    for (std::int64_t i = 0; i < length; ++i) {
      mask.push_back(random.chance(0.5));
      bools += mask.back() ? "True, " : "False, ";
    }
    text = fmt::format("np.array([{}], dtype=bool)", bools);
    return SliceItem(mask);
  }
  const auto list = indices_below(random, length, length == 0 ? 0 : between(random, 0, 8));
  text = list_of(list);
  return SliceItem(list);
}
Items random_items(Random& random, const Shape& shape, bool lists, bool new_axes) {
  Items result;
  std::vector<std::string> texts;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto length = shape[axis];
    if (random.chance(0.2)) break;
    if (new_axes && random.chance(0.1)) {
      result.items.emplace_back(newaxis);
      texts.emplace_back("np.newaxis");
    }
    if (lists && !result.listed && random.chance(0.4)) {
      texts.emplace_back();
      result.items.push_back(random_list(random, length, texts.back()));
      result.listed = true;
      continue;
    }
    if (length > 0 && random.chance(0.25)) {
      const auto index = between(random, -length, length - 1);
      result.items.emplace_back(index);
      texts.push_back(fmt::format("{}", index));
      continue;
    }
    const auto start = between(random, -length - 1, length + 1);
    const auto step = pick<std::int64_t>(random, {-3, -2, -1, 1, 2, 3});
    if (random.chance(0.3)) {
      result.items.emplace_back(SliceItem::Bound{}, SliceItem::Bound{}, step);
      texts.push_back(fmt::format("::{}", step));
    } else {
      result.items.emplace_back(start, SliceItem::Bound{}, step);
      texts.push_back(fmt::format("{}::{}", start, step));
    }
  }
  if (random.chance(0.2) || texts.empty()) {
    result.items.emplace_back(ellipsis);
    texts.emplace_back("...");
  }
  result.text = fmt::format("{}", fmt::join(texts, ", "));
  return result;
}

Term assign_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 1, 3);
  const auto dtype = pick(random, kMoved);
  const auto x = recorder.input(random, shape, dtype);
  const auto set = [&x](const std::string& place, const std::string& value) {
    return fmt::format("(lambda x, i, v: (x.__setitem__(i, v), x)[1])({}.copy(), {}, {})", x.text,
                       place, value);
  };
  if (random.chance(0.3)) {
    const auto leading = 1 + random.below(shape.size());
    const auto mask = recorder.input(
        random, Shape(shape.begin(), shape.begin() + static_cast<std::ptrdiff_t>(leading)),
        boolean);
    if (random.chance(0.5)) return {set_item(x.array, mask.array, 1), set(mask.text, "1")};
    const auto value = recorder.input(random, broadcastable(random, shape), dtype);
    return {set_item(x.array, mask.array, value.array),
            set(mask.text,
                fmt::format("np.broadcast_to({}, {}.shape)[{}]", value.text, x.text, mask.text))};
  }
  const auto items = random_items(random, shape, random.chance(0.6), false);
  const auto wanted = x.array.slice(items.items).shape();
  const auto place = fmt::format("np.s_[{}]", items.text);
  if (random.chance(0.2)) return {set_item(x.array, items.items, 1), set(place, "1")};
  const auto value =
      recorder.input(random, broadcastable(random, wanted), random.chance(0.3) ? boolean : dtype);
  return {set_item(x.array, items.items, value.array), set(place, value.text)};
}

Term assign_at_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 3);
  shape[0] = std::max<std::int64_t>(shape[0], 1);
  const auto dtype = pick(random, kMoved);
  const auto x = recorder.input(random, shape, dtype);
  const auto indices = index_input(recorder, random, random_shape(random, 0, 2), shape[0]);
  auto wanted = indices.array.shape();
  wanted.insert(wanted.end(), shape.begin() + 1, shape.end());
  const auto value = recorder.input(random, broadcastable(random, wanted), dtype);
  return {set_item(x.array, indices.array, value.array),
          fmt::format("(lambda x, i, v: (x.__setitem__(i, v), x)[1])({}.copy(), "
                      "{}.astype(np.int64), {})",
                      x.text, indices.text, value.text)};
}

Term list_slice_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 1, 4);
  const auto x = recorder.input(random, shape, pick(random, kMoved));
  const auto items = random_items(random, shape, true, true);
  return {x.array.slice(items.items), fmt::format("{}[{}]", x.text, items.text)};
}

Term flat_index_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 4);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 1);
  const auto order = random.chance(0.5) ? IndexOrder::c : IndexOrder::fortran;
  const char* letter = order == IndexOrder::c ? "C" : "F";
  const auto axis = random.below(shape.size());
  const auto count = element_count(shape);
  const auto input = [&](std::int64_t low, std::int64_t high, const Shape& of) {
    List list;
    for (auto left = element_count(of); left > 0; --left) {
      list.push_back(between(random, low, high));
    }
    auto term = recorder.input(random, make_chunk<std::int64_t>(of, list));
    if (random.chance(0.5)) term.array = term.array + 0;
    return term;
  };
  const auto points = random_shape(random, 0, 2);
  if (random.chance(0.5)) {
    const auto flat = input(0, count - 1, points);
    return {unravel_index(flat.array, shape, order)[axis],
            fmt::format("np.asarray(np.unravel_index({}, {}, order='{}')[{}], dtype=np.int64)",
                        flat.text, tuple_of(shape), letter, axis)};
  }
  const auto mode =
      pick<OutOfRange>(random, {OutOfRange::raise, OutOfRange::wrap, OutOfRange::clip});
  const char* names[] = {"raise", "wrap", "clip"};
  const std::int64_t beyond = mode == OutOfRange::raise ? 0 : 5;
  std::vector<Array> places;
  std::vector<std::string> texts;
  for (const auto length : shape) {
    const auto one = input(-beyond, length - 1 + beyond, broadcastable(random, points));
    places.push_back(one.array);
    texts.push_back(one.text);
  }
  return {ravel_multi_index(places, shape, mode, order),
          fmt::format("np.asarray(np.ravel_multi_index(({},), {}, mode='{}', order='{}'))",
                      fmt::join(texts, ", "), tuple_of(shape), names[static_cast<int>(mode)],
                      letter)};
}

}  // namespace

const std::vector<CaseKind>& index_kinds() {
  static const std::vector<CaseKind> kinds = {{"take", take_case},
                                              {"along-axis", along_case},
                                              {"vindex", vindex_case},
                                              {"assign", assign_case},
                                              {"assign-at", assign_at_case},
                                              {"list-slice", list_slice_case},
                                              {"flat-index", flat_index_case}};
  return kinds;
}

}  // namespace tartan::oracle

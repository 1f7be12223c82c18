#include <algorithm>
#include <array/kernels/extent.hpp>
#include <array/kernels/gather.hpp>
#include <cstring>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// 16 bytes moved as one.
struct Wide {
  std::uint64_t low;
  std::uint64_t high;
};

/// Calls f with copy(to, from), which moves `bytes` bytes: at a stroke when they are few.
template <class F>
void with_copy(std::size_t bytes, F&& f) {
  const auto typed = [](auto example) {
    return [](std::byte* to, const std::byte* from) {
      std::memcpy(to, from, sizeof(decltype(example)));
    };
  };
  switch (bytes) {
    case 1:
      return f(typed(std::uint8_t{}));
    case 2:
      return f(typed(std::uint16_t{}));
    case 4:
      return f(typed(std::uint32_t{}));
    case 8:
      return f(typed(std::uint64_t{}));
    case 16:
      return f(typed(Wide{}));
    default:
      return f([bytes](std::byte* to, const std::byte* from) { std::memcpy(to, from, bytes); });
  }
}

/// Throws ValueError for points that are none of the grid's.
void check_points(const GatherGrid& grid, const Chunk& points) {
  const auto axes = grid.bounds.size();
  bool fits = points.shape.size() == 2 && points.shape[1] == static_cast<std::int64_t>(axes);
  const auto list = points.view<std::int64_t>();
  for (std::size_t d = 0; fits && d < axes; ++d) {
    const auto length = static_cast<std::uint64_t>(grid.bounds[d].back());
    bool inside = true;
    for (std::size_t at = d; at < list.size(); at += axes) {
      inside = inside && static_cast<std::uint64_t>(list[at]) < length;
    }
    fits = inside;
  }
  if (!fits) {
    throw ValueError(fmt::format("gather: points of shape {} do not lie inside the array",
                                 to_string(points.shape)));
  }
}

/// Where a block begins and ends along every gathered axis.
struct Box {
  Shape begin;
  Shape end;

  bool holds(const std::int64_t* point) const {
    for (std::size_t d = 0; d < begin.size(); ++d) {
      if (point[d] < begin[d] || point[d] >= end[d]) return false;
    }
    return true;
  }
  std::int64_t offset(const std::int64_t* point) const {
    std::int64_t at = 0;
    for (std::size_t d = 0; d < begin.size(); ++d) {
      at = at * (end[d] - begin[d]) + point[d] - begin[d];
    }
    return at;
  }
};

Box box_of(const GatherGrid& grid, std::int64_t block) {
  Box box;
  for (std::size_t d = grid.bounds.size(); d-- > 0;) {
    const auto& bounds = grid.bounds[d];
    const auto count = static_cast<std::int64_t>(bounds.size()) - 1;
    if (count < 1 || block < 0) throw ValueError("gather: a block outside the grid");
    const auto at = static_cast<std::size_t>(block % count);
    box.begin.insert(box.begin.begin(), bounds[at]);
    box.end.insert(box.end.begin(), bounds[at + 1]);
    block /= count;
  }
  return box;
}

/// The places in a block of the points that lie in it, in their order.
std::vector<std::int64_t> rows_in(const GatherGrid& grid, std::span<const std::int64_t> list,
                                  std::int64_t block) {
  const auto axes = grid.bounds.size();
  const auto box = box_of(grid, block);
  std::vector<std::int64_t> rows(list.size() / axes);
  std::size_t count = 0;
  if (axes == 1) {
    // Without branches, as points come in any order.
    const auto begin = box.begin[0];
    const auto length = static_cast<std::uint64_t>(box.end[0] - begin);
    for (const auto point : list) {
      const auto row = static_cast<std::uint64_t>(point - begin);
      rows[count] = static_cast<std::int64_t>(row);
      count += row < length ? 1 : 0;
      if (count == rows.size()) break;
    }
  } else {
    for (std::size_t at = 0; at < list.size(); at += axes) {
      if (box.holds(&list[at])) rows[count++] = box.offset(&list[at]);
    }
  }
  rows.resize(count);
  return rows;
}

/// Which of the sources, ascending by their blocks, is this one; sources.size() when none is.
std::size_t source_of(std::span<const GatherSource> sources, std::int64_t block) {
  // Where all blocks are sources they stand at their numbers.
  const auto guess = static_cast<std::size_t>(block);
  if (guess < sources.size() && sources[guess].block == block) return guess;
  const auto found = std::lower_bound(
      sources.begin(), sources.end(), block,
      [](const GatherSource& source, std::int64_t wanted) { return source.block < wanted; });
  return static_cast<std::size_t>(found - sources.begin());
}

}  // namespace

GatherGrid::GatherGrid(std::size_t first, std::vector<std::vector<std::int64_t>> cuts)
    : axis(first), bounds(std::move(cuts)) {
  for (const auto& axis_bounds : bounds) {
    if (axis_bounds.size() < 2 || axis_bounds.front() != 0 ||
        !std::is_sorted(axis_bounds.begin(), axis_bounds.end())) {
      throw ValueError("gather: the boundaries of an axis do not rise from 0");
    }
    const auto size = std::max<std::int64_t>(axis_bounds[1] - axis_bounds[0], 1);
    guess.push_back(1 / static_cast<double>(size));
  }
  if (bounds.empty()) throw ValueError("gather: no axes");
}

Chunk gather_part(const GatherGrid& grid, const Chunk& points, const Chunk& chunk,
                  std::int64_t block) {
  check_points(grid, points);
  const auto axes = grid.bounds.size();
  const auto from = extent_of(chunk.shape, grid.axis, axes);
  const auto rows = rows_in(grid, points.view<std::int64_t>(), block);
  for (const auto row : rows) {
    if (row >= static_cast<std::int64_t>(from.length)) {
      throw ValueError("gather: a block is smaller than its bounds");
    }
  }
  Shape shape(chunk.shape.begin(), chunk.shape.begin() + static_cast<std::ptrdiff_t>(grid.axis));
  shape.push_back(static_cast<std::int64_t>(rows.size()));
  shape.insert(shape.end(), chunk.shape.begin() + static_cast<std::ptrdiff_t>(grid.axis + axes),
               chunk.shape.end());
  MutableChunk out(chunk.dtype, std::move(shape));
  const auto bytes = from.inner * itemsize(chunk.dtype);
  with_copy(bytes, [&](auto copy) {
    auto* to = out.data();
    for (std::size_t o = 0; o < from.outer; ++o) {
      const auto* base = chunk.data.data() + o * from.length * bytes;
      for (const auto row : rows) {
        copy(to, base + static_cast<std::size_t>(row) * bytes);
        to += bytes;
      }
    }
  });
  return std::move(out).freeze();
}

Chunk gather_join(const GatherGrid& grid, const Chunk& points,
                  std::span<const GatherSource> sources, DType dtype, const Shape& shape) {
  check_points(grid, points);
  const auto axes = grid.bounds.size();
  const auto to = extent_of(shape, grid.axis);
  const auto list = points.view<std::int64_t>();
  if (static_cast<std::int64_t>(to.length) != points.shape[0]) {
    throw ValueError("gather: points and result differ in number");
  }
  const auto bytes = to.inner * itemsize(dtype);
  std::vector<std::int64_t> used(sources.size(), 0);
  std::vector<std::int64_t> lengths;
  lengths.reserve(sources.size());
  for (const auto& source : sources) {
    const auto part = extent_of(source.chunk.shape, grid.axis, source.is_part ? 1 : axes);
    if (source.chunk.dtype != dtype || part.outer != to.outer || part.inner != to.inner) {
      throw ValueError("gather: a source does not fit the result");
    }
    lengths.push_back(static_cast<std::int64_t>(part.length));
  }
  struct Place {
    const std::byte* first;  ///< of the element, where outer is 0
    std::size_t stride;      ///< to the next outer one
  };
  const auto place_of = [&](const std::int64_t* point) -> Place {
    const auto [block, offset] = locate(grid, point);
    const auto source = source_of(sources, block);
    if (source == sources.size() || sources[source].block != block) {
      throw ValueError("gather: a point lies in no block that was given");
    }
    const auto row = sources[source].is_part ? used[source]++ : offset;
    if (row >= lengths[source]) throw ValueError("gather: a source is smaller than its bounds");
    return {sources[source].chunk.data.data() + static_cast<std::size_t>(row) * bytes,
            static_cast<std::size_t>(lengths[source]) * bytes};
  };
  MutableChunk out(dtype, shape);
  with_copy(bytes, [&](auto copy) {
    auto* target = out.data();
    if (to.outer == 1) {
      for (std::size_t at = 0; at < list.size(); at += axes, target += bytes) {
        copy(target, place_of(&list[at]).first);
      }
      return;
    }
    // The places are found once for all that is outside of the axes.
    std::vector<Place> places;
    places.reserve(to.length);
    for (std::size_t at = 0; at < list.size(); at += axes) places.push_back(place_of(&list[at]));
    for (std::size_t o = 0; o < to.outer; ++o) {
      for (const auto& place : places) {
        copy(target, place.first + o * place.stride);
        target += bytes;
      }
    }
  });
  return std::move(out).freeze();
}

namespace {

/// Throws ValueError unless both have the same lengths apart from the axis.
void check_beside(const Chunk& x, const Chunk& indices, std::size_t axis) {
  const auto from = extent_of(x.shape, axis);
  const auto by = extent_of(indices.shape, axis);
  if (from.outer == by.outer && from.inner == by.inner) return;
  throw ValueError(fmt::format("indices of shape {} for a chunk of shape {}",
                               to_string(indices.shape), to_string(x.shape)));
}

/// Calls f(index, line, element of indices) for every index in C order: the line is that of the
/// element with index 0 along the axis, in a chunk of so many elements along it.
template <class F>
void for_each_index(const Chunk& indices, std::size_t axis, std::size_t length, F&& f) {
  const auto by = extent_of(indices.shape, axis);
  const auto list = indices.view<std::int64_t>();
  std::size_t at = 0;
  for (std::size_t o = 0; o < by.outer; ++o) {
    for (std::size_t i = 0; i < by.length; ++i) {
      for (std::size_t n = 0; n < by.inner; ++n, ++at) {
        f(list[at], o * length * by.inner + n, at);
      }
    }
  }
}

/// Calls f(element of x, element of indices) with flat numbers, for every index in C order.
template <class F>
void for_each_along(const Chunk& x, const Chunk& indices, std::size_t axis, F&& f) {
  check_beside(x, indices, axis);
  const auto from = extent_of(x.shape, axis);
  for_each_index(indices, axis, from.length,
                 [&](std::int64_t index, std::size_t line, std::size_t at) {
                   if (static_cast<std::uint64_t>(index) >= from.length) {
                     throw ValueError("an index lies outside its chunk");
                   }
                   f(line + static_cast<std::size_t>(index) * from.inner, at);
                 });
}

}  // namespace

Chunk take_along_part(const Chunk& x, const Chunk& indices, std::size_t axis, std::int64_t begin) {
  check_beside(x, indices, axis);
  const auto from = extent_of(x.shape, axis);
  const auto count = [&] {
    std::int64_t inside = 0;
    for (const auto index : indices.view<std::int64_t>()) {
      inside += static_cast<std::uint64_t>(index - begin) < from.length ? 1 : 0;
    }
    return inside;
  }();
  MutableChunk out(x.dtype, {count});
  const auto bytes = itemsize(x.dtype);
  with_copy(bytes, [&](auto copy) {
    auto* to = out.data();
    for_each_index(indices, axis, from.length,
                   [&](std::int64_t index, std::size_t line, std::size_t) {
                     const auto row = static_cast<std::uint64_t>(index - begin);
                     if (row >= from.length) return;
                     copy(to, x.data.data() + (line + row * from.inner) * bytes);
                     to += bytes;
                   });
  });
  return std::move(out).freeze();
}

Chunk take_along_join(const GatherGrid& grid, const Chunk& indices, std::span<const Chunk> parts,
                      DType dtype) {
  std::vector<std::size_t> used(parts.size(), 0);
  const auto bytes = itemsize(dtype);
  bool fits = grid.bounds.size() == 1 && grid.bounds.front().size() == parts.size() + 1;
  for (const auto& part : parts) fits = fits && part.dtype == dtype;
  MutableChunk out(dtype, indices.shape);
  const auto length = fits ? static_cast<std::uint64_t>(grid.bounds.front().back()) : 0;
  with_copy(bytes, [&](auto copy) {
    auto* to = out.data();
    for (const auto index : indices.view<std::int64_t>()) {
      fits = fits && static_cast<std::uint64_t>(index) < length;
      const auto block = fits ? static_cast<std::size_t>(locate(grid, &index).block) : 0;
      fits = fits && used[block] < parts[block].data.size();
      if (!fits) throw ValueError("an index lies in no part that was taken");
      copy(to, parts[block].data.data() + used[block]);
      used[block] += bytes;
      to += bytes;
    }
  });
  return std::move(out).freeze();
}

Chunk take_along(const Chunk& x, const Chunk& indices, std::size_t axis) {
  MutableChunk out(x.dtype, indices.shape);
  const auto bytes = itemsize(x.dtype);
  with_copy(bytes, [&](auto copy) {
    for_each_along(x, indices, axis, [&](std::size_t from, std::size_t at) {
      copy(out.data() + at * bytes, x.data.data() + from * bytes);
    });
  });
  return std::move(out).freeze();
}

Chunk put_along(const Chunk& x, const Chunk& indices, const Chunk& values, std::size_t axis) {
  if (values.shape != indices.shape || values.dtype != x.dtype) {
    throw ValueError("put_along_axis: values do not fit the indices");
  }
  MutableChunk out(x.dtype, x.shape);
  if (x.nbytes() != 0) std::memcpy(out.data(), x.data.data(), x.nbytes());
  const auto bytes = itemsize(x.dtype);
  with_copy(bytes, [&](auto copy) {
    for_each_along(x, indices, axis, [&](std::size_t to, std::size_t at) {
      copy(out.data() + to * bytes, values.data.data() + at * bytes);
    });
  });
  return std::move(out).freeze();
}

}  // namespace tartan::array

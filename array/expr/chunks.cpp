#include <algorithm>
#include <array/expr/chunk_bytes.hpp>
#include <array/expr/chunks.hpp>
#include <bit>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <numeric>
#include <tartan/base/config.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

std::vector<std::int64_t> resolve_listed(const std::vector<std::int64_t>& sizes, std::size_t axis,
                                         std::int64_t length) {
  const bool zero_axis = length == 0;
  for (auto size : sizes) {
    if (size < 0 || (size == 0 && !zero_axis)) {
      throw ValueError(fmt::format(
          "chunks of axis {} contain {}, but chunk sizes are positive; list sizes that sum to {}",
          axis, size, length));
    }
  }
  const auto total = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  if (total != length || sizes.empty()) {
    throw ValueError(fmt::format(
        "chunks of axis {} sum to {}, but the axis has length {}; give sizes that sum to it, one "
        "size to repeat, or -1 for the whole axis",
        axis, total, length));
  }
  return sizes;
}

}  // namespace

std::vector<std::int64_t> cut_axis(std::int64_t length, std::int64_t size) {
  if (length == 0) return {0};
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(length / size), size);
  if (length % size != 0) sizes.push_back(length % size);
  return sizes;
}

Chunks automatic_chunks(std::span<const std::int64_t> shape, std::size_t item_bytes,
                        std::int64_t target_bytes) {
  Chunks chunks(shape.size());
  auto room = std::max<std::int64_t>(1, target_bytes / static_cast<std::int64_t>(item_bytes));
  for (std::size_t axis = shape.size(); axis-- > 0;) {
    const auto size = std::clamp<std::int64_t>(room, 1, std::max<std::int64_t>(shape[axis], 1));
    chunks[axis] = cut_axis(shape[axis], size);
    room = std::max<std::int64_t>(1, room / size);
  }
  return chunks;
}

Chunks ChunkSpec::resolve(std::span<const std::int64_t> shape, std::size_t item_bytes) const {
  if (automatic_) {
    auto bytes = static_cast<double>(item_bytes);
    for (auto length : shape) bytes *= static_cast<double>(length);
    return automatic_chunks(shape, item_bytes, array::chunk_bytes(bytes));
  }
  if (axes_.size() != shape.size()) {
    throw ValueError(
        fmt::format("chunks name {} axes, but the array has {}; give one entry per axis",
                    axes_.size(), shape.size()));
  }
  Chunks chunks;
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    const auto& wanted = axes_[axis];
    if (wanted.listed()) {
      chunks.push_back(resolve_listed(wanted.sizes(), axis, shape[axis]));
      continue;
    }
    auto size = wanted.sizes().front();
    if (size < -1 || (size == 0 && shape[axis] != 0)) {
      throw ValueError(fmt::format(
          "the chunk size of axis {} is {}; give a positive size or -1 for the whole axis", axis,
          size));
    }
    if (size == -1 || size > shape[axis]) size = shape[axis];
    chunks.push_back(cut_axis(shape[axis], std::max<std::int64_t>(size, 1)));
  }
  return chunks;
}

std::string to_string(const Chunks& chunks) {
  std::vector<std::string> axes;
  for (const auto& axis : chunks) {
    const bool regular =
        axis.size() > 3 && std::adjacent_find(axis.begin(), axis.end() - 1,
                                              std::not_equal_to<>()) == axis.end() - 1;
    if (regular && axis.back() == axis.front()) {
      axes.push_back(fmt::format("{} x {}", axis.size(), axis.front()));
    } else if (regular) {
      axes.push_back(fmt::format("{} x {} + {}", axis.size() - 1, axis.front(), axis.back()));
    } else if (axis.size() > 8) {
      axes.push_back(fmt::format("{} chunks", axis.size()));
    } else {
      std::vector<std::string> sizes;
      sizes.reserve(axis.size());
      for (auto size : axis) sizes.push_back(array::is_unknown(size) ? "?" : std::to_string(size));
      axes.push_back(fmt::format("{}", fmt::join(sizes, "+")));
    }
  }
  return fmt::format("({})", fmt::join(axes, ", "));
}

}  // namespace tartan

namespace tartan::array {

std::int64_t chunk_bytes(double array_bytes) {
  constexpr const char* kVariable = "TARTAN_ARRAY__CHUNK_BYTES";
  constexpr double kBlocks = 64;
  constexpr double kLeast = 4 << 20;
  const char* given = std::getenv(kVariable);
  if (given == nullptr || *given == '\0') {
    return static_cast<std::int64_t>(
        std::clamp(array_bytes / kBlocks, kLeast, static_cast<double>(kDefaultChunkBytes)));
  }
  const auto bytes = parse_bytes(given);
  if (!bytes || *bytes == 0 || *bytes > std::uint64_t{1} << 40) {
    throw ValueError(fmt::format(
        "{} is '{}', which is no size of chunks; write one of up to 1 TiB, as in 16MiB", kVariable,
        given));
  }
  return static_cast<std::int64_t>(*bytes);
}

namespace {

// A name: the sign bit, 0, 56 bits of a hash, and 6 bits that say the bound as a power of two.
constexpr int kBoundBits = 6;
constexpr std::int64_t kMostBound = std::int64_t{1} << 62;
constexpr std::uint64_t kHashMask = ((std::uint64_t{1} << 56) - 1) << kBoundBits;

bool any_unknown(const std::vector<std::int64_t>& lengths) {
  return std::any_of(lengths.begin(), lengths.end(), is_unknown);
}

}  // namespace

std::int64_t unknown_length(Key source, std::int64_t number, std::int64_t most) {
  const auto hash = combine(source, static_cast<std::uint64_t>(number)).lo << kBoundBits;
  const auto bound =
      std::bit_width(static_cast<std::uint64_t>(std::clamp<std::int64_t>(most, 1, kMostBound)) - 1);
  return static_cast<std::int64_t>((std::uint64_t{1} << 63) | (hash & kHashMask) |
                                   static_cast<std::uint64_t>(bound));
}

bool has_unknown(const Chunks& chunks) {
  return std::any_of(chunks.begin(), chunks.end(), any_unknown);
}

std::int64_t most_of(std::int64_t length) {
  if (!is_unknown(length)) return length;
  return std::int64_t{1} << (static_cast<std::uint64_t>(length) & ((1U << kBoundBits) - 1));
}

Shape told(const Shape& shape) {
  Shape result = shape;
  std::replace_if(result.begin(), result.end(), is_unknown, -1);
  return result;
}

bool is_empty(const Shape& shape) {
  return std::find(shape.begin(), shape.end(), 0) != shape.end() && !any_unknown(shape);
}

std::vector<std::int64_t> boundaries(const std::vector<std::int64_t>& axis) {
  std::vector<std::int64_t> bounds(axis.size() + 1, 0);
  if (any_unknown(axis)) return bounds;
  std::partial_sum(axis.begin(), axis.end(), bounds.begin() + 1);
  return bounds;
}

Shape grid_of(const Chunks& chunks) {
  Shape grid;
  for (const auto& axis : chunks) grid.push_back(static_cast<std::int64_t>(axis.size()));
  return grid;
}

Shape shape_of(const Chunks& chunks) {
  Shape shape;
  for (const auto& axis : chunks) {
    if (!any_unknown(axis)) {
      shape.push_back(std::accumulate(axis.begin(), axis.end(), std::int64_t{0}));
      continue;
    }
    std::int64_t most = 0;
    for (auto length : axis) most += most_of(length);
    const auto source = hash_bytes(std::as_bytes(std::span(axis)));
    shape.push_back(axis.size() == 1 ? axis.front() : unknown_length(source, 0, most));
  }
  return shape;
}

Shape block_shape(const Chunks& chunks, const BlockIndex& index) {
  Shape shape(chunks.size());
  for (std::size_t axis = 0; axis < chunks.size(); ++axis) {
    shape[axis] = chunks[axis][static_cast<std::size_t>(index[axis])];
  }
  return shape;
}

BlockIndex unravel(std::int64_t number, const Shape& grid) {
  BlockIndex index(grid.size());
  for (std::size_t axis = grid.size(); axis-- > 0;) {
    index[axis] = number % grid[axis];
    number /= grid[axis];
  }
  return index;
}

std::int64_t ravel(const BlockIndex& index, const Shape& grid) {
  std::int64_t number = 0;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) number = number * grid[axis] + index[axis];
  return number;
}

std::vector<AxisPiece> pieces_of_range(const std::vector<std::int64_t>& bounds,
                                       std::int64_t begin, std::int64_t count) {
  std::vector<AxisPiece> pieces;
  const auto end = begin + count;
  auto first = std::upper_bound(bounds.begin(), bounds.end(), begin) - bounds.begin() - 1;
  for (auto block = first; begin < end; ++block) {
    const auto stop = std::min(end, bounds[static_cast<std::size_t>(block) + 1]);
    if (stop <= begin) continue;
    pieces.push_back({block, begin - bounds[static_cast<std::size_t>(block)], stop - begin,
                      begin - (end - count)});
    begin = stop;
  }
  return pieces;
}

std::int64_t bytes_of(const Shape& shape, DType dtype) {
  auto bytes = static_cast<std::int64_t>(itemsize(dtype));
  for (auto length : shape) bytes *= most_of(length);
  return bytes;
}

}  // namespace tartan::array

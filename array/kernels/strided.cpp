#include <algorithm>
#include <array/kernels/loops.hpp>
#include <array/kernels/strided.hpp>
#include <array/kernels/transpose.hpp>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <vector>

namespace tartan::array {
namespace {

/// 16 bytes moved as one: complex128.
struct Wide {
  std::uint64_t low;
  std::uint64_t high;
};

struct Axis {
  std::int64_t count;
  std::int64_t to;
  std::int64_t from;
};

/// Axes of length 1 dropped, neighbours merged that continue each other on both sides.
std::vector<Axis> simplify(const Shape& to, const Shape& from, const Shape& shape) {
  std::vector<Axis> axes;
  for (std::size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 1) continue;
    const Axis axis{shape[d], to[d], from[d]};
    if (!axes.empty() && axes.back().to == axis.count * axis.to &&
        axes.back().from == axis.count * axis.from) {
      axes.back() = {axes.back().count * axis.count, axis.to, axis.from};
    } else {
      axes.push_back(axis);
    }
  }
  return axes;
}

template <class T>
void copy_line(T* to, std::int64_t to_step, const T* from, std::int64_t from_step,
               std::int64_t count) {
  if (to_step == 1 && from_step == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(T));
  } else {
    for (std::int64_t i = 0; i < count; ++i) to[i * to_step] = from[i * from_step];
  }
}

/// Two axes that disagree on which of them is dense: square blocks, so that both sides use each
/// cache line they touch as a whole. The source is read along its dense axis into registers'
/// reach, and written along the target's.
template <class T>
void copy_plane(T* to, const T* from, const Axis& outer, const Axis& inner) {
  if constexpr (std::is_same_v<T, std::uint32_t> || std::is_same_v<T, std::uint64_t>) {
    if (outer.from == 1 && inner.to == 1) {
      transpose_matrix(to, outer.to, from, inner.from, outer.count, inner.count);
      return;
    }
  }
  constexpr std::int64_t kBlock = 64 / static_cast<std::int64_t>(sizeof(T)) * 2;
  for (std::int64_t i = 0; i < outer.count; i += kBlock) {
    const std::int64_t rows = std::min(kBlock, outer.count - i);
    for (std::int64_t j = 0; j < inner.count; j += kBlock) {
      const std::int64_t columns = std::min(kBlock, inner.count - j);
      for (std::int64_t r = 0; r < rows; ++r) {
        copy_line(to + (i + r) * outer.to + j * inner.to, inner.to,
                  from + (i + r) * outer.from + j * inner.from, inner.from, columns);
      }
    }
  }
}

template <class T>
void copy_axes(T* to, const T* from, std::span<const Axis> axes) {
  if (axes.empty()) {
    *to = *from;
    return;
  }
  if (axes.size() == 1) {
    copy_line(to, axes[0].to, from, axes[0].from, axes[0].count);
    return;
  }
  if (axes.size() == 2) {
    const bool same_dense_axis = axes[1].from == 1 && axes[1].to == 1;
    if (!same_dense_axis) {
      copy_plane(to, from, axes[0], axes[1]);
      return;
    }
  }
  for (std::int64_t i = 0; i < axes[0].count; ++i) {
    copy_axes(to + i * axes[0].to, from + i * axes[0].from, axes.subspan(1));
  }
}

/// Brings the axis along which the source is dense next to the innermost one, where copy_plane
/// handles the two together.
void order_for_planes(std::vector<Axis>& axes) {
  if (axes.size() < 3) return;
  const auto dense =
      std::find_if(axes.begin(), axes.end() - 1, [](const Axis& axis) { return axis.from == 1; });
  if (dense == axes.end() - 1) return;
  std::rotate(dense, dense + 1, axes.end() - 1);
}

template <class T>
void copy_typed(std::byte* to, const std::byte* from, std::span<const Axis> axes) {
  copy_axes(reinterpret_cast<T*>(to), reinterpret_cast<const T*>(from), axes);
}

}  // namespace

void copy_strided(std::byte* to, const Shape& to_strides, const std::byte* from,
                  const Shape& from_strides, const Shape& shape, std::size_t itemsize) {
  if (element_count(shape) == 0) return;
  std::vector<Axis> axes = simplify(to_strides, from_strides, shape);
  order_for_planes(axes);
  switch (itemsize) {
    case 1:
      return copy_typed<std::uint8_t>(to, from, axes);
    case 2:
      return copy_typed<std::uint16_t>(to, from, axes);
    case 4:
      return copy_typed<std::uint32_t>(to, from, axes);
    case 8:
      return copy_typed<std::uint64_t>(to, from, axes);
    default:
      return copy_typed<Wide>(to, from, axes);
  }
}

}  // namespace tartan::array

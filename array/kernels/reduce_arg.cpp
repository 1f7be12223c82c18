// Where the smallest or largest element is: the first of equals, the first NaN if there is one.

#include <array/kernels/reduce_loops.hpp>
#include <limits>

namespace tartan::array {
namespace {

template <class T, bool kLargest>
struct ArgLoops {
  static constexpr bool kInterleaves = false;
  static T* values(State state) { return reinterpret_cast<T*>(state.field[0]); }
  static std::int64_t* indices(State state) {
    return reinterpret_cast<std::int64_t*>(state.field[1]);
  }

  /// NaN wins against numbers; among equals nothing is better.
  static TARTAN_INLINE bool better(T candidate, T current) {
    const bool ahead = kLargest ? candidate > current : candidate < current;
    return ahead | ((candidate != candidate) & (current == current));
  }

  /// An empty state loses against everything: its index is beyond all others.
  static void clear(State state, std::size_t width) {
    for (std::size_t j = 0; j < width; ++j) {
      values(state)[j] = Extremum<T, kLargest>::kIdentity;
      indices(state)[j] = std::numeric_limits<std::int64_t>::max();
    }
  }

  /// The best value first, which vectorises, then the block it is in, then its place.
  static TARTAN_INLINE std::size_t find(const T* __restrict x, std::size_t n) {
    const T best = fold_run<Extremum<T, kLargest>>(x, n, Unmapped{});
    const auto found = [best](T value) -> bool {
      return (value == best) | ((best != best) & (value != value));
    };
    constexpr std::size_t kBlock = 64;
    std::size_t place = 0;
    for (; place + kBlock < n; place += kBlock) {
      int any = 0;
      for (std::size_t k = 0; k < kBlock; ++k) any |= static_cast<int>(found(x[place + k]));
      if (any != 0) break;
    }
    while (!found(x[place])) ++place;
    return place;
  }

  static TARTAN_INLINE void runs_body(State state, const Rows& rows) {
    const T* from = reinterpret_cast<const T*>(rows.x);
    for (std::size_t r = 0; r < rows.rows; ++r) {
      const std::size_t place = find(from + r * rows.width, rows.width);
      values(state)[r] = from[r * rows.width + place];
      indices(state)[r] = rows.index + static_cast<std::int64_t>(place);
    }
  }
  static TARTAN_INLINE void rows_body(State state, std::int64_t, const Rows& rows) {
    T* __restrict value = values(state);
    std::int64_t* __restrict place = indices(state);
    const T* __restrict from = reinterpret_cast<const T*>(rows.x);
    for (std::size_t row = 0; row < rows.rows; ++row, from += rows.step) {
      const std::int64_t here = rows.index + static_cast<std::int64_t>(row);
#pragma GCC ivdep
      for (std::size_t j = 0; j < rows.width; ++j) {
        const T candidate = from[j];
        const bool wins =
            better(candidate, value[j]) | ((candidate == value[j]) & (here < place[j]));
        value[j] = wins ? candidate : value[j];
        place[j] = wins ? here : place[j];
      }
    }
  }
  /// By index, not by order: partials of chunks need not come in the order of their indices.
  static TARTAN_INLINE void merge_body(State a, std::int64_t, State b, std::int64_t,
                                       std::size_t width) {
    for (std::size_t j = 0; j < width; ++j) {
      const T x = values(a)[j];
      const T y = values(b)[j];
      const bool equal = x == y || (x != x && y != y);
      if (better(y, x) || (equal && indices(b)[j] < indices(a)[j])) {
        values(a)[j] = y;
        indices(a)[j] = indices(b)[j];
      }
    }
  }
};

template <class T>
ReduceKernel arg_of(bool largest, Isa isa) {
  constexpr bool kAll = std::is_floating_point_v<T>;
  return largest ? ReduceVariants<ArgLoops<T, true>, kAll>::pick(isa)
                 : ReduceVariants<ArgLoops<T, false>, kAll>::pick(isa);
}

}  // namespace

ReduceKernel arg_kernel(bool largest, DType element, Isa isa) {
  ReduceKernel kernel;
  switch (element) {
    case DType::boolean:
    case DType::uint8:
      kernel = arg_of<std::uint8_t>(largest, isa);
      break;
    case DType::uint16:
      kernel = arg_of<std::uint16_t>(largest, isa);
      break;
    case DType::uint32:
      kernel = arg_of<std::uint32_t>(largest, isa);
      break;
    case DType::uint64:
      kernel = arg_of<std::uint64_t>(largest, isa);
      break;
    case DType::int8:
      kernel = arg_of<std::int8_t>(largest, isa);
      break;
    case DType::int16:
      kernel = arg_of<std::int16_t>(largest, isa);
      break;
    case DType::int32:
      kernel = arg_of<std::int32_t>(largest, isa);
      break;
    case DType::int64:
      kernel = arg_of<std::int64_t>(largest, isa);
      break;
    case DType::float32:
      kernel = arg_of<float>(largest, isa);
      break;
    case DType::float64:
      kernel = arg_of<double>(largest, isa);
      break;
    default:
      kernel.field_count = 0;
      return kernel;
  }
  kernel.element = element;
  kernel.fields = {element, DType::int64, {}};
  kernel.field_count = 2;
  return kernel;
}

}  // namespace tartan::array

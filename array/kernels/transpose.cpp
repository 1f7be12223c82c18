#include <algorithm>
#include <array>
#include <array/kernels/loops.hpp>
#include <array/kernels/transpose.hpp>

namespace tartan::array {
namespace {

/// Matrices of more bytes are written with stores that leave the caches alone: lines of the target
/// are not read first, and what was in the caches stays there.
constexpr std::int64_t kStreamBytes = std::int64_t{8} << 20;
constexpr std::uintptr_t kLine = 64;
constexpr std::int64_t kStripe = 128;

template <class T, int kWidth>
struct VectorOf {
  typedef T Type __attribute__((vector_size(kWidth * sizeof(T))));
};

/// One step of Eklundh's transpose: of every 2 d by 2 d square, the quarters off the diagonal change
/// places.
template <int kDistance, class V, int... I>
TARTAN_INLINE void exchange(V& a, V& b, std::integer_sequence<int, I...>) {
  constexpr int kWidth = sizeof...(I);
  const V first = __builtin_shufflevector(
      a, b, ((I & kDistance) == 0 ? I : kWidth + I - kDistance)...);
  const V second =
      __builtin_shufflevector(a, b, ((I & kDistance) == 0 ? I + kDistance : kWidth + I)...);
  a = first;
  b = second;
}

template <int kDistance, class V, std::size_t kWidth>
TARTAN_INLINE void transpose_square(std::array<V, kWidth>& rows) {
  if constexpr (kDistance > 0) {
    for (std::size_t i = 0; i < kWidth; ++i) {
      if ((i & static_cast<std::size_t>(kDistance)) != 0) continue;
      exchange<kDistance>(rows[i], rows[i + static_cast<std::size_t>(kDistance)],
                          std::make_integer_sequence<int, static_cast<int>(kWidth)>{});
    }
    transpose_square<kDistance / 2>(rows);
  }
}

// Clang, which only reads this for its checks, wants the registers of a function that is always
// inlined to be those of the oldest machine.
#ifdef __clang__
constexpr bool kCanStream = false;
#define TARTAN_STREAM(mnemonic, constraint) static_cast<void>(vector)
#else
constexpr bool kCanStream = true;
#define TARTAN_STREAM(mnemonic, constraint) \
  asm volatile(mnemonic " %1, %0" : "=m"(*reinterpret_cast<V*>(to)) : constraint(vector))
#endif

template <bool kStream, class V, class T>
TARTAN_INLINE void store(T* to, const V& vector) {
  if constexpr (kStream && kCanStream && sizeof(V) == 16) {
    TARTAN_STREAM("movntdq", "x");
  } else if constexpr (kStream && kCanStream) {
    TARTAN_STREAM("vmovntdq", "v");
  } else {
    __builtin_memcpy(to, &vector, sizeof vector);
  }
}

template <class T>
TARTAN_INLINE void transpose_edge(T* to, std::int64_t to_step, const T* from,
                                  std::int64_t from_step, std::int64_t rows,
                                  std::int64_t columns) {
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) to[r * to_step + c] = from[c * from_step + r];
  }
}

/// A square of kBlock elements by smaller ones, so that whole lines are read and written at a time.
template <int kWidth, int kBlock, bool kStream, class T>
TARTAN_INLINE void transpose_block(T* to, std::int64_t to_step, const T* from,
                                   std::int64_t from_step) {
  using V = typename VectorOf<T, kWidth>::Type;
  for (int r = 0; r < kBlock; r += kWidth) {
    for (int c = 0; c < kBlock; c += kWidth) {
      std::array<V, kWidth> square;
      for (int k = 0; k < kWidth; ++k) {
        __builtin_memcpy(&square[static_cast<std::size_t>(k)], from + (c + k) * from_step + r,
                         sizeof(V));
      }
      transpose_square<kWidth / 2>(square);
      for (int k = 0; k < kWidth; ++k) {
        store<kStream>(to + (r + k) * to_step + c, square[static_cast<std::size_t>(k)]);
      }
    }
  }
}

/// In stripes of the target's rows, no more than have pages that the processor remembers.
template <int kWidth, bool kStream, class T>
TARTAN_INLINE void transpose_by(T* to, std::int64_t to_step, const T* from,
                                std::int64_t from_step, std::int64_t rows, std::int64_t columns) {
  constexpr int kBlock = static_cast<int>(2 * kLine / sizeof(T));
  const auto whole_rows = rows / kBlock * kBlock;
  const auto whole_columns = columns / kBlock * kBlock;
  for (std::int64_t stripe = 0; stripe < whole_rows; stripe += kStripe) {
    const auto end = std::min(stripe + kStripe, whole_rows);
    for (std::int64_t c = 0; c < whole_columns; c += kBlock) {
      for (std::int64_t r = stripe; r < end; r += kBlock) {
        transpose_block<kWidth, kBlock, kStream>(to + r * to_step + c, to_step,
                                                 from + c * from_step + r, from_step);
      }
    }
  }
  if constexpr (kStream) asm volatile("sfence" ::: "memory");
  transpose_edge(to + whole_columns, to_step, from + whole_columns * from_step, from_step,
                 whole_rows, columns - whole_columns);
  transpose_edge(to + whole_rows * to_step, to_step, from + whole_rows, from_step,
                 rows - whole_rows, columns);
}

template <class T>
struct Transpose {
  using Function = void(T*, std::int64_t, const T*, std::int64_t, std::int64_t, std::int64_t);

  template <int kWidth>
  static TARTAN_INLINE void body(T* to, std::int64_t to_step, const T* from,
                                 std::int64_t from_step, std::int64_t rows,
                                 std::int64_t columns) {
    const bool whole_lines = (reinterpret_cast<std::uintptr_t>(to) |
                              static_cast<std::uintptr_t>(to_step) * sizeof(T)) % kLine == 0;
    const auto bytes = rows * columns * static_cast<std::int64_t>(sizeof(T));
    if (whole_lines && bytes > kStreamBytes) {
      transpose_by<kWidth, true>(to, to_step, from, from_step, rows, columns);
    } else {
      transpose_by<kWidth, false>(to, to_step, from, from_step, rows, columns);
    }
  }
  static void baseline(T* to, std::int64_t to_step, const T* from, std::int64_t from_step,
                       std::int64_t rows, std::int64_t columns) {
    body<16 / sizeof(T)>(to, to_step, from, from_step, rows, columns);
  }
  TARTAN_AVX2 static void avx2(T* to, std::int64_t to_step, const T* from, std::int64_t from_step,
                               std::int64_t rows, std::int64_t columns) {
    // Two shuffles across the halves of a register cost more than stores of half the size.
    body<16 / sizeof(T)>(to, to_step, from, from_step, rows, columns);
  }
  TARTAN_AVX512 static void avx512(T* to, std::int64_t to_step, const T* from,
                                   std::int64_t from_step, std::int64_t rows,
                                   std::int64_t columns) {
    body<64 / sizeof(T)>(to, to_step, from, from_step, rows, columns);
  }
};

}  // namespace

template <class T>
void transpose_matrix(T* to, std::int64_t to_step, const T* from, std::int64_t from_step,
                      std::int64_t rows, std::int64_t columns) {
  switch (active_isa()) {
    case Isa::avx512: return Transpose<T>::avx512(to, to_step, from, from_step, rows, columns);
    case Isa::avx2: return Transpose<T>::avx2(to, to_step, from, from_step, rows, columns);
    case Isa::baseline: break;
  }
  Transpose<T>::baseline(to, to_step, from, from_step, rows, columns);
}

template void transpose_matrix(std::uint32_t*, std::int64_t, const std::uint32_t*, std::int64_t,
                               std::int64_t, std::int64_t);
template void transpose_matrix(std::uint64_t*, std::int64_t, const std::uint64_t*, std::int64_t,
                               std::int64_t, std::int64_t);

}  // namespace tartan::array

#pragma once

// What the linalg kernels share: walks over stacks, and matrices turned into LAPACK's order. Seen
// by LAPACK, rows of C order are columns: a chunk is the transpose of its matrix. Where a function
// of the transpose will do, no element is moved.

#include <array/kernels/lapack.hpp>
#include <array/kernels/linalg.hpp>
#include <cstring>
#include <vector>

namespace tartan::array {

template <class T>
using RealOf = typename Lapack<T>::Real;

/// to (columns x rows) = from (rows x columns) transposed, by tiles that stay in cache.
template <class T>
void transpose_matrix(const T* from, std::int64_t rows, std::int64_t columns, T* to) {
  constexpr std::int64_t kTile = 32;
  for (std::int64_t i0 = 0; i0 < rows; i0 += kTile) {
    const std::int64_t i1 = std::min(rows, i0 + kTile);
    for (std::int64_t j0 = 0; j0 < columns; j0 += kTile) {
      const std::int64_t j1 = std::min(columns, j0 + kTile);
      for (std::int64_t i = i0; i < i1; ++i) {
        for (std::int64_t j = j0; j < j1; ++j) to[j * rows + i] = from[i * columns + j];
      }
    }
  }
}

template <class T>
T conjugate(T value) {
  if constexpr (kIsComplex<T>) {
    return std::conj(value);
  } else {
    return value;
  }
}

/// Temporary elements, not initialised; one at least, so that there is a pointer to give. There is
/// room for `stride` further ones: OpenBLAS (0.3.21) reads that far behind a row of a complex
/// matrix of this leading dimension, in cgemv and zgemv.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::int64_t size, std::int64_t stride = 0)
      : memory_(static_cast<std::size_t>(size + stride + 1) * sizeof(T)) {}
  T* data() { return reinterpret_cast<T*>(memory_.data()); }
  T& operator[](std::int64_t i) { return data()[i]; }

 private:
  MutableBuffer memory_;
};

/// Calls a LAPACK routine twice: for the size of its work space, and with it. call(work, lwork).
template <class T, class Call>
void with_work(const Call& call, std::int64_t stride = 0) {
  T size(0);
  call(&size, -1);
  const auto length =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(std::real(size) * 1.001) + 1);
  Scratch<T> work(length, stride);
  call(work.data(), blas_size(length));
}

/// The copy of one matrix of a stack in LAPACK's order.
template <class T>
void load_columns(const T* matrix, const Stack& stack, T* to) {
  transpose_matrix(matrix, stack.rows, stack.columns, to);
}

inline void check_info(int info, std::string_view what) {
  if (info < 0) {
    throw ValueError(fmt::format("{}: LAPACK refused its argument {}", what, -info));
  }
}

}  // namespace tartan::array

#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <array/kernels/lapack.hpp>
#include <array/kernels/matmul.hpp>
#include <array/kernels/shape.hpp>
#include <cstring>
#include <fmt/format.h>
#include <numeric>
#include <tartan/base/exceptions.hpp>
#include <type_traits>

namespace tartan::array {
namespace {

struct Sizes {
  std::int64_t m;
  std::int64_t n;
  std::int64_t k;
};

/// Integers wrap. Blocks of b that stay in cache; the inner loop runs along a row of c.
template <class T>
void integer_gemm(const Sizes& size, const T* a, const T* b, T* c, bool accumulate) {
  using U = std::make_unsigned_t<std::common_type_t<T, unsigned>>;
  constexpr std::int64_t kDepth = 64;
  constexpr std::int64_t kColumns = 512;
  if (!accumulate) std::fill(c, c + size.m * size.n, T{0});
  for (std::int64_t k0 = 0; k0 < size.k; k0 += kDepth) {
    const std::int64_t k1 = std::min(k0 + kDepth, size.k);
    for (std::int64_t j0 = 0; j0 < size.n; j0 += kColumns) {
      const std::int64_t j1 = std::min(j0 + kColumns, size.n);
      for (std::int64_t i = 0; i < size.m; ++i) {
        T* __restrict row = c + i * size.n;
        for (std::int64_t k = k0; k < k1; ++k) {
          const U factor = static_cast<U>(a[i * size.k + k]);
          const T* __restrict from = b + k * size.n;
          for (std::int64_t j = j0; j < j1; ++j) {
            row[j] = static_cast<T>(static_cast<U>(row[j]) + factor * static_cast<U>(from[j]));
          }
        }
      }
    }
  }
}

/// Shapes of the operands as matrices: (batch..., rows, columns).
struct Operands {
  Shape a;
  Shape b;
  Shape batch;
  Sizes size;
};

Operands operands_of(Shape a, Shape b) {
  const std::string texts = fmt::format("{} and {}", to_string(a), to_string(b));
  if (a.empty() || b.empty()) {
    throw ValueError("matmul of shapes " + texts + ": 0-d operands; use multiply");
  }
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const std::int64_t inner = a.back();
  if (b[b.size() - 2] != inner) {
    throw ValueError(fmt::format("matmul of shapes {}: the inner dimensions {} and {} differ",
                                 texts, inner, b[b.size() - 2]));
  }
  Shape batch = broadcast_shapes(Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  const Sizes size{a[a.size() - 2], b.back(), inner};
  return {std::move(a), std::move(b), std::move(batch), size};
}

/// Which matrix of an operand belongs to matrix number i of the batch.
std::int64_t matrix_of(std::int64_t i, const Shape& batch, const Shape& operand) {
  std::int64_t stride = 1;
  std::int64_t matrix = 0;
  const std::size_t own = operand.size() - 2;
  for (std::size_t d = 0; d < batch.size(); ++d) {
    const std::int64_t n = batch[batch.size() - 1 - d];
    const std::int64_t m = d < own ? operand[own - 1 - d] : 1;
    if (m != 1) matrix += i % n * stride;
    stride *= m;
    i /= n;
  }
  return matrix;
}

Shape turned(Shape shape) {
  std::swap(shape.at(shape.size() - 1), shape.at(shape.size() - 2));
  return shape;
}

/// out (+)= a @ b, matrix by matrix. Integers are not turned.
void multiply_into(MutableChunk& out, const Chunk& a, const Chunk& b, const Operands& shapes,
                   Turns turns, bool accumulate) {
  const Sizes& size = shapes.size;
  visit_dtype(out.dtype(), [&]<class T>(Type<T>) {
    if constexpr (!std::is_same_v<T, bool>) {
      const auto left = a.view<T>();
      const auto right = b.view<T>();
      const auto result = out.view<T>();
      const std::int64_t batches = element_count(shapes.batch);
      for (std::int64_t i = 0; i < batches; ++i) {
        const T* x = left.data() + matrix_of(i, shapes.batch, shapes.a) * size.m * size.k;
        const T* y = right.data() + matrix_of(i, shapes.batch, shapes.b) * size.k * size.n;
        T* z = result.data() + i * size.m * size.n;
        if constexpr (std::is_integral_v<T>) {
          integer_gemm(size, x, y, z, accumulate);
        } else {
          const GemmSizes sizes{blas_size(size.m, "matmul"), blas_size(size.n, "matmul"),
                                blas_size(size.k, "matmul")};
          gemm(CblasRowMajor, turns.a ? CblasTrans : CblasNoTrans,
               turns.b ? CblasTrans : CblasNoTrans, sizes, T(1), x, turns.a ? sizes.m : sizes.k, y,
               turns.b ? sizes.k : sizes.n, T(accumulate ? 1 : 0), z, sizes.n);
        }
      }
    }
  });
}

/// The chunk, with its last two axes turned.
Chunk turn(const Chunk& chunk) {
  std::vector<int> axes(chunk.shape.size());
  std::iota(axes.begin(), axes.end(), 0);
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return transpose(chunk, axes);
}

/// The triangle above the diagonal from the one below it.
template <class T>
void mirror(T* matrix, std::int64_t n) {
  constexpr std::int64_t kSquare = 32;
  for (std::int64_t i0 = 0; i0 < n; i0 += kSquare) {
    for (std::int64_t j0 = 0; j0 <= i0; j0 += kSquare) {
      for (std::int64_t i = i0; i < std::min(n, i0 + kSquare); ++i) {
        for (std::int64_t j = j0; j < std::min(i, j0 + kSquare); ++j) {
          matrix[j * n + i] = matrix[i * n + j];
        }
      }
    }
  }
}

}  // namespace

Shape matmul_shape(const Shape& a, const Shape& b) {
  const Operands shapes = operands_of(a, b);
  Shape result = shapes.batch;
  if (a.size() > 1) result.push_back(shapes.size.m);
  if (b.size() > 1) result.push_back(shapes.size.n);
  return result;
}

Chunk matmul(const Chunk& a, const Chunk& b) {
  return matmul_sum(std::span<const Chunk>(&a, 1), std::span<const Chunk>(&b, 1));
}

Chunk matmul_sum(std::span<const Chunk> a, std::span<const Chunk> b, Turns turns) {
  if (a.empty() || a.size() != b.size()) {
    throw ValueError(fmt::format("matmul of {} chunks with {}", a.size(), b.size()));
  }
  prepare_blas();
  const DType dtype = result_type(a[0].dtype, b[0].dtype);
  if (is_boolean(dtype)) throw TypeError("matmul is not defined for bool; use astype first");
  const bool whole = !is_floating(dtype) && !is_complex(dtype);
  const auto shape_a = [&](std::size_t i) { return turns.a ? turned(a[i].shape) : a[i].shape; };
  const auto shape_b = [&](std::size_t i) { return turns.b ? turned(b[i].shape) : b[i].shape; };
  const Shape shape = matmul_shape(shape_a(0), shape_b(0));
  MutableChunk out(dtype, shape);
  bool accumulate = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const Operands shapes = operands_of(shape_a(i), shape_b(i));
    if (matmul_shape(shape_a(i), shape_b(i)) != shape) {
      throw ValueError(
          fmt::format("matmul: a product of shapes {} and {} cannot be added to one "
                      "of shape {}",
                      to_string(shape_a(i)), to_string(shape_b(i)), to_string(shape)));
    }
    if (out.nbytes() == 0) continue;
    if (shapes.size.k == 0) {
      if (!accumulate) std::memset(out.data(), 0, out.nbytes());
    } else if (whole) {
      multiply_into(out, astype(turns.a ? turn(a[i]) : a[i], dtype),
                    astype(turns.b ? turn(b[i]) : b[i], dtype), shapes, {}, accumulate);
    } else {
      multiply_into(out, astype(a[i], dtype), astype(b[i], dtype), shapes, turns, accumulate);
    }
    accumulate = true;
  }
  return std::move(out).freeze();
}

Chunk gram_sum(std::span<const Chunk> x, bool turned) {
  if (x.empty()) throw ValueError("matmul of 0 chunks with themselves");
  prepare_blas();
  const std::size_t kept = turned ? 1 : 0;
  const std::int64_t n = x[0].shape.at(kept);
  MutableChunk out(x[0].dtype, {n, n});
  if (out.nbytes() == 0) return std::move(out).freeze();
  std::memset(out.data(), 0, out.nbytes());
  visit_inexact(x[0].dtype, [&]<class T>(T) {
    T* to = out.view<T>().data();
    for (const Chunk& chunk : x) {
      if (chunk.shape.size() != 2 || chunk.shape[kept] != n || chunk.dtype != x[0].dtype) {
        throw ValueError(fmt::format("matmul: {} of shape {} does not fit a product of {} columns",
                                     name(chunk.dtype), to_string(chunk.shape), n));
      }
      if (chunk.size() == 0) continue;
      syrk(turned, blas_size(n, "matmul"), blas_size(chunk.shape[1 - kept], "matmul"),
           chunk.view<T>().data(), to);
    }
    mirror(to, n);
  });
  return std::move(out).freeze();
}

}  // namespace tartan::array

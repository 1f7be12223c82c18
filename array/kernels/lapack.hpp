#pragma once

// BLAS and LAPACK for the four element types they know, chosen by type: gemm<double>,
// Lapack<double>::getrf. They are OpenBLAS' own; see blas.hpp, whose prepare_blas() comes first.
// For kernels only. Names and arguments are LAPACK's, with the lengths of text arguments at the end
// as Fortran wants them.

#include <algorithm>
#include <array/kernels/blas.hpp>
#include <cblas.h>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <fmt/format.h>
#include <string_view>
#include <tartan/array/dtype.hpp>
#include <tartan/base/exceptions.hpp>
#include <type_traits>

extern "C" {
#define TARTAN_LAPACK_COMMON(p, q, T, R)                                                        \
  void p##potrf_(const char*, const int*, T*, const int*, int*, std::size_t);                   \
  void p##getrf_(const int*, const int*, T*, const int*, int*, int*);                           \
  void p##getrs_(const char*, const int*, const int*, const T*, const int*, const int*, T*,     \
                 const int*, int*, std::size_t);                                                \
  void p##getri_(const int*, T*, const int*, const int*, T*, const int*, int*);                 \
  void p##geqrf_(const int*, const int*, T*, const int*, T*, T*, const int*, int*);             \
  void p##geqrt_(const int*, const int*, const int*, T*, const int*, T*, const int*, T*, int*); \
  void p##q##gqr_(const int*, const int*, const int*, T*, const int*, const T*, T*, const int*, \
                  int*);                                                                        \
  void p##q##mqr_(const char*, const char*, const int*, const int*, const int*, T*, const int*, \
                  const T*, T*, const int*, T*, const int*, int*, std::size_t, std::size_t);
#define TARTAN_LAPACK_REAL(p, T)                                                                   \
  TARTAN_LAPACK_COMMON(p, or, T, T)                                                                \
  void p##gesdd_(const char*, const int*, const int*, T*, const int*, T*, T*, const int*, T*,      \
                 const int*, T*, const int*, int*, int*, std::size_t);                             \
  void p##syevd_(const char*, const char*, const int*, T*, const int*, T*, T*, const int*, int*,   \
                 const int*, int*, std::size_t, std::size_t);                                      \
  void p##geev_(const char*, const char*, const int*, T*, const int*, T*, T*, T*, const int*, T*,  \
                const int*, T*, const int*, int*, std::size_t, std::size_t);                       \
  void p##gelsd_(const int*, const int*, const int*, T*, const int*, T*, const int*, T*, const T*, \
                 int*, T*, const int*, int*, int*);
#define TARTAN_LAPACK_COMPLEX(p, T, R)                                                             \
  TARTAN_LAPACK_COMMON(p, un, T, R)                                                                \
  void p##gesdd_(const char*, const int*, const int*, T*, const int*, R*, T*, const int*, T*,      \
                 const int*, T*, const int*, R*, int*, int*, std::size_t);                         \
  void p##heevd_(const char*, const char*, const int*, T*, const int*, R*, T*, const int*, R*,     \
                 const int*, int*, const int*, int*, std::size_t, std::size_t);                    \
  void p##geev_(const char*, const char*, const int*, T*, const int*, T*, T*, const int*, T*,      \
                const int*, T*, const int*, R*, int*, std::size_t, std::size_t);                   \
  void p##gelsd_(const int*, const int*, const int*, T*, const int*, T*, const int*, R*, const R*, \
                 int*, T*, const int*, R*, int*, int*);
TARTAN_LAPACK_REAL(s, float)
TARTAN_LAPACK_REAL(d, double)
TARTAN_LAPACK_COMPLEX(c, std::complex<float>, float)
TARTAN_LAPACK_COMPLEX(z, std::complex<double>, double)
#undef TARTAN_LAPACK_COMMON
#undef TARTAN_LAPACK_REAL
#undef TARTAN_LAPACK_COMPLEX
}

namespace tartan::array {

template <class T>
struct Lapack;
#define TARTAN_LAPACK_TYPE(p, q, eigen, T, R)         \
  template <>                                         \
  struct Lapack<T> {                                  \
    using Real = R;                                   \
    static constexpr auto potrf = p##potrf_;          \
    static constexpr auto getrf = p##getrf_;          \
    static constexpr auto getrs = p##getrs_;          \
    static constexpr auto getri = p##getri_;          \
    static constexpr auto geqrf = p##geqrf_;          \
    static constexpr auto geqrt = p##geqrt_;          \
    static constexpr auto orgqr = p##q##gqr_;         \
    static constexpr auto ormqr = p##q##mqr_;         \
    static constexpr auto gesdd = p##gesdd_;          \
    static constexpr auto eigen_hermitian = p##eigen; \
    static constexpr auto geev = p##geev_;            \
    static constexpr auto gelsd = p##gelsd_;          \
  };
TARTAN_LAPACK_TYPE(s, or, syevd_, float, float)
TARTAN_LAPACK_TYPE(d, or, syevd_, double, double)
TARTAN_LAPACK_TYPE(c, un, heevd_, std::complex<float>, float)
TARTAN_LAPACK_TYPE(z, un, heevd_, std::complex<double>, double)
#undef TARTAN_LAPACK_TYPE

template <class T>
inline constexpr bool kIsComplex = !std::is_same_v<T, typename Lapack<T>::Real>;

/// f(T{}) with the element type of a floating or complex dtype.
template <class F>
decltype(auto) visit_inexact(DType dtype, F&& f) {
  switch (dtype) {
    case DType::float32:
      return f(float{});
    case DType::float64:
      return f(double{});
    case DType::complex64:
      return f(std::complex<float>{});
    case DType::complex128:
      return f(std::complex<double>{});
    default:
      break;
  }
  throw TypeError(fmt::format("a matrix of {} cannot be factorised", name(dtype)));
}

/// A dimension as BLAS takes it.
inline int blas_size(std::int64_t value, std::string_view what = "linalg") {
  if (value > INT32_MAX) {
    throw ValueError(
        fmt::format("{}: a dimension of {} is beyond BLAS; use smaller chunks", what, value));
  }
  return static_cast<int>(value);
}
/// A leading dimension, which is 1 at least.
inline int leading(int rows) { return std::max(1, rows); }

struct GemmSizes {
  int m = 0;
  int n = 0;
  int k = 0;
};

/// c = alpha op(a) op(b) + beta c.
template <class T>
void gemm(CBLAS_ORDER order, CBLAS_TRANSPOSE op_a, CBLAS_TRANSPOSE op_b, GemmSizes size, T alpha,
          const T* a, int lda, const T* b, int ldb, T beta, T* c, int ldc) {
  const auto [m, n, k] = size;
  if constexpr (std::is_same_v<T, float>) {
    cblas_sgemm(order, op_a, op_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  } else if constexpr (std::is_same_v<T, double>) {
    cblas_dgemm(order, op_a, op_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    cblas_cgemm(order, op_a, op_b, m, n, k, &alpha, a, lda, b, ldb, &beta, c, ldc);
  } else {
    cblas_zgemm(order, op_a, op_b, m, n, k, &alpha, a, lda, b, ldb, &beta, c, ldc);
  }
}

/// The lower triangle of c += a a^T, or of a^T a when turned, in C order; c is n x n, and k elements
/// are added up for each of its own.
template <class T>
void syrk(bool turned, int n, int k, const T* a, T* c) {
  const auto op = turned ? CblasTrans : CblasNoTrans;
  const int lda = turned ? n : k;
  const T one(1);
  if constexpr (std::is_same_v<T, float>) {
    cblas_ssyrk(CblasRowMajor, CblasLower, op, n, k, one, a, lda, one, c, n);
  } else if constexpr (std::is_same_v<T, double>) {
    cblas_dsyrk(CblasRowMajor, CblasLower, op, n, k, one, a, lda, one, c, n);
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    cblas_csyrk(CblasRowMajor, CblasLower, op, n, k, &one, a, lda, &one, c, n);
  } else {
    cblas_zsyrk(CblasRowMajor, CblasLower, op, n, k, &one, a, lda, &one, c, n);
  }
}

/// The triangle of a triangular system, as trsm takes it.
struct Triangle {
  CBLAS_ORDER order = CblasRowMajor;
  CBLAS_SIDE side = CblasLeft;
  CBLAS_UPLO uplo = CblasLower;
  CBLAS_TRANSPOSE op = CblasNoTrans;
  CBLAS_DIAG diagonal = CblasNonUnit;
};

/// b = op(a)^-1 b, or b op(a)^-1 from the right; b is m x n.
template <class T>
void trsm(const Triangle& t, int m, int n, const T* a, int lda, T* b, int ldb) {
  const T one(1);
  if constexpr (std::is_same_v<T, float>) {
    cblas_strsm(t.order, t.side, t.uplo, t.op, t.diagonal, m, n, one, a, lda, b, ldb);
  } else if constexpr (std::is_same_v<T, double>) {
    cblas_dtrsm(t.order, t.side, t.uplo, t.op, t.diagonal, m, n, one, a, lda, b, ldb);
  } else if constexpr (std::is_same_v<T, std::complex<float>>) {
    cblas_ctrsm(t.order, t.side, t.uplo, t.op, t.diagonal, m, n, &one, a, lda, b, ldb);
  } else {
    cblas_ztrsm(t.order, t.side, t.uplo, t.op, t.diagonal, m, n, &one, a, lda, b, ldb);
  }
}

}  // namespace tartan::array

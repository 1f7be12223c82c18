// Cholesky, QR, LU and what is solved by them.

#include <array/kernels/linalg_support.hpp>
#include <cmath>

namespace tartan::array {

Shape Stack::shape(std::int64_t rows_of, std::int64_t columns_of) const {
  Shape result = lead;
  result.push_back(rows_of);
  result.push_back(columns_of);
  return result;
}

Shape Stack::vectors(std::int64_t length) const {
  Shape result = lead;
  result.push_back(length);
  return result;
}

Stack stack_of(const Shape& shape) {
  if (shape.size() < 2) {
    throw ValueError(fmt::format("linalg: a shape of {} holds no matrices", to_string(shape)));
  }
  Stack stack;
  stack.lead.assign(shape.begin(), shape.end() - 2);
  stack.count = element_count(stack.lead);
  stack.rows = shape[shape.size() - 2];
  stack.columns = shape.back();
  return stack;
}

namespace {

Stack square_stack(const Chunk& a, std::string_view what) {
  auto stack = stack_of(a.shape);
  if (stack.rows != stack.columns) {
    throw ValueError(fmt::format("{}: a shape of {} is not square", what, to_string(a.shape)));
  }
  return stack;
}

/// The reflectors of one matrix that lies in LAPACK's order.
template <class T>
void factor_qr(int m, int n, T* columns, T* tau) {
  int info = 0;
  const int ld = leading(m);
  with_work<T>([&](T* work, int lwork) {
    Lapack<T>::geqrf(&m, &n, columns, &ld, tau, work, &lwork, &info);
  });
  check_info(info, "qr");
}

/// R, r_rows x n in C order, from above the reflectors.
template <class T>
void copy_r(const T* columns, std::int64_t m, std::int64_t n, std::int64_t r_rows, T* r) {
  for (std::int64_t i = 0; i < r_rows; ++i) {
    for (std::int64_t j = 0; j < n; ++j) r[i * n + j] = j < i ? T(0) : columns[j * m + i];
  }
}

/// Tall matrices of so many columns are factored by halves (Elmroth, Gustavson 2000): that is
/// products of matrices, where blocks of columns are products with vectors.
constexpr std::int64_t kLeastByHalves = 32;
constexpr std::int64_t kMostByHalves = 256;

bool by_halves(std::int64_t m, std::int64_t n) {
  return n >= kLeastByHalves && n <= kMostByHalves && m >= n;
}

/// A = Q R with Q = I - V t V^H: V below the diagonal of the columns with ones on it, R above.
template <class T>
void factor_by_halves(int m, int n, T* columns, T* t) {
  Scratch<T> work(static_cast<std::int64_t>(n) * n, n);
  const int ld = leading(m);
  int info = 0;
  Lapack<T>::geqrt(&m, &n, &n, columns, &ld, t, &n, work.data(), &info);
  check_info(info, "qr");
}

/// The first n columns of that Q, in C order. R, and what lies below t's diagonal, are overwritten.
template <class T>
void expand_reflectors(int m, int n, T* columns, T* t, T* q) {
  for (std::int64_t j = 0; j < n; ++j) {
    std::fill_n(columns + j * m, j, T(0));
    columns[j * m + j] = T(1);
    std::fill_n(t + j * n + j + 1, n - j - 1, T(0));
  }
  Scratch<T> factor(static_cast<std::int64_t>(n) * n, n);
  gemm(CblasColMajor, CblasNoTrans, CblasConjTrans, {n, n, n}, T(1), t, n, columns, m, T(0),
       factor.data(), n);
  gemm(CblasRowMajor, CblasTrans, CblasTrans, {m, n, n}, T(-1), columns, m, factor.data(), n, T(0),
       q, n);
  for (std::int64_t j = 0; j < n; ++j) q[j * n + j] += T(1);
}

template <class T>
struct Lu {
  Scratch<T> factors;
  Scratch<int> pivots;
  int info = 0;

  /// Of the transposed matrix, which is how LAPACK sees a C-order one.
  Lu(const T* matrix, int n) : factors(static_cast<std::int64_t>(n) * n, n), pivots(n) {
    const int ld = leading(n);
    std::copy_n(matrix, static_cast<std::int64_t>(n) * n, factors.data());
    Lapack<T>::getrf(&n, &n, factors.data(), &ld, pivots.data(), &info);
    check_info(info, "lu");
  }
  void refuse_singular(std::string_view what) const {
    if (info > 0) {
      throw ValueError(
          fmt::format("{}: the matrix is singular (pivot {} is zero)", what, info - 1));
    }
  }
};

}  // namespace

Chunk cholesky(const Chunk& a, std::int64_t first) {
  prepare_blas();
  const auto stack = square_stack(a, "cholesky");
  MutableChunk out(a.dtype, a.shape);
  visit_inexact(a.dtype, [&]<class T>(T) {
    const auto n = stack.rows;
    const T* from = a.view<T>().data();
    T* to = out.view<T>().data();
    const int size = blas_size(n);
    const int ld = leading(size);
    for (std::int64_t s = 0; s < stack.count; ++s, from += n * n, to += n * n) {
      for (std::int64_t i = 0; i < n; ++i) {
        std::copy_n(from + i * n, i + 1, to + i * n);
        std::fill_n(to + i * n + i + 1, n - i - 1, T(0));
      }
      int info = 0;
      Lapack<T>::potrf("U", &size, to, &ld, &info, 1);
      if (info > 0) {
        throw ValueError(fmt::format(
            "cholesky: the matrix is not positive definite (leading minor {})", info + first));
      }
      // The transpose has U^H U, so the rows hold L^T of the conjugate: L itself.
    }
  });
  return std::move(out).freeze();
}

std::vector<Chunk> qr(const Chunk& a, bool complete) {
  prepare_blas();
  const auto stack = stack_of(a.shape);
  const auto m = stack.rows;
  const auto n = stack.columns;
  const auto least = std::min(m, n);
  const auto width = complete ? m : least;
  MutableChunk q(a.dtype, stack.shape(m, width));
  MutableChunk r(a.dtype, stack.shape(width, n));
  visit_inexact(a.dtype, [&]<class T>(T) {
    Scratch<T> columns(m * std::max(n, width), m);
    const bool halves = by_halves(m, n) && width == n;
    Scratch<T> tau(halves ? n * n : least, n);
    const int rows = blas_size(m);
    const int q_columns = blas_size(width);
    const int reflectors = blas_size(least);
    const int ld = leading(rows);
    for (std::int64_t s = 0; s < stack.count; ++s) {
      load_columns(a.view<T>().data() + s * m * n, stack, columns.data());
      T* q_out = q.view<T>().data() + s * m * width;
      T* r_out = r.view<T>().data() + s * width * n;
      if (halves) {
        factor_by_halves(rows, q_columns, columns.data(), tau.data());
        copy_r(columns.data(), m, n, width, r_out);
        expand_reflectors(rows, q_columns, columns.data(), tau.data(), q_out);
        continue;
      }
      factor_qr(rows, blas_size(n), columns.data(), tau.data());
      copy_r(columns.data(), m, n, width, r_out);
      int info = 0;
      with_work<T>([&](T* work, int lwork) {
        Lapack<T>::orgqr(&rows, &q_columns, &reflectors, columns.data(), &ld, tau.data(), work,
                         &lwork, &info);
      });
      check_info(info, "qr");
      transpose_matrix(columns.data(), width, m, q_out);
    }
  });
  return {std::move(q).freeze(), std::move(r).freeze()};
}

Chunk qr_r(const Chunk& a) {
  prepare_blas();
  const auto stack = stack_of(a.shape);
  const auto m = stack.rows;
  const auto n = stack.columns;
  const auto least = std::min(m, n);
  MutableChunk r(a.dtype, stack.shape(least, n));
  visit_inexact(a.dtype, [&]<class T>(T) {
    Scratch<T> columns(m * n, m);
    const bool halves = by_halves(m, n);
    Scratch<T> tau(halves ? n * n : least, n);
    for (std::int64_t s = 0; s < stack.count; ++s) {
      load_columns(a.view<T>().data() + s * m * n, stack, columns.data());
      const auto factor = halves ? &factor_by_halves<T> : &factor_qr<T>;
      factor(blas_size(m), blas_size(n), columns.data(), tau.data());
      copy_r(columns.data(), m, n, least, r.view<T>().data() + s * least * n);
    }
  });
  return std::move(r).freeze();
}

std::vector<Chunk> slogdet(const Chunk& a) {
  prepare_blas();
  const auto stack = square_stack(a, "slogdet");
  MutableChunk sign(a.dtype, stack.lead);
  MutableChunk log(real_of(a.dtype), stack.lead);
  visit_inexact(a.dtype, [&]<class T>(T) {
    using Real = RealOf<T>;
    const int n = blas_size(stack.rows);
    for (std::int64_t s = 0; s < stack.count; ++s) {
      Lu<T> lu(a.view<T>().data() + s * n * n, n);
      T phase(1);
      Real total(0);
      for (int i = 0; i < n; ++i) {
        const T pivot = lu.factors[static_cast<std::int64_t>(i) * n + i];
        const Real size = std::abs(pivot);
        if (lu.pivots[i] != i + 1) phase = -phase;
        phase = size == Real(0) ? T(0) : phase * (pivot / size);
        total += std::log(size);
      }
      sign.view<T>()[static_cast<std::size_t>(s)] = phase;
      log.view<Real>()[static_cast<std::size_t>(s)] = total;
    }
  });
  return {std::move(sign).freeze(), std::move(log).freeze()};
}

Chunk inv(const Chunk& a) {
  prepare_blas();
  const auto stack = square_stack(a, "inv");
  MutableChunk out(a.dtype, a.shape);
  visit_inexact(a.dtype, [&]<class T>(T) {
    const int n = blas_size(stack.rows);
    const int ld = leading(n);
    const auto elements = stack.rows * stack.rows;
    for (std::int64_t s = 0; s < stack.count; ++s) {
      Lu<T> lu(a.view<T>().data() + s * elements, n);
      lu.refuse_singular("inv");
      int info = 0;
      with_work<T>([&](T* work, int lwork) {
        Lapack<T>::getri(&n, lu.factors.data(), &ld, lu.pivots.data(), work, &lwork, &info);
      });
      std::copy_n(lu.factors.data(), elements, out.view<T>().data() + s * elements);
    }
  });
  return std::move(out).freeze();
}

Chunk solve(const Chunk& a, const Chunk& b) {
  prepare_blas();
  const auto stack = square_stack(a, "solve");
  const auto right = stack_of(b.shape);
  if (right.lead != stack.lead || right.rows != stack.rows) {
    throw ValueError(
        fmt::format("solve: shapes {} and {} do not fit", to_string(a.shape), to_string(b.shape)));
  }
  MutableChunk out(a.dtype, b.shape);
  visit_inexact(a.dtype, [&]<class T>(T) {
    const int n = blas_size(stack.rows);
    const int columns = blas_size(right.columns);
    const int ld = leading(n);
    const auto elements = right.rows * right.columns;
    Scratch<T> x(elements, n);
    for (std::int64_t s = 0; s < stack.count; ++s) {
      Lu<T> lu(a.view<T>().data() + s * stack.rows * stack.rows, n);
      lu.refuse_singular("solve");
      load_columns(b.view<T>().data() + s * elements, right, x.data());
      int info = 0;
      Lapack<T>::getrs("T", &n, &columns, lu.factors.data(), &ld, lu.pivots.data(), x.data(), &ld,
                       &info, 1);
      transpose_matrix(x.data(), right.columns, right.rows, out.view<T>().data() + s * elements);
    }
  });
  return std::move(out).freeze();
}

Chunk solve_triangular(const Chunk& a, const Chunk& b, TriangularForm form, std::int64_t first) {
  prepare_blas();
  const auto stack = square_stack(a, "solve_triangular");
  const auto right = stack_of(b.shape);
  if (right.lead != stack.lead || right.rows != stack.rows) {
    throw ValueError(fmt::format("solve_triangular: shapes {} and {} do not fit",
                                 to_string(a.shape), to_string(b.shape)));
  }
  MutableChunk out(a.dtype, b.shape);
  std::memcpy(out.data(), b.data.data(), b.nbytes());
  visit_inexact(a.dtype, [&]<class T>(T) {
    const auto n = stack.rows;
    const int columns = blas_size(right.columns);
    const Triangle triangle{.uplo = form.lower ? CblasLower : CblasUpper,
                            .diagonal = form.unit_diagonal ? CblasUnit : CblasNonUnit};
    for (std::int64_t s = 0; s < stack.count; ++s) {
      const T* matrix = a.view<T>().data() + s * n * n;
      for (std::int64_t i = 0; i < n && !form.unit_diagonal; ++i) {
        if (matrix[i * n + i] == T(0)) {
          throw ValueError(fmt::format(
              "solve_triangular: the matrix is singular (its diagonal is zero at {})", first + i));
        }
      }
      trsm(triangle, blas_size(n), columns, matrix, leading(blas_size(n)),
           out.view<T>().data() + s * n * right.columns, leading(columns));
    }
  });
  return std::move(out).freeze();
}

}  // namespace tartan::array

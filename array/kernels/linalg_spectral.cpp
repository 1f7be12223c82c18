// Singular values, eigenvalues, and least squares by them.

#include <array/kernels/linalg_support.hpp>
#include <cmath>

namespace tartan::array {
namespace {

/// LAPACK's iterations on NaNs and infinities end in any way, some with lines on standard output.
template <class T>
void require_finite(const Chunk& a, std::string_view what) {
  for (const T value : a.view<T>()) {
    if (!std::isfinite(std::abs(value))) {
      throw ValueError(fmt::format("{}: the matrix has infinite or NaN elements", what));
    }
  }
}

/// Where the vectors of one decomposition go; null when they are not wanted.
template <class T>
struct SvdOut {
  T* u = nullptr;
  T* vh = nullptr;
};

/// A chunk is the transpose of its matrix to LAPACK, and the transpose of U S V^H is
/// (V^H)^T S U^T: what LAPACK calls U is V^H in C order, and the other way round.
template <class T>
void svd_matrix(const Stack& stack, bool full, T* matrix, RealOf<T>* s, SvdOut<T> out) {
  const int m = blas_size(stack.columns);
  const int n = blas_size(stack.rows);
  const int least = std::min(m, n);
  const int ld = leading(m);
  const char* job = out.u == nullptr ? "N" : full ? "A" : "S";
  const int ld_u = leading(m);
  const int ld_vt = leading(full ? n : least);
  Scratch<int> integers(std::int64_t{8} * least);
  int info = 0;
  if constexpr (kIsComplex<T>) {
    const std::int64_t k = least;
    const std::int64_t most = std::max(m, n);
    Scratch<RealOf<T>> reals(std::max(5 * k * k + 5 * k, 2 * most * k + 2 * k * k + k));
    with_work<T>(
        [&](T* work, int lwork) {
          Lapack<T>::gesdd(job, &m, &n, matrix, &ld, s, out.vh, &ld_u, out.u, &ld_vt, work, &lwork,
                           reals.data(), integers.data(), &info, 1);
        },
        most);
  } else {
    with_work<T>([&](T* work, int lwork) {
      Lapack<T>::gesdd(job, &m, &n, matrix, &ld, s, out.vh, &ld_u, out.u, &ld_vt, work, &lwork,
                       integers.data(), &info, 1);
    });
  }
  if (info != 0) throw ValueError("svd: it did not converge");
}

/// Identity matrices: the vectors of a matrix without elements.
void fill_identity(MutableChunk& chunk, std::int64_t n) {
  if (chunk.nbytes() == 0) return;
  std::memset(chunk.data(), 0, chunk.nbytes());
  visit_inexact(chunk.dtype(), [&]<class T>(T) {
    auto elements = chunk.view<T>();
    for (std::int64_t i = 0; i < std::ssize(elements); ++i) {
      if (i % (n * n) % (n + 1) == 0) elements[static_cast<std::size_t>(i)] = T(1);
    }
  });
}

/// {w, V} or {w}: w real, V with its columns as LAPACK gives them.
template <class T>
void eigh_matrix(int n, bool vectors, T* matrix, RealOf<T>* w) {
  const char* job = vectors ? "V" : "N";
  const int ld = leading(n);
  int info = 0;
  int integer_size = 0;
  T work_size(0);
  const int query = -1;
  if constexpr (kIsComplex<T>) {
    RealOf<T> real_size(0);
    Lapack<T>::eigen_hermitian(job, "U", &n, matrix, &ld, w, &work_size, &query, &real_size, &query,
                               &integer_size, &query, &info, 1, 1);
    const int lwork = static_cast<int>(work_size.real()) + 1;
    const int lreal = static_cast<int>(real_size) + 1;
    Scratch<T> work(lwork, n);
    Scratch<RealOf<T>> reals(lreal);
    Scratch<int> integers(integer_size);
    Lapack<T>::eigen_hermitian(job, "U", &n, matrix, &ld, w, work.data(), &lwork, reals.data(),
                               &lreal, integers.data(), &integer_size, &info, 1, 1);
  } else {
    Lapack<T>::eigen_hermitian(job, "U", &n, matrix, &ld, w, &work_size, &query, &integer_size,
                               &query, &info, 1, 1);
    const int lwork = static_cast<int>(work_size) + 1;
    Scratch<T> work(lwork);
    Scratch<int> integers(integer_size);
    Lapack<T>::eigen_hermitian(job, "U", &n, matrix, &ld, w, work.data(), &lwork, integers.data(),
                               &integer_size, &info, 1, 1);
  }
  if (info != 0) throw ValueError("eigh: it did not converge");
}

std::vector<Chunk> eigh_of(const Chunk& a, bool vectors) {
  prepare_blas();
  const auto stack = stack_of(a.shape);
  const auto n = stack.rows;
  MutableChunk w(real_of(a.dtype), stack.vectors(n));
  MutableChunk v(a.dtype, vectors ? a.shape : Shape{0});
  visit_inexact(a.dtype, [&]<class T>(T) {
    require_finite<T>(a, "eigh");
    Scratch<T> matrix(n * n, n);
    for (std::int64_t s = 0; s < stack.count; ++s) {
      std::copy_n(a.view<T>().data() + s * n * n, n * n, matrix.data());
      eigh_matrix(blas_size(n), vectors, matrix.data(), w.view<RealOf<T>>().data() + s * n);
      if (!vectors) continue;
      // The chunk is the conjugate of its matrix to LAPACK.
      T* to = v.view<T>().data() + s * n * n;
      transpose_matrix(matrix.data(), n, n, to);
      for (std::int64_t i = 0; i < n * n; ++i) to[i] = conjugate(to[i]);
    }
  });
  return {std::move(w).freeze(), std::move(v).freeze()};
}

/// One matrix in LAPACK's order -> eigenvalues and, in its order too, vectors when v is not null.
template <class T>
void eig_matrix(int n, T* matrix, std::complex<RealOf<T>>* w, std::complex<RealOf<T>>* v) {
  const char* job = v != nullptr ? "V" : "N";
  const int ld = leading(n);
  const std::int64_t length = n;
  int info = 0;
  if constexpr (kIsComplex<T>) {
    Scratch<RealOf<T>> reals(2 * length);
    with_work<T>(
        [&](T* work, int lwork) {
          Lapack<T>::geev("N", job, &n, matrix, &ld, w, nullptr, &ld, v, &ld, work, &lwork,
                          reals.data(), &info, 1, 1);
        },
        length);
  } else {
    Scratch<T> real(length);
    Scratch<T> imaginary(length);
    Scratch<T> vectors(v != nullptr ? length * length : 1);
    with_work<T>([&](T* work, int lwork) {
      Lapack<T>::geev("N", job, &n, matrix, &ld, real.data(), imaginary.data(), nullptr, &ld,
                      vectors.data(), &ld, work, &lwork, &info, 1, 1);
    });
    for (int j = 0; j < n && info == 0; ++j) {
      w[j] = {real[j], imaginary[j]};
      if (v == nullptr) continue;
      // Of a conjugate pair the first column holds real parts and the second imaginary ones.
      const bool second = imaginary[j] < 0;
      const T* parts = vectors.data() + (second ? j - 1 : j) * length;
      for (std::int64_t i = 0; i < length; ++i) {
        const T imag = imaginary[j] == 0 ? T(0) : parts[length + i];
        v[j * length + i] = {parts[i], second ? -imag : imag};
      }
    }
  }
  if (info != 0) throw ValueError("eig: it did not converge");
}

std::vector<Chunk> eig_of(const Chunk& a, bool vectors) {
  prepare_blas();
  const auto stack = stack_of(a.shape);
  const auto n = stack.rows;
  const auto dtype = complex_of(a.dtype);
  MutableChunk w(dtype, stack.vectors(n));
  MutableChunk v(dtype, vectors ? a.shape : Shape{0});
  visit_inexact(a.dtype, [&]<class T>(T) {
    using Complex = std::complex<RealOf<T>>;
    require_finite<T>(a, "eig");
    Scratch<T> matrix(n * n, n);
    Scratch<Complex> columns(vectors ? n * n : 1, n);
    for (std::int64_t s = 0; s < stack.count; ++s) {
      const T* from = a.view<T>().data() + s * n * n;
      load_columns(from, stack, matrix.data());
      eig_matrix<T>(blas_size(n), matrix.data(), w.view<Complex>().data() + s * n,
                    vectors ? columns.data() : nullptr);
      if (vectors) transpose_matrix(columns.data(), n, n, v.view<Complex>().data() + s * n * n);
    }
  });
  return {std::move(w).freeze(), std::move(v).freeze()};
}

}  // namespace

std::vector<Chunk> svd(const Chunk& a, bool full) {
  prepare_blas();
  const auto stack = stack_of(a.shape);
  const auto m = stack.rows;
  const auto n = stack.columns;
  const auto least = std::min(m, n);
  const auto u_columns = full ? m : least;
  const auto v_rows = full ? n : least;
  MutableChunk u(a.dtype, stack.shape(m, u_columns));
  MutableChunk values(real_of(a.dtype), stack.vectors(least));
  MutableChunk vh(a.dtype, stack.shape(v_rows, n));
  if (least == 0) {
    fill_identity(u, m);
    fill_identity(vh, n);
  } else {
    visit_inexact(a.dtype, [&]<class T>(T) {
      require_finite<T>(a, "svd");
      Scratch<T> matrix(m * n, n);
      Scratch<T> left(m * u_columns, u_columns);
      Scratch<T> right(v_rows * n, n);
      for (std::int64_t s = 0; s < stack.count; ++s) {
        std::copy_n(a.view<T>().data() + s * m * n, m * n, matrix.data());
        svd_matrix<T>(stack, full, matrix.data(), values.view<RealOf<T>>().data() + s * least,
                      {left.data(), right.data()});
        std::copy_n(left.data(), m * u_columns, u.view<T>().data() + s * m * u_columns);
        std::copy_n(right.data(), v_rows * n, vh.view<T>().data() + s * v_rows * n);
      }
    });
  }
  return {std::move(u).freeze(), std::move(values).freeze(), std::move(vh).freeze()};
}

Chunk svdvals(const Chunk& a) {
  prepare_blas();
  const auto stack = stack_of(a.shape);
  const auto elements = stack.rows * stack.columns;
  const auto least = std::min(stack.rows, stack.columns);
  MutableChunk values(real_of(a.dtype), stack.vectors(least));
  visit_inexact(a.dtype, [&]<class T>(T) {
    require_finite<T>(a, "svd");
    Scratch<T> matrix(elements, stack.columns);
    for (std::int64_t s = 0; s < stack.count && least > 0; ++s) {
      std::copy_n(a.view<T>().data() + s * elements, elements, matrix.data());
      svd_matrix<T>(stack, false, matrix.data(), values.view<RealOf<T>>().data() + s * least, {});
    }
  });
  return std::move(values).freeze();
}

std::vector<Chunk> eigh(const Chunk& a) { return eigh_of(a, true); }
Chunk eigvalsh(const Chunk& a) { return eigh_of(a, false).front(); }
std::vector<Chunk> eig(const Chunk& a) { return eig_of(a, true); }
Chunk eigvals(const Chunk& a) { return eig_of(a, false).front(); }

std::vector<Chunk> lstsq(const Chunk& a, const Chunk& b, double rcond) {
  prepare_blas();
  const auto stack = stack_of(a.shape);
  const auto right = stack_of(b.shape);
  const auto m = stack.rows;
  const auto n = stack.columns;
  const auto least = std::min(m, n);
  const auto most = std::max(m, n);
  MutableChunk x(a.dtype, {n, right.columns});
  MutableChunk rank(DType::int64, {});
  MutableChunk values(real_of(a.dtype), {least});
  visit_inexact(a.dtype, [&]<class T>(T) {
    require_finite<T>(a, "lstsq");
    Scratch<T> matrix(m * n, m);
    Scratch<T> sides(most * right.columns, most);
    load_columns(a.view<T>().data(), stack, matrix.data());
    const T* from = b.view<T>().data();
    for (std::int64_t j = 0; j < right.columns; ++j) {
      for (std::int64_t i = 0; i < most; ++i) {
        sides[j * most + i] = i < m ? from[i * right.columns + j] : T(0);
      }
    }
    const int rows = blas_size(m);
    const int columns = blas_size(n);
    const int count = blas_size(right.columns);
    const int ld = leading(rows);
    const int ld_sides = leading(blas_size(most));
    const auto limit = static_cast<RealOf<T>>(rcond);
    int found = 0;
    int info = 0;
    // Bounds of the manual for the smallest sub-problems of 25.
    const auto levels = 32;
    Scratch<int> integers((3 * levels + 11) * least + 1);
    Scratch<RealOf<T>> reals(10 * most + 2 * least * 25 + 8 * least * levels +
                             3 * 25 * right.columns + 26 * 26 + most * (1 + right.columns) +
                             2 * right.columns + 1);
    if (least > 0) {
      with_work<T>(
          [&](T* work, int lwork) {
            if constexpr (kIsComplex<T>) {
              Lapack<T>::gelsd(&rows, &columns, &count, matrix.data(), &ld, sides.data(), &ld_sides,
                               values.view<RealOf<T>>().data(), &limit, &found, work, &lwork,
                               reals.data(), integers.data(), &info);
            } else {
              Lapack<T>::gelsd(&rows, &columns, &count, matrix.data(), &ld, sides.data(), &ld_sides,
                               values.view<RealOf<T>>().data(), &limit, &found, work, &lwork,
                               integers.data(), &info);
            }
          },
          most);
    }
    if (info != 0) throw ValueError("lstsq: the singular values did not converge");
    auto to = x.view<T>();
    for (std::int64_t i = 0; i < n; ++i) {
      for (std::int64_t j = 0; j < right.columns; ++j) {
        to[static_cast<std::size_t>(i * right.columns + j)] =
            least > 0 ? sides[j * most + i] : T(0);
      }
    }
    rank.view<std::int64_t>()[0] = found;
  });
  return {std::move(x).freeze(), std::move(rank).freeze(), std::move(values).freeze()};
}

}  // namespace tartan::array

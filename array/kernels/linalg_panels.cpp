#include <array/kernels/linalg_panels.hpp>
#include <array/kernels/linalg_support.hpp>
#include <cmath>

namespace tartan::array {
namespace {

/// The block's columns and rows.
struct Block {
  int columns;
  int rows;
};
Block block_of(const Chunk& chunk) {
  return {blas_size(chunk.shape.at(0)), blas_size(chunk.shape.at(1))};
}

MutableChunk copy_of(const Chunk& chunk) {
  MutableChunk copy(chunk.dtype, chunk.shape);
  if (copy.nbytes() > 0) std::memcpy(copy.data(), chunk.data.data(), copy.nbytes());
  return copy;
}

template <class T>
void exchange_rows(T* block, Block size, std::span<const std::int64_t> pivots, std::int64_t first) {
  for (int j = 0; j < size.columns; ++j) {
    T* column = block + static_cast<std::int64_t>(j) * size.rows;
    for (std::size_t i = 0; i < pivots.size(); ++i) {
      std::swap(column[first + static_cast<std::int64_t>(i)], column[pivots[i]]);
    }
  }
}

void check_fits(const Chunk& panel, const Chunk& block, std::int64_t first) {
  if (panel.dtype != block.dtype || panel.shape.at(1) != block.shape.at(1) || first < 0 ||
      first + panel.shape[0] > panel.shape[1]) {
    throw ValueError(fmt::format("linalg: a panel of {} from row {} does not fit a block of {}",
                                 to_string(panel.shape), first, to_string(block.shape)));
  }
}

}  // namespace

std::vector<Chunk> lu_panel(const Chunk& block, std::int64_t first) {
  prepare_blas();
  check_fits(block, block, first);
  auto out = copy_of(block);
  const auto size = block_of(block);
  MutableChunk pivots(DType::int64, {size.columns});
  visit_inexact(block.dtype, [&]<class T>(T) {
    const int rows = size.rows - static_cast<int>(first);
    Scratch<int> exchanges(size.columns);
    int info = 0;
    Lapack<T>::getrf(&rows, &size.columns, out.view<T>().data() + first, &size.rows,
                     exchanges.data(), &info);
    check_info(info, "lu");
    auto to = pivots.view<std::int64_t>();
    for (int i = 0; i < size.columns; ++i) {
      to[static_cast<std::size_t>(i)] = first + exchanges[i] - 1;
    }
  });
  return {std::move(out).freeze(), std::move(pivots).freeze()};
}

Chunk lu_update(const Chunk& panel, const Chunk& pivots, const Chunk& block, std::int64_t first) {
  prepare_blas();
  check_fits(panel, block, first);
  auto out = copy_of(block);
  const auto size = block_of(block);
  const int width = block_of(panel).columns;
  visit_inexact(block.dtype, [&]<class T>(T) {
    T* to = out.view<T>().data();
    const T* factors = panel.view<T>().data() + first;
    exchange_rows(to, size, pivots.view<std::int64_t>(), first);
    to += first;
    const Triangle unit{.order = CblasColMajor, .diagonal = CblasUnit};
    trsm(unit, width, size.columns, factors, size.rows, to, size.rows);
    const GemmSizes below{size.rows - static_cast<int>(first) - width, size.columns, width};
    gemm(CblasColMajor, CblasNoTrans, CblasNoTrans, below, T(-1), factors + width, size.rows, to,
         size.rows, T(1), to + width, size.rows);
  });
  return std::move(out).freeze();
}

Chunk lu_back(const Chunk& panel, const Chunk& block, std::int64_t first) {
  prepare_blas();
  check_fits(panel, block, first);
  auto out = copy_of(block);
  const auto size = block_of(block);
  const int width = block_of(panel).columns;
  visit_inexact(block.dtype, [&]<class T>(T) {
    T* to = out.view<T>().data();
    const T* factors = panel.view<T>().data();
    for (std::int64_t i = 0; i < width; ++i) {
      if (factors[i * size.rows + first + i] == T(0)) {
        throw ValueError(
            fmt::format("solve: the matrix is singular (pivot {} is zero)", first + i));
      }
    }
    const Triangle upper{.order = CblasColMajor, .uplo = CblasUpper};
    trsm(upper, width, size.columns, factors + first, size.rows, to + first, size.rows);
    const GemmSizes above{static_cast<int>(first), size.columns, width};
    gemm(CblasColMajor, CblasNoTrans, CblasNoTrans, above, T(-1), factors, size.rows, to + first,
         size.rows, T(1), to, size.rows);
  });
  return std::move(out).freeze();
}

Chunk lu_lower(const Chunk& panel, std::span<const Chunk> later, std::int64_t first) {
  check_fits(panel, panel, first);
  auto out = copy_of(panel);
  const auto size = block_of(panel);
  visit_inexact(panel.dtype, [&]<class T>(T) {
    T* to = out.view<T>().data();
    for (std::int64_t j = 0; j < size.columns; ++j) {
      std::fill_n(to + j * size.rows, first + j, T(0));
      to[j * size.rows + first + j] = T(1);
    }
    auto next = first + size.columns;
    for (const auto& pivots : later) {
      exchange_rows(to, size, pivots.view<std::int64_t>(), next);
      next += pivots.size();
    }
  });
  return std::move(out).freeze();
}

Chunk upper_part(const Chunk& block, std::int64_t rows, std::int64_t column) {
  const auto size = block_of(block);
  MutableChunk out(block.dtype, {size.columns, rows});
  visit_inexact(block.dtype, [&]<class T>(T) {
    const T* from = block.view<T>().data();
    T* to = out.view<T>().data();
    for (std::int64_t j = 0; j < size.columns; ++j) {
      const auto kept = std::min(rows, column + j + 1);
      std::copy_n(from + j * size.rows, kept, to + j * rows);
      std::fill_n(to + j * rows + kept, rows - kept, T(0));
    }
  });
  return std::move(out).freeze();
}

Chunk permutation_of(std::span<const Chunk> pivots, std::int64_t rows) {
  MutableChunk out(DType::int64, {rows});
  auto to = out.view<std::int64_t>();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = static_cast<std::int64_t>(i);
  std::size_t next = 0;
  for (const auto& chunk : pivots) {
    for (auto with : chunk.view<std::int64_t>()) {
      std::swap(to[next++], to[static_cast<std::size_t>(with)]);
    }
  }
  return std::move(out).freeze();
}

Chunk signed_diagonal(const Chunk& panel, const Chunk& pivots, std::int64_t first) {
  check_fits(panel, panel, first);
  const auto size = block_of(panel);
  MutableChunk out(panel.dtype, {size.columns});
  visit_inexact(panel.dtype, [&]<class T>(T) {
    const T* from = panel.view<T>().data();
    auto to = out.view<T>();
    bool odd = false;
    for (std::int64_t i = 0; i < size.columns; ++i) {
      const auto at = static_cast<std::size_t>(i);
      to[at] = from[i * size.rows + first + i];
      odd = odd != (pivots.view<std::int64_t>()[at] != first + i);
    }
    if (odd) to[0] = -to[0];
  });
  return std::move(out).freeze();
}

std::vector<Chunk> log_product(std::span<const Chunk> diagonals, DType dtype) {
  MutableChunk sign(dtype, {});
  MutableChunk log(real_of(dtype), {});
  visit_inexact(dtype, [&]<class T>(T) {
    T phase(1);
    RealOf<T> total(0);
    for (const auto& diagonal : diagonals) {
      for (const T value : diagonal.view<T>()) {
        const RealOf<T> size = std::abs(value);
        phase = size == RealOf<T>(0) ? T(0) : phase * (value / size);
        total += std::log(size);
      }
    }
    sign.view<T>()[0] = phase;
    log.view<RealOf<T>>()[0] = total;
  });
  return {std::move(sign).freeze(), std::move(log).freeze()};
}

std::vector<Chunk> qr_panel(const Chunk& block, std::int64_t first) {
  prepare_blas();
  check_fits(block, block, first);
  auto out = copy_of(block);
  const auto size = block_of(block);
  MutableChunk factors(block.dtype, {size.columns});
  visit_inexact(block.dtype, [&]<class T>(T) {
    const int rows = size.rows - static_cast<int>(first);
    int info = 0;
    with_work<T>([&](T* work, int lwork) {
      Lapack<T>::geqrf(&rows, &size.columns, out.view<T>().data() + first, &size.rows,
                       factors.view<T>().data(), work, &lwork, &info);
    });
    check_info(info, "qr");
  });
  return {std::move(out).freeze(), std::move(factors).freeze()};
}

Chunk qr_apply(const Chunk& panel, const Chunk& factors, const Chunk& block, std::int64_t first,
               bool adjoint) {
  prepare_blas();
  check_fits(panel, block, first);
  auto out = copy_of(block);
  const auto size = block_of(block);
  const int width = block_of(panel).columns;
  visit_inexact(block.dtype, [&]<class T>(T) {
    const char* op = !adjoint ? "N" : kIsComplex<T> ? "C" : "T";
    // A copy, as ormqr writes into the reflectors while it works, and others read them.
    Scratch<T> reflectors(panel.size());
    std::copy_n(panel.view<T>().data(), panel.size(), reflectors.data());
    const int rows = size.rows - static_cast<int>(first);
    int info = 0;
    with_work<T>([&](T* work, int lwork) {
      Lapack<T>::ormqr("L", op, &rows, &size.columns, &width, reflectors.data() + first, &size.rows,
                       factors.view<T>().data(), out.view<T>().data() + first, &size.rows, work,
                       &lwork, &info, 1, 1);
    });
    check_info(info, "qr");
  });
  return std::move(out).freeze();
}

Chunk subtract_product(const Chunk& tile, const Chunk& a, const Chunk& b, bool adjoint) {
  prepare_blas();
  const auto inner = a.shape.at(1);
  if (a.shape[0] != tile.shape.at(0) || b.shape.at(adjoint ? 0 : 1) != tile.shape.at(1) ||
      b.shape[adjoint ? 1 : 0] != inner || a.dtype != tile.dtype || b.dtype != tile.dtype) {
    throw ValueError(fmt::format("linalg: tiles of {}, {} and {} do not fit", to_string(tile.shape),
                                 to_string(a.shape), to_string(b.shape)));
  }
  auto out = copy_of(tile);
  visit_inexact(tile.dtype, [&]<class T>(T) {
    const GemmSizes size{blas_size(tile.shape[0]), blas_size(tile.shape[1]), blas_size(inner)};
    gemm(CblasRowMajor, CblasNoTrans, adjoint ? CblasConjTrans : CblasNoTrans, size, T(-1),
         a.view<T>().data(), leading(size.k), b.view<T>().data(),
         leading(adjoint ? size.k : size.n), T(1), out.view<T>().data(), leading(size.n));
  });
  return std::move(out).freeze();
}

Chunk solve_right(const Chunk& lower, const Chunk& tile) {
  prepare_blas();
  const auto n = lower.shape.at(0);
  if (lower.shape.at(1) != n || tile.shape.at(1) != n || lower.dtype != tile.dtype) {
    throw ValueError(fmt::format("linalg: tiles of {} and {} do not fit", to_string(lower.shape),
                                 to_string(tile.shape)));
  }
  auto out = copy_of(tile);
  visit_inexact(tile.dtype, [&]<class T>(T) {
    const Triangle triangle{.side = CblasRight, .op = CblasConjTrans};
    const int columns = blas_size(n);
    trsm(triangle, blas_size(tile.shape[0]), columns, lower.view<T>().data(), leading(columns),
         out.view<T>().data(), leading(columns));
  });
  return std::move(out).freeze();
}

}  // namespace tartan::array

// Mean and M2, the sum of squared deviations from it, in two passes over what lies in cache;
// parts merge by Chan, Golub and LeVeque's formula (1979), which does not cancel.

#include <array/kernels/reduce_loops.hpp>

namespace tartan::array {
namespace {

TARTAN_INLINE void chan(double* __restrict mean, double* __restrict m2, std::int64_t na,
                        const double* __restrict mean_b, const double* __restrict m2_b,
                        std::int64_t nb, std::size_t width) {
  const double a = static_cast<double>(na);
  const double b = static_cast<double>(nb);
  const double share = b / (a + b);
  const double weight = a * share;
  for (std::size_t j = 0; j < width; ++j) {
    const double difference = mean_b[j] - mean[j];
    mean[j] += difference * share;
    m2[j] += m2_b[j] + difference * difference * weight;
  }
}

/// Groups of kGroup rows: their column means, then their deviations, then one merge.
template <std::size_t kGroup, class S>
TARTAN_INLINE std::size_t group_rows(double* __restrict mean, double* __restrict m2,
                                     std::int64_t before, const S* __restrict x, std::size_t rows,
                                     std::size_t width, std::size_t step) {
  std::size_t row = 0;
  for (; row + kGroup <= rows; row += kGroup) {
    const double a = static_cast<double>(before + static_cast<std::int64_t>(row));
    const double share = static_cast<double>(kGroup) / (a + static_cast<double>(kGroup));
    const double weight = a * share;
    const S* group = x + row * step;
#pragma GCC ivdep
    for (std::size_t j = 0; j < width; ++j) {
      double value[kGroup];
      double sum = 0;
      for (std::size_t k = 0; k < kGroup; ++k) {
        value[k] = static_cast<double>(group[k * step + j]);
        sum += value[k];
      }
      const double centre = sum / static_cast<double>(kGroup);
      double squares = 0;
      for (std::size_t k = 0; k < kGroup; ++k) {
        squares += (value[k] - centre) * (value[k] - centre);
      }
      const double difference = centre - mean[j];
      mean[j] += difference * share;
      m2[j] += squares + difference * difference * weight;
    }
  }
  return row;
}

template <class S>
struct MomentLoops {
  static constexpr bool kInterleaves = true;
  static double* mean(State state) { return reinterpret_cast<double*>(state.field[0]); }
  static double* m2(State state) { return reinterpret_cast<double*>(state.field[1]); }

  static void clear(State state, std::size_t width) {
    for (std::size_t j = 0; j < width; ++j) mean(state)[j] = m2(state)[j] = 0;
  }
  static TARTAN_INLINE void runs_body(State state, const Rows& rows) {
    const S* from = reinterpret_cast<const S*>(rows.x);
    const std::size_t n = rows.width;
    for (std::size_t r = 0; r < rows.rows; ++r, from += n) {
      const double average = fold_run<Plus<S>>(from, n, Unmapped{}) / static_cast<double>(n);
      mean(state)[r] = average;
      m2(state)[r] = fold_run<Plus<S>>(from, n, SquaredDeviation{average});
    }
  }
  static TARTAN_INLINE void rows_body(State state, std::int64_t before, const Rows& rows) {
    const S* from = reinterpret_cast<const S*>(rows.x);
    const std::size_t done =
        group_rows<8>(mean(state), m2(state), before, from, rows.rows, rows.width, rows.step);
    group_rows<1>(mean(state), m2(state), before + static_cast<std::int64_t>(done),
                  from + done * rows.step, rows.rows - done, rows.width, rows.step);
  }
  static TARTAN_INLINE void merge_body(State a, std::int64_t na, State b, std::int64_t nb,
                                       std::size_t width) {
    chan(mean(a), m2(a), na, mean(b), m2(b), nb, width);
  }
};

}  // namespace

ReduceKernel moments_kernel(DType element, Isa isa) {
  ReduceKernel kernel;
  kernel.field_count = 0;
  if (element == DType::float32) kernel = ReduceVariants<MomentLoops<float>>::pick(isa);
  if (element == DType::float64) kernel = ReduceVariants<MomentLoops<double>>::pick(isa);
  if (!is_floating(element)) return kernel;
  kernel.element = element;
  kernel.fields = {DType::float64, DType::float64, DType::float64};
  kernel.field_count = 2;
  return kernel;
}

}  // namespace tartan::array

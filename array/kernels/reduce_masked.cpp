// Sums and moments of the elements under a mask. How many those are differs from one element of
// the result to the next, so that it is the last field of the state. What the mask leaves out is
// taken for 0 by its bits, and may be NaN or infinite.

#include <array/kernels/reduce_loops.hpp>
#include <bit>

namespace tartan::array {
namespace {

/// value where keep is 1, 0 where it is 0.
TARTAN_INLINE double kept(double value, std::uint8_t keep) {
  const auto bits = std::uint64_t{0} - static_cast<std::uint64_t>(keep);
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(value) & bits);
}

/// map(x[i]) under the mask. Adding up from here, where registers are full, is faster than choosing
/// while adding.
template <class S, class Map>
TARTAN_INLINE void choose(double* __restrict to, const S* __restrict x,
                          const std::uint8_t* __restrict mask, std::size_t n, const Map& map) {
  for (std::size_t i = 0; i < n; ++i) to[i] = kept(map(static_cast<double>(x[i])), mask[i]);
}

TARTAN_INLINE double total(const double* x, std::size_t n) {
  return fold_run<Plus<double>>(x, n, Unmapped{});
}

TARTAN_INLINE double kept_count(const std::uint8_t* mask, std::size_t n) {
  std::uint32_t count = 0;
  for (std::size_t i = 0; i < n; ++i) count += mask[i];
  return count;
}

TARTAN_INLINE double* field(State state, std::size_t f) {
  return reinterpret_cast<double*>(state.field[f]);
}
TARTAN_INLINE const std::uint8_t* mask_of(const Rows& rows) {
  return reinterpret_cast<const std::uint8_t*>(rows.mask);
}

template <std::size_t kFields>
void clear_fields(State state, std::size_t width) {
  for (std::size_t f = 0; f < kFields; ++f) {
    for (std::size_t j = 0; j < width; ++j) field(state, f)[j] = 0;
  }
}

template <class S>
struct SumLoops {
  static constexpr bool kInterleaves = true;
  static void clear(State state, std::size_t width) { clear_fields<2>(state, width); }

  static TARTAN_INLINE void runs_body(State state, const Rows& rows) {
    const std::uint8_t* mask = mask_of(rows);
    alignas(64) double chosen[kTileElements];
    choose(chosen, reinterpret_cast<const S*>(rows.x), mask, rows.rows * rows.width, Unmapped{});
    for (std::size_t r = 0; r < rows.rows; ++r) {
      field(state, 0)[r] = total(chosen + r * rows.width, rows.width);
      field(state, 1)[r] = kept_count(mask + r * rows.width, rows.width);
    }
  }
  template <std::size_t kGroup>
  static TARTAN_INLINE std::size_t group(State state, const Rows& rows, std::size_t row) {
    double* __restrict sum = field(state, 0);
    double* __restrict count = field(state, 1);
    for (; row + kGroup <= rows.rows; row += kGroup) {
      const S* __restrict x = reinterpret_cast<const S*>(rows.x) + row * rows.step;
      const std::uint8_t* __restrict mask = mask_of(rows) + row * rows.mask_step;
#pragma GCC ivdep
      for (std::size_t j = 0; j < rows.width; ++j) {
        double part[2] = {};
        std::uint8_t keep = 0;
        for (std::size_t k = 0; k < kGroup; ++k) {
          const std::uint8_t here = mask[k * rows.mask_step + j];
          part[k % 2] += kept(static_cast<double>(x[k * rows.step + j]), here);
          keep = static_cast<std::uint8_t>(keep + here);
        }
        sum[j] += part[0] + part[1];
        count[j] += static_cast<double>(keep);
      }
    }
    return row;
  }
  static TARTAN_INLINE void rows_body(State state, std::int64_t, const Rows& rows) {
    const std::size_t done = group<8>(state, rows, 0);
    group<1>(state, rows, done);
  }
  static TARTAN_INLINE void merge_body(State a, std::int64_t, State b, std::int64_t,
                                       std::size_t width) {
    for (std::size_t f = 0; f < 2; ++f) {
      for (std::size_t j = 0; j < width; ++j) field(a, f)[j] += field(b, f)[j];
    }
  }
};

/// Adds `more` elements of this mean and sum of squared deviations to what is there (Chan).
TARTAN_INLINE void add_moments(double& mean, double& m2, double& count, double other_mean,
                               double other_m2, double more) {
  const double total = count + more;
  // With nothing on both sides the share is 0 instead of 0 / 0.
  const double share = more / (total > 1 ? total : 1.0);
  const double difference = other_mean - mean;
  mean += difference * share;
  m2 += other_m2 + difference * difference * (count * share);
  count = total;
}

template <class S>
struct MomentLoops {
  static constexpr bool kInterleaves = true;
  static void clear(State state, std::size_t width) { clear_fields<3>(state, width); }

  static TARTAN_INLINE void runs_body(State state, const Rows& rows) {
    const S* x = reinterpret_cast<const S*>(rows.x);
    const std::uint8_t* mask = mask_of(rows);
    const std::size_t n = rows.width;
    alignas(64) double chosen[kTileElements];
    choose(chosen, x, mask, rows.rows * n, Unmapped{});
    for (std::size_t r = 0; r < rows.rows; ++r) {
      double* const row = chosen + r * n;
      const double count = kept_count(mask + r * n, n);
      const double mean = total(row, n) / (count > 1 ? count : 1.0);
      choose(row, x + r * n, mask + r * n, n, SquaredDeviation{mean});
      field(state, 0)[r] = mean;
      field(state, 1)[r] = total(row, n);
      field(state, 2)[r] = count;
    }
  }
  /// Groups of kGroup rows: their column means, then their deviations, then one merge.
  template <std::size_t kGroup>
  static TARTAN_INLINE std::size_t group(State state, const Rows& rows, std::size_t row) {
    double* __restrict mean = field(state, 0);
    double* __restrict m2 = field(state, 1);
    double* __restrict count = field(state, 2);
    for (; row + kGroup <= rows.rows; row += kGroup) {
      const S* __restrict x = reinterpret_cast<const S*>(rows.x) + row * rows.step;
      const std::uint8_t* __restrict mask = mask_of(rows) + row * rows.mask_step;
#pragma GCC ivdep
      for (std::size_t j = 0; j < rows.width; ++j) {
        double value[kGroup];
        std::uint8_t keep[kGroup];
        double sum = 0;
        std::uint8_t more = 0;
        for (std::size_t k = 0; k < kGroup; ++k) {
          value[k] = static_cast<double>(x[k * rows.step + j]);
          keep[k] = mask[k * rows.mask_step + j];
          sum += kept(value[k], keep[k]);
          more = static_cast<std::uint8_t>(more + keep[k]);
        }
        const double centre = sum / (more > 1 ? static_cast<double>(more) : 1.0);
        double squares = 0;
        for (std::size_t k = 0; k < kGroup; ++k) {
          squares += kept((value[k] - centre) * (value[k] - centre), keep[k]);
        }
        add_moments(mean[j], m2[j], count[j], centre, squares, static_cast<double>(more));
      }
    }
    return row;
  }
  static TARTAN_INLINE void rows_body(State state, std::int64_t, const Rows& rows) {
    const std::size_t done = group<8>(state, rows, 0);
    group<1>(state, rows, done);
  }
  static TARTAN_INLINE void merge_body(State a, std::int64_t, State b, std::int64_t,
                                       std::size_t width) {
    for (std::size_t j = 0; j < width; ++j) {
      add_moments(field(a, 0)[j], field(a, 1)[j], field(a, 2)[j], field(b, 0)[j], field(b, 1)[j],
                  field(b, 2)[j]);
    }
  }
};

template <template <class> class Loops>
ReduceKernel masked_kernel(DType element, Isa isa, std::size_t fields) {
  ReduceKernel kernel;
  kernel.field_count = 0;
  if (!is_floating(element)) return kernel;
  kernel = element == DType::float32 ? ReduceVariants<Loops<float>>::pick(isa)
                                     : ReduceVariants<Loops<double>>::pick(isa);
  kernel.element = element;
  kernel.fields = {DType::float64, DType::float64, DType::float64};
  kernel.field_count = fields;
  return kernel;
}

}  // namespace

ReduceKernel masked_sum_kernel(DType element, Isa isa) {
  return masked_kernel<SumLoops>(element, isa, 2);
}

ReduceKernel masked_moments_kernel(DType element, Isa isa) {
  return masked_kernel<MomentLoops>(element, isa, 3);
}

}  // namespace tartan::array

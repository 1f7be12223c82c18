// Merges of sorted runs that are longer than the parts they are merged by.

#include <array/kernels/shape.hpp>
#include <array/kernels/sort.hpp>
#include <catch2/catch.hpp>
#include <numeric>

#include "kernels_support.hpp"

using namespace tartan;
using namespace tartan::array;
using namespace tartan::array::test;

TEST_CASE("runs of any lengths merge to what a stable sort of all elements gives") {
  const auto kind = GENERATE(0, 1, 2, 3);
  const bool descending = GENERATE(false, true);
  Random random(9);
  std::vector<double> all;
  std::vector<Run> runs, values_only;
  for (const std::size_t length : {40'000, 1, 0, 30'000, 16'384, 2, 70'000}) {
    std::vector<double> part(length);
    for (auto& x : part) {
      // Spread, few different ones, one only, and all in one corner of the range.
      x = kind == 0   ? random.uniform() - 0.5
          : kind == 1 ? std::floor(5 * random.uniform())
          : kind == 2 ? 3
                      : std::pow(random.uniform(), 40);
      if (kind == 1 && x == 0 && random.uniform() < 0.5) x = -0.0;
      if (kind == 1 && x == 4) x = NAN;
    }
    const auto chunk = chunk_of<double>({static_cast<std::int64_t>(length)}, part);
    const auto begin = static_cast<std::int64_t>(all.size());
    runs.push_back(sort_run(chunk, begin, descending, true));
    values_only.push_back(sort_run(chunk, begin, descending, false));
    all.insert(all.end(), part.begin(), part.end());
  }
  const auto whole = chunk_of<double>({static_cast<std::int64_t>(all.size())}, all);
  CHECK(same_bits(merge_pieces(runs, descending), array::argsort(whole, 0, descending)));
  CHECK(same_bits(merge_pieces(values_only, descending), array::sort(whole, 0, descending)));
  std::vector<std::int64_t> order(all.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t i, std::int64_t j) {
    const double a = all[static_cast<std::size_t>(i)];
    const double b = all[static_cast<std::size_t>(j)];
    if (descending) return std::isnan(a) ? !std::isnan(b) : a > b;
    return std::isnan(b) ? !std::isnan(a) : a < b;
  });
  CHECK(values_of<std::int64_t>(merge_pieces(runs, descending)) == order);
}

TEST_CASE("complex numbers and narrow integers merge as they sort") {
  for (const auto dtype : {DType::complex64, DType::complex128, DType::int8, DType::boolean}) {
    const auto x = astype(random_chunk<std::complex<double>>({3000}), DType::complex128);
    const auto chunk =
        is_complex(dtype) ? astype(x, dtype) : astype(random_chunk<std::int64_t>({3000}), dtype);
    std::vector<Run> runs, values_only;
    for (const std::int64_t begin : {0, 1000, 1500}) {
      const AxisRange range{begin, (begin == 0 ? 1000 : begin == 1000 ? 500 : 1500), 1};
      const auto part = slice(chunk, {&range, 1});
      runs.push_back(sort_run(part, begin, false, true));
      values_only.push_back(sort_run(part, begin, false, false));
    }
    CHECK(same_bits(merge_pieces(runs, false), array::argsort(chunk, 0, false)));
    CHECK(same_bits(merge_pieces(values_only, false), array::sort(chunk, 0, false)));
  }
}

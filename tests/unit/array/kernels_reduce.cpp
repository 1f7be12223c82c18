#include <algorithm>
#include <array/kernels/reduce.hpp>
#include <array/kernels/shape.hpp>
#include <catch2/catch.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/value.hpp>
#include <tests/unit/array/kernels_support.hpp>
#include <tests/unit/array/reduce_support.hpp>

namespace tartan::array::test {
namespace {

Partial partial_of(ReduceOp op, const Chunk& chunk, const std::vector<int>& axes,
                   const Placement& placement = {}) {
  return reduce_partial(op, Program::identity(chunk.dtype), std::vector<Chunk>{chunk}, chunk.shape,
                        axes, placement);
}

Chunk finished(ReduceOp op, const Partial& partial, DType element, const std::vector<int>& axes,
               double correction = 0) {
  return finish(op, partial, {result_dtype(op, element), false, axes, correction});
}

Chunk reduced(ReduceOp op, const Chunk& chunk, const std::vector<int>& axes,
              double correction = 0) {
  return finished(op, partial_of(op, chunk, axes), chunk.dtype, axes, correction);
}

/// The flat index of every element's output, by the definition.
std::vector<std::size_t> outputs_of(const Shape& shape, const std::vector<int>& axes) {
  std::vector<std::size_t> result;
  for (std::int64_t i = 0; i < element_count(shape); ++i) {
    std::int64_t rest = i;
    std::size_t out = 0;
    std::size_t stride = 1;
    for (std::size_t d = shape.size(); d-- > 0;) {
      const auto index = static_cast<std::size_t>(rest % shape[d]);
      rest /= shape[d];
      if (std::find(axes.begin(), axes.end(), static_cast<int>(d)) != axes.end()) continue;
      out += index * stride;
      stride *= static_cast<std::size_t>(shape[d]);
    }
    result.push_back(out);
  }
  return result;
}

const std::vector<std::pair<Shape, std::vector<int>>> kCases = {{{}, {}},
                                                                {{1}, {0}},
                                                                {{5}, {0}},
                                                                {{31}, {0}},
                                                                {{10000}, {0}},
                                                                {{40, 3}, {0}},
                                                                {{40, 3}, {1}},
                                                                {{5000, 2}, {0}},
                                                                {{1000, 20}, {0}},
                                                                {{1000, 20}, {1}},
                                                                {{1000, 20}, {0, 1}},
                                                                {{130, 784}, {0}},
                                                                {{3, 5000}, {0}},
                                                                {{3, 5000}, {1}},
                                                                {{7, 6, 5}, {1}},
                                                                {{7, 6, 5}, {0, 2}},
                                                                {{7, 6, 5}, {0}},
                                                                {{7, 6, 5}, {1, 2}},
                                                                {{2, 3, 4, 50}, {1, 3}},
                                                                {{2, 3, 4, 50}, {0, 2}},
                                                                {{4, 1, 9}, {1}},
                                                                {{4, 9}, {}},
                                                                {{3, 2100, 2}, {1}},
                                                                {{70, 3000}, {0}},
                                                                {{9, 1500}, {0}},
                                                                {{2, 9, 1500}, {1}},
                                                                {{3, 21, 1500}, {1}},
                                                                {{300, 3, 40, 5}, {1, 3}},
                                                                {{900, 3, 700, 2}, {1, 3}}};

TEST_CASE("sums, products and means along any axes are those of the definition") {
  for (const auto& [shape, axes] : kCases) {
    const Chunk chunk = random_chunk<double>(shape);
    const auto x = chunk.view<double>();
    const auto out = outputs_of(shape, axes);
    const std::size_t outputs = *std::max_element(out.begin(), out.end()) + 1;
    std::vector<long double> sum(outputs, 0);
    std::vector<long double> size(outputs, 0);
    for (std::size_t i = 0; i < x.size(); ++i) {
      sum[out[i]] += x[i];
      size[out[i]] += std::abs(x[i]);
    }
    const auto got = values_of<double>(reduced(ReduceOp::sum, chunk, axes));
    const auto mean = values_of<double>(reduced(ReduceOp::mean, chunk, axes));
    const auto count = static_cast<double>(x.size() / outputs);
    INFO("shape " << to_string(shape));
    REQUIRE(got.size() == outputs);
    for (std::size_t i = 0; i < outputs; ++i) {
      CHECK(std::abs(got[i] - static_cast<double>(sum[i])) <= 4e-16 * static_cast<double>(size[i]));
      CHECK(mean[i] == got[i] / count);
    }
  }
}

TEST_CASE("variances along any axes are those of the definition, far from zero too") {
  for (const double shift : {0.0, 1e6}) {
    for (const auto& [shape, axes] : kCases) {
      const Chunk chunk =
          applied(Operation::add, {random_chunk<double>(shape), chunk_of<double>({}, {shift})});
      const auto x = chunk.view<double>();
      const auto out = outputs_of(shape, axes);
      const std::size_t outputs = *std::max_element(out.begin(), out.end()) + 1;
      const auto count = static_cast<long double>(x.size() / outputs);
      std::vector<long double> mean(outputs, 0);
      std::vector<long double> m2(outputs, 0);
      for (std::size_t i = 0; i < x.size(); ++i) mean[out[i]] += x[i] / count;
      for (std::size_t i = 0; i < x.size(); ++i) {
        m2[out[i]] += (x[i] - mean[out[i]]) * (x[i] - mean[out[i]]);
      }
      const auto got = values_of<double>(reduced(ReduceOp::var, chunk, axes));
      INFO("shape " << to_string(shape) << " shifted by " << shift);
      for (std::size_t i = 0; i < outputs; ++i) {
        const double want = static_cast<double>(m2[i] / count);
        CHECK(std::abs(got[i] - want) <= 1e-12 * want + 1e-15 * shift);
      }
    }
  }
}

template <class T>
void check_extrema(const Shape& shape, const std::vector<int>& axes) {
  const Chunk chunk = random_chunk<T>(shape, 17);
  const auto x = chunk.view<T>();
  const auto out = outputs_of(shape, axes);
  const std::size_t outputs = *std::max_element(out.begin(), out.end()) + 1;
  std::vector<T> low(outputs, std::numeric_limits<T>::max());
  std::vector<T> high(outputs, std::numeric_limits<T>::lowest());
  for (std::size_t i = 0; i < x.size(); ++i) {
    low[out[i]] = std::min(low[out[i]], x[i]);
    high[out[i]] = std::max(high[out[i]], x[i]);
  }
  CHECK(values_of<T>(reduced(ReduceOp::min, chunk, axes)) == low);
  CHECK(values_of<T>(reduced(ReduceOp::max, chunk, axes)) == high);
}

TEST_CASE("minima and maxima along any axes are those of the definition") {
  for (const auto& [shape, axes] : kCases) {
    check_extrema<double>(shape, axes);
    check_extrema<float>(shape, axes);
    check_extrema<std::int8_t>(shape, axes);
    check_extrema<std::uint64_t>(shape, axes);
  }
}

TEST_CASE("argmin and argmax find the first of equals, along an axis and flattened") {
  for (const auto& [shape, axes] : kCases) {
    if (axes.size() != 1 && axes.size() != shape.size()) continue;
    const Chunk chunk = applied(
        Operation::remainder, {random_chunk<std::int32_t>(shape), chunk_of<std::int32_t>({}, {7})});
    const auto x = chunk.view<std::int32_t>();
    const auto out = outputs_of(shape, axes);
    const std::size_t outputs = *std::max_element(out.begin(), out.end()) + 1;
    std::vector<std::int64_t> place(outputs, -1);
    std::vector<std::int64_t> seen(outputs, 0);
    std::vector<std::int32_t> best(outputs);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const std::size_t o = out[i];
      if (place[o] < 0 || x[i] > best[o]) {
        best[o] = x[i];
        place[o] = seen[o];
      }
      ++seen[o];
    }
    INFO("shape " << to_string(shape));
    CHECK(values_of<std::int64_t>(reduced(ReduceOp::argmax, chunk, axes)) == place);
  }
}

TEST_CASE("NaN wins in min, max, argmin and argmax, the first one of several") {
  std::vector<double> values(5000, 1.0);
  values[4321] = values[3000] = std::nan("");
  values[10] = -9;
  const Chunk chunk = chunk_of<double>({5000}, values);
  CHECK(std::isnan(reduced(ReduceOp::min, chunk, {0}).view<double>()[0]));
  CHECK(std::isnan(reduced(ReduceOp::max, chunk, {0}).view<double>()[0]));
  CHECK(reduced(ReduceOp::argmin, chunk, {0}).view<std::int64_t>()[0] == 3000);
  const Chunk column{chunk.dtype, {5000, 1}, chunk.data};
  CHECK(reduced(ReduceOp::argmax, column, {0}).view<std::int64_t>()[0] == 3000);
  CHECK(reduced(ReduceOp::any, chunk, {0}).view<bool>()[0]);
}

TEST_CASE("any, all and count_nonzero see NaN as true and -0.0 as false") {
  const Chunk chunk = chunk_of<double>({2, 3}, {0, -0.0, 0, std::nan(""), 1, 0});
  CHECK(same_bits(reduced(ReduceOp::any, chunk, {1}), bools({2}, {false, true})));
  CHECK(same_bits(reduced(ReduceOp::all, chunk, {0}), bools({3}, {false, false, false})));
  CHECK(values_of<std::int64_t>(reduced(ReduceOp::count_nonzero, chunk, {1})) ==
        std::vector<std::int64_t>{0, 2});
  CHECK(reduced(ReduceOp::all, chunk_of<std::uint8_t>({0}, {}), {0}).view<bool>()[0]);
}

TEST_CASE("narrow integers are summed as 64-bit ones, float32 as float64") {
  CHECK(reduced(ReduceOp::sum, chunk_of<std::int8_t>({3}, {127, 127, 127}), {0})
            .view<std::int64_t>()[0] == 381);
  CHECK(reduced(ReduceOp::sum, chunk_of<std::uint8_t>({2}, {255, 255}), {0})
            .view<std::uint64_t>()[0] == 510);
  CHECK(reduced(ReduceOp::sum, bools({3}, {true, false, true}), {0}).view<std::int64_t>()[0] == 2);
  const Chunk tenths = chunk_of<float>({1000000}, std::vector<float>(1000000, 0.1F));
  CHECK(reduced(ReduceOp::sum, tenths, {0}).view<float>()[0] ==
        static_cast<float>(1000000.0 * static_cast<double>(0.1F)));
  CHECK(
      reduced(ReduceOp::mean, chunk_of<int>({2}, {INT32_MAX, INT32_MAX}), {0}).view<double>()[0] ==
      2147483647.0);
  CHECK(reduced(ReduceOp::prod, chunk_of<std::int16_t>({4}, {300, 300, 300, 2}), {0})
            .view<std::int64_t>()[0] == 54000000);
}

TEST_CASE("complex numbers have sums, products and means, and no order") {
  using C = std::complex<float>;
  const Chunk chunk = random_chunk<C>({300, 5});
  std::vector<std::complex<double>> sum(5);
  for (std::size_t i = 0; i < 1500; ++i) {
    sum[i % 5] += std::complex<double>(chunk.view<C>()[i]);
  }
  const auto got = values_of<C>(reduced(ReduceOp::sum, chunk, {0}));
  const auto mean = values_of<C>(reduced(ReduceOp::mean, chunk, {0}));
  for (std::size_t j = 0; j < 5; ++j) {
    CHECK(std::abs(std::complex<double>(got[j]) - sum[j]) < 1e-4);
    CHECK(std::abs(std::complex<double>(mean[j]) - sum[j] / 300.0) < 1e-6);
  }
  const Chunk i = chunk_of<C>({3}, {C(0, 1), C(0, 1), C(2, 0)});
  CHECK(values_of<C>(reduced(ReduceOp::prod, i, {0})) == std::vector<C>{C(-2, 0)});
  CHECK_THROWS_AS(partial_of(ReduceOp::max, chunk, {0}), TypeError);
}

TEST_CASE("a program is evaluated and reduced in one pass, with the same bits as in two") {
  ProgramBuilder builder;
  const auto x = builder.input(DType::float64);
  const auto m = builder.input(DType::float64);
  const auto result =
      builder.apply(Operation::square, {builder.apply(Operation::subtract, {x, m})});
  const Program program = builder.finish(result);
  for (const auto& [shape, axes] : kCases) {
    const std::vector<Chunk> inputs = {random_chunk<double>(shape, 1), chunk_of<double>({}, {0.3})};
    const Partial fused = reduce_partial(ReduceOp::sum, program, inputs, shape, axes);
    const Partial apart = partial_of(ReduceOp::sum, run(program, inputs, shape), axes);
    CHECK(same_bits(fused.fields[0], apart.fields[0]));
  }
}

TEST_CASE("partials of chunks combine to what the whole array gives") {
  const Chunk whole = random_chunk<double>({1000, 6}, 4);
  for (std::uint8_t o = 0; o < kReduceOpCount; ++o) {
    const auto op = static_cast<ReduceOp>(o);
    if (is_masked(op)) continue;
    for (const std::vector<int>& axes : {std::vector<int>{0}, std::vector<int>{0, 1}}) {
      std::vector<Partial> partials;
      for (std::int64_t row = 0; row < 1000; row += 230) {
        const std::int64_t count = std::min<std::int64_t>(230, 1000 - row);
        const Chunk part = slice(whole, std::vector<AxisRange>{{row, count}, {0, 6}});
        partials.push_back(partial_of(op, part, axes, {{1000, 6}, {row, 0}}));
      }
      // An empty chunk contributes nothing.
      partials.push_back(
          partial_of(op, random_chunk<double>({0, 6}), axes, {{1000, 6}, {1000, 0}}));
      const Chunk got = finished(op, combine(op, partials), whole.dtype, axes);
      const Chunk want = reduced(op, whole, axes);
      INFO(name(op));
      REQUIRE(got.shape == want.shape);
      REQUIRE(got.dtype == want.dtype);
      if (got.dtype == DType::float64) {
        for (std::size_t i = 0; i < got.view<double>().size(); ++i) {
          CHECK(got.view<double>()[i] ==
                Approx(want.view<double>()[i]).epsilon(1e-13).margin(1e-11));
        }
      } else {
        CHECK(same_bits(got, want));
      }
    }
  }
}

/// Three of four elements count; what does not count is NaN or infinite.
std::vector<Chunk> masked_inputs(const Shape& shape, double shift) {
  MutableChunk x(DType::float64, shape);
  MutableChunk mask(DType::boolean, shape);
  Random random(7);
  for (std::size_t i = 0; i < x.view<double>().size(); ++i) {
    const bool counts = random.chance(0.75);
    mask.view<bool>()[i] = counts;
    x.view<double>()[i] = counts ? random.uniform() + shift : (i % 2 == 0 ? NAN : INFINITY);
  }
  return {std::move(x).freeze(), std::move(mask).freeze()};
}

TEST_CASE("means and variances under a mask are those of the elements it leaves") {
  for (const double shift : {0.0, 1e6}) {
    for (const auto& [shape, axes] : kCases) {
      const auto inputs = masked_inputs(shape, shift);
      const auto x = inputs[0].view<double>();
      const auto out = outputs_of(shape, axes);
      const std::size_t outputs = *std::max_element(out.begin(), out.end()) + 1;
      std::vector<long double> count(outputs, 0);
      std::vector<long double> mean(outputs, 0);
      std::vector<long double> m2(outputs, 0);
      for (std::size_t i = 0; i < x.size(); ++i) count[out[i]] += inputs[1].view<bool>()[i] ? 1 : 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (inputs[1].view<bool>()[i]) mean[out[i]] += x[i] / count[out[i]];
      }
      for (std::size_t i = 0; i < x.size(); ++i) {
        if (!inputs[1].view<bool>()[i]) continue;
        m2[out[i]] += (x[i] - mean[out[i]]) * (x[i] - mean[out[i]]);
      }
      const auto got = [&](ReduceOp op) {
        const auto program = reduced_program(op, DType::float64);
        return values_of<double>(finished(op, reduce_partial(op, program, inputs, shape, axes),
                                          DType::float64, axes));
      };
      const auto means = got(ReduceOp::masked_mean);
      const auto variances = got(ReduceOp::masked_var);
      const auto spreads = got(ReduceOp::masked_nanstd);
      INFO("shape " << to_string(shape) << " shifted by " << shift);
      for (std::size_t i = 0; i < outputs; ++i) {
        if (count[i] == 0) {
          CHECK((std::isnan(means[i]) && std::isnan(variances[i]) && std::isnan(spreads[i])));
          continue;
        }
        const double want = static_cast<double>(m2[i] / count[i]);
        CHECK(means[i] == Approx(static_cast<double>(mean[i])).epsilon(1e-14));
        CHECK(std::abs(variances[i] - want) <= 1e-12 * want + 1e-15 * shift);
        CHECK(spreads[i] == std::sqrt(variances[i]));
      }
    }
  }
}

TEST_CASE("partials under a mask combine, those of which nothing counts too") {
  const auto inputs = masked_inputs({1000, 6}, 3);
  const auto part = [&](std::int64_t row, std::int64_t rows) {
    const std::vector<AxisRange> ranges{{row, rows}, {0, 6}};
    return std::vector<Chunk>{slice(inputs[0], ranges), slice(inputs[1], ranges)};
  };
  for (const auto op : {ReduceOp::masked_mean, ReduceOp::masked_var, ReduceOp::masked_nanstd}) {
    const auto program = reduced_program(op, DType::float64);
    for (const std::vector<int>& axes : {std::vector<int>{0}, std::vector<int>{0, 1}}) {
      std::vector<Partial> partials;
      for (const std::int64_t row : {0, 230, 460, 690}) {
        partials.push_back(reduce_partial(op, program, part(row, row == 690 ? 310 : 230),
                                          {row == 690 ? 310 : 230, 6}, axes));
      }
      auto none = part(0, 10);
      none[1] = applied(Operation::logical_xor, {none[1], none[1]});
      const auto nothing = reduce_partial(op, program, none, {10, 6}, axes);
      partials.insert(partials.begin(), nothing);
      partials.push_back(nothing);
      const auto got = values_of<double>(finished(op, combine(op, partials), DType::float64, axes));
      const auto want = values_of<double>(finished(
          op, reduce_partial(op, program, inputs, {1000, 6}, axes), DType::float64, axes));
      for (std::size_t i = 0; i < want.size(); ++i) CHECK(got[i] == Approx(want[i]).epsilon(1e-13));
    }
  }
}

TEST_CASE("a reduction under a mask refuses a program without one") {
  const std::vector<Chunk> inputs{chunk_of<double>({2}, {1, 2})};
  const std::vector<int> axes{0};
  CHECK_THROWS_AS(reduce_partial(ReduceOp::masked_mean, Program::identity(DType::float64), inputs,
                                 {2}, axes),
                  ValueError);
}

TEST_CASE("nanmin and nanmax pass over NaN and are NaN where there is nothing else") {
  std::vector<double> values(5000, NAN);
  CHECK(std::isnan(reduced(ReduceOp::nanmin, chunk_of<double>({5000}, values), {0})
                       .view<double>()[0]));
  values[7] = 3;
  values[4321] = -INFINITY;
  const Chunk chunk = chunk_of<double>({5000}, values);
  CHECK(reduced(ReduceOp::nanmax, chunk, {0}).view<double>()[0] == 3);
  const Chunk rows{chunk.dtype, {2500, 2}, chunk.data};
  CHECK(values_of<double>(reduced(ReduceOp::nanmin, rows, {0}))[1] == -INFINITY);
  CHECK(std::isnan(values_of<double>(reduced(ReduceOp::nanmax, rows, {1}))[0]));
}

TEST_CASE("flattened argmax over a grid of chunks is an index into the whole array") {
  const Chunk whole = applied(Operation::remainder, {random_chunk<std::int32_t>({40, 30}),
                                                     chunk_of<std::int32_t>({}, {50})});
  std::vector<Partial> partials;
  for (const std::int64_t column : {20, 0}) {
    for (const std::int64_t row : {25, 0}) {
      const std::int64_t rows = row == 0 ? 25 : 15;
      const std::int64_t columns = column == 0 ? 20 : 10;
      const Chunk part = slice(whole, std::vector<AxisRange>{{row, rows}, {column, columns}});
      partials.push_back(partial_of(ReduceOp::argmax, part, {0, 1}, {{40, 30}, {row, column}}));
    }
  }
  const Chunk got =
      finished(ReduceOp::argmax, combine(ReduceOp::argmax, partials), whole.dtype, {0, 1});
  CHECK(same_bits(got, reduced(ReduceOp::argmax, whole, {0, 1})));
}

TEST_CASE("the sample variance divides by count - 1; of one element it is NaN") {
  const Chunk chunk = chunk_of<double>({4}, {1, 2, 3, 4});
  CHECK(reduced(ReduceOp::var, chunk, {0}).view<double>()[0] == 1.25);
  CHECK(reduced(ReduceOp::var, chunk, {0}, 1).view<double>()[0] == Approx(5.0 / 3));
  CHECK(reduced(ReduceOp::stddev, chunk, {0}).view<double>()[0] == Approx(std::sqrt(1.25)));
  CHECK(std::isnan(reduced(ReduceOp::var, chunk_of<double>({1}, {5}), {0}, 1).view<double>()[0]));
}

TEST_CASE("reductions of nothing: sums are 0, means NaN, extrema an error") {
  const Chunk none = chunk_of<double>({0, 3}, {});
  CHECK(values_of<double>(reduced(ReduceOp::sum, none, {0})) == std::vector<double>{0, 0, 0});
  CHECK(values_of<double>(reduced(ReduceOp::prod, none, {0})) == std::vector<double>{1, 1, 1});
  CHECK(std::isnan(reduced(ReduceOp::mean, none, {0}).view<double>()[0]));
  CHECK_THROWS_AS(reduced(ReduceOp::max, none, {0}), ValueError);
  CHECK(reduced(ReduceOp::max, none, {1}).shape == Shape{0});
}

TEST_CASE("reduced axes stay as 1 when asked, and partials survive being sent") {
  const Chunk chunk = random_chunk<float>({30, 40});
  const Partial partial = partial_of(ReduceOp::var, chunk, {1});
  const auto sent = Value::from_encoded(Value::of(partial).encode()).get<Partial>();
  CHECK(sent.count == 40);
  const Chunk got = finish(ReduceOp::var, sent, {DType::float32, true, {1}, 0});
  CHECK(got.shape == Shape{30, 1});
  CHECK(same_bits(got, finish(ReduceOp::var, partial, {DType::float32, true, {1}, 0})));
}

}  // namespace
}  // namespace tartan::array::test

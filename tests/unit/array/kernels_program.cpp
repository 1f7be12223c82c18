#include <catch2/catch.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/value.hpp>
#include <tests/unit/array/kernels_support.hpp>

namespace tartan::array::test {
namespace {

using Ref = ProgramBuilder::Ref;

/// (x - m) / s with m and s broadcast along rows.
Program standardize() {
  ProgramBuilder builder;
  const Ref x = builder.input(DType::float64);
  const Ref m = builder.input(DType::float64);
  const Ref s = builder.input(DType::float64);
  return builder.finish(
      builder.apply(Operation::divide, {builder.apply(Operation::subtract, {x, m}), s}));
}

TEST_CASE("a fused program gives what its operations give one after another") {
  for (const Shape& shape : {Shape{1, 1}, Shape{7, 20}, Shape{300, 33}, Shape{3, 5000}}) {
    const Shape row{shape[1]};
    const std::vector<Chunk> inputs = {random_chunk<double>(shape, 1), random_chunk<double>(row, 2),
                                       random_chunk<double>(row, 3)};
    const Chunk fused = run(standardize(), inputs, shape);
    REQUIRE(fused.shape == shape);
    const auto x = inputs[0].view<double>();
    const auto got = fused.view<double>();
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < got.size(); ++i) {
      const std::size_t j = i % static_cast<std::size_t>(shape[1]);
      if (got[i] != (x[i] - inputs[1].view<double>()[j]) / inputs[2].view<double>()[j]) ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("inputs broadcast along any set of axes") {
  const Shape out{5, 3, 70, 41};
  for (const Shape& shape :
       {Shape{}, Shape{1}, Shape{41}, Shape{70, 1}, Shape{70, 41}, Shape{3, 1, 1}, Shape{3, 1, 41},
        Shape{5, 1, 1, 1}, Shape{5, 1, 70, 1}, Shape{1, 3, 1, 41}, Shape{5, 3, 70, 41}}) {
    const Chunk small = random_chunk<std::int32_t>(shape);
    const Chunk big = random_chunk<std::int32_t>(out, 2);
    const Chunk sum = applied(Operation::bitwise_xor, {big, small});
    std::size_t wrong = 0;
    for (std::int64_t i = 0; i < element_count(out); ++i) {
      std::int64_t rest = i;
      std::int64_t at = 0;
      std::int64_t stride = 1;
      for (std::size_t d = 0; d < out.size(); ++d) {
        const std::int64_t index = rest % out[out.size() - 1 - d];
        rest /= out[out.size() - 1 - d];
        if (d >= shape.size()) continue;
        const std::int64_t n = shape[shape.size() - 1 - d];
        if (n != 1) at += index * stride;
        stride *= n;
      }
      const std::int32_t want = big.view<std::int32_t>()[static_cast<std::size_t>(i)] ^
                                small.view<std::int32_t>()[static_cast<std::size_t>(at)];
      if (sum.view<std::int32_t>()[static_cast<std::size_t>(i)] != want) ++wrong;
    }
    INFO("shape " << to_string(shape));
    CHECK(wrong == 0);
  }
}

TEST_CASE("programs run over no elements and over one") {
  CHECK(run(standardize(),
            std::vector<Chunk>{random_chunk<double>({0, 4}), random_chunk<double>({4}),
                               random_chunk<double>({4})},
            {0, 4})
            .size() == 0);
  const Chunk half =
      applied(Operation::divide, {chunk_of<double>({}, {3}), chunk_of<double>({}, {2})});
  CHECK(half.shape.empty());
  CHECK(values_of<double>(half) == std::vector<double>{1.5});
}

TEST_CASE("a value used twice is computed once and kept until its last use") {
  ProgramBuilder builder;
  const Ref x = builder.input(DType::float64);
  const Ref e = builder.apply(Operation::exp, {x});
  const Ref again = builder.apply(Operation::exp, {x});
  CHECK(e == again);
  const Ref sum = builder.apply(Operation::add, {e, builder.apply(Operation::negative, {e})});
  const Ref result = builder.apply(Operation::add, {builder.apply(Operation::square, {sum}), e});
  const Program program = builder.finish(result);
  CHECK(program.code.size() == 5);
  const Chunk input = random_chunk<double>({5000});
  CHECK(
      same_bits(run(program, std::vector<Chunk>{input}, {5000}), applied(Operation::exp, {input})));
}

TEST_CASE("operands are cast to what they promote to") {
  ProgramBuilder builder;
  const Ref i = builder.input(DType::int32);
  const Ref f = builder.input(DType::float32);
  const Ref sum = builder.apply(Operation::add, {i, f});
  CHECK(builder.dtype(sum) == DType::float64);
  CHECK(builder.dtype(builder.apply(Operation::divide, {i, i})) == DType::float64);
  CHECK(builder.dtype(builder.apply(Operation::exp, {i})) == DType::float64);
  CHECK(builder.dtype(builder.apply(Operation::floor, {i})) == DType::int32);
  CHECK(builder.dtype(builder.apply(Operation::less, {i, f})) == DType::boolean);
  CHECK(builder.dtype(builder.apply(Operation::abs, {builder.input(DType::complex64)})) ==
        DType::float32);
  const Chunk got =
      run(builder.finish(sum),
          std::vector<Chunk>{chunk_of<std::int32_t>({2}, {1 << 25, 3}),
                             chunk_of<float>({1}, {0.5F}), random_chunk<std::complex<float>>({1})},
          {2});
  CHECK(values_of<double>(got) == std::vector<double>{33554432.5, 3.5});
}

TEST_CASE("what NumPy refuses is refused, naming operation and dtypes") {
  ProgramBuilder builder;
  const Ref b = builder.input(DType::boolean);
  const Ref c = builder.input(DType::complex128);
  const Ref f = builder.input(DType::float64);
  CHECK_THROWS_WITH(builder.apply(Operation::subtract, {b, b}),
                    Catch::Contains("subtract") && Catch::Contains("bool"));
  CHECK_THROWS_AS(builder.apply(Operation::less, {c, c}), TypeError);
  CHECK_THROWS_AS(builder.apply(Operation::floor, {c}), TypeError);
  CHECK_THROWS_AS(builder.apply(Operation::bitwise_and, {f, f}), TypeError);
  CHECK_THROWS_AS(builder.apply(Operation::negative, {b}), TypeError);
  CHECK_THROWS_AS(builder.apply(Operation::add, {f}), TypeError);
}

TEST_CASE("chunks that do not suit the program are refused") {
  const Program program = Program::identity(DType::float64);
  CHECK_THROWS_AS(run(program, std::vector<Chunk>{random_chunk<float>({3})}, {3}), TypeError);
  CHECK_THROWS_AS(run(program, std::vector<Chunk>{random_chunk<double>({3})}, {4}), ValueError);
  CHECK_THROWS_AS(run(program, std::vector<Chunk>{}, {4}), ValueError);
}

TEST_CASE("a result that is an input or a constant is handed on") {
  ProgramBuilder builder;
  const Ref a = builder.input(DType::int16);
  (void)builder.input(DType::int16);
  const std::vector<Chunk> inputs = {chunk_of<std::int16_t>({2}, {5, 6}),
                                     chunk_of<std::int16_t>({2}, {7, 8})};
  CHECK(values_of<std::int16_t>(run(builder.finish(a), inputs, {2})) ==
        std::vector<std::int16_t>{5, 6});
  CHECK(values_of<double>(run(builder.finish(builder.constant(2.5, DType::float64)), inputs,
                              {2})) == std::vector<double>{2.5, 2.5});
}

TEST_CASE("a program survives being sent") {
  const Program program = standardize();
  CHECK(decode_program(encode_program(program)).value() == program);
  CHECK(Value::from_encoded(Value::of(program).encode()).get<Program>() == program);
  CHECK(program.to_string() == "divide(subtract(in0, in1), in2)");
}

TEST_CASE("bytes that are no valid program are refused") {
  ProgramBuilder builder;
  const Ref x = builder.input(DType::float32);
  const Ref c = builder.constant(2.0, DType::float32);
  const Ref y = builder.apply(Operation::multiply, {builder.apply(Operation::exp, {x}), c});
  const Ref z = builder.apply(Operation::where, {builder.apply(Operation::less, {x, y}), x, y});
  const auto bytes = encode_program(builder.finish(z));
  REQUIRE(decode_program(bytes));
  CHECK_FALSE(decode_program({}));
  const Chunk input = random_chunk<float>({10});
  std::size_t refused = 0;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    CHECK_FALSE(decode_program(std::span(bytes).first(at)));
    for (int value = 0; value < 256; ++value) {
      auto mutated = bytes;
      mutated[at] = static_cast<std::byte>(value);
      const auto decoded = decode_program(mutated);
      if (!decoded) {
        ++refused;
      } else if (decoded->inputs == std::vector<DType>{DType::float32}) {
        CHECK(run(*decoded, std::vector<Chunk>{input}, {10}).size() == 10);
      }
    }
  }
  CHECK(refused > bytes.size() * 200);
}

TEST_CASE("an expression too long for one task is refused") {
  ProgramBuilder builder;
  Ref x = builder.input(DType::float64);
  for (std::size_t i = 0; i < kMaxProgramValues; ++i) x = builder.apply(Operation::sin, {x});
  CHECK_THROWS_AS(builder.finish(x), ValueError);
}

}  // namespace
}  // namespace tartan::array::test

#include <array/kernels/dispatch.hpp>
#include <array/kernels/random.hpp>
#include <array/kernels/reduce.hpp>
#include <array/kernels/tile.hpp>
#include <catch2/catch.hpp>
#include <tests/unit/array/kernels_support.hpp>
#include <tests/unit/array/reduce_support.hpp>

namespace tartan::array::test {
namespace {

/// SLEEF without FMA may differ in the last place; everything else may not.
bool deterministic(Operation operation, DType dtype, Isa isa) {
  return isa != Isa::baseline || math_kernel(operation, dtype, isa) == nullptr;
}

Chunk operand(DType dtype, std::uint64_t seed) {
  return visit_dtype(dtype, [seed]<class T>(Type<T>) {
    if constexpr (std::is_same_v<T, bool>) {
      Random random(seed);
      MutableChunk chunk(DType::boolean, {3001});
      for (bool& value : chunk.view<bool>()) value = random.chance(0.5);
      return std::move(chunk).freeze();
    } else {
      return random_chunk<T>({3001}, seed);
    }
  });
}

TEST_CASE("every operation gives the same bits with every instruction set") {
  for (std::uint8_t o = 0; o < kOperationCount; ++o) {
    for (std::uint8_t d = 0; d < kDTypeCount; ++d) {
      const auto operation = static_cast<Operation>(o);
      const auto dtype = static_cast<DType>(d);
      if (operation == Operation::cast) continue;
      if (find_kernel(operation, dtype, dtype, Isa::baseline) == nullptr) continue;
      if (operation == Operation::pow && is_signed_integer(dtype)) continue;
      std::vector<Chunk> operands;
      for (int i = 0; i < arity(operation); ++i) {
        const bool condition = operation == Operation::where && i == 0;
        operands.push_back(operand(condition ? DType::boolean : dtype, 11U + unsigned(i)));
      }
      Chunk best;
      at_every_isa([&](Isa isa) {
        const Chunk got = applied(operation, operands);
        if (isa == best_isa()) best = got;
        INFO(name(operation) << " of " << tartan::name(dtype) << " at " << name(isa));
        if (deterministic(operation, dtype, isa)) CHECK(same_bits(got, best));
      });
    }
  }
}

TEST_CASE("sines and cosines made together are right to a unit in the last place") {
  ProgramBuilder builder;
  const auto x = builder.input(DType::float64);
  const auto sine = builder.input(DType::float64);
  const auto cosine = builder.input(DType::float64);
  const auto of = [&](Operation operation, ProgramBuilder::Ref factor) {
    return builder.apply(Operation::multiply, {builder.apply(operation, {x}), factor});
  };
  const auto sines = of(Operation::sin, sine);
  const Program program =
      builder.finish(builder.apply(Operation::add, {sines, of(Operation::cos, cosine)}));
  const Chunk values = applied(Operation::multiply, {operand(DType::float64, 3),
                                                     chunk_of<double>({}, {700.0})});
  for (const bool wants_sine : {true, false}) {
    const std::vector<Chunk> inputs{values, chunk_of<double>({}, {wants_sine ? 1.0 : 0.0}),
                                    chunk_of<double>({}, {wants_sine ? 0.0 : 1.0})};
    Chunk best;
    at_every_isa([&](Isa isa) {
      const Chunk got = run(program, inputs, values.shape);
      if (isa == best_isa()) best = got;
      if (isa != Isa::baseline) CHECK(same_bits(got, best));
      for (std::size_t i = 0; i < got.view<double>().size(); ++i) {
        const auto exact = static_cast<long double>(values.view<double>()[i]);
        const auto want = wants_sine ? std::sin(exact) : std::cos(exact);
        const double unit = std::nextafter(std::abs(static_cast<double>(want)), 2.0) -
                            std::abs(static_cast<double>(want));
        CHECK(std::abs(got.view<double>()[i] - want) <= unit);
      }
    });
  }
}

TEST_CASE("every reduction gives the same bits with every instruction set") {
  for (std::uint8_t o = 0; o < kReduceOpCount; ++o) {
    for (const DType dtype : {DType::float32, DType::float64, DType::int16, DType::complex64}) {
      const auto op = static_cast<ReduceOp>(o);
      if (is_complex(dtype) && !takes_complex(op)) continue;
      const Chunk flat = operand(dtype, 5);
      const Chunk flat_mask = operand(DType::boolean, 6);
      const Program program = reduced_program(op, dtype);
      for (const Shape& shape : {Shape{3001, 1}, Shape{1, 3001}}) {
        std::vector<Chunk> inputs{{dtype, shape, flat.data}};
        if (is_masked(op)) inputs.push_back({DType::boolean, shape, flat_mask.data});
        for (const std::vector<int>& axes : {std::vector<int>{0}, std::vector<int>{1}}) {
          std::vector<Chunk> best;
          at_every_isa([&](Isa isa) {
            const Partial got = reduce_partial(op, program, inputs, shape, axes);
            if (isa == best_isa()) best = got.fields;
            INFO(name(op) << " of " << tartan::name(dtype) << " at " << name(isa));
            for (std::size_t f = 0; f < best.size(); ++f) CHECK(same_bits(got.fields[f], best[f]));
          });
        }
      }
    }
  }
}

TEST_CASE("random numbers have the same bits with every instruction set") {
  const RandomPlace place{{5000}, {3}, 12345, 6};
  for (const DType dtype : {DType::float32, DType::float64}) {
    Chunk uniform;
    Chunk normal;
    at_every_isa([&](Isa isa) {
      const Chunk u = random_uniform(place, {4000}, -1, 3, dtype);
      const Chunk n = random_normal(place, {4000}, 0, 1, dtype);
      if (isa == best_isa()) uniform = u;
      if (isa == best_isa()) normal = n;
      CHECK(same_bits(u, uniform));
      if (isa != Isa::baseline) CHECK(same_bits(n, normal));
    });
  }
}

}  // namespace
}  // namespace tartan::array::test

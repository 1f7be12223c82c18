#pragma once

#include <array/kernels/reduce.hpp>

namespace tartan::array::test {

/// What is reduced: the only input, or under a mask the first one where the second is true.
inline Program reduced_program(ReduceOp op, DType dtype) {
  if (!is_masked(op)) return Program::identity(dtype);
  ProgramBuilder builder;
  const auto x = builder.input(dtype);
  const auto mask = builder.input(DType::boolean);
  const auto other = builder.constant(0, dtype);
  return builder.finish(builder.apply(Operation::where, {mask, x, other}));
}

inline bool takes_complex(ReduceOp op) {
  return op == ReduceOp::sum || op == ReduceOp::prod || op == ReduceOp::mean ||
         op == ReduceOp::any || op == ReduceOp::all || op == ReduceOp::count_nonzero;
}

}  // namespace tartan::array::test

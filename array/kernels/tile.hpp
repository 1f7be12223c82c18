#pragma once

// A tile kernel runs one operation over n elements that lie in a row. The families of kernels
// live in files of their own; find_kernel asks them in turn.

#include <array/kernels/isa.hpp>
#include <array/kernels/operation.hpp>
#include <cstddef>

namespace tartan::array {

/// Elements of a tile: with 8 bytes each a dozen temporaries fit the second-level cache, two or
/// three the first, and the cost of choosing the next instruction vanishes.
inline constexpr std::size_t kTileElements = 2048;

/// in holds as many operands as the operation has; out overlaps none of them.
using TileKernel = void (*)(std::byte* out, const std::byte* const* in, std::size_t n);

/// The kernel of an operation on operands of this dtype (where: of the choices); for cast, `to`
/// is the dtype wanted. nullptr when there is none.
TileKernel find_kernel(Operation operation, DType operand, DType to, Isa isa);

// The families. Each returns nullptr for what it does not do.
TileKernel arithmetic_kernel(Operation operation, DType dtype, Isa isa);
TileKernel compare_kernel(Operation operation, DType dtype, Isa isa);
TileKernel integer_kernel(Operation operation, DType dtype, Isa isa);
TileKernel float_kernel(Operation operation, DType dtype, Isa isa);
TileKernel complex_kernel(Operation operation, DType dtype, Isa isa);
TileKernel special_kernel(Operation operation, DType dtype, Isa isa);
TileKernel math_kernel(Operation operation, DType dtype, Isa isa);
TileKernel cast_kernel(DType from, DType to, Isa isa);

}  // namespace tartan::array

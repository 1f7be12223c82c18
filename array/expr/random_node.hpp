#pragma once

// Nodes of random numbers, for the functions of tartan::random.

#include <array/expr/node.hpp>
#include <optional>
#include <string_view>

namespace tartan::array {

/// Without a seed one is drawn from the operating system.
NodePtr random_node(Distribution distribution, std::vector<Scalar> parameters, const Shape& shape,
                    DType dtype, const ChunkSpec& chunks, std::optional<std::uint64_t> seed);

/// TypeError unless the dtype is float32 or float64.
void check_random_floating(DType dtype, std::string_view who);
/// TypeError unless it is one of integers.
void check_random_integer(DType dtype, std::string_view who);

}  // namespace tartan::array

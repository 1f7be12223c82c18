#pragma once

// Special functions of arrays that broadcast: one task per block.

#include <array/kernels/special.hpp>
#include <string_view>
#include <tartan/array/functions.hpp>
#include <vector>

namespace tartan::array {

/// float64; of float32 arrays only, float32. Numbers that are not arrays are parameters of the
/// tasks; one operand is an array (ValueError). Throws TypeError for complex ones, naming `what`.
Array special_function(SpecialOp op, std::string_view what, const std::vector<Operand>& operands);

}  // namespace tartan::array

#pragma once

// What the functions of linear algebra share.

#include <tartan/array/array.hpp>

namespace tartan::array {

/// The last two axes exchanged, and conjugated.
Array adjoint(const Array& x);

}  // namespace tartan::array

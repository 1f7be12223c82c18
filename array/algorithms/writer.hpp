#pragma once

// Algorithms that put blocks somewhere else than into an array.

#include <array/expr/algorithm.hpp>
#include <memory>
#include <tartan/array/array.hpp>

namespace tartan::array {

/// Runs what writes blocks of x, on the current client, and waits: one task for each block, which
/// returns a Chunk of one number.
void run_writer(std::shared_ptr<const Algorithm> writer, const Array& x);

}  // namespace tartan::array

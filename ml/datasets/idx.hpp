#pragma once

// The IDX format of the MNIST family: a big-endian header (two zero bytes, a type code, the number
// of dimensions, the dimensions) and the elements. Only unsigned bytes (type 8) are used there.

#include <cstdint>
#include <string>
#include <tartan/array/chunk.hpp>

namespace tartan::ml {

/// The shape in the header. Throws ValueError naming the file and what is wrong with it.
Shape idx_shape(const std::string& path);

namespace tasks {
/// A whole gzipped IDX file as uint8, with all dimensions after the first joined to one:
/// (60000, 784) for images, (60000) for labels. Throws ValueError as idx_shape does.
Chunk read_idx(const std::string& path);
}  // namespace tasks

}  // namespace tartan::ml

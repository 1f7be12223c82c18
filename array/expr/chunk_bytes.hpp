#pragma once

#include <cstdint>

namespace tartan::array {

/// Bytes of one chunk of an array of so many bytes, when the user does not say: what the
/// environment variable TARTAN_ARRAY__CHUNK_BYTES says ("4MiB"), else a 64th of the array, but at
/// least 4 MiB and at most kDefaultChunkBytes. It depends on nothing else, as sums follow the chunks
/// to their last bit. Throws ValueError when the variable holds no size.
std::int64_t chunk_bytes(double array_bytes);

}  // namespace tartan::array

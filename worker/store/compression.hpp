#pragma once

// Frames made smaller by LZ4 before they go to a slow disk, and the way back. Any thread may call
// these.

#include <optional>
#include <tartan/base/error.hpp>
#include <tartan/value/value.hpp>

namespace tartan::worker {

/// Each frame as one LZ4 frame that knows its size; none when that would save less than a tenth.
std::optional<Encoded> compress(const Encoded& encoded);

/// What compress() was given. malformed when the bytes did not come from it.
Result<Encoded> decompress(const Encoded& packed);

}  // namespace tartan::worker

#pragma once

// One value in one file, as the spiller writes it. Little-endian:
//
//   offset  bytes
//        0      8  magic "TARTVAL1"
//        8      4  version, 1
//       12      4  number of frames f
//       16      8  type id
//       24     16  the value's key
//       40      8  size of the file
//       48      8  XXH3-64 of the whole file, with these eight bytes zero
//       56      8  1 when the frames are compressed (compression.hpp), else 0
//       64    8 f  the frames' sizes, as they are in the file
//             ...  the frames of Value::encode(), each at a multiple of 64; gaps are zero
//
// A file is made by one process for itself: it is neither portable nor synced to the disk. Any
// thread may call these.

#include <cstdint>
#include <string>
#include <tartan/base/error.hpp>
#include <tartan/base/key.hpp>
#include <tartan/value/value.hpp>

namespace tartan::worker {

/// The size of the file that write_spill_file would make.
std::uint64_t spill_file_bytes(const Encoded& encoded);

/// Makes the file. io_error names it and the reason; nothing is left of it then. compressed: the
/// frames are what compress() made of the value's.
Result<> write_spill_file(const std::string& path, Key key, const Encoded& encoded,
                          bool compressed = false);

/// The value. Its frames, unless they were compressed, are views of the mapped file: the mapping
/// lives as long as they do, also when the file is removed. Every byte is checked first; malformed
/// names the fault, so a damaged file never gives a value.
Result<Value> read_spill_file(const std::string& path, Key key);

}  // namespace tartan::worker

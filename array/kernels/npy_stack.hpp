#pragma once

// The file `info` of a stack of .npy files as Dask writes it: a pickled dict of chunks, dtype and
// axis. Written with the few opcodes it needs, read with those that Python's pickle makes of such a
// dict; nothing that a pickle might call is called.

#include <string>
#include <string_view>
#include <tartan/array/chunks.hpp>
#include <tartan/array/dtype.hpp>

namespace tartan::array {

struct StackInfo {
  Chunks chunks;
  std::int64_t axis = 0;
};
std::string write_stack_info(const StackInfo& info, DType dtype);
/// Throws ValueError naming the path.
StackInfo read_stack_info(std::string_view pickle, const std::string& path);

}  // namespace tartan::array

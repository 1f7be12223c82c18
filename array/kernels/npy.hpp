#pragma once

// NumPy's .npy format, versions 1 to 3: a magic string, the length of the header, the header as the
// text of a Python dict, and the elements.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

#include <array/kernels/file_block.hpp>
#include <string>
#include <string_view>

namespace tartan::array {

struct NpyHeader {
  FileLayout layout;  ///< the shape is reversed when the elements are in Fortran order
  bool fortran = false;
};

/// Throws ValueError for what is no such file or ends early, TypeError for a dtype that arrays do
/// not have. `path` is for the messages.
NpyHeader read_npy_header(const File& file, const std::string& path);
/// The bytes before the elements, in C order.
std::string npy_header(DType dtype, const Shape& shape);
/// "<f8" and the like.
std::string npy_type(DType dtype);

}  // namespace tartan::array

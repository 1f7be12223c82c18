#pragma once

// Arrays in files: NumPy's .npy, stacks of them as Dask writes, and plain elements. Files are read
// and written by the workers, block by block: they must see them under the same path (one host, or
// a shared file system).
//
// Reading looks at a file when the expression is written, and at its elements when they are
// computed. A file that has another size or time of change by then is an error of the computation.
// Writing runs on the current client and returns when the file is there. It is made under another
// name and renamed at the end: who fails half way leaves nothing under the name that was asked for.
//
// Errors of the operating system are Exception(io_error) with path and host; within a computation
// they are a TaskError.

#include <filesystem>
#include <tartan/array/array.hpp>

namespace tartan {

struct FileOptions {
  ChunkSpec chunks = {};
};
/// The array in a .npy file; big-endian numbers are turned, Fortran order is a transposed view.
/// ValueError for what is no .npy file or shorter than its shape, TypeError for a dtype that arrays
/// do not have.
Array from_npy(const std::filesystem::path& path, const FileOptions& options = {});
/// Writes a .npy file in C order, which replaces one that is there.
void to_npy(const std::filesystem::path& path, const Array& x);

struct RawOptions {
  std::int64_t offset = 0;  ///< bytes before the first element
  ChunkSpec chunks = {};
};
/// The elements of a file, in C order and in this machine's order of bytes. ValueError when the
/// file is too short; a longer one is read in part.
Array from_raw(const std::filesystem::path& path, DType dtype, const Shape& shape,
               const RawOptions& options = {});

/// Writes a directory as dask.array.to_npy_stack does: 0.npy, 1.npy, ... for the chunks along the
/// axis and a file `info`, which comes last. Other axes become one chunk. What was written before
/// under these names is replaced.
void to_npy_stack(const std::filesystem::path& directory, const Array& x, std::int64_t axis = 0);
/// Reads such a directory, this library's or Dask's. One chunk per file.
Array from_npy_stack(const std::filesystem::path& directory);

}  // namespace tartan

#pragma once

// Boxes of arrays in files: elements in C order from some byte on. Files are read and written by
// position, without maps, so that one that shrinks is an error and not a signal.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tartan/array/chunk.hpp>

namespace tartan::array {

/// An open file, closed at the end. Errors are Exception(io_error) that name path and host.
class File {
 public:
  static File for_reading(const std::string& path);
  /// Of an existing file.
  static File for_writing(const std::string& path);
  /// Made anew, and of this length.
  static File created(const std::string& path, std::int64_t bytes);
  File(File&& other) noexcept;
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File();

  /// Size, and when it was changed last, in ns.
  struct Stamp {
    std::int64_t bytes = 0;
    std::int64_t changed = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  Stamp stamp() const;
  void read(std::span<std::byte> to, std::int64_t from) const;
  void write(std::span<const std::byte> from, std::int64_t to) const;
  /// Waits until the file is on the disk.
  void sync() const;

 private:
  File(int descriptor, std::string path) : descriptor_(descriptor), path_(std::move(path)) {}
  [[noreturn]] void fail(const char* what) const;

  int descriptor_;
  std::string path_;
};

/// The file becomes `path`, instead of one that may be there.
void rename_file(const std::string& from, const std::string& to);
void remove_file(const std::string& path);

struct FileLayout {
  DType dtype = DType::float64;
  bool swapped = false;  ///< big-endian numbers
  std::int64_t start = 0;
  Shape shape;
};
/// The box of this shape at `offset`.
Chunk read_block(const File& file, const FileLayout& layout, const Shape& offset,
                 const Shape& shape);
/// Not for swapped layouts.
void write_block(const File& file, const FileLayout& layout, const Shape& offset,
                 const Chunk& chunk);

}  // namespace tartan::array

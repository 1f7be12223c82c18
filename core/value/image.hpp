#pragma once

// The ELF image (executable or .so) an address belongs to. Thread-safe.

#include <string>
#include <tartan/base/error.hpp>
#include <tartan/base/key.hpp>
#include <vector>

namespace tartan::value {

struct Image {
  const void* base = nullptr;       ///< load address, the image's identity in this process
  std::string path;                 ///< absolute
  std::vector<std::byte> build_id;  ///< the linker's content hash; may be absent
};

/// The image whose segments contain the address; null asks for the executable itself.
Image image_at(const void* address);

/// Content hash of an image: of its build id when it has one, else of its file's bytes.
Result<Key> hash_image(const Image& image);

}  // namespace tartan::value

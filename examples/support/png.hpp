#pragma once

// A grey picture and its PNG file, by libpng.

#include <cstddef>
#include <string>
#include <vector>

namespace examples {

class GreyImage {
 public:
  GreyImage(std::size_t width, std::size_t height)
      : width_(width), height_(height), pixels_(width * height) {}

  unsigned char& at(std::size_t x, std::size_t y) { return pixels_[y * width_ + x]; }
  /// Throws std::runtime_error naming the file when it cannot be written.
  void write(const std::string& path) const;

 private:
  std::size_t width_;
  std::size_t height_;
  std::vector<unsigned char> pixels_;
};

}  // namespace examples

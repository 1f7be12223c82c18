#include <png.h>

#include <examples/support/png.hpp>
#include <stdexcept>

namespace examples {

void GreyImage::write(const std::string& path) const {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(width_);
  image.height = static_cast<png_uint_32>(height_);
  image.format = PNG_FORMAT_GRAY;
  if (png_image_write_to_file(&image, path.c_str(), 0, pixels_.data(), 0, nullptr) == 0) {
    throw std::runtime_error("cannot write '" + path + "': " + image.message);
  }
}

}  // namespace examples

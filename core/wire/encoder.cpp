#include <algorithm>
#include <core/wire/encoder.hpp>
#include <utility>

namespace tartan::wire {

void ByteSink::grow(std::size_t needed) {
  MutableBuffer larger(std::max({needed, 2 * block_.size(), std::size_t{256}}));
  if (size_ > 0) std::memcpy(larger.data(), block_.data(), size_);
  block_ = std::move(larger);
}

Buffer ByteSink::take() {
  const std::size_t size = std::exchange(size_, 0);
  return std::exchange(block_, MutableBuffer()).freeze().slice(0, size);
}

}  // namespace tartan::wire

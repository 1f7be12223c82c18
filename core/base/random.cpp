#include <random>
#include <tartan/base/random.hpp>

namespace tartan {

std::uint64_t entropy() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace tartan

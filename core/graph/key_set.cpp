#include <core/graph/key_set.hpp>
#include <tartan/base/random.hpp>

namespace tartan::graph {

std::uint64_t hash_secret() {
  static const std::uint64_t secret = entropy();
  return secret;
}

}  // namespace tartan::graph

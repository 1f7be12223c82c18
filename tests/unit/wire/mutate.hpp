#pragma once

// Broken frames, by seed: bits flipped, tails cut, bytes put in, pieces of one frame in another.

#include <algorithm>
#include <cstring>
#include <tartan/base/buffer.hpp>
#include <tartan/base/random.hpp>
#include <vector>

namespace tartan::test {

using Bytes = std::vector<std::byte>;

inline Bytes bytes_of(const Buffer& buffer) {
  return {buffer.bytes().begin(), buffer.bytes().end()};
}

/// A number that has broken decoders before.
inline std::uint64_t awkward_number(Random& random) {
  static constexpr std::uint64_t kNumbers[] = {
      0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x7FFFFFFFFFFFFFFF, ~0ULL};
  return kNumbers[random.below(std::size(kNumbers))] + random.below(3) - 1;
}

inline void mutate_once(Random& random, Bytes& bytes, const Bytes& other) {
  if (bytes.empty()) return;
  const std::size_t at = random.below(bytes.size());
  switch (random.below(6)) {
    case 0:
      bytes[at] ^= static_cast<std::byte>(1 << random.below(8));
      break;
    case 1:
      bytes[at] = static_cast<std::byte>(random.next());
      break;
    case 2:
      bytes.resize(at);
      break;
    case 3:
      bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                   static_cast<std::byte>(0xC0 + random.below(0x40)));  // msgpack's headers
      break;
    case 4: {
      const std::uint64_t number = awkward_number(random);
      std::memcpy(bytes.data() + at, &number, std::min(sizeof(number), bytes.size() - at));
      break;
    }
    default: {
      const std::size_t from = random.below(other.size() + 1);
      const std::size_t count = random.below(other.size() - from + 1);
      bytes.resize(at);
      bytes.insert(bytes.end(), other.begin() + static_cast<std::ptrdiff_t>(from),
                   other.begin() + static_cast<std::ptrdiff_t>(from + count));
    }
  }
}

inline Bytes mutated(Random& random, Bytes bytes, const Bytes& other) {
  for (std::uint64_t i = random.below(4); i < 4; ++i) mutate_once(random, bytes, other);
  return bytes;
}

}  // namespace tartan::test

#include <fmt/format.h>
#include <xxhash.h>

#include <array>
#include <atomic>
#include <tartan/base/key.hpp>
#include <tartan/base/random.hpp>

namespace tartan {
namespace {

Key from_hash(XXH128_hash_t hash) { return {hash.high64, hash.low64}; }

}  // namespace

std::string Key::to_string() const { return fmt::format("{:016x}{:016x}", hi, lo); }

Key hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed) {
  return from_hash(XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed));
}

Key hash_text(std::string_view text, std::uint64_t seed) {
  return from_hash(XXH3_128bits_withSeed(text.data(), text.size(), seed));
}

Key combine(Key first, Key second) {
  const std::array<std::uint64_t, 4> words{first.hi, first.lo, second.hi, second.lo};
  return from_hash(XXH3_128bits(words.data(), sizeof words));
}

Key combine(Key first, std::uint64_t second) {
  const std::array<std::uint64_t, 3> words{first.hi, first.lo, second};
  return from_hash(XXH3_128bits(words.data(), sizeof words));
}

Key unique_key() {
  static const Key process{entropy(), entropy()};
  static std::atomic<std::uint64_t> counter{0};
  return combine(process, counter.fetch_add(1, std::memory_order_relaxed));
}

std::uint64_t digest_of(Key key) { return Random(key.hi ^ Random(key.lo).next()).next(); }

}  // namespace tartan

#pragma once

// A key names a task and its result: 128 bits, a content hash for pure tasks (same function,
// same arguments, same key), else random. Incarnations of processes are keys too.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace tartan {

struct Key {
  std::uint64_t hi = 0;
  std::uint64_t lo = 0;

  friend auto operator<=>(const Key&, const Key&) = default;
  explicit operator bool() const { return (hi | lo) != 0; }
  /// 32 lower-case hexadecimal digits.
  std::string to_string() const;
};

/// Hash of bytes (XXH3-128). Stable across processes, machines and versions.
Key hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed = 0);
Key hash_text(std::string_view text, std::uint64_t seed = 0);

/// A key that depends on both, in order.
Key combine(Key first, Key second);
Key combine(Key first, std::uint64_t second);

/// A key nobody else has: 128 bits of the operating system's randomness mixed with a counter.
Key unique_key();

/// The order-free sum used in digests: XOR of a well-mixed form of each key.
std::uint64_t digest_of(Key key);

}  // namespace tartan

template <>
struct std::hash<tartan::Key> {
  std::size_t operator()(const tartan::Key& key) const noexcept {
    return static_cast<std::size_t>(key.lo ^ (key.hi * 0x9E3779B97F4A7C15ULL));
  }
};

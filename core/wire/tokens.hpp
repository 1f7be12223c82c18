#pragma once

// One msgpack object taken apart into a flat list, by msgpack's parser and a visitor of ours. No
// object tree, no copy of payloads: text and bin tokens point into the frame.
//
// Everything decoding allocates is charged to one Budget for the whole frame before it is
// allocated: tokens when an array or map announces them, strings, columns and lists when they are
// taken over. A frame of a few bytes that announces four billion elements ends right there.

#include <cstdint>
#include <span>
#include <string>
#include <tartan/base/error.hpp>
#include <vector>

namespace tartan::wire {

/// Arrays and maps may be nested this deep.
inline constexpr int kMaxDepth = 8;

/// Bytes that decoding one frame may still allocate.
class Budget {
 public:
  /// 4 MiB + 32 times the frame, at most 256 MiB + twice the frame.
  static Budget for_frame(std::size_t frame_size);

  bool charge(std::uint64_t count, std::uint64_t size_of_one) {
    const std::uint64_t bytes = count * size_of_one;  // counts are below 2^32, sizes below 2^16
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }
  std::uint64_t limit() const { return limit_; }

 private:
  explicit Budget(std::uint64_t limit) : limit_(limit), left_(limit) {}

  std::uint64_t limit_;
  std::uint64_t left_;
};

struct Token {
  enum class Type : std::uint8_t { nil, boolean, positive, negative, real, text, bin, array, map };

  Type type = Type::nil;
  std::uint32_t length = 0;  ///< bytes of text and bin; elements of an array, pairs of a map
  union {
    std::uint64_t bits = 0;  ///< boolean, positive
    std::int64_t integer;    ///< negative
    double real;
    const char* bytes;  ///< text, bin
  };
};

std::string_view name(Token::Type type);

/// Parses the object at `offset`, appends its tokens, and moves the offset behind it.
Result<> parse_tokens(std::span<const std::byte> frame, std::size_t& offset, Budget& budget,
                      std::vector<Token>& tokens);

}  // namespace tartan::wire

#pragma once

// The two ends of one stream of values: PieceSender cuts encoded values into pieces under byte
// credits, Assembly puts them together again. No sockets, no threads, no clock.
//
// The frames of all values of a request, one after the other, are one run of bytes. A piece is a
// part of that run: it starts at (frame, offset) and goes on into the frames behind when it is
// longer than what is left of its own. Large frames go out as slices of their own memory, runs of
// small ones are copied together. Pieces arrive in order, so an Assembly knows exactly which one
// is next, and anything else is an error.
//
// The receiver grants credit for what has arrived once a quarter of the credit has, and a piece
// is at most half of the credit: so there is always room for one when the receiver waits.

#include <core/net/transfer.hpp>
#include <core/wire/codec.hpp>

namespace tartan::net {

inline constexpr std::size_t kMinCredit = 64 << 10;
inline constexpr std::size_t kMaxCredit = 64 << 20;
/// Frames below this size are packed together ...
inline constexpr std::size_t kPackBelow = 64 << 10;
/// ... until this many bytes.
inline constexpr std::size_t kPackBytes = 256 << 10;

/// Keys of one GetData or PutData. With a value's frames (Writer::kMaxFrames) their header stays
/// below the data plane's frame limit.
inline constexpr std::size_t kKeysPerMessage = 1024;
inline constexpr std::size_t kFramesPerMessage = kKeysPerMessage * 513;

class PieceSender {
 public:
  /// Encodes the values; throws what their codecs throw, and Exception(limit_exceeded) for more
  /// than kFramesPerMessage frames.
  PieceSender(std::uint64_t request, const std::vector<std::pair<Key, Value>>& values,
              std::vector<Key> missing, std::size_t credit);

  const wire::DataHeader& header() const { return header_; }
  /// Adds the next piece's record to the writer and its bytes to bulk; false when the credit is
  /// used up or everything has been sent.
  bool next(wire::FrameWriter& writer, std::vector<Buffer>& bulk);
  Result<> grant(std::uint64_t bytes);
  bool done() const { return frame_ == frames_.size(); }

 private:
  Buffer slice(std::size_t count);
  Buffer pack(std::size_t most);
  void skip_empty();

  wire::DataHeader header_;
  std::vector<Buffer> frames_;  ///< let go one by one as they are sent
  std::size_t frame_ = 0;
  std::size_t offset_ = 0;
  std::size_t credit_;
  std::size_t under_way_ = 0;  ///< sent and not yet granted again
};

class Assembly {
 public:
  /// Checks what the header announces; more than max_bytes is limit_exceeded.
  static Result<Assembly> start(const wire::DataHeader& header, std::uint64_t max_bytes);

  Result<> add(const wire::DataPiece& piece, const Buffer& bytes);
  bool complete() const { return value_ == keys_.size(); }
  std::uint64_t announced_bytes() const { return announced_; }
  std::vector<std::pair<Key, Value>> take_values() { return std::move(values_); }

 private:
  Assembly() = default;
  /// Closes frames and values that have all their bytes; memory for a frame is taken only here,
  /// when its turn comes.
  void settle();

  std::uint64_t request_ = 0;
  std::vector<Key> keys_;
  std::vector<std::uint64_t> types_;
  std::vector<std::uint32_t> frame_counts_;
  std::vector<std::uint64_t> sizes_;
  std::uint64_t announced_ = 0;

  std::size_t value_ = 0;  ///< the value being assembled
  std::size_t frame_ = 0;  ///< the frame expected next, over all values
  std::size_t offset_ = 0;
  MutableBuffer block_;         ///< of that frame, once its first byte is there
  std::vector<Buffer> frames_;  ///< finished ones of the value being assembled
  std::vector<std::pair<Key, Value>> values_;
};

}  // namespace tartan::net

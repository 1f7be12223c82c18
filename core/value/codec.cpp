#include <fmt/format.h>
#include <tartan/value/codec.hpp>

namespace tartan {

namespace {
constexpr std::byte kFrameMark{0xFB};
}

std::size_t Encoded::nbytes() const {
  std::size_t total = 0;
  for (const Buffer& frame : frames) total += frame.size();
  return total;
}

void Writer::bytes(std::span<const std::byte> data) {
  header_.insert(header_.end(), data.begin(), data.end());
}

void Writer::length(std::size_t count) {
  while (count >= 0x80) {
    header_.push_back(static_cast<std::byte>(count | 0x80));
    count >>= 7;
  }
  header_.push_back(static_cast<std::byte>(count));
}

void Writer::frame(Buffer buffer) {
  header_.push_back(kFrameMark);
  frames_.push_back(std::move(buffer));
}

void Writer::bulk(std::span<const std::byte> data) { frame(Buffer(owner_, data)); }

void Writer::run(Buffer data) {
  if (data.size() >= kBulkBytes && frames_.size() < kMaxFrames) {
    frame(std::move(data));
  } else {
    bytes(data.bytes());
  }
}

Encoded Writer::finish(TypeId type) && {
  Encoded encoded;
  encoded.type = type;
  encoded.frames.reserve(1 + frames_.size());
  encoded.frames.push_back(Buffer::copy(header_));
  for (Buffer& frame : frames_) encoded.frames.push_back(std::move(frame));
  return encoded;
}

Reader::Reader(const Encoded& encoded) {
  if (encoded.frames.empty()) malformed("it has no header");
  header_ = encoded.frames.front().bytes();
  frames_ = std::span(encoded.frames).subspan(1);
}

std::size_t Reader::length() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(bytes(1).front());
    if (shift == 63 && byte > 1) break;
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  malformed("a length has more than 64 bits");
}

std::size_t Reader::count() {
  const std::size_t value = length();
  if (value > remaining()) {
    malformed(fmt::format("a container claims {} elements", value));
  }
  return value;
}

std::span<const std::byte> Reader::bytes(std::size_t size) {
  if (size > remaining()) malformed(fmt::format("it ends where {} bytes are to follow", size));
  const auto result = header_.subspan(offset_, size);
  offset_ += size;
  return result;
}

const Buffer& Reader::next_frame() {
  if (bytes(1).front() != kFrameMark) malformed("a bulk frame's mark is missing");
  if (frame_ == frames_.size()) malformed("it has fewer bulk frames than its header names");
  return frames_[frame_++];
}

Buffer Reader::frame() {
  const Buffer& buffer = next_frame();
  return buffer.owner() ? buffer : Buffer::copy(buffer.bytes());
}

std::span<const std::byte> Reader::frame_bytes() { return next_frame().bytes(); }

std::span<const std::byte> Reader::run(std::size_t size) {
  if (size < Writer::kBulkBytes || frame_ >= Writer::kMaxFrames) return bytes(size);
  const auto data = frame_bytes();
  if (data.size() != size) {
    malformed(fmt::format("a bulk frame has {} bytes where {} belong", data.size(), size));
  }
  return data;
}

void Reader::enter() {
  if (++depth_ > kMaxDepth) {
    throw Exception(Errc::limit_exceeded,
                    fmt::format("an encoded value is nested more than {} deep", kMaxDepth));
  }
}

void Reader::finish() const {
  if (remaining() != 0) malformed(fmt::format("{} bytes are left over", remaining()));
  if (frame_ != frames_.size()) {
    malformed(fmt::format("{} bulk frames are left over", frames_.size() - frame_));
  }
}

void Reader::malformed(const std::string& what) const {
  throw Exception(Errc::malformed, fmt::format("an encoded value is broken at byte {} of {}: {}",
                                               offset_, header_.size(), what));
}

namespace detail {

void encodes_nothing(const std::string& type) {
  throw Exception(Errc::invalid_argument,
                  fmt::format("the codec of {} wrote no bytes for an element of a container; every "
                              "codec must write at least one",
                              type));
}

}  // namespace detail

}  // namespace tartan

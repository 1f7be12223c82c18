#include <algorithm>
#include <core/net/transfer_pieces.hpp>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <new>
#include <tartan/base/exceptions.hpp>

namespace tartan::net {

PieceSender::PieceSender(std::uint64_t request, const std::vector<std::pair<Key, Value>>& values,
                         std::vector<Key> missing, std::size_t credit)
    : credit_(credit) {
  header_.request = request;
  header_.missing = std::move(missing);
  for (const auto& [key, value] : values) {
    auto encoded = value.encode();
    header_.keys.push_back(key);
    header_.types.push_back(encoded.type);
    header_.frame_counts.push_back(static_cast<std::uint32_t>(encoded.frames.size()));
    for (auto& frame : encoded.frames) {
      header_.frame_sizes.push_back(frame.size());
      frames_.push_back(std::move(frame));
    }
    if (frames_.size() > kFramesPerMessage) {
      throw Exception(Errc::limit_exceeded,
                      fmt::format("{} values have more than {} frames; ask for fewer at a time, or "
                                  "let their codec write fewer, larger frames",
                                  values.size(), kFramesPerMessage));
    }
  }
  skip_empty();
}

bool PieceSender::next(wire::FrameWriter& writer, std::vector<Buffer>& bulk) {
  if (done()) return false;
  const auto left = frames_[frame_].size() - offset_;
  const auto most = std::min(kPieceBytes, credit_ / 2);
  const bool small = left < kPackBelow;
  const auto wanted = small ? std::min(kPackBytes, most) : std::min(left, most);
  if (under_way_ + wanted > credit_) return false;
  writer.add(wire::DataPiece{header_.request, static_cast<std::uint32_t>(frame_), offset_});
  bulk.push_back(small ? pack(wanted) : slice(wanted));
  under_way_ += bulk.back().size();
  return true;
}

Result<> PieceSender::grant(std::uint64_t bytes) {
  if (bytes > under_way_) {
    return Error(Errc::malformed,
                 fmt::format("request {}: credit for {} bytes when {} are under way",
                             header_.request, bytes, under_way_));
  }
  under_way_ -= bytes;
  return {};
}

Buffer PieceSender::slice(std::size_t count) {
  auto piece = frames_[frame_].slice(offset_, count);
  offset_ += count;
  skip_empty();
  return piece;
}

Buffer PieceSender::pack(std::size_t most) {
  std::size_t total = 0;
  std::size_t end = frame_;
  while (end < frames_.size()) {
    const auto left = frames_[end].size() - (end == frame_ ? offset_ : 0);
    if (left >= kPackBelow || total + left > most) break;
    total += left;
    ++end;
  }
  if (end == frame_ + 1) return slice(total);
  // A frame that alone is more than the credit allows at once goes out in parts.
  if (end == frame_) return slice(most);
  MutableBuffer block(total);
  std::size_t at = 0;
  for (; frame_ < end; ++frame_, offset_ = 0) {
    auto& frame = frames_[frame_];
    const auto left = frame.size() - offset_;
    if (left != 0) std::memcpy(block.data() + at, frame.data() + offset_, left);
    at += left;
    frame = {};
  }
  skip_empty();
  return std::move(block).freeze();
}

void PieceSender::skip_empty() {
  while (frame_ < frames_.size() && offset_ == frames_[frame_].size()) {
    frames_[frame_] = {};
    ++frame_;
    offset_ = 0;
  }
}

Result<Assembly> Assembly::start(const wire::DataHeader& header, std::uint64_t max_bytes) {
  const auto bad = [&](Errc code, const std::string& problem) {
    return Error(code, fmt::format("request {}: {}", header.request, problem));
  };
  if (header.types.size() != header.keys.size() ||
      header.frame_counts.size() != header.keys.size()) {
    return bad(Errc::malformed,
               fmt::format("a header of {} keys, {} types and {} frame counts", header.keys.size(),
                           header.types.size(), header.frame_counts.size()));
  }
  std::uint64_t frames = 0;
  for (const auto count : header.frame_counts) {
    if (count == 0) return bad(Errc::malformed, "a value without frames");
    frames += count;
  }
  if (frames != header.frame_sizes.size() || frames > std::numeric_limits<std::uint32_t>::max()) {
    return bad(Errc::malformed, fmt::format("frame counts that sum to {} beside {} frame sizes",
                                            frames, header.frame_sizes.size()));
  }
  std::uint64_t total = 0;
  for (const auto size : header.frame_sizes) {
    if (size > max_bytes || total + size > max_bytes) {
      return bad(Errc::limit_exceeded,
                 fmt::format("more than {} bytes announced, the most that is taken in one request",
                             max_bytes));
    }
    total += size;
  }
  Assembly assembly;
  assembly.request_ = header.request;
  assembly.keys_ = header.keys;
  assembly.types_ = header.types;
  assembly.frame_counts_ = header.frame_counts;
  assembly.sizes_ = header.frame_sizes;
  assembly.announced_ = total;
  assembly.settle();
  return assembly;
}

Result<> Assembly::add(const wire::DataPiece& piece, const Buffer& bytes) {
  if (complete()) {
    return Error(Errc::malformed, fmt::format("request {}: a piece after the last one", request_));
  }
  if (piece.frame != frame_ || piece.offset != offset_) {
    return Error(Errc::malformed,
                 fmt::format("request {}: a piece at frame {} offset {} when frame {} offset {} "
                             "is next",
                             request_, piece.frame, piece.offset, frame_, offset_));
  }
  if (bytes.empty() || bytes.size() > kPieceBytes) {
    return Error(Errc::malformed, fmt::format("request {}: a piece of {} bytes; 1 to {} are right",
                                              request_, bytes.size(), kPieceBytes));
  }
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (complete()) {
      return Error(Errc::malformed, fmt::format("request {}: {} bytes more than were announced",
                                                request_, bytes.size() - at));
    }
    if (block_.size() == 0) {
      try {
        block_ = MutableBuffer(sizes_[frame_]);
      } catch (const std::bad_alloc&) {
        return Error(Errc::out_of_memory, fmt::format("request {}: no memory for a frame of {} "
                                                      "bytes",
                                                      request_, sizes_[frame_]));
      }
    }
    const auto count = std::min(bytes.size() - at, block_.size() - offset_);
    std::memcpy(block_.data() + offset_, bytes.data() + at, count);
    at += count;
    offset_ += count;
    settle();
  }
  return {};
}

void Assembly::settle() {
  while (!complete()) {
    if (offset_ < sizes_[frame_]) return;
    frames_.push_back(std::exchange(block_, MutableBuffer()).freeze());
    ++frame_;
    offset_ = 0;
    if (frames_.size() < frame_counts_[value_]) continue;
    values_.emplace_back(keys_[value_],
                         Value::from_encoded({types_[value_], std::exchange(frames_, {})}));
    ++value_;
  }
}

}  // namespace tartan::net

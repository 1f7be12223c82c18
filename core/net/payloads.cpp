#include <algorithm>
#include <core/net/payloads.hpp>
#include <cstring>
#include <fmt/format.h>

namespace tartan::net {

namespace {
/// Below the data plane's limit for a frame.
constexpr std::size_t kFrameBytes = 4 << 20;
}  // namespace

void append_payload(std::vector<Buffer>& bulk, const Buffer& payload) {
  for (std::size_t at = 0; at < payload.size(); at += kFrameBytes) {
    bulk.push_back(payload.slice(at, std::min(kFrameBytes, payload.size() - at)));
  }
}

Result<Buffer> PayloadReader::take(std::uint64_t bytes) {
  std::size_t end = frame_;
  std::uint64_t found = 0;
  while (found < bytes && end < bulk_.size()) found += bulk_[end++].size();
  if (found != bytes) {
    return Error(Errc::malformed,
                 fmt::format("a payload of {} bytes does not agree with the bulk frames", bytes));
  }
  const std::size_t begin = std::exchange(frame_, end);
  if (end - begin == 1) return bulk_[begin];
  MutableBuffer whole(static_cast<std::size_t>(bytes));
  std::size_t at = 0;
  for (std::size_t i = begin; i < end; ++i) {
    std::memcpy(whole.data() + at, bulk_[i].data(), bulk_[i].size());
    at += bulk_[i].size();
  }
  return std::move(whole).freeze();
}

}  // namespace tartan::net

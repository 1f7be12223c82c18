// A value in one run of bytes: type, number of frames, their sizes, then the frames.

#include <core/wire/codec.hpp>
#include <cstring>
#include <fmt/format.h>

namespace tartan::wire {
namespace {

constexpr std::size_t kHeaderBytes = 12;  // u64 type, u32 number of frames

template <class T>
std::byte* put(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof(T));
  return at + sizeof(T);
}

template <class T>
T get(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return value;
}

Error bad(std::string message) { return {Errc::malformed, "packed value: " + std::move(message)}; }

}  // namespace

std::vector<std::byte> pack_value(const Value& value) {
  const Encoded encoded = value.empty() ? Encoded{} : value.encode();
  std::size_t size = kHeaderBytes;
  for (const Buffer& frame : encoded.frames) size += sizeof(std::uint64_t) + frame.size();
  std::vector<std::byte> bytes(size);
  std::byte* at = put(bytes.data(), std::uint64_t{encoded.type});
  at = put(at, static_cast<std::uint32_t>(encoded.frames.size()));
  for (const Buffer& frame : encoded.frames) at = put(at, std::uint64_t{frame.size()});
  for (const Buffer& frame : encoded.frames) {
    if (!frame.empty()) std::memcpy(at, frame.data(), frame.size());
    at += frame.size();
  }
  return bytes;
}

Result<Value> unpack_value(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderBytes) {
    return bad(fmt::format("{} bytes are less than its header", bytes.size()));
  }
  Encoded encoded;
  encoded.type = get<std::uint64_t>(bytes.data());
  const std::size_t count = get<std::uint32_t>(bytes.data() + 8);
  const std::size_t room = bytes.size() - kHeaderBytes;
  if (count > room / sizeof(std::uint64_t)) {
    return bad(fmt::format("{} frames do not fit into {} bytes", count, bytes.size()));
  }
  if (count == 0) {
    if (encoded.type == 0 && room == 0) return Value();
    return bad("it has a type or bytes, but no frame");
  }
  const std::byte* sizes = bytes.data() + kHeaderBytes;
  std::size_t offset = kHeaderBytes + count * sizeof(std::uint64_t);
  encoded.frames.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto size = get<std::uint64_t>(sizes + i * sizeof(std::uint64_t));
    if (size > bytes.size() - offset) {
      return bad(fmt::format("frame {} of {} bytes exceeds what is left", i, size));
    }
    encoded.frames.push_back(Buffer::copy(bytes.subspan(offset, size)));
    offset += size;
  }
  if (offset != bytes.size()) {
    return bad(fmt::format("{} bytes follow its last frame", bytes.size() - offset));
  }
  return Value::from_encoded(std::move(encoded));
}

}  // namespace tartan::wire

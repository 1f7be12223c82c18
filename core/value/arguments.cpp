#include <cstring>
#include <fmt/format.h>
#include <tartan/value/function.hpp>

// The blob is a sequence of entries, each a tag byte and what belongs to it:
//   1 inline: type id (8 bytes), number of frames, then per frame its length and its bytes
//   2 dependency: its number
//   3 list: number of entries (of kind 1 and 2) that follow and belong to it
// Numbers without a size are LEB128.

namespace tartan {

namespace {

constexpr std::uint8_t kInline = 1;
constexpr std::uint8_t kDependency = 2;
constexpr std::uint8_t kList = 3;

[[noreturn]] void malformed(const std::string& what, std::size_t at) {
  throw Exception(Errc::malformed,
                  fmt::format("the arguments of a task are broken at byte {}: {}", at, what));
}

}  // namespace

Arguments::Arguments(std::span<const std::byte> blob, std::span<const Value> dependencies)
    : blob_(blob), dependencies_(dependencies) {
  while (offset_ < blob_.size()) {
    if (next_is_list()) {
      const std::uint32_t entries = enter_list();
      for (std::uint32_t i = 0; i < entries; ++i) static_cast<void>(read_entry(tag(), false));
    } else {
      static_cast<void>(read_entry(tag(), false));
    }
    ++count_;
  }
  offset_ = 0;
}

std::size_t Arguments::size() const { return count_; }

bool Arguments::next_is_list() const {
  return offset_ < blob_.size() && std::to_integer<std::uint8_t>(blob_[offset_]) == kList;
}

Value Arguments::next() { return next_entry().value(); }

std::vector<Value> Arguments::next_list() {
  const std::uint32_t count = enter_list();
  std::vector<Value> values;
  values.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) values.push_back(next());
  return values;
}

Value Arguments::Entry::value() const {
  if (dependency != nullptr) return *dependency;
  if (type == 0 && header.data() == nullptr) return {};
  Encoded encoded;
  encoded.type = type;
  encoded.frames.reserve(1 + frames.size());
  encoded.frames.push_back(Buffer::copy(header));
  for (const Buffer& frame : frames) encoded.frames.push_back(Buffer::copy(frame.bytes()));
  return Value::from_encoded(std::move(encoded));
}

Arguments::Entry Arguments::next_entry() {
  if (next_is_list()) {
    throw TypeError("a single argument was asked for where a list of arguments stands");
  }
  if (offset_ == blob_.size()) {
    throw TypeError(fmt::format("an argument was asked for after the last of {}", count_));
  }
  return read_entry(tag(), true);
}

std::uint32_t Arguments::enter_list() {
  if (!next_is_list()) throw TypeError("a list of arguments was asked for where none stands");
  ++offset_;
  const std::uint64_t count = number();
  // An entry has at least two bytes.
  if (count > (blob_.size() - offset_) / 2) malformed("a list is longer than the blob", offset_);
  return static_cast<std::uint32_t>(count);
}

std::uint8_t Arguments::tag() { return std::to_integer<std::uint8_t>(take(1).front()); }

std::uint64_t Arguments::number() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 63; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(take(1).front());
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  malformed("a number is too long", offset_);
}

std::span<const std::byte> Arguments::take(std::uint64_t size) {
  if (size > blob_.size() - offset_) {
    malformed(fmt::format("{} bytes are to follow, {} do", size, blob_.size() - offset_), offset_);
  }
  const auto bytes = blob_.subspan(offset_, static_cast<std::size_t>(size));
  offset_ += bytes.size();
  return bytes;
}

Arguments::Entry Arguments::read_entry(std::uint8_t tag, bool keep_frames) {
  Entry entry;
  if (tag == kDependency) {
    const std::uint64_t index = number();
    if (index >= dependencies_.size()) {
      malformed(fmt::format("dependency {} of {} is named", index, dependencies_.size()), offset_);
    }
    entry.dependency = &dependencies_[static_cast<std::size_t>(index)];
    return entry;
  }
  if (tag != kInline) malformed(fmt::format("an entry has the tag {}", tag), offset_);
  std::memcpy(&entry.type, take(sizeof entry.type).data(), sizeof entry.type);
  const std::uint64_t frames = number();
  for (std::uint64_t i = 0; i < frames; ++i) {
    const auto bytes = take(number());
    if (i == 0) {
      entry.header = bytes;
    } else if (keep_frames) {
      entry.frames.push_back(Buffer(nullptr, bytes));
    }
  }
  return entry;
}

void ArgumentWriter::number(std::uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<std::byte>(value | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<std::byte>(value));
}

void ArgumentWriter::entry(TypeId type, std::span<const std::byte> header,
                           std::span<const Buffer> frames) {
  bytes_.push_back(std::byte{kInline});
  const auto id = std::as_bytes(std::span(&type, 1));
  bytes_.insert(bytes_.end(), id.begin(), id.end());
  number(1 + frames.size());
  number(header.size());
  bytes_.insert(bytes_.end(), header.begin(), header.end());
  for (const Buffer& frame : frames) {
    number(frame.size());
    bytes_.insert(bytes_.end(), frame.bytes().begin(), frame.bytes().end());
  }
}

void ArgumentWriter::inline_value(const Value& value) {
  const Encoded encoded = value.encode();
  if (encoded.frames.empty()) {
    bytes_.push_back(std::byte{kInline});
    bytes_.insert(bytes_.end(), sizeof encoded.type, std::byte{0});
    number(0);
    return;
  }
  entry(encoded.type, encoded.frames.front().bytes(), std::span(encoded.frames).subspan(1));
}

void ArgumentWriter::dependency(std::uint32_t index) {
  bytes_.push_back(std::byte{kDependency});
  number(index);
}

void ArgumentWriter::list(std::uint32_t count) {
  bytes_.push_back(std::byte{kList});
  number(count);
}

}  // namespace tartan

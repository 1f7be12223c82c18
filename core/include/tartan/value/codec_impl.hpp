#pragma once

// Writer and Reader, the two hands of every codec, and the codecs of plain types.
//
// The header of an encoded value is a run of little-endian bytes without padding or tags: the
// type says what stands where. Lengths are LEB128. A bulk frame leaves one mark in the header.
//
// Invariants of reading
// 1. No length is believed before it is checked against the bytes that remain, so what a decoder
//    allocates is bounded by the encoded size times the size of the element's type.
// 2. Nesting deeper than kMaxDepth, and bytes or frames left over at the end, are errors.
// A codec writes at least one byte of header per object; the containers check it.
//
// One thread at a time may use a Writer or a Reader.

#include <bit>
#include <concepts>
#include <cstring>
#include <span>
#include <tartan/base/exceptions.hpp>
#include <type_traits>
#include <utility>

namespace tartan {

static_assert(std::endian::native == std::endian::little, "tartan's wire is little-endian");

/// Types whose bytes are their value.
template <class T>
inline constexpr bool kPlain =
    (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) || std::is_enum_v<T>;

class Writer {
 public:
  /// Memory from here up goes out as a frame of its own instead of being copied.
  static constexpr std::size_t kBulkBytes = 1024;
  /// A value of very many rows copies the rest: each frame costs the transport some 100 bytes.
  static constexpr std::size_t kMaxFrames = 512;

  Writer() = default;
  /// Bulk memory is kept alive by owner: the object being encoded.
  explicit Writer(std::shared_ptr<const void> owner) : owner_(std::move(owner)) {}

  template <class T>
  void put(const T& value) {
    if constexpr (kPlain<T>) {
      bytes({reinterpret_cast<const std::byte*>(&value), sizeof value});
    } else {
      Codec<T>::encode(value, *this);
    }
  }
  void length(std::size_t count);
  void bytes(std::span<const std::byte> data);
  /// A bulk frame with an owner of its own.
  void frame(Buffer buffer);
  /// A bulk frame of memory that belongs to the object being encoded.
  void bulk(std::span<const std::byte> data);
  /// Bytes of a known length: a frame when they are many, part of the header when few. They
  /// belong to the object being encoded, or to the owner given.
  void run(std::span<const std::byte> data) { run(Buffer(owner_, data)); }
  void run(Buffer data);

  std::size_t header_size() const { return header_.size(); }
  const std::vector<std::byte>& header() const { return header_; }
  const std::vector<Buffer>& frames() const { return frames_; }
  Encoded finish(TypeId type) &&;

 private:
  std::shared_ptr<const void> owner_;
  std::vector<std::byte> header_;
  std::vector<Buffer> frames_;
};

class Reader {
 public:
  static constexpr int kMaxDepth = 200;

  /// The encoded value must outlive the reader.
  explicit Reader(const Encoded& encoded);
  /// Frames without an owner are copied when a codec wants to keep them.
  Reader(std::span<const std::byte> header, std::span<const Buffer> frames)
      : header_(header), frames_(frames) {}

  template <class T>
  T get() {
    if constexpr (kPlain<T>) {
      T value;
      std::memcpy(&value, bytes(sizeof value).data(), sizeof value);
      return value;
    } else {
      enter();
      T value = Codec<T>::decode(*this);
      --depth_;
      return value;
    }
  }
  std::size_t length();
  /// The number of elements of a container, at least one byte each: at most remaining().
  std::size_t count();
  std::span<const std::byte> bytes(std::size_t size);
  /// The next bulk frame, with an owner.
  Buffer frame();
  /// The next bulk frame, only to be looked at while the encoded value lives.
  std::span<const std::byte> frame_bytes();
  /// What Writer::run wrote, which must be `size` bytes long.
  std::span<const std::byte> run(std::size_t size);

  std::size_t remaining() const { return header_.size() - offset_; }
  /// Throws when header bytes or frames are left over.
  void finish() const;
  [[noreturn]] void malformed(const std::string& what) const;

 private:
  void enter();
  const Buffer& next_frame();

  std::span<const std::byte> header_;
  std::span<const Buffer> frames_;
  std::size_t offset_ = 0;
  std::size_t frame_ = 0;
  int depth_ = 0;
};

template <class T>
concept HasCodec = requires(const T& object, Writer& writer, Reader& reader) {
  { Codec<T>::name() } -> std::convertible_to<std::string>;
  Codec<T>::encode(object, writer);
  { Codec<T>::decode(reader) } -> std::convertible_to<T>;
};

namespace detail {

/// Keeps a TypeInfo for good. Aborts when two names have one id.
const TypeInfo& register_type(TypeInfo info);
TypeId type_id(const std::string& name);
/// What compilers agree on calling a type, e.g. "geo::Point".
std::string demangled(const char* mangled);

template <class T>
std::size_t nbytes_of(const T& object) {
  if constexpr (requires { Codec<T>::nbytes(object); }) {
    return Codec<T>::nbytes(object);
  } else {
    return sizeof(T);
  }
}

template <class T>
std::size_t nbytes_erased(const void* object) {
  return nbytes_of(*static_cast<const T*>(object));
}

template <class T>
Encoded encode_erased(const std::shared_ptr<const void>& object, TypeId id) {
  Writer writer(object);
  writer.put(*static_cast<const T*>(object.get()));
  return std::move(writer).finish(id);
}

template <class T>
std::shared_ptr<const void> decode_erased(const Encoded& encoded) {
  Reader reader(encoded);
  auto object = std::make_shared<const T>(reader.get<T>());
  reader.finish();
  return object;
}

}  // namespace detail

template <class T>
const TypeInfo& type_info() {
  static_assert(HasCodec<T>,
                "this type has no codec: specialise tartan::Codec for it, or use MSGPACK_DEFINE "
                "and include <tartan/value/msgpack.hpp>; xtensor containers need "
                "<tartan/value/xtensor.hpp>");
  static const TypeInfo& info = detail::register_type(
      {detail::type_id(Codec<T>::name()), Codec<T>::name(), &detail::nbytes_erased<T>,
       &detail::encode_erased<T>, &detail::decode_erased<T>});
  return info;
}

}  // namespace tartan

#include <tartan/value/codec_std.hpp>

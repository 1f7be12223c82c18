#pragma once

// The archive that writes. Small parts go through msgpack's packer; a column is its header and
// one memcpy. Not thread-safe.

#include <bit>
#include <core/wire/fields.hpp>
#include <cstring>
#include <msgpack.hpp>
#include <tartan/base/assert.hpp>

namespace tartan::wire {

static_assert(std::endian::native == std::endian::little,
              "columns travel as they lie in memory; a big-endian machine needs a swap here");
static_assert(sizeof(Key) == 16, "a key is its two words");

/// Bytes under construction, in a pool block that becomes a Buffer without a copy.
class ByteSink {
 public:
  /// msgpack's packer writes here.
  void write(const char* bytes, std::size_t count) {
    if (count == 0) return;
    if (size_ + count > block_.size()) grow(size_ + count);
    std::memcpy(block_.data() + size_, bytes, count);
    size_ += count;
  }
  std::size_t size() const { return size_; }
  Buffer take();

 private:
  void grow(std::size_t needed);

  MutableBuffer block_;
  std::size_t size_ = 0;
};

class Encoder {
 public:
  explicit Encoder(ByteSink& sink) : sink_(sink), packer_(sink) {}

  template <class M>
  void record(const M& message) {
    kind_ = Kind<M>::number;
    fields(*this, message);
  }
  /// A struct that stands on its own.
  template <class M>
  void object(const M& object) {
    fields(*this, object);
  }

  template <class... Fields>
  void operator()(std::string_view, const Fields&... values) {
    constexpr auto count = static_cast<std::uint32_t>(sizeof...(values));
    if (kind_ == 0) {
      packer_.pack_array(count);
    } else {
      packer_.pack_array(count + 1);
      packer_.pack_uint32(kind_);
      kind_ = 0;
    }
    (put(values), ...);
  }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value ? packer_.pack_true() : packer_.pack_false();
    } else if constexpr (std::is_enum_v<T>) {
      packer_.pack_uint64(static_cast<std::uint64_t>(value));
    } else if constexpr (std::is_floating_point_v<T>) {
      packer_.pack_double(value);
    } else if constexpr (std::is_signed_v<T>) {
      packer_.pack_int64(value);
    } else if constexpr (std::is_unsigned_v<T>) {
      packer_.pack_uint64(value);
    } else {
      fields(*this, value);
    }
  }
  void put(const Key& key) { put_bin(&key, sizeof(key)); }
  void put(const Buffer& buffer) { put_bin(buffer.data(), buffer.size()); }
  void put(const std::string& text) {
    packer_.pack_str(length_of(text.size()));
    packer_.pack_str_body(text.data(), length_of(text.size()));
  }
  void put(const std::map<std::string, double>& map) {
    packer_.pack_map(length_of(map.size()));
    for (const auto& [name, value] : map) {
      put(name);
      put(value);
    }
  }
  template <class T>
  void put(const std::vector<T>& column) {
    if constexpr (kIsColumnElement<T>) {
      put_bin(column.data(), column.size() * sizeof(T));
    } else {
      packer_.pack_array(length_of(column.size()));
      for (const T& entry : column) put(entry);
    }
  }

  void put_bin(const void* bytes, std::size_t count) {
    packer_.pack_bin(length_of(count));
    sink_.write(static_cast<const char*>(bytes), count);
  }
  static std::uint32_t length_of(std::size_t size) {
    TARTAN_ASSERT(size <= 0xFFFFFFFF, "a field of a control record stays below 4 GiB");
    return static_cast<std::uint32_t>(size);
  }

  ByteSink& sink_;
  msgpack::packer<ByteSink> packer_;
  std::uint32_t kind_ = 0;
};

}  // namespace tartan::wire

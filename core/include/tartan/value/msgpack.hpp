#pragma once

// The codec of types with MSGPACK_DEFINE, MSGPACK_DEFINE_ARRAY or MSGPACK_DEFINE_MAP:
//
//   struct Point { double x, y; MSGPACK_DEFINE(x, y) };
//
// Such a type needs a default constructor. Its codec name is its C++ name.
//
// Reading goes over the bytes twice. msgpack's own parser allocates what a length prefix asks
// for, and prefixes that are each within limits can still add up to gigabytes; so a first pass
// charges every element to one budget, the number of bytes there are, and caps the depth. Only
// then are the bytes unpacked.

#include <msgpack.hpp>
#include <tartan/value/codec.hpp>

namespace tartan {

namespace detail {

inline constexpr std::uint32_t kMsgpackDepth = 32;

/// Collects packed bytes, or only counts them.
struct MsgpackBytes {
  std::vector<std::byte> bytes;
  void write(const char* data, std::size_t size) {
    const auto* first = reinterpret_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), first, first + size);
  }
};
struct MsgpackCount {
  std::size_t count = 0;
  void write(const char*, std::size_t size) { count += size; }
};

/// Spends one unit for each element a header announces; an element has at least one byte.
struct MsgpackBudget : msgpack::null_visitor {
  explicit MsgpackBudget(std::size_t bytes) : left(bytes) {}

  bool start_array(std::uint32_t elements) { return enter(elements); }
  bool end_array() { return leave(); }
  bool start_map(std::uint32_t pairs) { return enter(2 * std::uint64_t{pairs}); }
  bool end_map() { return leave(); }
  void parse_error(std::size_t, std::size_t) { broken = true; }
  void insufficient_bytes(std::size_t, std::size_t) { broken = true; }

  bool enter(std::uint64_t elements) {
    exceeded = exceeded || elements > left || ++depth > kMsgpackDepth;
    if (!exceeded) left -= elements;
    return !exceeded;
  }
  bool leave() {
    --depth;
    return true;
  }

  std::uint64_t left;
  std::uint32_t depth = 0;
  bool exceeded = false;
  bool broken = false;
};

inline void check_msgpack(std::span<const std::byte> data, const Reader& reader) {
  MsgpackBudget budget(data.size());
  std::size_t offset = 0;
  const bool whole =
      msgpack::parse(reinterpret_cast<const char*>(data.data()), data.size(), offset, budget);
  if (budget.exceeded) {
    throw Exception(Errc::limit_exceeded,
                    "a msgpack value announces more elements than it has bytes, or is nested "
                    "more than 32 deep");
  }
  if (!whole || budget.broken || offset != data.size()) {
    reader.malformed("it is not one msgpack value");
  }
}

}  // namespace detail

template <class T>
concept MsgpackDefined = std::is_class_v<T> && std::is_default_constructible_v<T> &&
    requires(const T& object, T& target, msgpack::packer<detail::MsgpackBytes>& packer,
             const msgpack::object& unpacked) {
  object.msgpack_pack(packer);
  target.msgpack_unpack(unpacked);
};

template <class T>
requires MsgpackDefined<T>
struct Codec<T> {
  static std::string name() { return detail::demangled(typeid(T).name()); }

  static void encode(const T& object, Writer& writer) {
    auto packed = std::make_shared<detail::MsgpackBytes>();
    msgpack::pack(*packed, object);
    writer.length(packed->bytes.size());
    writer.run(Buffer(packed, packed->bytes));
  }

  static T decode(Reader& reader) {
    const auto data = reader.run(reader.length());
    detail::check_msgpack(data, reader);
    try {
      const auto handle = msgpack::unpack(reinterpret_cast<const char*>(data.data()), data.size());
      T object;
      handle.get().convert(object);
      return object;
    } catch (const msgpack::type_error&) {
      reader.malformed("its msgpack fields are not those of " + name());
    } catch (const msgpack::unpack_error& error) {
      reader.malformed(error.what());
    }
  }

  static std::size_t nbytes(const T& object) {
    detail::MsgpackCount counter;
    msgpack::pack(counter, object);
    return sizeof object + counter.count;
  }
};

}  // namespace tartan

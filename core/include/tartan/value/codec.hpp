#pragma once

// How a type becomes bytes. A codec writes small parts into the header with Writer::put and
// large contiguous memory as bulk frames, which are sent without being copied. Reading charges a
// budget: bytes from another process are never believed.
//
// tartan brings codecs for arithmetic types, enums, bool, std::string, std::vector, std::array,
// std::pair, std::tuple, std::optional, std::map, std::unordered_map, std::set and nothing
// (std::monostate, for tasks returning void). <tartan/value/msgpack.hpp> adds MSGPACK_DEFINE
// types, <tartan/value/xtensor.hpp> xtensor containers. To add one of your own, specialise
// Codec<T>:
//
//   template <> struct tartan::Codec<Point> {
//     static std::string name() { return "Point"; }
//     static void encode(const Point& p, Writer& w) { w.put(p.x); w.put(p.y); }
//     static Point decode(Reader& r) { auto x = r.get<double>(); return {x, r.get<double>()}; }
//     static std::size_t nbytes(const Point&) { return sizeof(Point); }   // optional
//   };

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tartan/base/buffer.hpp>
#include <tartan/base/error.hpp>
#include <vector>

namespace tartan {

using TypeId = std::uint64_t;  ///< hash of the type's codec name

/// The bytes of a value: frames[0] is the codec's header, the others are bulk, 64-byte aligned.
struct Encoded {
  TypeId type = 0;
  std::vector<Buffer> frames;

  std::size_t nbytes() const;
};

template <class T, class Enable = void>
struct Codec;

/// What a store or a peer must know of a type.
struct TypeInfo {
  TypeId id = 0;
  std::string name;
  std::size_t (*nbytes)(const void* object) = nullptr;
  /// Bulk frames alias the object and share its ownership.
  Encoded (*encode)(const std::shared_ptr<const void>& object, TypeId id) = nullptr;
  /// Throws Exception(malformed) or Exception(limit_exceeded).
  std::shared_ptr<const void> (*decode)(const Encoded& encoded) = nullptr;
};

/// The process's one TypeInfo of T.
template <class T>
const TypeInfo& type_info();

/// The type registered under an id, or null when no code of this process has named it yet.
const TypeInfo* find_type(TypeId id);
/// Its name, or the id as "type 0x1f..." when it is not known here.
std::string type_name(TypeId id);

}  // namespace tartan

#include <tartan/value/codec_impl.hpp>

#pragma once

// What tasks of a fit send each other: a struct that names itself and its members has a codec.
//
//   struct Moments {
//     std::vector<double> count, mean, m2;
//     static constexpr std::string_view kCodec = "tartan::ml::Moments";
//     static void fields(auto& self, auto&& field) { field(self.count, self.mean, self.m2); }
//   };

#include <string>
#include <string_view>
#include <tartan/value/value.hpp>
#include <type_traits>

namespace tartan::ml {

template <class T>
concept Partial = requires(T& object) {
  { T::kCodec } -> std::convertible_to<std::string_view>;
  T::fields(object, [](auto&...) {});
};

}  // namespace tartan::ml

namespace tartan {

template <ml::Partial T>
struct Codec<T> {
  static std::string name() { return std::string(T::kCodec); }
  static void encode(const T& object, Writer& writer) {
    T::fields(object, [&](const auto&... field) { (writer.put(field), ...); });
  }
  static T decode(Reader& reader) {
    T object;
    T::fields(object, [&](auto&... field) {
      ((field = reader.get<std::remove_cvref_t<decltype(field)>>()), ...);
    });
    return object;
  }
  static std::size_t nbytes(const T& object) {
    std::size_t total = 0;
    T::fields(object, [&](const auto&... field) { ((total += detail::nbytes_of(field)), ...); });
    return total;
  }
};

}  // namespace tartan

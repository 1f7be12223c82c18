#pragma once

// Codecs of the standard library's types. Vectors of plain elements and strings of 1 KiB and more
// travel as one bulk frame that aliases the object's own memory.

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tartan/value/codec.hpp>
#include <tuple>
#include <typeinfo>
#include <unordered_map>
#include <variant>
#include <vector>

namespace tartan {

namespace detail {

/// One name for one layout: long and long long are both int64 here.
template <class T>
std::string plain_name() {
  if constexpr (std::is_same_v<T, bool>) {
    return "bool";
  } else if constexpr (std::is_enum_v<T>) {
    return demangled(typeid(T).name());
  } else if constexpr (std::is_same_v<T, char>) {
    return "char";
  } else if constexpr (std::is_same_v<T, wchar_t>) {
    return "wchar";
  } else if constexpr (std::is_same_v<T, char8_t>) {
    return "char8";
  } else if constexpr (std::is_same_v<T, char16_t>) {
    return "char16";
  } else if constexpr (std::is_same_v<T, char32_t>) {
    return "char32";
  } else {
    const char* kind = std::is_floating_point_v<T> ? "float" : std::is_signed_v<T> ? "int" : "uint";
    return kind + std::to_string(8 * sizeof(T));
  }
}

template <class... T>
std::string joined_names() {
  std::string text;
  ((text += (text.empty() ? "" : ",") + Codec<T>::name()), ...);
  return text;
}

template <class Range>
std::size_t nbytes_of_elements(const Range& range) {
  std::size_t total = 0;
  for (const auto& element : range) total += nbytes_of(element);
  return total;
}

[[noreturn]] void encodes_nothing(const std::string& type);

/// Writes the elements and holds their codec to its promise of at least a byte each, without
/// which a reader could not tell a true count from a forged one.
template <class Element, class Range>
void put_elements(const Range& range, Writer& writer) {
  writer.length(range.size());
  const std::size_t start = writer.header_size();
  for (const auto& element : range) writer.put(element);
  if (writer.header_size() - start < range.size()) encodes_nothing(Codec<Element>::name());
}

}  // namespace detail

template <class T>
struct Codec<T, std::enable_if_t<kPlain<T>>> {
  static std::string name() { return detail::plain_name<T>(); }
  static void encode(T value, Writer& writer) { writer.put(value); }
  static T decode(Reader& reader) { return reader.get<T>(); }
};

template <>
struct Codec<bool> {
  static std::string name() { return "bool"; }
  static void encode(bool value, Writer& writer) { writer.put(static_cast<std::uint8_t>(value)); }
  static bool decode(Reader& reader) {
    const auto value = reader.get<std::uint8_t>();
    if (value > 1) reader.malformed("a bool is neither 0 nor 1");
    return value != 0;
  }
};

/// The result of a task that returns nothing.
template <>
struct Codec<std::monostate> {
  static std::string name() { return "none"; }
  static void encode(std::monostate, Writer& writer) { writer.put(std::uint8_t{0}); }
  static std::monostate decode(Reader& reader) {
    if (reader.get<std::uint8_t>() != 0) reader.malformed("a none is not 0");
    return {};
  }
};

template <>
struct Codec<std::string> {
  static std::string name() { return "string"; }
  static void encode(const std::string& text, Writer& writer) {
    writer.length(text.size());
    writer.run(std::as_bytes(std::span(text)));
  }
  static std::string decode(Reader& reader) {
    const std::size_t size = reader.length();
    const auto bytes = reader.run(size);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  static std::size_t nbytes(const std::string& text) { return sizeof(std::string) + text.size(); }
};

template <class T>
struct Codec<std::vector<T>> {
  static std::string name() { return "vector<" + Codec<T>::name() + ">"; }

  static void encode(const std::vector<T>& values, Writer& writer) {
    if constexpr (kPlain<T>) {
      writer.length(values.size());
      writer.run(std::as_bytes(std::span(values)));
    } else {
      detail::put_elements<T>(values, writer);
    }
  }

  static std::vector<T> decode(Reader& reader) {
    if constexpr (kPlain<T>) {
      const std::size_t count = reader.length();
      if (count > SIZE_MAX / sizeof(T)) reader.malformed("a vector's length overflows");
      const auto bytes = reader.run(count * sizeof(T));
      std::vector<T> values(count);
      if (count != 0) std::memcpy(values.data(), bytes.data(), bytes.size());
      return values;
    } else {
      const std::size_t count = reader.count();
      std::vector<T> values;
      values.reserve(std::min<std::size_t>(count, 1024));
      for (std::size_t i = 0; i < count; ++i) values.push_back(reader.get<T>());
      return values;
    }
  }

  static std::size_t nbytes(const std::vector<T>& values) {
    if constexpr (kPlain<T> || std::is_same_v<T, bool>) {
      return sizeof values + values.size() * sizeof(T);
    } else {
      return sizeof values + detail::nbytes_of_elements(values);
    }
  }
};

template <class T, std::size_t N>
struct Codec<std::array<T, N>> {
  static std::string name() { return "array<" + Codec<T>::name() + "," + std::to_string(N) + ">"; }
  static void encode(const std::array<T, N>& values, Writer& writer) {
    writer.put(std::uint8_t{0});
    if constexpr (kPlain<T>) {
      writer.run(std::as_bytes(std::span(values)));
    } else {
      for (const T& value : values) writer.put(value);
    }
  }
  static std::array<T, N> decode(Reader& reader) {
    if (reader.get<std::uint8_t>() != 0) reader.malformed("an array does not begin with 0");
    if constexpr (kPlain<T>) {
      std::array<T, N> values{};
      const auto bytes = reader.run(sizeof(T) * N);
      if constexpr (N != 0) std::memcpy(values.data(), bytes.data(), bytes.size());
      return values;
    } else {
      return elements(reader, std::make_index_sequence<N>());
    }
  }
  static std::size_t nbytes(const std::array<T, N>& values) {
    if constexpr (kPlain<T>) {
      return sizeof values;
    } else {
      return detail::nbytes_of_elements(values);
    }
  }

 private:
  template <std::size_t>
  static T element(Reader& reader) {
    return reader.get<T>();
  }
  template <std::size_t... I>
  static std::array<T, N> elements(Reader& reader, std::index_sequence<I...>) {
    return {element<I>(reader)...};
  }
};

template <class A, class B>
struct Codec<std::pair<A, B>> {
  static std::string name() { return "pair<" + detail::joined_names<A, B>() + ">"; }
  static void encode(const std::pair<A, B>& pair, Writer& writer) {
    writer.put(pair.first);
    writer.put(pair.second);
  }
  static std::pair<A, B> decode(Reader& reader) {
    return std::pair<A, B>{reader.get<A>(), reader.get<B>()};
  }
  static std::size_t nbytes(const std::pair<A, B>& pair) {
    return detail::nbytes_of(pair.first) + detail::nbytes_of(pair.second);
  }
};

template <class... T>
struct Codec<std::tuple<T...>> {
  static std::string name() { return "tuple<" + detail::joined_names<T...>() + ">"; }
  static void encode(const std::tuple<T...>& values, Writer& writer) {
    if constexpr (sizeof...(T) == 0) writer.put(std::uint8_t{0});
    std::apply([&](const T&... value) { (writer.put(value), ...); }, values);
  }
  static std::tuple<T...> decode(Reader& reader) {
    if constexpr (sizeof...(T) == 0) static_cast<void>(reader.get<std::uint8_t>());
    return std::tuple<T...>{reader.get<T>()...};
  }
  static std::size_t nbytes(const std::tuple<T...>& values) {
    return std::apply(
        [](const T&... value) { return (std::size_t{0} + ... + detail::nbytes_of(value)); },
        values);
  }
};

template <class T>
struct Codec<std::optional<T>> {
  static std::string name() { return "optional<" + Codec<T>::name() + ">"; }
  static void encode(const std::optional<T>& value, Writer& writer) {
    writer.put(value.has_value());
    if (value) writer.put(*value);
  }
  static std::optional<T> decode(Reader& reader) {
    if (!reader.get<bool>()) return std::nullopt;
    return reader.get<T>();
  }
  static std::size_t nbytes(const std::optional<T>& value) {
    return value ? 1 + detail::nbytes_of(*value) : sizeof value;
  }
};

namespace detail {

inline constexpr std::size_t kNodeBytes = 40;  // pointers and colour or hash of a tree or hash node

/// The entries of any map or set, one after the other; a forged repetition is an error.
template <class Container, class Element>
Container decode_associative(Reader& reader) {
  const std::size_t count = reader.count();
  Container container;
  for (std::size_t i = 0; i < count; ++i) container.insert(container.end(), reader.get<Element>());
  if (container.size() != count) reader.malformed("a map or set holds a key twice");
  return container;
}

}  // namespace detail

template <class K, class V>
struct Codec<std::map<K, V>> {
  using Map = std::map<K, V>;
  static std::string name() { return "map<" + detail::joined_names<K, V>() + ">"; }
  static void encode(const Map& map, Writer& writer) {
    writer.length(map.size());
    for (const auto& [key, value] : map) {
      writer.put(key);
      writer.put(value);
    }
  }
  static Map decode(Reader& reader) {
    return detail::decode_associative<Map, std::pair<K, V>>(reader);
  }
  static std::size_t nbytes(const Map& map) {
    std::size_t total = sizeof map + map.size() * detail::kNodeBytes;
    for (const auto& [key, value] : map) total += detail::nbytes_of(key) + detail::nbytes_of(value);
    return total;
  }
};

/// Written in the order of the keys where they have one, so that equal maps have equal bytes.
template <class K, class V>
struct Codec<std::unordered_map<K, V>> {
  using Map = std::unordered_map<K, V>;
  static std::string name() { return "unordered_map<" + detail::joined_names<K, V>() + ">"; }
  static void encode(const Map& map, Writer& writer) {
    std::vector<const typename Map::value_type*> entries;
    entries.reserve(map.size());
    for (const auto& entry : map) entries.push_back(&entry);
    if constexpr (std::totally_ordered<K>) {
      std::sort(entries.begin(), entries.end(),
                [](const auto* a, const auto* b) { return a->first < b->first; });
    }
    writer.length(entries.size());
    for (const auto* entry : entries) {
      writer.put(entry->first);
      writer.put(entry->second);
    }
  }
  static Map decode(Reader& reader) {
    return detail::decode_associative<Map, std::pair<K, V>>(reader);
  }
  static std::size_t nbytes(const Map& map) {
    std::size_t total = sizeof map + map.size() * detail::kNodeBytes;
    for (const auto& [key, value] : map) total += detail::nbytes_of(key) + detail::nbytes_of(value);
    return total;
  }
};

template <class T>
struct Codec<std::set<T>> {
  static std::string name() { return "set<" + Codec<T>::name() + ">"; }
  static void encode(const std::set<T>& set, Writer& writer) {
    detail::put_elements<T>(set, writer);
  }
  static std::set<T> decode(Reader& reader) {
    return detail::decode_associative<std::set<T>, T>(reader);
  }
  static std::size_t nbytes(const std::set<T>& set) {
    return sizeof set + set.size() * detail::kNodeBytes + detail::nbytes_of_elements(set);
  }
};

}  // namespace tartan

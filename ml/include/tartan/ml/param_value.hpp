#pragma once

// ParamValue: a hyperparameter or a fitted attribute when its type is not known at compile time.
// What get_params() returns and set_params() takes, what the points of a search grid are made of,
// and what model files hold.
//
//   ParamMap params{{"C", 0.1}, {"kernel", "rbf"}, {"gamma", nullptr}};
//
// ParamTraits<T> says how a member of type T becomes a ParamValue and back. There are traits for
// bool, numbers, strings, enums with names (EnumNames), std::optional (none: nothing), std::vector,
// std::pair, std::variant (the first alternative that takes the value), xt::xarray, Chunk,
// AnyEstimator, and for structs with an each() of their own. from() throws TypeError or ValueError
// saying what was expected and what came.

#include <array>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tartan/array/xtensor.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/codec.hpp>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tartan::ml {

class AnyEstimator;
class ParamValue;

using ParamList = std::vector<ParamValue>;
/// By name, in the order of the alphabet.
using ParamMap = std::map<std::string, ParamValue, std::less<>>;

template <class T, class Enable = void>
struct ParamTraits;

template <class T>
concept HasParamTraits = requires(const T& value, const ParamValue& param) {
  { ParamTraits<T>::to(value) } -> std::same_as<ParamValue>;
  { ParamTraits<T>::from(param) } -> std::same_as<T>;
};

class ParamValue {
 public:
  using None = std::monostate;
  using EstimatorPtr = std::shared_ptr<const AnyEstimator>;
  using Variant = std::variant<None, bool, std::int64_t, double, std::string, Chunk, ParamList,
                               ParamMap, EstimatorPtr>;

  ParamValue() = default;
  ParamValue(std::nullptr_t) {}
  ParamValue(Variant value) : value_(std::move(value)) {}
  ParamValue(const char* text) : value_(std::string(text)) {}
  template <HasParamTraits T>
  ParamValue(const T& value) : ParamValue(ParamTraits<T>::to(value)) {}

  const Variant& variant() const { return value_; }
  bool is_none() const { return std::holds_alternative<None>(value_); }
  /// Throws TypeError or ValueError saying what this is.
  template <HasParamTraits T>
  T as() const {
    return ParamTraits<T>::from(*this);
  }
  /// As Python would write it: None, True, 0.1, 'rbf', [1, 2]; arrays by dtype and shape.
  std::string to_string() const;

  /// Arrays by their elements, estimators by type and parameters.
  friend bool operator==(const ParamValue& a, const ParamValue& b);

 private:
  Variant value_;
};

/// The names of an enum's values. To be specialised beside the enum:
///   template <> struct EnumNames<Penalty> {
///     static constexpr std::array values{std::pair{Penalty::l1, "l1"}, ...};
///   };
template <class E>
struct EnumNames;

namespace detail {

[[noreturn]] void wrong_kind(std::string_view wanted, const ParamValue& value);
[[noreturn]] void unknown_name(const std::vector<std::string>& known, const ParamValue& value);
std::int64_t integer_of(const ParamValue& value);
double number_of(const ParamValue& value);
const std::string& text_of(const ParamValue& value);
const ParamList& list_of(const ParamValue& value);
const ParamMap& map_of(const ParamValue& value);
/// Of that dtype; lists of numbers, and numbers of another dtype, are converted.
Chunk chunk_of(const ParamValue& value, DType dtype);

template <class P>
concept Described = requires(P& params) {
  P::each(params, [](std::string_view, auto&) {});
};

}  // namespace detail

template <>
struct ParamTraits<bool> {
  static ParamValue to(bool value) { return ParamValue::Variant(value); }
  static bool from(const ParamValue& value) {
    if (const bool* is = std::get_if<bool>(&value.variant())) return *is;
    detail::wrong_kind("true or false", value);
  }
};

template <class T>
struct ParamTraits<T, std::enable_if_t<std::is_integral_v<T> && !std::is_same_v<T, bool>>> {
  static ParamValue to(T value) { return ParamValue::Variant(static_cast<std::int64_t>(value)); }
  static T from(const ParamValue& value) {
    // Seeds are unsigned and keep their bits; smaller integers must fit.
    const std::int64_t number = detail::integer_of(value);
    if constexpr (sizeof(T) < sizeof number) {
      if (number < std::numeric_limits<T>::min() || number > std::numeric_limits<T>::max()) {
        detail::wrong_kind("a smaller integer", value);
      }
    }
    return static_cast<T>(number);
  }
};

template <class T>
struct ParamTraits<T, std::enable_if_t<std::is_floating_point_v<T>>> {
  static ParamValue to(T value) { return ParamValue::Variant(static_cast<double>(value)); }
  static T from(const ParamValue& value) { return static_cast<T>(detail::number_of(value)); }
};

template <>
struct ParamTraits<std::string> {
  static ParamValue to(const std::string& value) { return ParamValue::Variant(value); }
  static std::string from(const ParamValue& value) { return detail::text_of(value); }
};

template <class E>
struct ParamTraits<E, std::enable_if_t<std::is_enum_v<E>>> {
  static ParamValue to(E value) {
    for (const auto& [each, name] : EnumNames<E>::values) {
      if (each == value) return ParamValue(name);
    }
    throw ValueError("an enum parameter has a value without a name");
  }
  static E from(const ParamValue& value) {
    std::vector<std::string> known;
    const auto* text = std::get_if<std::string>(&value.variant());
    for (const auto& [each, name] : EnumNames<E>::values) {
      if (text != nullptr && *text == name) return each;
      known.emplace_back(name);
    }
    detail::unknown_name(known, value);
  }
};

template <class T>
struct ParamTraits<std::optional<T>> {
  static ParamValue to(const std::optional<T>& value) {
    return value ? ParamTraits<T>::to(*value) : ParamValue();
  }
  static std::optional<T> from(const ParamValue& value) {
    if (value.is_none()) return std::nullopt;
    return ParamTraits<T>::from(value);
  }
};

template <class T>
struct ParamTraits<std::vector<T>, std::enable_if_t<!std::is_same_v<T, ParamValue>>> {
  static ParamValue to(const std::vector<T>& value) {
    ParamList list;
    list.reserve(value.size());
    for (const auto& each : value) list.push_back(ParamTraits<T>::to(each));
    return ParamValue::Variant(std::move(list));
  }
  static std::vector<T> from(const ParamValue& value) {
    std::vector<T> result;
    for (const ParamValue& each : detail::list_of(value)) {
      result.push_back(ParamTraits<T>::from(each));
    }
    return result;
  }
};

template <class A, class B>
struct ParamTraits<std::pair<A, B>> {
  static ParamValue to(const std::pair<A, B>& value) {
    return ParamValue::Variant(
        ParamList{ParamTraits<A>::to(value.first), ParamTraits<B>::to(value.second)});
  }
  static std::pair<A, B> from(const ParamValue& value) {
    const ParamList& list = detail::list_of(value);
    if (list.size() != 2) detail::wrong_kind("a pair", value);
    return {ParamTraits<A>::from(list[0]), ParamTraits<B>::from(list[1])};
  }
};

template <class... T>
struct ParamTraits<std::variant<T...>> {
  static ParamValue to(const std::variant<T...>& value) {
    return std::visit([](const auto& each) { return ParamValue(each); }, value);
  }
  static std::variant<T...> from(const ParamValue& value) {
    std::optional<std::variant<T...>> result;
    std::string why;
    bool wrong_kind = true;
    const auto attempt = [&]<class Each>(std::type_identity<Each>) {
      if (result) return;
      try {
        result = ParamTraits<Each>::from(value);
      } catch (const Exception& error) {
        why += (why.empty() ? "" : ", or ") + std::string(error.what());
        wrong_kind = wrong_kind && error.code() == Errc::type_mismatch;
      }
    };
    (attempt(std::type_identity<T>()), ...);
    if (result) return *result;
    if (wrong_kind) throw TypeError(why);
    throw ValueError(why);
  }
};

template <>
struct ParamTraits<Chunk> {
  static ParamValue to(const Chunk& value) { return ParamValue::Variant(value); }
  static Chunk from(const ParamValue& value) {
    if (const auto* chunk = std::get_if<Chunk>(&value.variant())) return *chunk;
    detail::wrong_kind("an array", value);
  }
};

template <class T>
struct ParamTraits<xt::xarray<T>> {
  static ParamValue to(const xt::xarray<T>& value) { return ParamValue::Variant(to_chunk(value)); }
  static xt::xarray<T> from(const ParamValue& value) {
    return to_xarray<T>(detail::chunk_of(value, dtype_of<T>));
  }
};

template <>
struct ParamTraits<ParamMap> {
  static ParamValue to(const ParamMap& value) { return ParamValue::Variant(value); }
  static ParamMap from(const ParamValue& value) { return detail::map_of(value); }
};

template <>
struct ParamTraits<ParamList> {
  static ParamValue to(const ParamList& value) { return ParamValue::Variant(value); }
  static ParamList from(const ParamValue& value) { return detail::list_of(value); }
};

/// A struct that names its members: see Estimator for the form of each().
template <class P>
struct ParamTraits<P, std::enable_if_t<detail::Described<P>>> {
  static ParamValue to(const P& value) {
    ParamMap map;
    P::each(value, [&]<class T>(std::string_view name, const T& member) {
      map.emplace(name, ParamTraits<T>::to(member));
    });
    return ParamValue::Variant(std::move(map));
  }
  static P from(const ParamValue& value) {
    const ParamMap& map = detail::map_of(value);
    P result;
    P::each(result, [&]<class T>(std::string_view name, T& member) {
      const auto found = map.find(name);
      if (found != map.end()) member = ParamTraits<T>::from(found->second);
    });
    return result;
  }
};

}  // namespace tartan::ml

namespace tartan {
/// Tags and lengths in the header, the elements of arrays as bulk frames. An estimator becomes its
/// type, its parameters and its fitted attributes.
template <>
struct Codec<ml::ParamValue> {
  static std::string name() { return "tartan::ml::ParamValue"; }
  static void encode(const ml::ParamValue& value, Writer& writer);
  static ml::ParamValue decode(Reader& reader);
  static std::size_t nbytes(const ml::ParamValue& value);
};
}  // namespace tartan

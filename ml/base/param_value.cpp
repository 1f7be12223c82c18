#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tartan/ml/any_estimator.hpp>

namespace tartan::ml {

namespace detail {

void wrong_kind(std::string_view wanted, const ParamValue& value) {
  throw TypeError(fmt::format("{} is wanted, not {}", wanted, value.to_string()));
}

void unknown_name(const std::vector<std::string>& known, const ParamValue& value) {
  throw ValueError(
      fmt::format("one of '{}' is wanted, not {}", fmt::join(known, "', '"), value.to_string()));
}

std::int64_t integer_of(const ParamValue& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value.variant())) return *number;
  wrong_kind("an integer", value);
}

double number_of(const ParamValue& value) {
  if (const auto* number = std::get_if<double>(&value.variant())) return *number;
  if (const auto* number = std::get_if<std::int64_t>(&value.variant())) {
    return static_cast<double>(*number);
  }
  wrong_kind("a number", value);
}

const std::string& text_of(const ParamValue& value) {
  if (const auto* text = std::get_if<std::string>(&value.variant())) return *text;
  wrong_kind("a string", value);
}

const ParamList& list_of(const ParamValue& value) {
  if (const auto* list = std::get_if<ParamList>(&value.variant())) return *list;
  wrong_kind("a list", value);
}

const ParamMap& map_of(const ParamValue& value) {
  if (const auto* map = std::get_if<ParamMap>(&value.variant())) return *map;
  wrong_kind("a set of names and values", value);
}

namespace {

/// The lengths of nested lists of numbers; throws when they are ragged.
void measure(const ParamValue& value, std::size_t depth, Shape& shape) {
  const auto* list = std::get_if<ParamList>(&value.variant());
  if (list == nullptr) {
    if (depth != shape.size()) wrong_kind("an array", value);
    return;
  }
  const auto length = static_cast<std::int64_t>(list->size());
  if (depth == shape.size()) {
    shape.push_back(length);
  } else if (shape[depth] != length) {
    wrong_kind("lists of equal lengths", value);
  }
  for (const ParamValue& each : *list) measure(each, depth + 1, shape);
}

void flatten(const ParamValue& value, std::vector<double>& numbers) {
  if (const auto* list = std::get_if<ParamList>(&value.variant())) {
    for (const ParamValue& each : *list) flatten(each, numbers);
  } else if (const bool* flag = std::get_if<bool>(&value.variant())) {
    numbers.push_back(*flag ? 1 : 0);
  } else {
    numbers.push_back(number_of(value));
  }
}

}  // namespace

Chunk chunk_of(const ParamValue& value, DType dtype) {
  if (const auto* chunk = std::get_if<Chunk>(&value.variant())) {
    return chunk->dtype == dtype ? *chunk : Array(*chunk).astype(dtype).compute_chunk();
  }
  Shape shape;
  // The shape is that of the first elements; measure() checks all others against it.
  for (const ParamValue* each = &value;;) {
    const auto* list = std::get_if<ParamList>(&each->variant());
    if (list == nullptr) break;
    shape.push_back(static_cast<std::int64_t>(list->size()));
    if (list->empty()) break;
    each = &list->front();
  }
  if (shape.empty()) wrong_kind("an array", value);
  measure(value, 0, shape);
  std::vector<double> numbers;
  flatten(value, numbers);
  MutableChunk result(dtype, shape);
  array::visit_dtype(dtype, [&]<class T>(array::Type<T>) {
    std::transform(numbers.begin(), numbers.end(), result.view<T>().begin(), [](double number) {
      if constexpr (std::is_constructible_v<T, double>) return T(number);
      return static_cast<T>(number);
    });
  });
  return std::move(result).freeze();
}

}  // namespace detail

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};
template <class... F>
Overloaded(F...) -> Overloaded<F...>;

std::string number_text(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  return fmt::format("{}", number);
}

}  // namespace

std::string ParamValue::to_string() const {
  return std::visit(
      Overloaded{[](None) { return std::string("None"); },
                 [](bool flag) { return std::string(flag ? "True" : "False"); },
                 [](std::int64_t number) { return std::to_string(number); },
                 [](double number) { return number_text(number); },
                 [](const std::string& text) { return "'" + text + "'"; },
                 [](const Chunk& chunk) {
                   return fmt::format("array({}, {})", name(chunk.dtype),
                                      tartan::to_string(chunk.shape));
                 },
                 [](const ParamList& list) {
                   std::string text = "[";
                   for (const ParamValue& each : list) {
                     text += (text.size() > 1 ? ", " : "") + each.to_string();
                   }
                   return text + "]";
                 },
                 [](const ParamMap& map) {
                   std::string text = "{";
                   for (const auto& [key, each] : map) {
                     text += (text.size() > 1 ? ", '" : "'") + key + "': " + each.to_string();
                   }
                   return text + "}";
                 },
                 [](const EstimatorPtr& estimator) { return estimator->to_string(); }},
      value_);
}

bool operator==(const ParamValue& a, const ParamValue& b) {
  if (a.value_.index() != b.value_.index()) return false;
  return std::visit(
      Overloaded{[](ParamValue::None) { return true; },
                 [&](double number) {
                   const double other = std::get<double>(b.value_);
                   return number == other || (std::isnan(number) && std::isnan(other));
                 },
                 [&](const Chunk& chunk) {
                   const Chunk& other = std::get<Chunk>(b.value_);
                   return chunk.dtype == other.dtype && chunk.shape == other.shape &&
                          std::ranges::equal(chunk.data.bytes(), other.data.bytes());
                 },
                 [&](const ParamValue::EstimatorPtr& estimator) {
                   const auto& other = std::get<ParamValue::EstimatorPtr>(b.value_);
                   return estimator->to_model() == other->to_model();
                 },
                 [&]<class T>(const T& plain) { return plain == std::get<T>(b.value_); }},
      a.value_);
}

}  // namespace tartan::ml

namespace tartan {

using ml::ParamList;
using ml::ParamMap;
using ml::ParamValue;

void Codec<ParamValue>::encode(const ParamValue& value, Writer& writer) {
  const auto& variant = value.variant();
  writer.put(static_cast<std::uint8_t>(variant.index()));
  std::visit(ml::Overloaded{[](ParamValue::None) {},
                            [&](const ParamValue::EstimatorPtr& estimator) {
                              writer.put(ParamValue(estimator->to_model()));
                            },
                            [&](const ParamList& list) {
                              writer.length(list.size());
                              for (const ParamValue& each : list) writer.put(each);
                            },
                            [&](const ParamMap& map) {
                              writer.length(map.size());
                              for (const auto& [key, each] : map) {
                                writer.put(key);
                                writer.put(each);
                              }
                            },
                            [&](const auto& plain) { writer.put(plain); }},
             variant);
}

ParamValue Codec<ParamValue>::decode(Reader& reader) {
  switch (reader.get<std::uint8_t>()) {
    case 0:
      return {};
    case 1:
      return reader.get<bool>();
    case 2:
      return reader.get<std::int64_t>();
    case 3:
      return reader.get<double>();
    case 4:
      return reader.get<std::string>();
    case 5:
      return reader.get<Chunk>();
    case 6: {
      ParamList list;
      for (std::size_t count = reader.count(); count > 0; --count) {
        list.push_back(reader.get<ParamValue>());
      }
      return ParamValue::Variant(std::move(list));
    }
    case 7: {
      ParamMap map;
      for (std::size_t count = reader.count(); count > 0; --count) {
        std::string key = reader.get<std::string>();
        map.insert_or_assign(std::move(key), reader.get<ParamValue>());
      }
      return ParamValue::Variant(std::move(map));
    }
    case 8:
      return ml::AnyEstimator::from_model(reader.get<ParamValue>().as<ParamMap>());
    default:
      reader.malformed("a parameter of an unknown kind");
  }
}

std::size_t Codec<ParamValue>::nbytes(const ParamValue& value) {
  return sizeof value +
         std::visit(
             ml::Overloaded{[](const Chunk& chunk) { return chunk.nbytes(); },
                            [](const std::string& text) { return text.size(); },
                            [](const ParamList& list) { return detail::nbytes_of_elements(list); },
                            [](const ParamMap& map) {
                              std::size_t total = 0;
                              for (const auto& [key, each] : map)
                                total += key.size() + nbytes(each);
                              return total;
                            },
                            [](const ParamValue::EstimatorPtr& estimator) {
                              return nbytes(ParamValue(estimator->to_model()));
                            },
                            [](const auto&) { return std::size_t{0}; }},
             value.variant());
}

void Codec<ml::AnyEstimator>::encode(const ml::AnyEstimator& estimator, Writer& writer) {
  writer.put(ParamValue(estimator.to_model()));
}

ml::AnyEstimator Codec<ml::AnyEstimator>::decode(Reader& reader) {
  return ml::AnyEstimator::from_model(reader.get<ParamValue>().as<ParamMap>());
}

std::size_t Codec<ml::AnyEstimator>::nbytes(const ml::AnyEstimator& estimator) {
  return Codec<ParamValue>::nbytes(ParamValue(estimator.to_model()));
}

}  // namespace tartan

#pragma once

// What the rows of every class count for in a fit, beside their own weights.

#include <optional>
#include <tartan/ml/param_value.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace tartan::ml {

enum class ClassBalance : std::uint8_t { balanced };
template <>
struct EnumNames<ClassBalance> {
  static constexpr std::array values{std::pair{ClassBalance::balanced, "balanced"}};
};

/// Pairs of a label and its weight; labels that are not named count 1.
using LabelWeights = std::vector<std::pair<std::int64_t, double>>;
/// None: every row counts 1. balanced: rows / (classes * rows of the class).
using ClassWeight = std::optional<std::variant<ClassBalance, LabelWeights>>;

}  // namespace tartan::ml

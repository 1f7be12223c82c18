#pragma once

// What the classes of a target count for.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <tartan/ml/param_value.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace tartan::ml {

enum class ClassWeightRule : std::uint8_t {
  balanced,  ///< rows / (classes x rows of the class)
};
template <>
struct EnumNames<ClassWeightRule> {
  static constexpr std::array values{std::pair{ClassWeightRule::balanced, "balanced"}};
};

/// Not given: 1 each. A list of (label, weight): the classes it does not name count 1.
using ClassWeight =
    std::optional<std::variant<ClassWeightRule, std::vector<std::pair<std::int64_t, double>>>>;

/// One per class, in the order of `classes` (1-D, sorted); rows: how many (or how much weight) each
/// class has. Throws ValueError naming the estimator for a label that is no class and for a weight
/// that is negative.
std::vector<double> class_weights(const ClassWeight& weight, const Chunk& classes,
                                  const std::vector<double>& rows, std::string_view estimator);

}  // namespace tartan::ml

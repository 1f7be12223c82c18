#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <fmt/format.h>
#include <numeric>
#include <tartan/ml/class_weight.hpp>

namespace tartan::ml {
namespace {

/// The number of the class with that label; classes.size() when there is none.
std::size_t find_class(const Chunk& classes, std::int64_t label) {
  std::size_t found = static_cast<std::size_t>(classes.size());
  array::visit_dtype(classes.dtype, [&]<class T>(array::Type<T>) {
    if constexpr (std::is_arithmetic_v<T>) {
      const auto values = classes.view<T>();
      const auto at = std::find_if(values.begin(), values.end(), [&](T value) {
        return static_cast<double>(value) == static_cast<double>(label);
      });
      found = static_cast<std::size_t>(at - values.begin());
    }
  });
  return found;
}

}  // namespace

std::vector<double> class_weights(const ClassWeight& weight, const Chunk& classes,
                                  const std::vector<double>& rows, std::string_view estimator) {
  std::vector<double> result(rows.size(), 1.0);
  if (!weight) return result;
  if (std::holds_alternative<ClassWeightRule>(*weight)) {
    const double total = std::accumulate(rows.begin(), rows.end(), 0.0);
    std::transform(rows.begin(), rows.end(), result.begin(), [&](double of_class) {
      return total / (static_cast<double>(rows.size()) * of_class);
    });
    return result;
  }
  for (const auto& [label, value] : std::get<1>(*weight)) {
    const std::size_t at = find_class(classes, label);
    if (at == result.size()) {
      throw ValueError(fmt::format("{}: class_weight names the label {}, which y does not have",
                                   estimator, label));
    }
    if (!(value >= 0)) {
      throw ValueError(
          fmt::format("{}: the class_weight of label {} is {}, but must not be negative", estimator,
                      label, value));
    }
    result[at] = value;
  }
  return result;
}

}  // namespace tartan::ml

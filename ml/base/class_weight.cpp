#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <fmt/format.h>
#include <ml/base/class_weight.hpp>

namespace tartan::ml {
namespace {

/// The labels as numbers.
std::vector<double> numbers_of(const Chunk& labels) {
  std::vector<double> result;
  array::visit_dtype(labels.dtype, [&]<class T>(array::Type<T>) {
    if constexpr (std::is_arithmetic_v<T>) {
      for (const T label : labels.view<T>()) result.push_back(static_cast<double>(label));
    }
  });
  return result;
}

}  // namespace

std::vector<double> class_weights(const ClassWeight& given, const Classes& classes,
                                  std::string_view estimator) {
  if (!given) return {};
  const std::int64_t count = classes.count();
  std::vector<double> weights(static_cast<std::size_t>(count), 1.0);
  if (std::holds_alternative<ClassBalance>(*given)) {
    const Chunk rows = bincount(classes.codes, {.minlength = count}).compute_chunk();
    const double all = static_cast<double>(classes.codes.size());
    for (std::size_t k = 0; k < weights.size(); ++k) {
      weights[k] = all / static_cast<double>(count * rows.view<std::int64_t>()[k]);
    }
    return weights;
  }
  const std::vector<double> labels = numbers_of(classes.values);
  for (const auto& [label, weight] : std::get<LabelWeights>(*given)) {
    const auto found = std::find(labels.begin(), labels.end(), static_cast<double>(label));
    if (found == labels.end()) {
      throw ValueError(fmt::format("{}: class_weight names the class {}, which y does not have",
                                   estimator, label));
    }
    if (!(weight >= 0)) {
      throw ValueError(
          fmt::format("{}: class_weight gives the class {} the weight {}, but it must "
                      "not be negative",
                      estimator, label, weight));
    }
    weights[static_cast<std::size_t>(found - labels.begin())] = weight;
  }
  return weights;
}

}  // namespace tartan::ml

#include <algorithm>
#include <fmt/format.h>
#include <ml/pipeline/steps.hpp>
#include <set>
#include <tartan/array.hpp>

namespace tartan::ml {
namespace detail {

std::pair<ParamMap, ParamMap> split_changes(const ParamMap& changes,
                                            const std::vector<std::string>& own) {
  std::pair<ParamMap, ParamMap> parts;
  for (const auto& [name, value] : changes) {
    const bool is_own = std::find(own.begin(), own.end(), name) != own.end();
    (is_own ? parts.first : parts.second).emplace(name, value);
  }
  return parts;
}

void add_step_params(ParamMap& map, const std::string& name, const StepModel& step) {
  map.insert_or_assign(name, ParamValue(step));
  const auto* estimator = std::get_if<AnyEstimator>(&step);
  if (estimator == nullptr) return;
  for (const auto& [inner, value] : estimator->get_params(true)) {
    map.insert_or_assign(name + "__" + inner, value);
  }
}

void change_step(ParamMap& changes, const std::string& name, StepModel& step,
                 std::string_view estimator) {
  try {
    if (const auto found = changes.find(name); found != changes.end()) {
      step = found->second.as<StepModel>();
      changes.erase(found);
    }
    const ParamMap nested = nested_changes(changes, name);
    if (nested.empty()) return;
    auto* inner = std::get_if<AnyEstimator>(&step);
    if (inner == nullptr) throw ValueError("it is no estimator and has no parameters");
    inner->set_params(nested);
    for (const auto& change : nested) changes.erase(name + "__" + change.first);
  } catch (const Exception& error) {
    bad_parameter(estimator, name, error);
  }
}

void check_step_names(const std::vector<std::string>& names, const std::vector<std::string>& own,
                      std::string_view estimator) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    const auto refuse = [&](std::string_view why) {
      throw ValueError(fmt::format("{}: the step name '{}' {}", estimator, name, why));
    };
    if (name.empty()) refuse("is empty");
    if (name.find("__") != std::string::npos) {
      refuse("contains two underscores, which stand between a step and its parameters");
    }
    if (std::find(own.begin(), own.end(), name) != own.end()) {
      refuse("is that of a parameter; choose another");
    }
    if (!seen.insert(name).second) refuse("is given twice");
  }
}

void check_transformer(const StepModel& step, const std::string& name, std::string_view estimator) {
  const auto* model = std::get_if<AnyEstimator>(&step);
  if (model == nullptr || model->can(Method::transform)) return;
  throw TypeError(
      fmt::format("{}: '{}' is a {}, which has no transform; only the last step of a "
                  "pipeline may be without",
                  estimator, name, model->type()));
}

}  // namespace detail

namespace steps {

StepModel fit(const StepModel& step, const Array& x, const Array& y, const Array& weight) {
  const auto* model = std::get_if<AnyEstimator>(&step);
  if (model == nullptr) return step;
  AnyEstimator fitted = model->clone();
  fitted.fit(x, y, fitted.can(Method::sample_weight) ? weight : Array());
  return fitted;
}

Array transform(const StepModel& step, const Array& x) {
  const auto* model = std::get_if<AnyEstimator>(&step);
  return model == nullptr ? x : model->transform(x);
}

void check_weights(const ParamMap& weights, const std::vector<std::string>& names,
                   std::string_view estimator) {
  for (const auto& [name, weight] : weights) {
    static_cast<void>(weight.as<double>());
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    throw ValueError(fmt::format("{}: transformer_weights names '{}', which is no transformer",
                                 estimator, name));
  }
}

Array weighted(const Array& features, const ParamMap& weights, std::string_view name) {
  const auto weight = weights.find(name);
  return weight == weights.end() ? features : features * weight->second.as<double>();
}

bool drops(const StepModel& step) {
  const auto* omit = std::get_if<Omit>(&step);
  return omit != nullptr && *omit == Omit::drop;
}

Array side_by_side(const std::vector<Array>& parts, std::string_view estimator) {
  if (parts.empty()) {
    throw ValueError(
        fmt::format("{}: every transformer is dropped; no features are left", estimator));
  }
  if (parts.size() == 1) return parts.front();
  const Array all = concatenate(parts, 1);
  return all.rechunk(Chunks{all.chunks()[0], {all.shape(1)}});
}

}  // namespace steps
}  // namespace tartan::ml

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ml/base/registry.hpp>
#include <tartan/ml/any_estimator.hpp>

namespace tartan::ml {

const ParamValue& Attributes::find(std::string_view name) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  throw ValueError(
      fmt::format("the model has no attribute '{}'; was it saved by an older tartan?", name));
}

namespace detail {

void unknown_parameter(std::string_view estimator, const ParamMap& changes,
                       const std::vector<std::string>& known) {
  for (const auto& [name, value] : changes) {
    const auto is_of = [&, &text = name](const std::string& each) {
      return text == each || text.starts_with(each + "__");
    };
    if (std::any_of(known.begin(), known.end(), is_of)) continue;
    throw ValueError(fmt::format("{}: there is no parameter '{}'; there are {}", estimator, name,
                                 fmt::join(known, ", ")));
  }
  throw ValueError(fmt::format("{}: only an estimator has parameters of its own, as in '{}'",
                               estimator, changes.begin()->first));
}

void bad_parameter(std::string_view estimator, std::string_view name, const Exception& error) {
  const auto message = fmt::format("{}: {}: {}", estimator, name, error.what());
  if (error.code() == Errc::type_mismatch) throw TypeError(message);
  throw ValueError(message);
}

void not_fitted(std::string_view estimator) {
  throw ValueError(fmt::format("{}: this model is not fitted yet; call fit() first", estimator));
}

void add_nested(ParamMap& map) {
  ParamMap nested;
  for (const auto& [name, value] : map) {
    const auto* estimator = std::get_if<ParamValue::EstimatorPtr>(&value.variant());
    if (estimator == nullptr) continue;
    for (const auto& [inner, of_inner] : (*estimator)->get_params(true)) {
      nested.emplace(name + "__" + inner, of_inner);
    }
  }
  map.merge(nested);
}

ParamMap nested_changes(const ParamMap& changes, std::string_view name) {
  ParamMap nested;
  const std::string prefix = std::string(name) + "__";
  for (auto each = changes.lower_bound(prefix);
       each != changes.end() && each->first.starts_with(prefix); ++each) {
    nested.emplace(each->first.substr(prefix.size()), each->second);
  }
  return nested;
}

const ParamMap& part(const ParamMap& model, std::string_view name) {
  const auto found = model.find(name);
  const auto* map =
      found == model.end() ? nullptr : std::get_if<ParamMap>(&found->second.variant());
  if (map == nullptr) throw ValueError(fmt::format("the model has no '{}'", name));
  return *map;
}

void check_type(const ParamMap& model, std::string_view type) {
  const auto found = model.find("type");
  const std::string is = found == model.end() ? "nothing" : found->second.as<std::string>();
  if (is != type) {
    throw ValueError(
        fmt::format("the model is a {}, not a {}; AnyEstimator::load reads any", is, type));
  }
}

void cannot(std::string_view estimator, std::string_view method) {
  throw TypeError(fmt::format("{} has no {}", estimator, method));
}

}  // namespace detail

std::string AnyEstimator::to_string() const {
  const auto defaults = default_params(type());
  std::string text;
  for (const auto& [name, value] : get_params(false)) {
    const auto usual = defaults.find(name);
    if (usual != defaults.end() && usual->second == value) continue;
    text += (text.empty() ? "" : ", ") + name + "=" + value.to_string();
  }
  return fmt::format("{}({})", type(), text);
}

AnyEstimator ParamTraits<AnyEstimator>::from(const ParamValue& value) {
  if (const auto* held = std::get_if<ParamValue::EstimatorPtr>(&value.variant())) return **held;
  detail::wrong_kind("an estimator", value);
}

}  // namespace tartan::ml

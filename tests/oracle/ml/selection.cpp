#include "jobs.hpp"

namespace oracle {
namespace {

using tartan::Array;
using tartan::ml::Grid;
using tartan::ml::Splitter;
using Size = std::optional<std::variant<std::int64_t, double>>;

Size size_of(const json& options, const char* name) {
  if (!options.contains(name) || options.at(name).is_null()) return std::nullopt;
  if (options.at(name).is_number_integer()) return options.at(name).get<std::int64_t>();
  return options.at(name).get<double>();
}

std::optional<std::int64_t> count_of(const json& options, const char* name) {
  if (!options.contains(name) || options.at(name).is_null()) return std::nullopt;
  return options.at(name).get<std::int64_t>();
}

Splitter splitter_of(const json& job) {
  const std::string name = job.at("splitter");
  const json options = job.value("options", json::object());
  const auto folds = options.value("n_splits", std::int64_t{5});
  const bool shuffle = options.value("shuffle", false);
  const auto seed = options.value("random_state", std::uint64_t{0});
  if (name == "KFold") return tartan::ml::KFold{folds, shuffle, seed};
  if (name == "StratifiedKFold") return tartan::ml::StratifiedKFold{folds, shuffle, seed};
  if (name == "GroupKFold") return tartan::ml::GroupKFold{folds};
  if (name == "TimeSeriesSplit") {
    return tartan::ml::TimeSeriesSplit{folds, count_of(options, "max_train_size"),
                                       count_of(options, "test_size"),
                                       options.value("gap", std::int64_t{0})};
  }
  return tartan::ml::ShuffleSplit{folds, size_of(options, "test_size"),
                                  size_of(options, "train_size"), seed};
}

tartan::ml::SearchOptions options_of(const json& job) {
  tartan::ml::SearchOptions options;
  if (job.contains("splitter")) options.cv = splitter_of(job);
  options.scoring = job.value("scoring", std::vector<std::string>());
  options.return_train_score = job.value("return_train_score", false);
  if (job.contains("error_score")) options.error_score = job.at("error_score").get<double>();
  options.refit = job.value("refit", true);
  options.refit_score = job.value("refit_score", std::string());
  options.groups = read_array(job, "groups");
  options.sample_weight = read_array(job, "sample_weight");
  return options;
}

std::vector<tartan::ml::ParamValue> values_of(const json& list) {
  std::vector<tartan::ml::ParamValue> values;
  for (const json& value : list) values.push_back(to_param(value));
  return values;
}

std::vector<Grid> grids_of(const json& given) {
  std::vector<Grid> grids;
  for (const json& each : given.is_array() ? given : json::array({given})) {
    Grid grid;
    for (const auto& [name, values] : each.items()) grid.emplace(name, values_of(values));
    grids.push_back(std::move(grid));
  }
  return grids;
}

json results_of(const tartan::ml::Search& search, const json& job, const Array& x,
                const Array& y) {
  json params = json::array();
  for (const auto& each : search.cv_results().params) {
    params.push_back(to_json(tartan::ml::ParamValue(each)));
  }
  json columns = json::object();
  for (const auto& [name, values] : search.cv_results().columns) {
    columns[name] = to_json(tartan::ml::ParamValue(values));
  }
  json answer{{"params", params},
              {"columns", columns},
              {"best_index", search.best_index()},
              {"best_score", search.best_score()},
              {"n_splits", search.n_splits()}};
  if (job.value("refit", true)) {
    answer["score"] = search.score(x, y);
    answer["predict"] = to_json(search.predict(x));
  }
  return answer;
}

json to_json(const xt::xarray<double>& values) {
  return oracle::to_json(tartan::to_chunk(values));
}

}  // namespace

json run_split(const json& job) {
  json folds = json::array();
  for (const auto& split :
       tartan::ml::split_rows(splitter_of(job), job.at("rows").get<std::int64_t>(),
                              read_array(job, "y"), read_array(job, "groups"))) {
    folds.push_back({split.train, split.test});
  }
  return {{"folds", folds}};
}

json run_train_test_split(const json& job) {
  const json options = job.value("options", json::object());
  const Array rows = tartan::arange(job.at("rows").get<std::int64_t>());
  const auto parts = tartan::ml::train_test_split(
      {rows}, {.test_size = size_of(options, "test_size"),
               .train_size = size_of(options, "train_size"),
               .shuffle = options.value("shuffle", true),
               .random_state = options.value("random_state", std::uint64_t{0}),
               .stratify = read_array(job, "stratify")});
  return {{"train", to_json(parts[0])}, {"test", to_json(parts[1])}};
}

json run_selection(const json& job) {
  const auto estimator = tartan::ml::make_estimator(
      job.at("type").get<std::string>(), to_params(job.value("params", json::object())));
  const Array x = read_array(job, "x");
  const Array y = read_array(job, "y");
  const auto options = options_of(job);
  const std::string what = job.at("what");
  if (what == "search") {
    tartan::ml::GridSearchCV search(estimator, grids_of(job.at("grid")), options);
    return results_of(search.fit(x, y), job, x, y);
  }
  if (what == "cross_val_predict") {
    return {{"value", to_json(tartan::ml::cross_val_predict(
                          estimator, x, y, options, job.value("method", std::string("predict"))))}};
  }
  if (what == "cross_validate") {
    const auto found = tartan::ml::cross_validate(estimator, x, y, options);
    return {{"test", found.test_scores}, {"train", found.train_scores}, {"errors", found.errors}};
  }
  const auto curve =
      what == "learning_curve"
          ? tartan::ml::learning_curve(estimator, x, y, job.at("sizes").get<std::vector<double>>(),
                                       options)
          : tartan::ml::validation_curve(estimator, x, y, job.at("parameter").get<std::string>(),
                                         values_of(job.at("values")), options);
  return {{"at", curve.at},
          {"train", to_json(curve.train_scores)},
          {"test", to_json(curve.test_scores)}};
}

}  // namespace oracle

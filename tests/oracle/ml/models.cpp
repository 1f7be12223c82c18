#include <filesystem>
#include <unistd.h>

#include "jobs.hpp"

namespace oracle {
namespace {

using tartan::Array;
using tartan::ml::AnyEstimator;

void fit(AnyEstimator& model, const json& job, const Array& x, const Array& y,
         const Array& weight) {
  const std::int64_t parts = job.value("partial", std::int64_t{0});
  if (parts == 0) {
    model.fit(x, y, weight);
    return;
  }
  const auto cut = [&](const Array& array, std::int64_t part) {
    if (!array.valid()) return array;
    const std::int64_t rows = array.shape(0);
    return array.slice({{rows * part / parts, rows * (part + 1) / parts}});
  };
  tartan::ml::PartialFitOptions options;
  if (job.contains("classes")) options.classes = read_array(job, "classes");
  for (std::int64_t part = 0; part < parts; ++part) {
    options.sample_weight = cut(weight, part);
    model.partial_fit(cut(x, part), cut(y, part), options);
  }
}

json call(const AnyEstimator& model, const std::string& method, const Array& x, const Array& y,
          const Array& weight) {
  if (method == "predict") return to_json(model.predict(x));
  if (method == "predict_proba") return to_json(model.predict_proba(x));
  if (method == "decision_function") return to_json(model.decision_function(x));
  if (method == "transform") return to_json(model.transform(x));
  if (method == "inverse_transform") return to_json(model.inverse_transform(model.transform(x)));
  if (method == "score") return model.score(x, y, weight);
  throw std::runtime_error("no such method: " + method);
}

AnyEstimator through_file(const AnyEstimator& model) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("tartan-oracle-" + std::to_string(::getpid()) + ".model");
  model.save(path);
  AnyEstimator loaded = AnyEstimator::load(path);
  std::filesystem::remove(path);
  return loaded;
}

}  // namespace

json run_model(const json& job) {
  AnyEstimator model = tartan::ml::make_estimator(job.at("type").get<std::string>(),
                                                  to_params(job.value("params", json::object())));
  const Array x = read_array(job, "x");
  const Array y = read_array(job, "y");
  const Array weight = read_array(job, "sample_weight");
  fit(model, job, x, y, weight);
  if (job.value("save", false)) model = through_file(model);
  const bool has_test = job.contains("x_test");
  const Array x_test = has_test ? read_array(job, "x_test") : x;
  const Array y_test = has_test ? read_array(job, "y_test") : y;
  json results = json::object();
  for (const std::string method : job.value("calls", json::array())) {
    results[method] = call(model, method, x_test, y_test, has_test ? Array() : weight);
  }
  return {{"attributes", to_json(tartan::ml::ParamValue(model.attributes()))},
          {"results", results}};
}

}  // namespace oracle

#include "jobs.hpp"

namespace oracle {

json run_dataset(const json& job) {
  using namespace tartan::ml;
  const TableParams params{.chunk_rows = job.value("chunk_rows", std::int64_t{0})};
  const auto name = job.at("name").get<std::string>();
  const auto load = [&]() -> Table {
    if (name == "load_iris") return load_iris(params);
    if (name == "load_wine") return load_wine(params);
    if (name == "load_breast_cancer") return load_breast_cancer(params);
    if (name == "load_digits") return load_digits(job.value("n_class", std::int64_t{10}), params);
    if (name == "load_diabetes") return load_diabetes(job.value("scaled", true), params);
    throw std::runtime_error("no such table: " + name);
  };
  const Table table = load();
  return {{"x", to_json(table.x)},
          {"y", to_json(table.y)},
          {"feature_names", table.feature_names},
          {"target_names", table.target_names}};
}

}  // namespace oracle

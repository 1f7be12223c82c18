// Runs estimators and metrics on raw files for the Python tests to judge. Jobs are JSON objects, one
// a line on stdin; answers come one a line, {"error": ..., "kind": ...} when something was thrown.

#include <iostream>
#include "jobs.hpp"

namespace {

oracle::json answer(const oracle::json& job) {
  try {
    const std::string what = job.at("what");
    if (what == "model") return oracle::run_model(job);
    if (what == "metric") return oracle::run_metric(job);
    if (what == "dataset") return oracle::run_dataset(job);
    if (what == "split") return oracle::run_split(job);
    if (what == "train_test_split") return oracle::run_train_test_split(job);
    return oracle::run_selection(job);
  } catch (const tartan::TypeError& error) {
    return {{"error", error.what()}, {"kind", "TypeError"}};
  } catch (const tartan::ValueError& error) {
    return {{"error", error.what()}, {"kind", "ValueError"}};
  } catch (const std::exception& error) {
    return {{"error", error.what()}, {"kind", "other"}};
  }
}

}  // namespace

int main() {
  tartan::Client client;
  std::string line;
  while (std::getline(std::cin, line)) {
    std::cout << answer(oracle::json::parse(line)).dump() << std::endl;
  }
}

// Runs estimators and metrics on raw files for the Python tests to judge. Jobs are JSON objects, one
// a line on stdin; answers come one a line, {"error": ..., "kind": ...} when something was thrown.

#include <iostream>
#include "jobs.hpp"

namespace {

oracle::json answer(const oracle::json& job) {
  try {
    if (job.at("what") == "dataset") return oracle::run_dataset(job);
    return job.at("what") == "model" ? oracle::run_model(job) : oracle::run_metric(job);
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

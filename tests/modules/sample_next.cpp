// A later version of the sample module: the same symbols, another result. It uses a part of
// tartan that the program loading it does not.

#include "sample.hpp"

#include <tartan/graph/graph.hpp>

namespace sample {

double total(const std::vector<double>& values) {
  const std::vector<std::uint32_t> offsets(values.size() + 1, 0);
  return -static_cast<double>(tartan::depth_first_rank(offsets, {}).value().size());
}

}  // namespace sample

template struct tartan::ExportTasks<&sample::total>;

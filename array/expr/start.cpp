// Sending the graph of arrays off, or refusing it.

#include <algorithm>
#include <array/expr/lower.hpp>
#include <fmt/format.h>
#include <optional>
#include <tartan/array/chunks.hpp>
#include <tartan/base/config.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Tasks of so few bytes are sent without asking what the workers have.
constexpr std::int64_t kFitsAnywhere = std::int64_t{64} << 20;

/// Arrays are kept in one place when they take no more than this part of its worker's memory.
constexpr std::uint64_t kPlaceForOneIn = 4;

/// The workers, asked for at most once and only by graphs for which it matters.
class Workers {
 public:
  explicit Workers(Client& client) : client_(client) {}

  /// The most memory a worker has; 0 when one is unlimited or there is none yet.
  std::uint64_t most_memory() {
    std::uint64_t most = 0;
    for (const auto& worker : list()) {
      if (worker.memory_limit == 0) return 0;
      most = std::max(most, worker.memory_limit);
    }
    return most;
  }
  bool is_one() { return list().size() == 1; }

 private:
  const std::vector<WorkerInfo>& list() {
    if (!info_) info_ = client_.scheduler_info();
    return info_->workers;
  }

  Client& client_;
  std::optional<SchedulerInfo> info_;
};

/// Whether the arrays that are rechunked can stay whole with the only worker there is.
bool stays_in_one_place(const Plan& plan, Workers& workers) {
  std::uint64_t bytes = 0;
  for (const auto& step : plan.steps) {
    if (step.node->as<RechunkNode>() == nullptr) continue;
    bytes += static_cast<std::uint64_t>(bytes_of(step.node->shape, step.node->dtype));
  }
  if (bytes == 0 || !workers.is_one()) return false;
  const auto limit = workers.most_memory();
  return limit == 0 || bytes <= limit / kPlaceForOneIn;
}

void check_fits(const Lowering& lowering, Workers& workers) {
  const std::pair<std::string, GroupCost>* worst = nullptr;
  for (const auto& cost : lowering.costs()) {
    if (worst == nullptr || cost.second.least > worst->second.least) worst = &cost;
  }
  if (worst == nullptr || worst->second.least <= kFitsAnywhere) return;
  const auto limit = workers.most_memory();
  if (limit == 0 || static_cast<std::uint64_t>(worst->second.least) <= limit) return;
  throw ValueError(fmt::format(
      "one task of \"{}\" needs {} for its inputs and result, but the largest worker has {}; "
      "rechunk to smaller chunks first, set TARTAN_ARRAY__CHUNK_BYTES if the chunks were not named, "
      "or start workers with more memory",
      worst->first, format_bytes(static_cast<std::uint64_t>(worst->second.least)),
      format_bytes(limit)));
}

}  // namespace

std::int64_t peak_bytes(const Graph& graph) {
  const auto tasks = graph.size();
  std::vector<std::uint32_t> readers(tasks, 0);
  for (const auto dependency : graph.deps) {
    if (dependency < tasks) ++readers[dependency];
  }
  for (const auto task : graph.wanted) ++readers[task];
  std::vector<std::size_t> order(tasks);
  for (std::size_t task = 0; task < tasks; ++task) order[graph.rank[task]] = task;
  std::int64_t live = 0;
  std::int64_t peak = 0;
  for (const auto task : order) {
    live += static_cast<std::int64_t>(graph.output_bytes[task]);
    peak = std::max(peak, live + static_cast<std::int64_t>(graph.scratch_bytes[task]));
    for (const auto dependency : graph.dependencies(task)) {
      if (dependency < tasks && --readers[dependency] == 0) {
        live -= static_cast<std::int64_t>(graph.output_bytes[dependency]);
      }
    }
  }
  return peak;
}

std::vector<std::vector<AnyFuture>> start(std::span<const NodePtr> arrays, Client& client) {
  const auto plan = make_plan(arrays);
  Lowering lowering(plan, &client);
  Workers workers(client);
  if (stays_in_one_place(plan, workers)) lowering.keep_in_one_place();
  lowering.run();
  check_fits(lowering, workers);
  return lowering.submit();
}

std::vector<AnyFuture> blocks_of(const NodePtr& array, Client& client) {
  if (const auto* stored = array->as<StoredNode>()) return stored->blocks;
  return start({&array, 1}, client).front();
}

}  // namespace tartan::array

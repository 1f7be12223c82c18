#include <cmath>
#include <fmt/format.h>
#include <ml/model_selection/numpy_random.hpp>
#include <set>
#include <tartan/ml/search.hpp>

namespace tartan::ml {
namespace {

/// The values of a grid's combination number `index`.
ParamMap combination(const Grid& grid, std::size_t index) {
  ParamMap result;
  for (auto each = grid.rbegin(); each != grid.rend(); ++each) {
    result.emplace(each->first, each->second[index % each->second.size()]);
    index /= each->second.size();
  }
  return result;
}

std::size_t combinations(const Grid& grid) {
  std::size_t count = 1;
  for (const auto& [name, values] : grid) {
    if (values.empty()) {
      throw ValueError(fmt::format("the grid has no values for the parameter '{}'", name));
    }
    count *= values.size();
  }
  return count;
}

void check_range(bool holds, const std::string& name, double low, double high) {
  if (holds) return;
  throw ValueError(fmt::format("'{}' cannot be drawn from [{}, {}]", name, low, high));
}

ParamValue draw(const std::string& name, const Distribution& from, NumpyRandom& random) {
  if (const auto* values = std::get_if<std::vector<ParamValue>>(&from)) {
    if (values->empty()) {
      throw ValueError(fmt::format("there are no values for the parameter '{}'", name));
    }
    return (*values)[random.interval(values->size() - 1)];
  }
  if (const auto* uniform = std::get_if<Uniform>(&from)) {
    check_range(uniform->low <= uniform->high, name, uniform->low, uniform->high);
    return uniform->low + (uniform->high - uniform->low) * random.uniform();
  }
  if (const auto* log = std::get_if<LogUniform>(&from)) {
    check_range(0 < log->low && log->low <= log->high, name, log->low, log->high);
    const double low = std::log(log->low);
    return std::exp(low + (std::log(log->high) - low) * random.uniform());
  }
  const auto& whole = std::get<RandInt>(from);
  check_range(whole.low < whole.high, name, static_cast<double>(whole.low),
              static_cast<double>(whole.high));
  return whole.low + static_cast<std::int64_t>(
                         random.interval(static_cast<std::uint64_t>(whole.high - whole.low - 1)));
}

}  // namespace

std::vector<ParamMap> parameter_grid(const std::vector<Grid>& grids) {
  std::vector<ParamMap> result;
  for (const Grid& grid : grids) {
    const std::size_t count = combinations(grid);
    for (std::size_t i = 0; i < count; ++i) result.push_back(combination(grid, i));
  }
  return result;
}

std::vector<ParamMap> parameter_sampler(const Distributions& distributions, std::int64_t n_iter,
                                        std::uint64_t random_state) {
  if (n_iter < 1) throw ValueError(fmt::format("n_iter is {}, but must be at least 1", n_iter));
  NumpyRandom random(random_state);
  Grid lists;
  for (const auto& [name, from] : distributions) {
    if (const auto* values = std::get_if<std::vector<ParamValue>>(&from)) lists[name] = *values;
  }
  std::vector<ParamMap> result;
  if (lists.size() == distributions.size()) {
    const std::size_t count = combinations(lists);
    const auto wanted = std::min(count, static_cast<std::size_t>(n_iter));
    std::set<std::size_t> seen;
    while (result.size() < wanted) {
      const std::size_t index = random.interval(count - 1);
      if (seen.insert(index).second) result.push_back(combination(lists, index));
    }
    return result;
  }
  for (std::int64_t i = 0; i < n_iter; ++i) {
    ParamMap drawn;
    for (const auto& [name, from] : distributions) drawn.emplace(name, draw(name, from, random));
    result.push_back(std::move(drawn));
  }
  return result;
}

}  // namespace tartan::ml

#include <cmath>
#include <ml/datasets/generate.hpp>
#include <numbers>

namespace tartan::ml {

double normal_number(Random& random) {
  const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

void check_counts(std::string_view maker, std::int64_t n_samples, std::int64_t chunk_rows,
                  double noise) {
  if (n_samples < 0 || chunk_rows < 0) {
    throw ValueError(fmt::format("{}: n_samples is {} and chunk_rows {}; neither may be below 0",
                                 maker, n_samples, chunk_rows));
  }
  if (!(noise >= 0)) {
    throw ValueError(fmt::format("{}: noise is {}, below 0", maker, noise));
  }
}

}  // namespace tartan::ml

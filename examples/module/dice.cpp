// Compiled into dice.so, which goes to the workers: tartan-worker ADDRESS --module dice.so

#include <examples/module/dice.hpp>
#include <random>
#include <tartan/value/function.hpp>

namespace dice {

std::int64_t inside(std::uint64_t seed, std::int64_t points) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform;
  std::int64_t count = 0;
  for (std::int64_t i = 0; i < points; ++i) {
    const double x = uniform(random), y = uniform(random);
    if (x * x + y * y < 1) ++count;
  }
  return count;
}

}  // namespace dice

// Naming the functions puts them into the registry when a worker loads the module.
template struct tartan::ExportTasks<&dice::inside>;

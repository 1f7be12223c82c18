#include <map>
#include <mutex>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;

namespace {

std::mutex mutex;
std::map<Shape, double> seen;

void note(const xt::xarray<double>& block, const Shape& offset, double factor,
          const std::string& who) {
  const std::lock_guard lock(mutex);
  if (who != "me") throw std::runtime_error("somebody else");
  seen[offset] = factor * block.flat(0);
}
void note_chunk(const Chunk& block, const Shape& offset) {
  const std::lock_guard lock(mutex);
  seen[offset] = static_cast<double>(block.size());
}

}  // namespace

TEST_CASE("store hands every block and its offset to a function on the workers, each time") {
  const Client client;
  const auto x = counting({5, 4}, {3, 2});
  for (const double factor : {2.0, 3.0, 3.0}) {
    seen.clear();
    store<&note>(x, factor, "me");
    CHECK(seen == std::map<Shape, double>{{{0, 0}, 0 * factor},
                                          {{0, 2}, 2 * factor},
                                          {{3, 0}, 12 * factor},
                                          {{3, 2}, 14 * factor}});
  }
  seen.clear();
  store<&note_chunk>(StoreOptions{.name = "counting"}, x > 3);
  CHECK(seen.size() == 4);
  CHECK_THROWS_WITH(store<&note>(x, 1.0, "you"), Contains("somebody else"));
  CHECK_THROWS_WITH(store<&note>(x > 1, 1.0, "me"), Contains("bool") && Contains("astype"));
}

TEST_CASE("store hands every block to a function of the program, one after the other in C order") {
  Inline run;
  const auto x = counting({5, 4}, {3, 2});
  std::vector<Shape> offsets;
  double total = 0;
  store(x, [&](const Chunk& block, const Shape& offset) {
    offsets.push_back(offset);
    for (const auto value : block.view<double>()) total += value;
  });
  CHECK(offsets == std::vector<Shape>{{0, 0}, {0, 2}, {3, 0}, {3, 2}});
  CHECK(total == 190);
  // Lengths that follow from elements are found first.
  offsets.clear();
  store(x[x > 8], [&](const Chunk&, const Shape& offset) { offsets.push_back(offset); });
  CHECK(offsets.front() == Shape{0});
  CHECK_THROWS_WITH(store(x, std::function<void(const Chunk&, const Shape&)>()), Contains("empty"));
}

// What graphs look like: maps, chains, trees, stars, butterflies, layers, and no shape at all.

#include <algorithm>
#include <sim/workload.hpp>

namespace tartan::sim {
namespace {

using Refs = std::vector<Draft::Ref>;

void map(Draft& draft) {
  const auto count =
      draft.random().chance(0.1) ? 300 + draft.random().below(300) : 5 + draft.random().below(60);
  for (std::uint64_t i = 0; i < count; ++i) draft.add({});
}

void chain(Draft& draft) {
  auto last = draft.add({});
  const auto count = 3 + draft.random().below(30);
  for (std::uint64_t i = 0; i < count; ++i) last = draft.add({last});
}

void tree(Draft& draft) {
  Refs level;
  const auto leaves = 4 + draft.random().below(40);
  const auto fan = 2 + draft.random().below(4);
  for (std::uint64_t i = 0; i < leaves; ++i) level.push_back(draft.add({}));
  while (level.size() > 1) {
    Refs next;
    for (std::size_t i = 0; i < level.size(); i += fan) {
      const auto begin = level.begin() + static_cast<std::ptrdiff_t>(i);
      const auto count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(level.size() - i, fan));
      next.push_back(draft.add({begin, begin + count}));
    }
    level = std::move(next);
  }
}

/// Hundreds of tasks that all go into one, and one that goes into many.
void star(Draft& draft) {
  const auto hub = draft.add({});
  Refs rays;
  const auto count = 20 + draft.random().below(250);
  for (std::uint64_t i = 0; i < count; ++i) {
    rays.push_back(draft.random().chance(0.5) ? draft.add({hub}) : draft.add({}));
  }
  draft.add(rays);
}

/// As in a fast Fourier transform: every task of a stage needs two of the stage before.
void butterfly(Draft& draft) {
  const std::size_t width = std::size_t{1} << (2 + draft.random().below(3));
  Refs stage;
  for (std::size_t i = 0; i < width; ++i) stage.push_back(draft.add({}));
  for (std::size_t span = 1; span < width; span *= 2) {
    Refs next;
    for (std::size_t i = 0; i < width; ++i) {
      next.push_back(draft.add({stage[i], stage[i ^ span]}));
    }
    stage = std::move(next);
  }
}

void layers(Draft& draft) {
  Refs before;
  const auto depth = 2 + draft.random().below(4);
  for (std::uint64_t layer = 0; layer < depth; ++layer) {
    Refs current;
    const auto width = 2 + draft.random().below(15);
    for (std::uint64_t i = 0; i < width; ++i) {
      Refs dependencies;
      const auto fan = before.empty() ? 0 : 1 + draft.random().below(4);
      for (std::uint64_t d = 0; d < fan; ++d) {
        dependencies.push_back(before[draft.random().below(before.size())]);
      }
      current.push_back(draft.add(std::move(dependencies)));
    }
    before = std::move(current);
  }
}

/// Edges of any length: a result may be needed long after it was made.
void tangle(Draft& draft) {
  Refs all;
  const auto count = 10 + draft.random().below(80);
  for (std::uint64_t i = 0; i < count; ++i) {
    Refs dependencies;
    const auto fan = all.empty() ? 0 : draft.random().below(4);
    for (std::uint64_t d = 0; d < fan; ++d) {
      dependencies.push_back(all[draft.random().below(all.size())]);
    }
    all.push_back(draft.add(std::move(dependencies)));
  }
}

}  // namespace

/// What a task submits: a few tasks and one that needs them.
void draw_small_shape(Draft& draft) {
  Refs all;
  const auto count = 1 + draft.random().below(4);
  for (std::uint64_t i = 0; i < count; ++i) all.push_back(draft.add({}));
  draft.add(all);
}

void draw_shape(Draft& draft) {
  constexpr void (*kShapes[])(Draft&) = {map, chain, tree, star, butterfly, layers, tangle};
  kShapes[draft.random().below(std::size(kShapes))](draft);
}

}  // namespace tartan::sim

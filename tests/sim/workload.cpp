#include <sim/workload.hpp>
#include <stdexcept>

namespace tartan::sim {
namespace {

constexpr std::size_t kPadding = 1200;  // 9.6 kB, beyond wire::kInlineBytes

std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return Random(a * 31 + b).next(); }

Mixed result_of(std::uint64_t number, bool large) {
  Mixed result(large ? kPadding : 1, number);
  return result;
}

}  // namespace

/// Arguments: seed, kind (bit 0: large result, bit 1: throws), then the dependencies.
Value mixing_task(Arguments& arguments) {
  const std::size_t dependencies = arguments.size() - 2;
  std::uint64_t number = arguments.next().get<std::uint64_t>();
  const auto kind = arguments.next().get<std::uint64_t>();
  for (std::size_t i = 0; i < dependencies; ++i) {
    const Value value = arguments.next();
    const auto& dependency = value.get<Mixed>();
    if (dependency.back() != dependency.front()) throw std::logic_error("torn dependency");
    number = mix(number, dependency.front());
  }
  if ((kind & 2) != 0) throw std::domain_error("this task always throws");
  return Value::of(result_of(number, (kind & 1) != 0));
}

struct Workload::Draft {
  GraphBuilder builder;
  std::vector<GraphBuilder::Ref> tasks;
  std::vector<Key> earlier;
  bool may_throw = false;
};

GraphBuilder::Ref Workload::task(Draft& draft, std::vector<GraphBuilder::Ref> dependencies) {
  if (!draft.earlier.empty() && random_.chance(0.1)) {
    dependencies.push_back(
        draft.builder.external(draft.earlier[random_.below(draft.earlier.size())]));
  }
  const std::uint64_t seed = random_.next();
  const std::uint64_t kind = (random_.chance(0.15) ? 1U : 0U) |
                             (draft.may_throw && random_.chance(0.02) ? 2U : 0U);
  ArgumentWriter writer;
  writer.inline_value(Value::of(seed));
  writer.inline_value(Value::of(kind));
  Expected expected{(kind & 2) != 0, seed};
  for (std::size_t i = 0; i < dependencies.size(); ++i) {
    writer.dependency(static_cast<std::uint32_t>(i));
    const Expected& before = oracle_.at(draft.builder.key(dependencies[i]));
    expected.fails |= before.fails;
    expected.number = mix(expected.number, before.number);
  }
  GraphBuilder::Task task;
  task.key = combine(hash_text("sim"), ++made_);
  task.function = &task_function<&mixing_task>();
  task.group = dependencies.empty() ? "root" : "mix";
  task.dependencies = dependencies;
  task.arguments = writer.bytes();
  const auto ref = draft.builder.add(task);
  oracle_[task.key] = expected;
  draft.tasks.push_back(ref);
  return ref;
}

void Workload::map(Draft& draft) {
  const auto count = 5 + random_.below(60);
  for (std::uint64_t i = 0; i < count; ++i) task(draft, {});
}

void Workload::chain(Draft& draft) {
  auto last = task(draft, {});
  const auto count = 3 + random_.below(30);
  for (std::uint64_t i = 0; i < count; ++i) last = task(draft, {last});
}

void Workload::tree(Draft& draft) {
  std::vector<GraphBuilder::Ref> level;
  const auto leaves = 4 + random_.below(40);
  const auto fan = 2 + random_.below(4);
  for (std::uint64_t i = 0; i < leaves; ++i) level.push_back(task(draft, {}));
  while (level.size() > 1) {
    std::vector<GraphBuilder::Ref> next;
    for (std::size_t i = 0; i < level.size(); i += fan) {
      next.push_back(task(draft, {level.begin() + static_cast<std::ptrdiff_t>(i),
                                  level.begin() + static_cast<std::ptrdiff_t>(
                                                      std::min<std::size_t>(level.size(),
                                                                            i + fan))}));
    }
    level = std::move(next);
  }
}

void Workload::layers(Draft& draft) {
  std::vector<GraphBuilder::Ref> before;
  const auto depth = 2 + random_.below(4);
  for (std::uint64_t layer = 0; layer < depth; ++layer) {
    std::vector<GraphBuilder::Ref> current;
    const auto width = 2 + random_.below(15);
    for (std::uint64_t i = 0; i < width; ++i) {
      std::vector<GraphBuilder::Ref> dependencies;
      const auto fan = before.empty() ? 0 : 1 + random_.below(4);
      for (std::uint64_t d = 0; d < fan; ++d) {
        dependencies.push_back(before[random_.below(before.size())]);
      }
      current.push_back(task(draft, std::move(dependencies)));
    }
    before = std::move(current);
  }
}

Graph Workload::make_graph(const std::vector<Key>& earlier) {
  Draft draft;
  draft.earlier = earlier;
  draft.may_throw = random_.chance(0.3);
  const auto parts = 1 + random_.below(3);
  for (std::uint64_t part = 0; part < parts; ++part) {
    switch (random_.below(4)) {
      case 0:
        map(draft);
        break;
      case 1:
        chain(draft);
        break;
      case 2:
        tree(draft);
        break;
      default:
        layers(draft);
    }
  }
  for (const auto ref : draft.tasks) {
    if (random_.chance(0.3)) draft.builder.want(ref);
  }
  draft.builder.want(draft.tasks.back());
  return draft.builder.build();
}

}  // namespace tartan::sim

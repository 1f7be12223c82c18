#include <sim/workload.hpp>
#include <stdexcept>
#include <tartan/value/function.hpp>

namespace tartan::sim {
namespace {

constexpr std::size_t kPadding = 1200;      // 9.6 kB, beyond wire::kInlineBytes
constexpr std::size_t kHugePadding = 2500;  // 20 kB, beyond worker::Store::kSmallest
constexpr std::uint64_t kLarge = 1;
constexpr std::uint64_t kThrows = 2;
constexpr std::uint64_t kHuge = 4;

std::uint64_t mix(std::uint64_t a, std::uint64_t b) { return Random(a * 31 + b).next(); }

Mixed result_of(std::uint64_t number, std::uint64_t kind) {
  const std::size_t large = (kind & kLarge) != 0 ? kPadding : 1;
  return Mixed((kind & kHuge) != 0 ? kHugePadding : large, number);
}

}  // namespace

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
  if ((kind & kThrows) != 0) throw std::domain_error("this task always throws");
  return Value::of(result_of(number, kind));
}

/// Arguments: its number, and an actor that it has no use for. Its result is on workers only.
Value visiting_task(Arguments& arguments) {
  return Value::of(result_of(arguments.next().get<std::uint64_t>(), kLarge));
}

Draft::Ref Draft::add(std::vector<Ref> dependencies) {
  Random& random = this->random();
  if (!earlier_.empty() && random.chance(0.1)) {
    dependencies.push_back(builder_.external(earlier_[random.below(earlier_.size())]));
    self_contained_ = false;
  }
  const std::uint64_t seed = random.next();
  const std::uint64_t kind = (random.chance(0.15) ? kLarge : 0) |
                             (troubles_.throws && random.chance(0.02) ? kThrows : 0) |
                             (troubles_.large && random.chance(0.4) ? kHuge : 0);
  ArgumentWriter writer;
  writer.inline_value(Value::of(seed));
  writer.inline_value(Value::of(kind));
  Expected expected;
  expected.number = seed;
  expected.fails = (kind & kThrows) != 0;
  for (std::size_t i = 0; i < dependencies.size(); ++i) {
    writer.dependency(static_cast<std::uint32_t>(i));
    const Expected& before = workload_.oracle_.at(builder_.key(dependencies[i]));
    expected.fails |= before.fails;
    expected.late |= before.late;
    expected.poison |= before.poison;
    expected.scattered |= before.scattered;
    expected.actor |= before.actor;
    expected.number = mix(expected.number, before.number);
  }
  TaskOptions options;
  Habit habit;
  if (troubles_.flaky && random.chance(0.05)) {
    habit.throws = options.retries = static_cast<std::uint32_t>(1 + random.below(3));
  }
  if (troubles_.late && random.chance(0.01)) {
    habit.late = expected.late = true;
    options.timeout_ns = (std::uint64_t{10} + random.below(500)) * 1'000'000;
  }
  if (troubles_.poison && random.chance(0.05)) {
    habit.poison = expected.poison = true;
    troubles_.poison = false;
  }
  habit.nests = troubles_.nests && random.chance(0.05);
  GraphBuilder::Task task;
  task.key = combine(hash_text("sim"), ++workload_.made_);
  task.function = &task_function<&mixing_task>();
  task.group = dependencies.empty() ? "root" : "mix";
  task.dependencies = dependencies;
  task.arguments = writer.bytes();
  task.options = &options;
  const Ref ref = builder_.add(task);
  workload_.oracle_[task.key] = expected;
  if (habit.special()) workload_.habits_[task.key] = habit;
  for (const Ref need : dependencies) {
    workload_.needs_[task.key].push_back(builder_.key(need));
  }
  tasks_.push_back(ref);
  return ref;
}

Habit Workload::habit(Key key) const {
  const auto found = habits_.find(key);
  return found == habits_.end() ? Habit{} : found->second;
}

Graph Workload::make_graph(const std::vector<Key>& earlier, const Troubles& troubles) {
  if (!shared_.empty() && random_.chance(0.2)) return shared_[random_.below(shared_.size())];
  Draft draft(*this, earlier, troubles);
  const auto parts = 1 + random_.below(3);
  for (std::uint64_t part = 0; part < parts; ++part) draw_shape(draft);
  for (const auto ref : draft.tasks()) {
    if (random_.chance(0.3)) draft.builder().want(ref);
  }
  draft.builder().want(draft.tasks().back());
  const bool self_contained = draft.self_contained();
  Graph graph = draft.builder().build();
  choose_module(graph);
  if (self_contained && random_.chance(0.3)) shared_.push_back(graph);
  return graph;
}

Graph Workload::make_nested_graph(const Troubles& troubles) {
  const std::vector<Key> none;
  Draft draft(*this, none, troubles);
  draw_small_shape(draft);
  draft.builder().want(draft.tasks().back());
  Graph graph = draft.builder().build();
  choose_module(graph);
  return graph;
}

/// The keys stay as they are: which binary a function is in makes no other task of it here.
void Workload::choose_module(Graph& graph) {
  if (!module_random_ || module_random_->chance(0.4)) return;
  const auto all = task_modules();
  const TaskModule& module = all[module_random_->below(all.size())];
  for (FunctionRef& function : graph.functions) function.module = module.key;
  for (const Key key : graph.keys) modules_[key] = &module;
}

const TaskModule* Workload::module(Key key) const {
  const auto found = modules_.find(key);
  return found == modules_.end() ? nullptr : found->second;
}

std::pair<Graph, Graph> Workload::make_cycle() {
  const Key keys[2] = {combine(hash_text("sim"), ++made_), combine(hash_text("sim"), ++made_)};
  Graph graphs[2];
  for (int i = 0; i < 2; ++i) {
    GraphBuilder builder;
    ArgumentWriter writer;
    writer.inline_value(Value::of(std::uint64_t{0}));
    writer.inline_value(Value::of(std::uint64_t{0}));
    writer.dependency(0);
    const GraphBuilder::Ref needs[] = {builder.external(keys[1 - i])};
    GraphBuilder::Task task;
    task.key = keys[i];
    task.function = &task_function<&mixing_task>();
    task.group = "circle";
    task.dependencies = needs;
    task.arguments = writer.bytes();
    builder.want(builder.add(task));
    graphs[i] = builder.build();
    oracle_[keys[i]].circular = true;
  }
  return {std::move(graphs[0]), std::move(graphs[1])};
}

Graph Workload::make_visit(Key actor) {
  const Key key = combine(hash_text("sim"), ++made_);
  Expected& expected = oracle_[key];
  expected.number = mix(key.lo, key.hi);
  expected.actor = true;
  GraphBuilder builder;
  ArgumentWriter writer;
  writer.inline_value(Value::of(expected.number));
  writer.dependency(0);
  const GraphBuilder::Ref needs[] = {builder.external(actor)};
  GraphBuilder::Task task;
  task.key = key;
  task.function = &task_function<&visiting_task>();
  task.group = "visit";
  task.dependencies = needs;
  task.arguments = writer.bytes();
  builder.want(builder.add(task));
  return builder.build();
}

std::pair<Key, Value> Workload::make_value() {
  const Key key = combine(hash_text("sim"), ++made_);
  Expected expected;
  expected.number = random_.next();
  expected.scattered = true;
  oracle_[key] = expected;
  return {key, Value::of(result_of(expected.number, random_.chance(0.5) ? kLarge : 0))};
}

}  // namespace tartan::sim

#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/masked.hpp>
#include <array/expr/plan.hpp>
#include <array/expr/rewrite.hpp>
#include <array/expr/views.hpp>
#include <fmt/format.h>
#include <set>
#include <tuple>
#include <unordered_map>

namespace tartan::array {
namespace {

bool computes_elements(const Node& node) {
  return node.as<ElementwiseNode>() != nullptr || node.as<BroadcastNode>() != nullptr;
}
/// Whether it is better made again by every task that reads it than kept for all of them.
bool better_made_again(const Node& node) {
  if (!node.is_generator()) return false;
  return node.as<RandomNode>() == nullptr || bytes_of(node.shape, node.dtype) > kMostKeptRandom;
}
/// A single value repeated, which programs take as a constant.
bool is_constant(const Node& node) { return node.as<FullNode>() != nullptr; }

/// Whether the matrices of a product are read turned, without turning them.
bool multiplies_turned(const Node& consumer, const Node& node) {
  const auto* transpose = node.as<TransposeNode>();
  if (consumer.as<MatmulNode>() == nullptr || transpose == nullptr) return false;
  if (!is_floating(node.dtype) && !is_complex(node.dtype)) return false;
  auto axes = transpose->axes;
  std::swap(axes[axes.size() - 1], axes[axes.size() - 2]);
  return std::is_sorted(axes.begin(), axes.end());
}

/// Whether a product is one of a matrix with its own transpose, of which half is computed.
bool has_own_transpose(const Node& node) {
  const auto& [a, b] = std::tie(*node.inputs[0], *node.inputs[1]);
  const auto is_turned = [&](const Node& x, const Node& other) {
    return multiplies_turned(node, x) && x.inputs.front()->key == other.key;
  };
  return node.shape.size() == 2 && a.shape.size() == 2 && a.shape[1] >= kLeastMirrored &&
         (is_turned(a, b) || is_turned(b, a));
}

/// Decides for every node whether it becomes a step or is fused, and into which.
class Fusion {
 public:
  Fusion(std::span<const NodePtr> order, std::span<const NodePtr> roots) {
    for (const auto& node : order) {
      for (const auto& input : node->inputs) consumers_[input->key].push_back(node.get());
    }
    for (const auto& root : roots) wanted_.insert(root->key);
    for (auto node = order.rbegin(); node != order.rend(); ++node) place(*node);
  }

  /// The step a node is computed in; itself when it is a step.
  const Node* home(const Node& node) const { return home_.at(node.key); }
  bool is_step(const Node& node) const { return home(node)->key == node.key; }
  /// Whether its readers take its elements from where its input has them.
  bool read_in_place(const Node& node) const { return in_place_.contains(node.key); }
  /// Whether it is a product that the step which reads it makes.
  bool multiplied_by_reader(const Node& node) const { return products_.contains(node.key); }

 private:
  struct Region {
    NodePtr elements;
    std::set<Key> sources;
    std::size_t fused = 0;
    bool multiplies = false;
  };

  void open(const NodePtr& node) {
    home_[node->key] = node.get();
    Region region;
    if (computes_elements(*node)) region.elements = node;
    if (node->as<ReduceNode>() != nullptr) region.elements = node->inputs.front();
    if (region.elements == nullptr) return;
    for (const auto& input : node->inputs) {
      if (!is_constant(*input)) region.sources.insert(input->key);
    }
    regions_.emplace(node.get(), std::move(region));
  }

  /// The one region all consumers are part of, if there is one.
  Region* common_region(const Node& node, const Node*& root) {
    root = nullptr;
    const auto found = consumers_.find(node.key);
    if (found == consumers_.end()) return nullptr;
    for (const auto* consumer : found->second) {
      const auto* home = home_.at(consumer->key);
      if (read_in_place(*consumer) || multiplied_by_reader(*consumer)) return nullptr;
      if (root != nullptr && root != home) return nullptr;
      root = home;
    }
    const auto region = regions_.find(root);
    return region == regions_.end() ? nullptr : &region->second;
  }

  /// Whether the consumer is part of a step that runs over the blocks of the node.
  bool runs_over(const Node& consumer, const Node& node) const {
    const auto region = regions_.find(home_.at(consumer.key));
    return !multiplied_by_reader(consumer) && region != regions_.end() &&
           region->second.elements->chunks == node.chunks &&
           region->second.elements->shape == node.shape;
  }

  /// Fuses a generator into all steps that read it, if they run over its blocks.
  bool made_by_all_readers(const Node& node) {
    const auto found = consumers_.find(node.key);
    if (found == consumers_.end()) return false;
    for (const auto* consumer : found->second) {
      if (read_in_place(*consumer) || !runs_over(*consumer, node)) return false;
    }
    home_[node.key] = home_.at(found->second.front()->key);
    return true;
  }

  /// Leaves a view to its readers, if all can read it in place.
  bool left_to_readers(const Node& node) {
    const auto found = consumers_.find(node.key);
    if (found == consumers_.end() || !is_view(node)) return false;
    std::set<const Node*> steps;
    bool multiplied = false;
    for (const auto* consumer : found->second) {
      if (multiplies_turned(*consumer, node)) {
        multiplied = true;
        continue;
      }
      // Products read matrices as they are or turned, not through further views.
      const bool reads = read_in_place(*consumer) ? !multiplied_.contains(consumer->key)
                                                  : runs_over(*consumer, node);
      if (!reads) return false;
      steps.insert(home_.at(consumer->key));
    }
    if (node.as<TransposeNode>() != nullptr && steps.size() > kMostTurns) return false;
    home_[node.key] = home_.at(found->second.front()->key);
    in_place_.insert(node.key);
    if (multiplied) multiplied_.insert(node.key);
    return true;
  }

  /// Leaves a product to the one step that reads it.
  bool left_to_reader(const Node& node) {
    if (node.as<MatmulNode>() == nullptr || has_own_transpose(node)) return false;
    if (node.inputs.front()->chunks.back().size() > kMatmulPairs) return false;
    const Node* root = nullptr;
    auto* region = common_region(node, root);
    if (region == nullptr || region->multiplies || region->elements->chunks != node.chunks ||
        region->elements->shape != node.shape) {
      return false;
    }
    region->multiplies = true;
    home_[node.key] = root;
    products_.insert(node.key);
    return true;
  }

  void place(const NodePtr& node) {
    if (better_made_again(*node) && !is_constant(*node) && !wanted_.contains(node->key) &&
        made_by_all_readers(*node)) {
      return;
    }
    if (!wanted_.contains(node->key) && (left_to_readers(*node) || left_to_reader(*node))) return;
    const Node* root = nullptr;
    const bool could = computes_elements(*node) || (node->is_generator() && !is_constant(*node));
    Region* region = could && !wanted_.contains(node->key) ? common_region(*node, root) : nullptr;
    if (region == nullptr || region->fused == kMostFused ||
        region->elements->chunks != node->chunks || region->elements->shape != node->shape) {
      open(node);
      return;
    }
    auto sources = region->sources;
    if (computes_elements(*node)) {
      sources.erase(node->key);
      for (const auto& input : node->inputs) {
        if (!is_constant(*input)) sources.insert(input->key);
      }
    }
    if (sources.size() > std::max(kMostSources, region->sources.size())) {
      open(node);
      return;
    }
    region->sources = std::move(sources);
    ++region->fused;
    home_[node->key] = root;
  }

  std::unordered_map<Key, std::vector<const Node*>> consumers_;
  std::set<Key> wanted_;
  std::set<Key> in_place_;
  std::set<Key> multiplied_;  ///< those of them that products read
  std::set<Key> products_;
  std::unordered_map<Key, const Node*> home_;
  std::unordered_map<const Node*, Region> regions_;
};

/// The names of what a step computes, at most four: "subtract-square-sum".
class GroupName {
 public:
  void add(std::string_view part) {
    if (std::find(parts_.begin(), parts_.end(), part) == parts_.end()) parts_.emplace_back(part);
  }
  std::string text() const {
    std::string result;
    const std::size_t shown = parts_.size() > 4 ? 3 : parts_.size();
    for (std::size_t i = 0; i < shown; ++i) result += (i > 0 ? "-" : "") + parts_[i];
    if (shown < parts_.size()) result += fmt::format("-and-{}-more", parts_.size() - shown);
    return result;
  }
  bool empty() const { return parts_.empty(); }

 private:
  std::vector<std::string> parts_;
};

std::string_view group_of(const Operation operation) {
  return operation == Operation::cast ? "astype" : name(operation);
}

using StepNumbers = std::unordered_map<Key, std::size_t>;

Source source_of(const NodePtr& node, const Fusion& fusion, const StepNumbers& steps) {
  Source source{node};
  while (fusion.read_in_place(*source.node)) {
    source.views.push_back(source.node);
    source.node = NodePtr(source.node->inputs.front());
  }
  source.generated = !fusion.is_step(*source.node);
  if (!source.generated) source.step = steps.at(source.node->key);
  return source;
}

/// Compiles the fused nodes of one step into its program, inputs before their users.
class Compiler {
 public:
  Compiler(const Fusion& fusion, const StepNumbers& steps, Step& step)
      : fusion_(fusion), steps_(steps), step_(step) {}

  void run() {
    auto result = value(step_.elements);
    if (const auto* mask = mask_of(*step_.node)) {
      // How the kernels of reductions take two values: see reduce.hpp.
      const auto left_out = builder_.constant(Scalar(0), builder_.dtype(result));
      result = builder_.apply(Operation::where, {value(*mask), result, left_out});
    }
    step_.program = builder_.finish(result);
    for (std::size_t i = 0; i < step_.inputs(); ++i) {
      const NodePtr node = step_.sources[i].node;
      if (!fusion_.multiplied_by_reader(*node)) continue;
      step_.sources[i].operands = step_.sources.size();
      for (const auto& operand : node->inputs) {
        step_.sources.push_back(source_of(operand, fusion_, steps_));
      }
    }
    if (const auto* reduce = step_.node->as<ReduceNode>()) {
      step_.group = names_.empty() ? std::string() : names_.text() + "-";
      step_.group += name(reduce->operation);
    } else {
      step_.group = names_.empty() ? "broadcast" : names_.text();
    }
  }

 private:
  using Ref = ProgramBuilder::Ref;

  bool inside(const Node& node) const {
    return computes_elements(node) && fusion_.home(node) == step_.node.get();
  }

  /// Iterative: fused chains are as long as kMostFused.
  Ref value(const NodePtr& wanted) {
    std::vector<NodePtr> stack{wanted};
    while (!stack.empty()) {
      const NodePtr node = stack.back();
      if (done_.contains(node->key)) {
        stack.pop_back();
        continue;
      }
      bool ready = true;
      if (inside(*node)) {
        // The first input ends on top: sources are numbered as people read the expression.
        for (auto input = node->inputs.rbegin(); input != node->inputs.rend(); ++input) {
          if (!done_.contains((*input)->key)) {
            stack.push_back(*input);
            ready = false;
          }
        }
      }
      if (!ready) continue;
      stack.pop_back();
      done_.emplace(node->key, emit(node));
    }
    return done_.at(wanted->key);
  }

  Ref emit(const NodePtr& node) {
    if (const auto* full = node->as<FullNode>()) return builder_.constant(full->value, node->dtype);
    if (!inside(*node)) return source(node);
    std::vector<Ref> operands;
    for (const auto& input : node->inputs) operands.push_back(done_.at(input->key));
    const auto* elementwise = node->as<ElementwiseNode>();
    if (elementwise == nullptr) return operands.front();
    names_.add(group_of(elementwise->operation));
    if (elementwise->operation == Operation::cast) {
      return builder_.cast(operands.front(), node->dtype);
    }
    return builder_.apply(elementwise->operation, operands);
  }

  Ref source(const NodePtr& node) {
    if (fusion_.multiplied_by_reader(*node)) names_.add("matmul");
    step_.sources.push_back(source_of(node, fusion_, steps_));
    return builder_.input(node->dtype);
  }

  const Fusion& fusion_;
  const StepNumbers& steps_;
  Step& step_;
  ProgramBuilder builder_;
  GroupName names_;
  std::unordered_map<Key, Ref> done_;
};

std::string plain_group(const Node& node) {
  struct Namer {
    std::string operator()(const FullNode& n) const {
      if (n.value == Scalar(0) || n.value == Scalar(0.0)) return "zeros";
      return n.value == Scalar(1) || n.value == Scalar(1.0) ? "ones" : "full";
    }
    std::string operator()(const ArangeNode&) const { return "arange"; }
    std::string operator()(const LinspaceNode&) const { return "linspace"; }
    std::string operator()(const EyeNode&) const { return "eye"; }
    std::string operator()(const RandomNode& n) const {
      return std::string("random-").append(name(n.distribution));
    }
    std::string operator()(const LiteralNode&) const { return "literal"; }
    std::string operator()(const StoredNode&) const { return "stored"; }
    std::string operator()(const UserBlockNode&) const { return "from-delayed"; }
    std::string operator()(const ElementwiseNode&) const { return "elementwise"; }
    std::string operator()(const ReduceNode&) const { return "reduce"; }
    std::string operator()(const SliceNode&) const { return "slice"; }
    std::string operator()(const TransposeNode&) const { return "transpose"; }
    std::string operator()(const ReshapeNode&) const { return "reshape"; }
    std::string operator()(const BroadcastNode&) const { return "broadcast"; }
    std::string operator()(const RechunkNode&) const { return "rechunk"; }
    std::string operator()(const ConcatenateNode&) const { return "concatenate"; }
    std::string operator()(const MatmulNode&) const { return "matmul"; }
    std::string operator()(const AlgorithmNode& n) const {
      return std::string(n.algorithm->name());
    }
    std::string operator()(const MapBlocksNode& n) const { return n.group; }
  };
  return std::visit(Namer{}, node.kind);
}

}  // namespace

bool Step::symmetric() const {
  // Its transpose may be a step of its own that others read.
  return node->as<MatmulNode>() != nullptr && has_own_transpose(*node) &&
         sources[0].node->key == sources[1].node->key;
}

Plan make_plan(std::span<const NodePtr> given) {
  const auto roots = rewrite(given);
  const auto order = topological_order(roots);
  const Fusion fusion(order, roots);
  Plan plan;
  StepNumbers steps;
  for (const auto& node : order) {
    if (!fusion.is_step(*node)) continue;
    Step step;
    step.node = node;
    if (computes_elements(*node)) step.elements = node;
    if (node->as<ReduceNode>() != nullptr) step.elements = node->inputs.front();
    if (step.fused()) {
      Compiler(fusion, steps, step).run();
    } else {
      step.group = plain_group(*node);
      for (const auto& input : node->inputs) {
        step.sources.push_back(source_of(input, fusion, steps));
      }
    }
    steps.emplace(node->key, plan.steps.size());
    plan.steps.push_back(std::move(step));
  }
  for (const auto& root : roots) plan.roots.push_back(steps.at(root->key));
  return plan;
}

}  // namespace tartan::array

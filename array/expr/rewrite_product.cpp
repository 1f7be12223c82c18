#include <array/expr/build.hpp>
#include <array/expr/rewrite.hpp>
#include <limits>

namespace tartan::array {
namespace {

/// Chains longer than this keep the order they were written in.
constexpr std::size_t kLongestChain = 32;
/// How much fewer multiplications another order must need: it changes the last bits.
constexpr double kWorthwhile = 0.9;

/// The factors of a product of matrices, where nobody else needs a product in between. The first and
/// the last may be vectors.
void collect(const NodePtr& node, const Uses& uses, bool top, std::vector<NodePtr>& factors) {
  const bool inner = node->as<MatmulNode>() != nullptr && (top || uses.of(*node) == 1) &&
                     node->inputs[0]->shape.size() <= 2 && node->inputs[1]->shape.size() <= 2;
  if (!inner || factors.size() > kLongestChain) {
    factors.push_back(node);
    return;
  }
  for (const auto& input : node->inputs) collect(input, uses, false, factors);
}

/// The cheapest order to multiply factors first..last (Godbole 1973), and its multiplications.
class Order {
 public:
  explicit Order(const std::vector<NodePtr>& factors) : count_(factors.size()) {
    const auto& first = factors.front()->shape;
    lengths_.push_back(first.size() == 1 ? 1.0 : static_cast<double>(first.front()));
    for (const auto& factor : factors) {
      const bool column = &factor == &factors.back() && factor->shape.size() == 1;
      lengths_.push_back(column ? 1.0 : static_cast<double>(factor->shape.back()));
    }
    cost_.assign(count_ * count_, 0.0);
    split_.assign(count_ * count_, 0);
    for (std::size_t length = 2; length <= count_; ++length) {
      for (std::size_t i = 0; i + length <= count_; ++i) choose(i, i + length - 1);
    }
  }

  double cost() const { return cost_[count_ - 1]; }
  std::size_t split(std::size_t i, std::size_t j) const { return split_[i * count_ + j]; }
  /// Multiplications of (first..middle) times (middle + 1..last).
  double step(std::size_t first, std::size_t middle, std::size_t last) const {
    return lengths_[first] * lengths_[middle + 1] * lengths_[last + 1];
  }

 private:
  void choose(std::size_t i, std::size_t j) {
    auto& best = cost_[i * count_ + j];
    best = std::numeric_limits<double>::infinity();
    for (auto k = i; k < j; ++k) {
      const auto cost = cost_[i * count_ + k] + cost_[(k + 1) * count_ + j] + step(i, k, j);
      if (cost >= best) continue;
      best = cost;
      split_[i * count_ + j] = k;
    }
  }

  std::size_t count_;
  std::vector<double> lengths_;
  std::vector<double> cost_;
  std::vector<std::size_t> split_;
};

/// Multiplications in the order that was written. Takes the factors off in theirs.
double cost_as_written(const NodePtr& node, const std::vector<NodePtr>& factors, const Order& order,
                       std::size_t& next, std::size_t& first, std::size_t& last) {
  if (node->key == factors[next]->key) {
    first = last = next++;
    return 0;
  }
  std::size_t middle = 0;
  std::size_t right_first = 0;
  const auto left = cost_as_written(node->inputs[0], factors, order, next, first, middle);
  const auto right = cost_as_written(node->inputs[1], factors, order, next, right_first, last);
  return left + right + order.step(first, middle, last);
}

NodePtr product(const std::vector<NodePtr>& factors, const Order& order, std::size_t i,
                std::size_t j) {
  if (i == j) return factors[i];
  const auto k = order.split(i, j);
  return matmul_node(product(factors, order, i, k), product(factors, order, k + 1, j));
}

}  // namespace

NodePtr order_products(const NodePtr& node, const Uses& uses) {
  if (node->as<MatmulNode>() == nullptr) return node;
  std::vector<NodePtr> factors;
  collect(node, uses, true, factors);
  if (factors.size() < 3 || factors.size() > kLongestChain) return node;
  for (const auto& factor : factors) {
    if (factor->dtype != node->dtype) return node;
  }
  const Order order(factors);
  std::size_t next = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  const auto written = cost_as_written(node, factors, order, next, first, last);
  if (order.cost() > kWorthwhile * written) return node;
  return rechunk_node(product(factors, order, 0, factors.size() - 1), node->chunks);
}

}  // namespace tartan::array

#include <algorithm>
#include <array/algorithms/contraction.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/matmul.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Pairs of blocks one task multiplies; further ones are added in a second level.
constexpr std::size_t kPairs = 8;
/// Blocks of a result larger than this are cut along the axes that are not summed.
constexpr std::int64_t kMostBlockBytes = 4 * kDefaultChunkBytes;

/// Which axes of an operand are what, in the order of the result.
struct Roles {
  std::vector<int> batch, free, summed;

  std::vector<int> order(bool summed_last) const {
    std::vector<int> axes = batch;
    const auto& second = summed_last ? free : summed;
    const auto& third = summed_last ? summed : free;
    axes.insert(axes.end(), second.begin(), second.end());
    axes.insert(axes.end(), third.begin(), third.end());
    return axes;
  }
};

std::int64_t count_along(const Shape& shape, const std::vector<int>& axes) {
  std::int64_t count = 1;
  for (auto axis : axes) count *= shape.at(static_cast<std::size_t>(axis));
  return count;
}

/// The chunk as matrices: (batch, rows, columns).
Chunk as_matrices(const Chunk& chunk, const Roles& roles, bool summed_last) {
  const auto free = count_along(chunk.shape, roles.free);
  const auto summed = count_along(chunk.shape, roles.summed);
  Shape shape{count_along(chunk.shape, roles.batch), summed_last ? free : summed,
              summed_last ? summed : free};
  if (shape[0] == 1) shape.erase(shape.begin());
  return reshape(transpose(chunk, roles.order(summed_last)), std::move(shape));
}

Roles read_roles(WordReader& words) {
  Roles roles;
  roles.batch = words.small_list();
  roles.free = words.small_list();
  roles.summed = words.small_list();
  return roles;
}

/// Words (roles of the axes of a, of b, shape of the result), list of chunks of a, list of chunks
/// of b -> the sum of their products in order.
Value contract_blocks(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto roles_a = read_roles(words);
  const auto roles_b = read_roles(words);
  auto shape = words.shape();
  std::vector<Chunk> a;
  std::vector<Chunk> b;
  for (const auto& chunk : next_chunks(arguments)) a.push_back(as_matrices(chunk, roles_a, true));
  for (const auto& chunk : next_chunks(arguments)) b.push_back(as_matrices(chunk, roles_b, false));
  return Value::of(reshape(matmul_sum(a, b), std::move(shape)));
}

class Contraction : public Algorithm {
 public:
  Contraction(Roles a, Roles b) : a_(std::move(a)), b_(std::move(b)) {}
  std::string_view name() const override { return "tensordot"; }
  void put_parameters(WordWriter& words) const override {
    for (const auto* roles : {&a_, &b_}) {
      words.put(roles->batch);
      words.put(roles->free);
      words.put(roles->summed);
    }
  }

  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    return pairs_of(node, *node.inputs[0], *node.inputs[1], block);
  }

  std::vector<Made> emit(Emission& emission) const override {
    std::vector<Made> made;
    for (const auto block : emission.blocks()) made.push_back(emit_block(emission, block));
    return made;
  }

 private:
  /// Blocks of a and b by turns, in C order over the blocks along the summed axes.
  std::vector<BlockRead> pairs_of(const Node& node, const Node& a, const Node& b,
                                  std::int64_t block) const {
    const auto index = unravel(block, grid_of(node.chunks));
    BlockIndex at_a(a.shape.size());
    BlockIndex at_b(b.shape.size());
    std::size_t next = 0;
    for (std::size_t i = 0; i < a_.batch.size(); ++i, ++next) {
      at_a[static_cast<std::size_t>(a_.batch[i])] = index[next];
      at_b[static_cast<std::size_t>(b_.batch[i])] = index[next];
    }
    for (auto axis : a_.free) at_a[static_cast<std::size_t>(axis)] = index[next++];
    for (auto axis : b_.free) at_b[static_cast<std::size_t>(axis)] = index[next++];
    Shape counts;
    for (auto axis : a_.summed) {
      counts.push_back(std::ssize(a.chunks[static_cast<std::size_t>(axis)]));
    }
    std::vector<BlockRead> reads;
    for (std::int64_t number = 0; number < element_count(counts); ++number) {
      const auto along = unravel(number, counts);
      for (std::size_t i = 0; i < along.size(); ++i) {
        at_a[static_cast<std::size_t>(a_.summed[i])] = along[i];
        at_b[static_cast<std::size_t>(b_.summed[i])] = along[i];
      }
      reads.push_back({0, ravel(at_a, grid_of(a.chunks))});
      reads.push_back({1, ravel(at_b, grid_of(b.chunks))});
    }
    return reads;
  }

  Made emit_block(Emission& emission, std::int64_t block) const {
    const auto& node = emission.node();
    const auto reads = pairs_of(node, emission.input(0), emission.input(1), block);
    const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
    const auto bytes = bytes_of(shape, node.dtype);
    WordWriter words;
    put_parameters(words);
    words.put(shape);
    std::vector<Made> sums;
    for (std::size_t first = 0; first < reads.size(); first += 2 * kPairs) {
      const auto end = std::min(reads.size(), first + 2 * kPairs);
      ArgumentWriter arguments;
      arguments.inline_value(Value::of(words.words()));
      std::vector<Made> inputs;
      std::int64_t scratch = 0;
      for (auto i = first; i < end; ++i) {
        inputs.push_back(emission.block(reads[i].source, reads[i].block));
        scratch += inputs.back().bytes;
      }
      const auto count = static_cast<std::uint32_t>(inputs.size() / 2);
      for (std::uint32_t operand = 0; operand < 2; ++operand) {
        arguments.list(count);
        for (std::uint32_t i = 0; i < count; ++i) arguments.dependency(2 * i + operand);
      }
      sums.push_back(emission.add(task_function<&contract_blocks>(),
                                  reads.size() > 2 * kPairs ? "partial" : "", arguments, inputs,
                                  bytes, scratch));
    }
    return emission.add_up(std::move(sums), shape, kPairs);
  }

  Roles a_;
  Roles b_;
};

Roles roles_of(std::size_t ndim, const AxisPairs& batch, const AxisPairs& summed, bool of_a) {
  Roles roles;
  std::vector<bool> used(ndim, false);
  const auto take = [&](const AxisPairs& pairs, std::vector<int>& into) {
    for (const auto& pair : pairs) {
      const auto axis = of_a ? pair.first : pair.second;
      used[axis] = true;
      into.push_back(static_cast<int>(axis));
    }
  };
  take(batch, roles.batch);
  take(summed, roles.summed);
  for (std::size_t axis = 0; axis < ndim; ++axis) {
    if (!used[axis]) roles.free.push_back(static_cast<int>(axis));
  }
  return roles;
}

std::int64_t longest(const std::vector<std::int64_t>& axis) {
  return *std::max_element(axis.begin(), axis.end());
}

/// Paired axes take the chunks of the larger operand that is not made from nothing.
void align_pairs(NodePtr& a, NodePtr& b, const Roles& roles_a, const Roles& roles_b) {
  Chunks ca = a->chunks;
  Chunks cb = b->chunks;
  const bool follow_a =
      b->is_generator() ||
      (!a->is_generator() && bytes_of(a->shape, a->dtype) >= bytes_of(b->shape, b->dtype));
  const auto align = [&](const std::vector<int>& axes_a, const std::vector<int>& axes_b) {
    for (std::size_t i = 0; i < axes_a.size(); ++i) {
      auto& first = ca[static_cast<std::size_t>(axes_a[i])];
      auto& second = cb[static_cast<std::size_t>(axes_b[i])];
      if (follow_a)
        second = first;
      else
        first = second;
    }
  };
  align(roles_a.batch, roles_b.batch);
  align(roles_a.summed, roles_b.summed);
  std::vector<AxisSizes*> free;
  auto bytes = static_cast<double>(itemsize(a->dtype));
  for (auto axis : roles_a.batch) {
    bytes *= static_cast<double>(longest(ca[static_cast<std::size_t>(axis)]));
  }
  for (auto axis : roles_a.free) free.push_back(&ca[static_cast<std::size_t>(axis)]);
  for (auto axis : roles_b.free) free.push_back(&cb[static_cast<std::size_t>(axis)]);
  limit_block(free, bytes);
  a = rechunk_node(a, ca);
  b = rechunk_node(b, cb);
}

NodePtr contraction_node(const NodePtr& a, const NodePtr& b, const Roles& roles_a,
                         const Roles& roles_b) {
  Chunks chunks;
  for (auto axis : roles_a.batch) chunks.push_back(a->chunks[static_cast<std::size_t>(axis)]);
  for (auto axis : roles_a.free) chunks.push_back(a->chunks[static_cast<std::size_t>(axis)]);
  for (auto axis : roles_b.free) chunks.push_back(b->chunks[static_cast<std::size_t>(axis)]);
  auto shape = shape_of(chunks);
  check_shape(shape, a->dtype);
  const auto dtype = a->dtype;
  return algorithm_node(std::make_shared<Contraction>(roles_a, roles_b), dtype, std::move(shape),
                        std::move(chunks), {a, b});
}

/// Two matrices summed over one axis each are a product, which reads them turned where it has to.
bool is_matrix_product(const Node& a, const Node& b, const AxisPairs& summed) {
  const bool inexact = is_floating(a.dtype) || is_complex(a.dtype);
  return inexact && a.shape.size() == 2 && b.shape.size() == 2 && summed.size() == 1;
}
Array matrix_product(const Array& a, const Array& b, const AxisPairs& summed) {
  const auto& [last_of_a, first_of_b] = summed.front();
  return matmul(last_of_a == 1 ? a : a.T(), first_of_b == 0 ? b : b.T());
}

/// The operand with its axes in the given order and axes of length 1 at [at, at + ones).
Array spread(const Array& x, const std::vector<int>& order, std::size_t at, std::size_t ones) {
  auto result = x.transpose(std::vector<std::int64_t>(order.begin(), order.end()));
  for (; ones > 0; --ones) result = expand_dims(result, static_cast<std::int64_t>(at));
  return result;
}

}  // namespace

void limit_block(const std::vector<AxisSizes*>& axes, double bytes_per_element) {
  if (axes.empty()) return;
  for (;;) {
    auto bytes = bytes_per_element;
    auto* widest = axes.front();
    for (auto* sizes : axes) {
      bytes *= static_cast<double>(longest(*sizes));
      if (longest(*sizes) > longest(*widest)) widest = sizes;
    }
    if (bytes <= static_cast<double>(kMostBlockBytes) || longest(*widest) <= 1) return;
    AxisSizes halves;
    for (auto size : *widest) {
      halves.push_back(size - size / 2);
      if (size > 1) halves.push_back(size / 2);
    }
    *widest = std::move(halves);
  }
}

Array contract(const Array& a, const Array& b, const AxisPairs& batch, const AxisPairs& summed) {
  const auto dtype = result_type(a.dtype(), b.dtype());
  if (dtype == DType::boolean && !summed.empty()) {
    return not_equal(contract(a.astype(DType::int64), b.astype(DType::int64), batch, summed), 0);
  }
  const auto roles_a = roles_of(a.ndim(), batch, summed, true);
  const auto roles_b = roles_of(b.ndim(), batch, summed, false);
  auto left = a.astype(dtype).node();
  auto right = b.astype(dtype).node();
  align_pairs(left, right, roles_a, roles_b);
  const bool no_free = roles_a.free.empty() && roles_b.free.empty();
  if (batch.empty() && is_matrix_product(*left, *right, summed)) {
    return matrix_product(Array(left), Array(right), summed);
  }
  if (!summed.empty() && !no_free) return Array(contraction_node(left, right, roles_a, roles_b));
  const Array x(left);
  const Array y(right);
  // Nothing to gain from matrices: a product of elements, fused with its operands and the sum.
  const auto paired = batch.size();
  const auto product =
      no_free ? multiply(spread(x, roles_a.order(true), 0, 0), spread(y, roles_b.order(true), 0, 0))
              : multiply(spread(x, roles_a.order(true), x.ndim(), roles_b.free.size()),
                         spread(y, roles_b.order(true), paired, roles_a.free.size()));
  if (summed.empty()) return product;
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < summed.size(); ++i) {
    axes.push_back(static_cast<std::int64_t>(paired + i));
  }
  return sum(product, axes).astype(dtype);
}

}  // namespace tartan::array

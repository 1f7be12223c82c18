// reduction(): three functions of the user's as a tree of tasks.

#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/shape.hpp>
#include <fmt/format.h>
#include <tartan/array/apply.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

constexpr std::size_t kMergeFanIn = 16;

class UserReduction : public Algorithm {
 public:
  UserReduction(ReductionCall call, std::vector<std::int64_t> axes)
      : call_(std::move(call)), axes_(std::move(axes)) {}

  std::string_view name() const override { return call_.group; }
  void put_parameters(WordWriter& words) const override {
    for (const auto* function : {call_.first, call_.merge, call_.last}) {
      words.put(function->ref.hash());
    }
    words.put(axes_);
    words.put(call_.keepdims ? 1 : 0);
    words.put(std::string_view(call_.group));
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads;
    for (const auto number : reduced(node, *node.inputs[0], block)) reads.push_back({0, number});
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override;

 private:
  bool reduces(std::size_t axis) const {
    return std::find(axes_.begin(), axes_.end(), static_cast<std::int64_t>(axis)) != axes_.end();
  }
  /// The blocks that end in a block of the result, in C order; those without elements only when
  /// there are no others.
  std::vector<std::int64_t> reduced(const Node& node, const Node& x, std::int64_t block) const {
    const auto index = unravel(block, grid_of(node.chunks));
    const auto grid = grid_of(x.chunks);
    std::vector<BlockIndex> places{{}};
    std::size_t kept = 0;
    for (std::size_t d = 0; d < grid.size(); ++d) {
      const bool along = reduces(d);
      const auto own = along ? 0 : index[kept];
      if (!along || call_.keepdims) ++kept;
      std::vector<BlockIndex> longer;
      for (const auto& place : places) {
        for (std::int64_t i = own; i < (along ? grid[d] : own + 1); ++i) {
          longer.push_back(place);
          longer.back().push_back(i);
        }
      }
      places = std::move(longer);
    }
    std::vector<std::int64_t> numbers;
    for (const auto& place : places) {
      if (element_count(block_shape(x.chunks, place)) > 0) numbers.push_back(ravel(place, grid));
    }
    if (numbers.empty()) numbers.push_back(ravel(places.front(), grid));
    return numbers;
  }

  ReductionCall call_;
  std::vector<std::int64_t> axes_;  ///< sorted
};

std::vector<Made> UserReduction::emit(Emission& emission) const {
  const auto& node = emission.node();
  const auto& x = emission.input(0);
  std::int64_t largest = static_cast<std::int64_t>(itemsize(x.dtype));
  for (const auto& axis : x.chunks) largest *= *std::max_element(axis.begin(), axis.end());
  const auto partial = call_.partial_bytes.value_or(largest);
  WordWriter axes;
  for (const auto axis : axes_) axes.put(axis);
  std::vector<Made> made;
  for (const auto block : emission.blocks()) {
    std::vector<Made> level;
    for (const auto number : reduced(node, x, block)) {
      const std::vector<Made> input{emission.block(0, number)};
      level.push_back(
          emission.add(*call_.first, "partial", words_then_dependencies(axes, 1), input, partial));
    }
    while (level.size() > 1) {
      std::vector<Made> above;
      for (std::size_t from = 0; from < level.size(); from += kMergeFanIn) {
        const auto count = std::min(kMergeFanIn, level.size() - from);
        ArgumentWriter arguments;
        arguments.list(static_cast<std::uint32_t>(count));
        for (std::size_t i = 0; i < count; ++i) {
          arguments.dependency(static_cast<std::uint32_t>(i));
        }
        above.push_back(emission.add(*call_.merge, "merge", arguments,
                                     std::span(level).subspan(from, count), partial));
      }
      level = std::move(above);
    }
    const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
    WordWriter promise;
    promise.put(static_cast<std::int64_t>(node.dtype));
    promise.put(shape);
    made.push_back(emission.add(*call_.last, "", words_then_dependencies(promise, 1), level,
                                bytes_of(shape, node.dtype)));
  }
  return made;
}

}  // namespace

Value keep_reduction(const BlockPromise& promise, Chunk chunk) {
  auto shape = chunk.shape;
  if (element_count(shape) == element_count(promise.shape)) shape = promise.shape;
  return keep_promise(promise, Chunk{chunk.dtype, std::move(shape), chunk.data}, "reduction");
}

Array reduction(const ReductionCall& call, const Array& x, const Axes& axes) {
  if (x.dtype() != call.element) {
    throw TypeError(
        fmt::format("reduction: the array is {}, and the function takes {}; cast it with "
                    "astype",
                    name(x.dtype()), name(call.element)));
  }
  if (call.partial_bytes && *call.partial_bytes < 0) {
    throw ValueError(
        fmt::format("reduction: partial_bytes is {}; give 0 or more", *call.partial_bytes));
  }
  // The axes are checked as those of any reduction are.
  const auto like = reduce_node(x.node(), ReduceOp::count_nonzero, axes.list(), call.keepdims, 0);
  const auto& reduced = like->as<ReduceNode>()->axes;
  return Array(algorithm_node(std::make_shared<UserReduction>(
                                  call, std::vector<std::int64_t>(reduced.begin(), reduced.end())),
                              call.result, like->shape, like->chunks, {x.node()}));
}

}  // namespace tartan::array

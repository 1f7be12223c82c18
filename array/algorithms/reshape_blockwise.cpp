// reshape_blockwise: every block under a shape of its own.

#include <array/algorithms/one_to_one.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/shape.hpp>
#include <fmt/format.h>
#include <tartan/array/rearrange.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (shape), chunk -> Chunk.
Value reshape_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  auto shape = WordReader(list).shape();
  return Value::of(reshape(next_chunk(arguments), std::move(shape)));
}

/// Block number i of the result is block number i of the input.
class ReshapeBlockwise : public OneToOne {
 public:
  std::string_view name() const override { return "reshape-blockwise"; }
  void put_parameters(WordWriter&) const override {}
  void describe_block(WordWriter& words, const Node& node, std::int64_t block) const override {
    words.put(block_shape(node.chunks, unravel(block, grid_of(node.chunks))));
  }
  const FunctionInfo& function() const override { return task_function<&reshape_block>(); }
};

}  // namespace
}  // namespace array

Array reshape_blockwise(const Array& x, const Chunks& chunks) {
  const auto from = array::grid_of(x.chunks());
  const auto to = array::grid_of(chunks);
  bool fits = element_count(from) == element_count(to);
  for (std::int64_t block = 0; fits && block < element_count(from); ++block) {
    fits = element_count(array::block_shape(x.chunks(), array::unravel(block, from))) ==
           element_count(array::block_shape(chunks, array::unravel(block, to)));
  }
  if (!fits) {
    throw ValueError(
        fmt::format("reshape_blockwise: blocks of {} cannot become those of {}; give "
                    "as many, of as many elements each",
                    to_string(x.chunks()), to_string(chunks)));
  }
  return Array(array::algorithm_node(std::make_shared<array::ReshapeBlockwise>(), x.dtype(),
                                     array::shape_of(chunks), chunks, {x.node()}));
}

}  // namespace tartan

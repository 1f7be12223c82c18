// store: blocks into targets of the user's.

#include <array/algorithms/writer.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/create.hpp>
#include <fmt/format.h>
#include <tartan/array/store.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>
#include <utility>

namespace tartan {
namespace array {
namespace {

/// Every call has a number: the tasks of an earlier one, whose results may still be there, are not
/// those of this one.
class Store : public Algorithm {
 public:
  Store(const FunctionInfo& function, std::string group, std::vector<Value> values)
      : function_(function),
        group_(std::move(group)),
        values_(std::move(values)),
        call_(static_cast<std::int64_t>(entropy())) {}
  std::string_view name() const override { return group_; }
  void put_parameters(WordWriter& words) const override { words.put(call_); }
  std::optional<std::vector<BlockRead>> reads(const Node&, std::int64_t block) const override {
    return std::vector<BlockRead>{{0, block}};
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& x = emission.input(0);
    const auto grid = grid_of(x.chunks);
    std::vector<Made> made;
    made.reserve(emission.blocks().size());
    for (const auto block : emission.blocks()) {
      WordWriter words;
      words.put(call_);
      words.put(x.block_origin(unravel(block, grid)));
      ArgumentWriter arguments;
      arguments.inline_value(Value::of(words.words()));
      arguments.dependency(0);
      for (const auto& value : values_) arguments.inline_value(value);
      const auto chunk = emission.block(0, block);
      // The function gets a copy of its block.
      made.push_back(emission.add(function_, "", arguments, {&chunk, 1}, 1, chunk.bytes));
    }
    return made;
  }

 private:
  const FunctionInfo& function_;
  std::string group_;
  std::vector<Value> values_;
  std::int64_t call_;
};

}  // namespace

Value stored_block(const Chunk& chunk) {
  return Value::of(full(Shape(chunk.shape.size(), 1), 1, DType::uint8));
}

Shape read_offset(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  words.word();
  return words.shape();
}

void store(const FunctionInfo& function, std::string group, const Array& x,
           std::optional<DType> dtype, std::vector<Value> values) {
  if (dtype && *dtype != x.dtype()) {
    throw TypeError(
        fmt::format("store: the array is {}, and the function takes {}; cast it with "
                    "astype",
                    name(x.dtype()), name(*dtype)));
  }
  run_writer(std::make_shared<Store>(function, std::move(group), std::move(values)), x);
}

}  // namespace array

void store(const Array& x, const std::function<void(const Chunk&, const Shape&)>& f) {
  if (!f) throw ValueError("store: the function is empty; give one that takes a block");
  const auto node = x.node();
  const auto grid = array::grid_of(node->chunks);
  auto blocks = Array(node).futures();
  for (std::int64_t number = 0; number < static_cast<std::int64_t>(blocks.size()); ++number) {
    // A block that is stored need not be kept for those that follow.
    const auto future = std::exchange(blocks[static_cast<std::size_t>(number)], {});
    f(future.get_value().get<Chunk>(), node->block_origin(array::unravel(number, grid)));
  }
}

}  // namespace tartan

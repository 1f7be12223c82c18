// repeat: every element several times in a row.

#include <array/algorithms/one_to_one.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/shape.hpp>
#include <fmt/format.h>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (axis, count), chunk -> Chunk.
Value repeat_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto axis = words.word();
  const auto count = words.word();
  return Value::of(repeat(next_chunk(arguments), static_cast<std::size_t>(axis), count));
}

class Repeat : public OneToOne {
 public:
  Repeat(int axis, std::int64_t count) : axis_(axis), count_(count) {}
  std::string_view name() const override { return "repeat"; }
  void put_parameters(WordWriter& words) const override {
    words.put(axis_);
    words.put(count_);
  }
  const FunctionInfo& function() const override { return task_function<&repeat_block>(); }

 private:
  int axis_;
  std::int64_t count_;
};

}  // namespace
}  // namespace array

Array repeat(const Array& x, std::int64_t count, std::int64_t axis) {
  const auto at = array::normal_axis(axis, x.ndim(), "repeat");
  if (count < 0) {
    throw ValueError(fmt::format("repeat: {} times; the number cannot be negative", count));
  }
  auto shape = x.shape();
  auto chunks = x.chunks();
  const auto along = static_cast<std::size_t>(at);
  if (count != 0 && shape[along] > INT64_MAX / count) {
    throw ValueError(fmt::format("repeat: axis {} of {} elements {} times is too long", axis,
                                 shape[along], count));
  }
  shape[along] *= count;
  array::check_shape(shape, x.dtype());
  for (auto& length : chunks[along]) length *= count;
  return Array(array::algorithm_node(std::make_shared<array::Repeat>(at, count), x.dtype(),
                                     std::move(shape), std::move(chunks), {x.node()}));
}

Array repeat(const Array& x, std::int64_t count) { return repeat(x.flatten(), count, 0); }

}  // namespace tartan

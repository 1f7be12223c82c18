// Arrays of blocks that user code makes: map_blocks and from_delayed.

#include <array/expr/build.hpp>
#include <array/expr/tasks.hpp>
#include <fmt/format.h>
#include <tartan/array/delayed.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {

BlockPromise read_promise(Arguments& arguments) {
  const auto value = arguments.next();
  WordReader words(value.get<std::vector<std::int64_t>>());
  const auto dtype = words.dtype();
  return {dtype, words.shape()};
}

Value keep_promise(const BlockPromise& promise, Chunk chunk, std::string_view who) {
  if (chunk.dtype != promise.dtype) {
    throw TypeError(fmt::format("{}: a block came back as {}, but {} was promised", who,
                                name(chunk.dtype), name(promise.dtype)));
  }
  if (chunk.shape != promise.shape) {
    throw ValueError(fmt::format(
        "{}: a block came back with shape {}, but {} was promised; say the right shape or chunks",
        who, to_string(chunk.shape), to_string(promise.shape)));
  }
  return Value::of(std::move(chunk));
}

Array map_blocks(const FunctionInfo& function, std::string group, MapArguments arguments,
                 std::optional<DType> dtype, const std::optional<Chunks>& chunks) {
  if (!dtype) {
    throw ValueError("map_blocks: the function returns a Chunk, whose dtype is not known before "
                     "it runs; give MapBlocksOptions{.dtype = ...}");
  }
  std::vector<NodePtr> inputs;
  for (const auto& one : arguments.arrays) {
    static_cast<void>(one.dtype());
    inputs.push_back(one.node());
  }
  auto aligned = align_chunks(inputs);
  if (chunks) {
    if (grid_of(*chunks) != grid_of(aligned)) {
      throw ValueError(fmt::format(
          "map_blocks: chunks {} given for inputs in chunks {}; the number of chunks along every "
          "axis must stay",
          to_string(*chunks), to_string(aligned)));
    }
    aligned = *chunks;
  }
  auto shape = shape_of(aligned);
  check_shape(shape, *dtype);
  return Array(make_node(MapBlocksNode{&function, std::move(group), std::move(arguments.values),
                                       std::move(arguments.order)},
                         *dtype, std::move(shape), std::move(aligned), std::move(inputs)));
}

Array user_block(const AnyFuture& future, client::DelayedNodePtr delayed,
                 const FunctionInfo& converter, const Shape& shape, DType dtype) {
  check_shape(shape, dtype);
  if (!future.valid() && delayed == nullptr) {
    throw ValueError("from_delayed: the future is empty; give one that submit returned");
  }
  Chunks chunks;
  for (auto length : shape) chunks.push_back({length});
  return Array(make_node(UserBlockNode{future, std::move(delayed), &converter}, dtype, shape,
                         std::move(chunks)));
}

}  // namespace array

Array from_delayed(const Delayed<Chunk>& delayed, const Shape& shape, DType dtype) {
  return array::user_block({}, delayed.node(), task_function<&array::tasks::check>(), shape,
                           dtype);
}
Array from_delayed(const AnyFuture& future, const Shape& shape, DType dtype) {
  return array::user_block(future, nullptr, task_function<&array::tasks::check>(), shape, dtype);
}

}  // namespace tartan

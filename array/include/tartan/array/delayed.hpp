#pragma once

// Results of tasks as arrays: from_delayed(delayed<&make>(i), {20'000, 20}) is an array of one
// block; concatenate and stack put many together. The promise of shape (and dtype) is checked
// when the task has run.

#include <tartan/array/map_blocks.hpp>
#include <tartan/client/delayed.hpp>
#include <tartan/client/future.hpp>

namespace tartan {

namespace array {

/// A future or a delayed task as an array of one block, through a raw kernel that reads a promise
/// and the result, and makes it a Chunk.
Array user_block(const AnyFuture& future, client::DelayedNodePtr delayed,
                 const FunctionInfo& converter, const Shape& shape, DType dtype);

/// An xtensor container as a Chunk on its own memory.
template <class Container>
Value container_block(Arguments& arguments) {
  const auto promise = read_promise(arguments);
  const auto container = arguments.next().template share<Container>();
  using T = typename Container::value_type;
  if constexpr (Container::static_layout == xt::layout_type::row_major) {
    const std::span<const T> elements(container->data(), container->size());
    Chunk chunk{dtype_of<T>, Shape(container->shape().begin(), container->shape().end()),
                Buffer(container, std::as_bytes(elements))};
    return keep_promise(promise, std::move(chunk), "from_delayed");
  } else {
    return keep_promise(promise, to_chunk(*container), "from_delayed");
  }
}

template <class T>
Array from_user(const AnyFuture& future, client::DelayedNodePtr delayed, const Shape& shape) {
  static_assert(BlockOf<T>::kIsBlock,
                "from_delayed needs a task that returns xt::xarray<T>, xt::xtensor<T, N> or "
                "tartan::Chunk");
  return user_block(future, std::move(delayed), task_function<&container_block<T>>(), shape,
                    BlockOf<T>::kDType);
}

}  // namespace array

/// The dtype is the container's. Throws ValueError for a negative length.
template <class T>
  requires(!std::is_same_v<T, Chunk>)
Array from_delayed(const Delayed<T>& delayed, const Shape& shape) {
  return array::from_user<T>({}, delayed.node(), shape);
}
template <class T>
  requires(!std::is_same_v<T, Chunk>)
Array from_delayed(const Future<T>& future, const Shape& shape) {
  return array::from_user<T>(future, nullptr, shape);
}
/// The task returns a Chunk of this dtype and shape.
Array from_delayed(const Delayed<Chunk>& delayed, const Shape& shape, DType dtype);
Array from_delayed(const AnyFuture& future, const Shape& shape, DType dtype);

}  // namespace tartan

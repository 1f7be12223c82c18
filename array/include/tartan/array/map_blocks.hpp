#pragma once

// map_blocks<&f>(x, y, 2.0): a function of your own on the blocks of arrays, as typed xtensor
// containers. Arrays are aligned first (they broadcast, and their chunks are made to agree), so f
// gets the blocks that lie at one place; other arguments go to every call.
//
//   xt::xarray<double> soft(const xt::xarray<double>& block, double t) {
//     return xt::sign(block) * xt::maximum(xt::abs(block) - t, 0.0);
//   }
//   auto y = tartan::map_blocks<&soft>(x, 0.5);
//
// f takes blocks as xt::xarray<T>, xt::xtensor<T, N> or tartan::Chunk, by value or const
// reference, and returns one of these. A block has f's element type or the task fails with
// TypeError: cast with astype first. The result has the shape and chunks the inputs broadcast to,
// unless MapBlocksOptions, given first, say otherwise; a block of another shape than promised
// fails its task with ValueError.

#include <array>
#include <tartan/array/functions.hpp>
#include <tartan/array/xtensor.hpp>
#include <tartan/value/function.hpp>
#include <tartan/value/xtensor.hpp>
#include <tuple>
#include <vector>
#include <xtensor/xtensor.hpp>

namespace tartan {

struct MapBlocksOptions {
  std::string name = {};            ///< of the tasks; empty: the function's
  std::optional<DType> dtype = {};  ///< needed when the function returns a Chunk
  std::optional<Chunks> chunks = {};  ///< of the result, as many along every axis as the inputs'
};

namespace array {

/// Reads (dtype, shape), what a task's result was promised to be.
struct BlockPromise {
  DType dtype;
  Shape shape;
};
BlockPromise read_promise(Arguments& arguments);
/// The chunk as the task's result. Throws TypeError or ValueError naming what was promised.
Value keep_promise(const BlockPromise& promise, Chunk chunk, std::string_view who);

/// The argument list of a map_blocks call: arrays and values in the order of the parameters.
struct MapArguments {
  std::vector<Array> arrays;
  std::vector<Value> values;
  std::vector<std::uint8_t> order;
};
Array map_blocks(const FunctionInfo& function, std::string group, MapArguments arguments,
                 std::optional<DType> dtype, const std::optional<Chunks>& chunks);

/// How a chunk is handed to a parameter of type P.
template <class P>
struct BlockOf {
  static constexpr bool kIsBlock = false;
};
template <>
struct BlockOf<Chunk> {
  static constexpr bool kIsBlock = true;
  static const Chunk& from(const Chunk& chunk) { return chunk; }
};
template <class T>
struct BlockOf<xt::xarray<T>> {
  static constexpr bool kIsBlock = true;
  static constexpr DType kDType = dtype_of<T>;
  static xt::xarray<T> from(const Chunk& chunk) { return to_xarray<T>(chunk); }
};
template <class T, std::size_t N>
struct BlockOf<xt::xtensor<T, N>> {
  static constexpr bool kIsBlock = true;
  static constexpr DType kDType = dtype_of<T>;
  static xt::xtensor<T, N> from(const Chunk& chunk) { return to_xtensor<T, N>(chunk); }
};

template <class P>
P block_argument(const Value& value) {
  if constexpr (BlockOf<P>::kIsBlock) {
    if (value.holds<Chunk>()) return BlockOf<P>::from(value.get<Chunk>());
  }
  return value.get<P>();
}

/// What a user's function returned, as the promised block.
template <class Result>
Value kept_block(const BlockPromise& promise, Result result, std::string_view who) {
  if constexpr (std::is_same_v<Result, Chunk>) {
    return keep_promise(promise, std::move(result), who);
  } else {
    return keep_promise(promise, to_chunk(result), who);
  }
}

/// The raw kernel around a user's function.
template <auto F>
Value map_block(Arguments& arguments) {
  using Traits = FunctionTraits<F>;
  const auto promise = read_promise(arguments);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    std::array<Value, sizeof...(I)> given{(static_cast<void>(I), arguments.next())...};
    return kept_block(promise,
                      F(block_argument<typename Traits::template Parameter<I>>(given[I])...),
                      "map_blocks");
  }(std::make_index_sequence<Traits::kArity>());
}

template <class P, class A>
void append_map_argument(MapArguments& list, const A& argument) {
  if constexpr (std::is_same_v<A, Array>) {
    static_assert(BlockOf<P>::kIsBlock,
                  "the function takes something else than a block where an Array is given");
    list.arrays.push_back(argument);
    list.order.push_back(1);
  } else {
    list.values.push_back(Value::of<P>(static_cast<P>(argument)));
    list.order.push_back(0);
  }
}

}  // namespace array

template <auto F, class... Args>
Array map_blocks(const MapBlocksOptions& options, const Args&... args) {
  using Traits = FunctionTraits<F>;
  using Result = typename Traits::Result;
  static_assert(Traits::kArity == sizeof...(Args), "the function takes another number of arguments");
  static_assert((std::is_same_v<Args, Array> || ...), "give at least one Array");
  static_assert(array::BlockOf<Result>::kIsBlock,
                "the function returns something else than xt::xarray<T>, xt::xtensor<T, N> or "
                "tartan::Chunk");
  array::MapArguments list;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (array::append_map_argument<typename Traits::template Parameter<I>>(list, args), ...);
  }(std::index_sequence_for<Args...>());
  auto dtype = options.dtype;
  if constexpr (!std::is_same_v<Result, Chunk>) dtype = array::BlockOf<Result>::kDType;
  const auto& function = task_function<&array::map_block<F>>();
  return array::map_blocks(function, options.name.empty() ? task_function<F>().name : options.name,
                           std::move(list), dtype, options.chunks);
}
template <auto F, class... Args>
Array map_blocks(const Array& first, const Args&... args) {
  return map_blocks<F>(MapBlocksOptions{}, first, args...);
}

}  // namespace tartan

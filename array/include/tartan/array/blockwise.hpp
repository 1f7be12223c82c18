#pragma once

// blockwise<&f>("ik", a, "ij", b, "jk"): a function of your own on blocks that are paired by
// letters, one for every axis. Blocks meet where their letters have one place; letters that the
// result has not are contracted.
//
//   xt::xtensor<double, 2> product(const std::vector<xt::xtensor<double, 2>>& a,
//                                  const std::vector<xt::xtensor<double, 2>>& b);
//   auto c = tartan::blockwise<&product>("ik", a, "ij", b, "jk");
//
// An array is followed by its letters; any other argument goes to every call as it is. Axes with
// one letter have one length, or 1, and their chunks are made to agree. f takes blocks as
// map_blocks does: for an array with contracted letters as a std::vector of blocks, in C order over
// the contracted letters, or as one block, for which these axes of the array are made one chunk.
// What it returns is a block as for map_blocks.

#include <string>
#include <string_view>
#include <tartan/array/map_blocks.hpp>
#include <utility>
#include <vector>

namespace tartan {

struct BlockwiseOptions {
  std::string name = {};            ///< of the tasks; empty: the function's
  std::optional<DType> dtype = {};  ///< needed when the function returns a Chunk
  /// Chunk sizes of letters of the result that no array has: {{'z', {3}}}.
  std::vector<std::pair<char, std::vector<std::int64_t>>> new_axes = {};
  /// The result's chunk sizes along a letter, where the function changes them: as many as the
  /// arrays have, or one for all.
  std::vector<std::pair<char, std::vector<std::int64_t>>> adjust_chunks = {};
};

namespace array {

/// How blocks are handed to a parameter of type P: one by one, or many at a time.
template <class P>
struct BlocksOf : BlockOf<P> {
  static constexpr bool kIsList = false;
};
template <class Block>
requires(BlockOf<Block>::kIsBlock) struct BlocksOf<std::vector<Block>> : BlockOf<Block> {
  static constexpr bool kIsList = true;
};
template <class P>
inline constexpr int kAxesOfBlock = -1;  ///< any number
template <class T, std::size_t N>
inline constexpr int kAxesOfBlock<xt::xtensor<T, N>> = static_cast<int>(N);
template <class Block>
inline constexpr int kAxesOfBlock<std::vector<Block>> = kAxesOfBlock<Block>;

struct BlockwiseInput {
  Array array;
  std::string letters;
  std::optional<DType> dtype;  ///< what the function takes; none: any
  int axes = -1;               ///< likewise; -1: any
  bool is_list = false;
};
/// The arguments in the order of the parameters; 1 in `order` is the next input, 0 the next value.
struct BlockwiseCall {
  const FunctionInfo* function = nullptr;
  std::string group;
  std::optional<DType> dtype;
  std::vector<BlockwiseInput> inputs;
  std::vector<Value> values;
  std::vector<std::uint8_t> order;
};
Array blockwise(BlockwiseCall call, std::string_view result, const BlockwiseOptions& options);

template <class P>
P blocks_argument(Arguments& arguments) {
  if constexpr (BlocksOf<P>::kIsBlock && BlocksOf<P>::kIsList) {
    P blocks;
    for (const auto& value : arguments.next_list()) {
      blocks.push_back(block_argument<typename P::value_type>(value));
    }
    return blocks;
  } else {
    return block_argument<P>(arguments.next());
  }
}

template <auto F>
Value blockwise_block(Arguments& arguments) {
  using Traits = FunctionTraits<F>;
  const auto promise = read_promise(arguments);
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    // Braces are evaluated in order, as the arguments are read.
    std::tuple<typename Traits::template Parameter<I>...> given{
        blocks_argument<typename Traits::template Parameter<I>>(arguments)...};
    return kept_block(promise, std::apply(F, std::move(given)), "blockwise");
  }
  (std::make_index_sequence<Traits::kArity>());
}

/// Fills in parameter I and those behind it.
template <auto F, std::size_t I>
void add_blockwise(BlockwiseCall&) {
  static_assert(I == FunctionTraits<F>::kArity, "the function takes another number of arguments");
}
template <auto F, std::size_t I, class A, class... Rest>
void add_blockwise(BlockwiseCall& call, const A& argument, const Rest&... rest) {
  static_assert(I < FunctionTraits<F>::kArity, "the function takes another number of arguments");
  using P = typename FunctionTraits<F>::template Parameter<I>;
  if constexpr (std::is_same_v<A, Array>) {
    static_assert(BlocksOf<P>::kIsBlock,
                  "the function takes something else than blocks where an Array is given");
    static_assert(sizeof...(Rest) > 0, "an Array is followed by the letters of its axes");
    [&call, &argument](std::string_view letters, const auto&... others) {
      BlockwiseInput input{argument, std::string(letters), {}, kAxesOfBlock<P>, false};
      if constexpr (requires { BlocksOf<P>::kDType; }) input.dtype = BlocksOf<P>::kDType;
      input.is_list = BlocksOf<P>::kIsList;
      call.inputs.push_back(std::move(input));
      call.order.push_back(1);
      add_blockwise<F, I + 1>(call, others...);
    }(rest...);
  } else {
    call.values.push_back(Value::of<P>(static_cast<P>(argument)));
    call.order.push_back(0);
    add_blockwise<F, I + 1>(call, rest...);
  }
}

}  // namespace array

/// ValueError for letters that do not fit the arrays, the function or each other, TypeError for
/// arrays of another dtype than the function takes.
template <auto F, class... Args>
Array blockwise(const BlockwiseOptions& options, std::string_view result, const Args&... args) {
  using Result = typename FunctionTraits<F>::Result;
  static_assert((std::is_same_v<Args, Array> || ...), "give at least one Array");
  static_assert(array::BlockOf<Result>::kIsBlock,
                "the function returns something else than xt::xarray<T>, xt::xtensor<T, N> or "
                "tartan::Chunk");
  array::BlockwiseCall call{.function = &task_function<&array::blockwise_block<F>>(),
                            .group = options.name.empty() ? task_function<F>().name : options.name,
                            .dtype = options.dtype,
                            .inputs = {},
                            .values = {},
                            .order = {}};
  if constexpr (!std::is_same_v<Result, Chunk>) call.dtype = array::BlockOf<Result>::kDType;
  array::add_blockwise<F, 0>(call, args...);
  return array::blockwise(std::move(call), result, options);
}
template <auto F, class... Args>
Array blockwise(std::string_view result, const Array& first, const Args&... args) {
  return blockwise<F>(BlockwiseOptions{}, result, first, args...);
}

}  // namespace tartan

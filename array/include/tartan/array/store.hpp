#pragma once

// Arrays into targets of your own, block by block, so that no process holds a whole array: a data
// base, a file of another format, memory. Both ways run the array on the current client and return
// when all blocks are stored; the first failure is thrown, and blocks stored before it stay stored.

#include <functional>
#include <tartan/array/map_blocks.hpp>

namespace tartan {

/// Calls f with every block and the place of its first element in the array, in this program, on
/// this thread, one block after the other in C order over grid(). Blocks that are done before their
/// turn wait with the workers. ValueError for an f that is empty.
void store(const Array& x, const std::function<void(const Chunk&, const Shape&)>& f);

struct StoreOptions {
  std::string name = {};  ///< of the tasks; empty: the function's
};

namespace array {

/// Runs the function, a raw kernel that reads words (the call's number, the offset), a chunk and
/// the values, on every block. TypeError when the array is not of the dtype.
void store(const FunctionInfo& function, std::string group, const Array& x,
           std::optional<DType> dtype, std::vector<Value> values);
/// What its tasks return.
Value stored_block(const Chunk& chunk);
/// The offset out of a task's words.
Shape read_offset(Arguments& arguments);

template <auto F>
Value store_block(Arguments& arguments) {
  using Traits = FunctionTraits<F>;
  const auto offset = read_offset(arguments);
  const auto value = arguments.next();
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    using Block = typename Traits::template Parameter<0>;
    [[maybe_unused]] std::array<Value, sizeof...(I)> given{
        (static_cast<void>(I), arguments.next())...};
    F(block_argument<Block>(value), offset,
      given[I].template get<typename Traits::template Parameter<I + 2>>()...);
  }
  (std::make_index_sequence<Traits::kArity - 2>());
  return stored_block(value.template get<Chunk>());
}

}  // namespace array

/// The same on the workers, where the blocks are: a task per block calls
///   void f(const xt::xarray<T>& block, const Shape& offset, values...);
/// f takes the block as map_blocks does (TypeError for another dtype than x's), then the offset,
/// then what is given behind x. A task that is run again, as its worker died, stores its block
/// again.
template <auto F, class... Args>
void store(const StoreOptions& options, const Array& x, const Args&... args) {
  using Traits = FunctionTraits<F>;
  static_assert(Traits::kArity == sizeof...(Args) + 2,
                "the function takes a block, its offset and the further arguments");
  using Block = typename Traits::template Parameter<0>;
  static_assert(array::BlockOf<Block>::kIsBlock && std::is_void_v<typename Traits::Return> &&
                    std::is_same_v<typename Traits::template Parameter<1>, Shape>,
                "the function is void f(block, const Shape& offset, further arguments)");
  std::optional<DType> dtype;
  if constexpr (requires { array::BlockOf<Block>::kDType; }) dtype = array::BlockOf<Block>::kDType;
  std::vector<Value> values;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (values.push_back(Value::of<typename Traits::template Parameter<I + 2>>(
         static_cast<typename Traits::template Parameter<I + 2>>(args))),
     ...);
  }
  (std::index_sequence_for<Args...>());
  array::store(task_function<&array::store_block<F>>(),
               options.name.empty() ? task_function<F>().name : options.name, x, dtype,
               std::move(values));
}
template <auto F, class... Args>
void store(const Array& x, const Args&... args) {
  store<F>(StoreOptions{}, x, args...);
}

}  // namespace tartan

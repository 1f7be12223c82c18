#pragma once

// The tasks behind apply.hpp: parts of blocks handed to a function one after the other.

#include <tartan/array/map_blocks.hpp>
#include <tartan/array/reductions.hpp>
#include <tuple>
#include <vector>

namespace tartan::array {

/// What a function takes or returns: elements and number of axes, 0 for a number.
struct CoreType {
  DType dtype;
  int axes;
};

template <class T>
struct CoreOf {
  static constexpr int kAxes = 0;
  static CoreType type() { return {dtype_of<T>, 0}; }
  static T read(const Chunk& chunk, std::int64_t offset, const Shape&) {
    return chunk.view<T>()[static_cast<std::size_t>(offset)];
  }
  static Shape shape(const T&) { return {}; }
  static const T* data(const T& value) { return &value; }
};
template <class T, std::size_t N>
struct CoreOf<xt::xtensor<T, N>> {
  static constexpr int kAxes = static_cast<int>(N);
  static CoreType type() { return {dtype_of<T>, static_cast<int>(N)}; }
  static xt::xtensor<T, N> read(const Chunk& chunk, std::int64_t offset, const Shape& shape) {
    std::array<std::size_t, N> lengths{};
    std::copy(shape.begin(), shape.end(), lengths.begin());
    xt::xtensor<T, N> part(lengths);
    const auto from = chunk.view<T>().subspan(static_cast<std::size_t>(offset), part.size());
    std::copy(from.begin(), from.end(), part.data());
    return part;
  }
  static Shape shape(const xt::xtensor<T, N>& value) {
    return Shape(value.shape().begin(), value.shape().end());
  }
  static const T* data(const xt::xtensor<T, N>& value) { return value.data(); }
};

/// The results of a function: one, or the elements of a tuple.
template <class R>
struct ResultsOf {
  static constexpr bool kMany = false;
  static std::vector<CoreType> types() { return {CoreOf<R>::type()}; }
  template <class F>
  static void for_each(const R& result, F&& f) {
    f(result);
  }
};
template <class... Rs>
struct ResultsOf<std::tuple<Rs...>> {
  static constexpr bool kMany = true;
  static std::vector<CoreType> types() { return {CoreOf<Rs>::type()...}; }
  template <class F>
  static void for_each(const std::tuple<Rs...>& results, F&& f) {
    std::apply([&f](const auto&... one) { (f(one), ...); }, results);
  }
};

/// A task's walk over the axes that are left: where in every input the part begins, and where in
/// every result the next one goes.
class CoreLoop {
 public:
  /// Words (loop axes, number of such axes of every input, axes of the part of every result),
  /// chunks.
  CoreLoop(Arguments& arguments, const std::vector<CoreType>& results);

  std::int64_t size() const { return element_count(loop_); }
  const Chunk& input(std::size_t number) const { return inputs_[number].chunk; }
  const Shape& part_shape(std::size_t number) const { return inputs_[number].part; }
  std::int64_t offset(std::size_t number) const { return inputs_[number].offset; }
  /// Takes a part of a result. Throws ValueError when the signature says another shape.
  void put(std::size_t number, const Shape& shape, const void* elements);
  /// To the next element of the loop in C order.
  void next();
  /// A Chunk, or of several results a std::vector<Chunk>.
  Value finish(bool many) &&;

 private:
  struct Input {
    Chunk chunk;
    Shape strides;  ///< over the loop; 0 where it is broadcast
    Shape part;
    std::int64_t offset = 0;
  };
  struct Result {
    MutableChunk chunk;
    Shape part;
    std::size_t bytes = 0;  ///< of a part
    std::size_t done = 0;
  };
  Shape loop_;
  Shape at_;
  std::vector<Input> inputs_;
  std::vector<Result> results_;
};

template <auto F>
Value gufunc_block(Arguments& arguments) {
  using Traits = FunctionTraits<F>;
  using Results = ResultsOf<typename Traits::Result>;
  CoreLoop walk(arguments, Results::types());
  for (auto left = walk.size(); left > 0; --left, walk.next()) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      const auto result = F(CoreOf<std::decay_t<typename Traits::template Parameter<I>>>::read(
          walk.input(I), walk.offset(I), walk.part_shape(I))...);
      std::size_t number = 0;
      Results::for_each(result, [&]<class R>(const R& one) {
        walk.put(number++, CoreOf<R>::shape(one), CoreOf<R>::data(one));
      });
    }
    (std::make_index_sequence<Traits::kArity>());
  }
  return std::move(walk).finish(Results::kMany);
}

struct GufuncCall {
  const FunctionInfo* function = nullptr;
  std::string group;
  std::vector<CoreType> parameters;
  std::vector<CoreType> results;
  bool many = false;  ///< the function returns a tuple
};
std::vector<Array> apply_gufunc(
    const GufuncCall& call, std::string_view signature, const std::vector<Array>& arrays,
    const std::vector<std::pair<std::string, std::int64_t>>& output_sizes);

/// What apply_along_axis makes of its arguments.
struct AlongAxis {
  Array moved;  ///< with the axis at the end
  std::int64_t axis;
  std::int64_t length;  ///< of the vectors that come back
  std::string signature;
};
AlongAxis along_axis(std::int64_t axis, const Array& x, int result_axes,
                     std::optional<std::int64_t> length);
/// For every axis its indices, shaped to broadcast to an array of this shape and these chunks.
std::vector<Array> places_of(const Shape& shape, std::size_t axes, const ChunkSpec& chunks,
                             std::size_t item_bytes);
/// "(),()->()" for that many inputs.
std::string scalar_signature(std::size_t inputs);

// ---- reductions -------------------------------------------------------------------------------

/// Words (axes), chunk -> the partial result.
template <auto F>
Value first_partial(Arguments& arguments) {
  using Block = std::decay_t<typename FunctionTraits<F>::template Parameter<0>>;
  const auto axes = arguments.next().get<std::vector<std::int64_t>>();
  return Value::of(F(block_argument<Block>(arguments.next()), axes));
}
/// List of partial results -> one.
template <auto F>
Value merged_partial(Arguments& arguments) {
  using P = typename FunctionTraits<F>::Result;
  std::vector<P> partials;
  for (const auto& value : arguments.next_list()) partials.push_back(value.get<P>());
  return Value::of(F(partials));
}
/// The chunk seen with the shape promised (dtype, shape), which has as many elements.
Value keep_reduction(const BlockPromise& promise, Chunk chunk);
/// Words (dtype, shape), a partial result -> Chunk.
template <auto F>
Value finished_partial(Arguments& arguments) {
  using P = std::decay_t<typename FunctionTraits<F>::template Parameter<0>>;
  const auto promise = read_promise(arguments);
  return keep_reduction(promise, to_chunk(F(arguments.next().get<P>())));
}

struct ReductionCall {
  const FunctionInfo* first = nullptr;
  const FunctionInfo* merge = nullptr;
  const FunctionInfo* last = nullptr;
  std::string group;
  DType element;
  DType result;
  bool keepdims = false;
  std::optional<std::int64_t> partial_bytes;
};
Array reduction(const ReductionCall& call, const Array& x, const Axes& axes);

}  // namespace tartan::array

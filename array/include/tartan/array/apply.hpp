#pragma once

// Functions of your own on parts of arrays that are not blocks: on whole axes, wherever the array
// is cut along the others.
//
//   double spread(const xt::xtensor<double, 1>& row);
//   auto s = tartan::apply_along_axis<&spread>(0, x);
//
//   double angle(const xt::xtensor<double, 1>& a, const xt::xtensor<double, 1>& b);
//   auto c = tartan::apply_gufunc<&angle>("(i),(i)->()", x, y);
//
// A parameter is an xt::xtensor<T, N> of as many axes as its part has, or a T when it has none; T
// is the element type of its array (TypeError: cast with astype first). What is returned is one
// too. The function is called once for every element of the axes that are left.

#include <tartan/array/core_loop.hpp>
#include <tartan/array/overlap.hpp>
#include <utility>
#include <vector>

namespace tartan {

struct GufuncOptions {
  std::string name = {};  ///< of the tasks; empty: the function's
  /// Lengths of axes of the result that no input has: {{"k", 3}}.
  std::vector<std::pair<std::string, std::int64_t>> output_sizes = {};
};

/// f over arrays as the signature says, "(i,j),(j)->(i)": the last axes of every array are those in
/// its brackets, become one chunk, and go to f; axes with one name have one length. The axes before
/// them broadcast and keep the chunks of the largest array. A function
/// that returns a std::tuple makes a std::vector of arrays, "(i)->(),(i)", each block of which is a
/// part of one task's result. ValueError for signatures that do not fit arrays or f.
template <auto F, class... Arrays>
auto apply_gufunc(const GufuncOptions& options, std::string_view signature,
                  const Arrays&... arrays) {
  static_assert((std::is_same_v<Arrays, Array> && ...), "give arrays");
  using Traits = FunctionTraits<F>;
  using Results = array::ResultsOf<typename Traits::Result>;
  static_assert(Traits::kArity == sizeof...(Arrays), "the function takes another number of arrays");
  array::GufuncCall call{.function = &task_function<&array::gufunc_block<F>>(),
                         .group = options.name.empty() ? task_function<F>().name : options.name,
                         .parameters = {},
                         .results = Results::types(),
                         .many = Results::kMany};
  [&call]<std::size_t... I>(std::index_sequence<I...>) {
    call.parameters = {
        array::CoreOf<std::decay_t<typename Traits::template Parameter<I>>>::type()...};
  }
  (std::index_sequence_for<Arrays...>());
  auto results = array::apply_gufunc(call, signature, {arrays...}, options.output_sizes);
  if constexpr (Results::kMany) {
    return results;
  } else {
    return results.front();
  }
}
template <auto F, class... Arrays>
auto apply_gufunc(std::string_view signature, const Array& first, const Arrays&... arrays) {
  return apply_gufunc<F>(GufuncOptions{}, signature, first, arrays...);
}

struct AlongAxisOptions {
  std::string name = {};
  std::optional<std::int64_t> length = {};  ///< of the vectors f returns; none: of those it takes
};
/// f of every vector along the axis, which becomes one chunk. When f returns a number the axis
/// goes, when it returns a vector that takes its place.
template <auto F>
Array apply_along_axis(std::int64_t axis, const Array& x, const AlongAxisOptions& options = {}) {
  constexpr int kAxes = array::CoreOf<typename FunctionTraits<F>::Result>::kAxes;
  static_assert(kAxes <= 1, "the function returns more than a vector");
  const auto along = array::along_axis(axis, x, kAxes, options.length);
  const auto result = apply_gufunc<F>(GufuncOptions{options.name, {{"o", along.length}}},
                                      along.signature, along.moved);
  return kAxes == 0 ? result : moveaxis(result, -1, along.axis);
}

/// The reduction along one axis after the other; the axes stay, with length 1.
Array apply_over_axes(AxisReduction reduction, const Array& x,
                      const std::vector<std::int64_t>& axes);

/// An array of what f says of the places of its elements, one std::int64_t for each axis.
template <auto F>
Array fromfunction(const Shape& shape, const ChunkSpec& chunks = {}) {
  constexpr auto kAxes = FunctionTraits<F>::kArity;
  using Result = typename FunctionTraits<F>::Result;
  const auto places = array::places_of(shape, kAxes, chunks, sizeof(Result));
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return apply_gufunc<F>(GufuncOptions{}, array::scalar_signature(kAxes), places[I]...);
  }
  (std::make_index_sequence<kAxes>());
}

struct ReductionOptions {
  std::string name = {};
  bool keepdims = false;
  /// The bytes of a partial result at most; none: those of the largest block.
  std::optional<std::int64_t> partial_bytes = {};
};
/// A reduction of your own, in three functions that run as a tree, sixteen partial results merged
/// at a time in a fixed order:
///   P first(const xt::xarray<T>& block, const std::vector<std::int64_t>& axes);
///   P merge(const std::vector<P>& partials);
///   xt::xarray<U> last(const P& partial);   // the reduced axes have length 1, or are gone
/// P is any type with a codec. merge is not called for an array of one block along the axes.
template <auto First, auto Merge, auto Last>
Array reduction(const Array& x, const Axes& axes = {}, const ReductionOptions& options = {}) {
  using Block = std::decay_t<typename FunctionTraits<First>::template Parameter<0>>;
  using Result = typename FunctionTraits<Last>::Result;
  using P = typename FunctionTraits<First>::Result;
  static_assert(std::is_same_v<P, typename FunctionTraits<Merge>::Result>,
                "first and merge return different types");
  const array::ReductionCall call{
      .first = &task_function<&array::first_partial<First>>(),
      .merge = &task_function<&array::merged_partial<Merge>>(),
      .last = &task_function<&array::finished_partial<Last>>(),
      .group = options.name.empty() ? task_function<First>().name : options.name,
      .element = array::BlockOf<Block>::kDType,
      .result = array::BlockOf<Result>::kDType,
      .keepdims = options.keepdims,
      .partial_bytes = options.partial_bytes};
  return array::reduction(call, x, axes);
}

}  // namespace tartan

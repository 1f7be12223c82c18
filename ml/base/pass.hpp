#pragma once

// A pass over the rows: one task per block of rows, and a tree of tasks that combines what they
// found. All fits are made of passes.
//
//   Moments column_moments(const Chunk& x, const Chunk& weights);
//   Moments combine_moments(const std::vector<Moments>& parts);
//   const auto moments = reduce_rows<&column_moments, &combine_moments>("column-moments", x,
//   weights);
//
// Arguments of the pass meet the parameters of the task in order:
// - an Array gives its block as a Chunk; all arrays are cut alike along their first axis, 2-D ones
//   not along the second (see Rows). An Array that is not valid gives a Chunk of no elements.
// - PerBlock<T>, what an earlier pass left with each block, gives its T.
// - anything else goes to every task as it is; once per worker when it is large.
// A task whose first parameter is a RowBlock is told which rows it has.
//
// An array that is not persisted is computed on the way, block by block, and its blocks go when the
// pass has seen them: data larger than memory is read or made anew by each pass. The tree is
// fixed by the blocks alone, so the results are equal to the bit for any number of workers.

#include <array/expr/node.hpp>
#include <optional>
#include <string>
#include <tartan/array/array.hpp>
#include <tartan/client/client.hpp>
#include <tuple>
#include <vector>

namespace tartan::ml {

struct RowBlock {
  std::int64_t index = 0;      ///< of the block
  std::int64_t first_row = 0;  ///< of the block in the array
  std::int64_t rows = 0;
};

/// Results that stay on the workers, one per block of rows.
template <class T>
struct PerBlock {
  std::vector<AnyFuture> futures;
};

namespace detail {

struct PassSpec {
  std::string name;
  const FunctionInfo* task = nullptr;
  const FunctionInfo* combine = nullptr;  ///< null: every block's result is wanted
  bool tells_block = false;
  std::int64_t output_bytes = 0;  ///< bound on what a task returns
  std::int64_t scratch_bytes = 0;
  std::vector<array::NodePtr> inputs;
  std::vector<Value> values;
  std::vector<bool> takes_input;  ///< per parameter after the RowBlock: an input or a value

  void add(const Array& rows);
  template <class T>
  void add(const PerBlock<T>& kept) {
    add_kept(kept.futures);
  }
  template <class P, class T>
  void add_value(const T& value) {
    values.push_back(Value::of<P>(P(value)));
    takes_input.push_back(false);
  }
  void add_kept(const std::vector<AnyFuture>& futures);
};

template <class T>
struct IsRows : std::is_same<T, Array> {};
template <class T>
struct IsRows<PerBlock<T>> : std::true_type {};

std::vector<AnyFuture> run_pass(PassSpec spec);
Array map_pass(PassSpec spec, DType dtype, std::optional<std::int64_t> columns);

template <auto Task, class... Args>
PassSpec describe_pass(std::string name, std::int64_t output_bytes, const Args&... args) {
  using Traits = FunctionTraits<Task>;
  PassSpec spec;
  spec.name = std::move(name);
  spec.task = &task_function<Task>();
  spec.output_bytes = output_bytes;
  spec.tells_block = std::is_same_v<typename Traits::template Parameter<0>, RowBlock>;
  constexpr std::size_t kFirst =
      std::is_same_v<typename Traits::template Parameter<0>, RowBlock> ? 1 : 0;
  static_assert(Traits::kArity == sizeof...(Args) + kFirst,
                "the task takes another number of arguments");
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto put = [&]<class P, class T>(std::type_identity<P>, const T& argument) {
      if constexpr (IsRows<T>::value) {
        spec.add(argument);
      } else {
        spec.template add_value<P>(argument);
      }
    };
    (put(std::type_identity<typename Traits::template Parameter<I + kFirst>>(), args), ...);
  }
  (std::index_sequence_for<Args...>());
  return spec;
}

}  // namespace detail

/// What a task returns is declared with this many bytes unless the pass says otherwise.
inline constexpr std::int64_t kSmallResult = 64 << 10;

struct PassOptions {
  std::string name;                          ///< of its tasks
  std::int64_t output_bytes = kSmallResult;  ///< bound on what a task returns
  std::int64_t scratch_bytes = 0;            ///< bound on its temporary memory

  template <std::convertible_to<std::string> Name>
  PassOptions(Name&& text) : name(std::forward<Name>(text)) {}
  PassOptions(std::string text, std::int64_t output, std::int64_t scratch = 0)
      : name(std::move(text)), output_bytes(output), scratch_bytes(scratch) {}
};

/// Runs the pass and brings the combined result here. Throws what a task threw, as TaskError.
template <auto Task, auto Combine, class... Args>
auto reduce_rows(const PassOptions& options, const Args&... args) {
  auto spec = detail::describe_pass<Task>(options.name, options.output_bytes, args...);
  spec.scratch_bytes = options.scratch_bytes;
  spec.combine = &task_function<Combine>();
  using Result = typename FunctionTraits<Combine>::Result;
  static_assert(std::is_same_v<Result, typename FunctionTraits<Task>::Result>,
                "Combine makes one result of a task from several");
  return detail::run_pass(std::move(spec)).front().get_value().template get<Result>();
}

/// Runs the task on every block and leaves the results with the workers. output_bytes is a bound on
/// each.
template <auto Task, class... Args>
auto per_block(std::string name, std::int64_t output_bytes, const Args&... args) {
  using Result = typename FunctionTraits<Task>::Result;
  return PerBlock<Result>{
      detail::run_pass(detail::describe_pass<Task>(std::move(name), output_bytes, args...))};
}

/// An array of one row per row of x, lazily: Task(block of x, args...) gives the block of the result, a
/// Chunk of `dtype`, with as many columns (none: 1-D).
template <auto Task, class... Args>
Array map_rows(std::string name, const Array& x, std::optional<std::int64_t> columns, DType dtype,
               const Args&... args) {
  static_assert(std::is_same_v<typename FunctionTraits<Task>::Result, Chunk>);
  return detail::map_pass(detail::describe_pass<Task>(std::move(name), 0, x, args...), dtype,
                          columns);
}

}  // namespace tartan::ml

namespace tartan {
template <>
struct Codec<ml::RowBlock> {
  static std::string name() { return "tartan::ml::RowBlock"; }
  static void encode(const ml::RowBlock& block, Writer& writer) {
    writer.put(block.index);
    writer.put(block.first_row);
    writer.put(block.rows);
  }
  static ml::RowBlock decode(Reader& reader) {
    const auto index = reader.get<std::int64_t>();
    const auto first = reader.get<std::int64_t>();
    return {index, first, reader.get<std::int64_t>()};
  }
};
}  // namespace tartan

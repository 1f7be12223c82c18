// apply_gufunc: functions on whole axes, over blocks of the others.

#include <algorithm>
#include <array/axis_parts.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/strided.hpp>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <tartan/array/apply.hpp>
#include <tartan/array/creation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {

CoreLoop::CoreLoop(Arguments& arguments, const std::vector<CoreType>& results) {
  const auto list = next_words(arguments);
  WordReader words(list);
  loop_ = words.shape();
  at_.assign(loop_.size(), 0);
  for (const auto axes : words.list()) {
    Input input{next_chunk(arguments), Shape(loop_.size(), 0), {}, 0};
    const auto& shape = input.chunk.shape;
    const auto own = static_cast<std::int64_t>(shape.size()) - axes;
    const auto missing = static_cast<std::int64_t>(loop_.size()) - own;
    if (axes < 0 || own < 0 || missing < 0) {
      throw Exception(Errc::malformed, "a block has other axes than its signature");
    }
    input.part.assign(shape.begin() + own, shape.end());
    const auto strides = contiguous_strides(shape);
    for (std::int64_t d = 0; d < own; ++d) {
      const auto at = static_cast<std::size_t>(d);
      if (shape[at] == 1) continue;
      if (shape[at] != loop_[at + static_cast<std::size_t>(missing)]) {
        throw Exception(Errc::malformed, "a block does not broadcast to the others");
      }
      input.strides[at + static_cast<std::size_t>(missing)] = strides[at];
    }
    inputs_.push_back(std::move(input));
  }
  for (const auto& type : results) {
    auto part = words.shape();
    auto shape = loop_;
    shape.insert(shape.end(), part.begin(), part.end());
    const auto bytes = static_cast<std::size_t>(element_count(part)) * itemsize(type.dtype);
    results_.push_back({MutableChunk(type.dtype, std::move(shape)), std::move(part), bytes, 0});
  }
}

void CoreLoop::next() {
  for (std::size_t d = loop_.size(); d-- > 0;) {
    for (auto& input : inputs_) input.offset += input.strides[d];
    if (++at_[d] < loop_[d]) return;
    for (auto& input : inputs_) input.offset -= input.strides[d] * loop_[d];
    at_[d] = 0;
  }
}

void CoreLoop::put(std::size_t number, const Shape& shape, const void* elements) {
  auto& result = results_[number];
  if (shape != result.part) {
    throw ValueError(
        fmt::format("apply_gufunc: the function returned shape {}, but {} was promised; "
                    "say the right lengths in the signature and in output_sizes",
                    to_string(shape), to_string(result.part)));
  }
  if (result.bytes == 0) return;
  std::memcpy(result.chunk.data() + result.done, elements, result.bytes);
  result.done += result.bytes;
}

Value CoreLoop::finish(bool many) && {
  std::vector<Chunk> chunks;
  for (auto& result : results_) chunks.push_back(std::move(result.chunk).freeze());
  return many ? Value::of(std::move(chunks)) : Value::of(std::move(chunks.front()));
}

namespace {

struct Signature {
  std::vector<std::vector<std::string>> inputs;
  std::vector<std::vector<std::string>> results;
};

[[noreturn]] void bad_signature(std::string_view text) {
  throw ValueError(
      fmt::format("apply_gufunc: the signature \"{}\" is none; write it like "
                  "\"(i,j),(j)->(i)\"",
                  text));
}

/// "(i,j),(j)" as lists of names.
std::vector<std::vector<std::string>> parse_side(std::string_view side, std::string_view whole) {
  std::vector<std::vector<std::string>> lists;
  std::size_t at = 0;
  while (true) {
    if (at >= side.size() || side[at] != '(') bad_signature(whole);
    const auto close = side.find(')', at);
    if (close == std::string_view::npos) bad_signature(whole);
    std::vector<std::string> names;
    std::string name;
    const auto inside = side.substr(at + 1, close - at - 1);
    for (const char letter : inside) {
      if (letter == ',') {
        names.push_back(name);
        name.clear();
      } else {
        name.push_back(letter);
      }
    }
    if (!inside.empty()) names.push_back(name);
    for (const auto& one : names) {
      if (one.empty() || one.find_first_of("(->") != std::string::npos) bad_signature(whole);
    }
    lists.push_back(std::move(names));
    at = close + 1;
    if (at == side.size()) return lists;
    if (side[at] != ',') bad_signature(whole);
    ++at;
  }
}

Signature parse(std::string_view text) {
  std::string bare;
  for (const char letter : text) {
    if (letter != ' ') bare.push_back(letter);
  }
  const auto arrow = bare.find("->");
  if (arrow == std::string::npos) bad_signature(text);
  auto inputs = parse_side(std::string_view(bare).substr(0, arrow), text);
  auto results = parse_side(std::string_view(bare).substr(arrow + 2), text);
  return {std::move(inputs), std::move(results)};
}

class Gufunc : public Algorithm {
 public:
  /// The array of result number `which`.
  Gufunc(const GufuncCall& call, std::vector<std::int64_t> axes, std::vector<Shape> results,
         std::size_t which)
      : call_(call), axes_(std::move(axes)), results_(std::move(results)), which_(which) {}

  std::string_view name() const override { return call_.group; }
  void put_parameters(WordWriter& words) const override {
    words.put(call_.function->ref.hash());
    words.put(axes_);
    for (const auto& one : results_) words.put(one);
    words.put(static_cast<std::int64_t>(which_));
    words.put(std::string_view(call_.group));
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      reads.push_back({i, input_block(node, *node.inputs[i], i, block)});
    }
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      auto loop = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
      loop.resize(loop.size() - results_[which_].size());
      WordWriter words;
      words.put(loop);
      words.put(axes_);
      std::int64_t bytes = 0;
      std::int64_t own_bytes = 0;
      for (std::size_t i = 0; i < results_.size(); ++i) {
        words.put(results_[i]);
        const auto part = bytes_of(loop, call_.results[i].dtype) * element_count(results_[i]);
        bytes += part;
        if (i == which_) own_bytes = part;
      }
      std::vector<Made> inputs;
      for (std::size_t i = 0; i < axes_.size(); ++i) {
        inputs.push_back(emission.block(i, input_block(node, emission.input(i), i, block)));
      }
      const auto task = emission.add(*call_.function, "",
                                     words_then_dependencies(words, inputs.size()), inputs, bytes);
      made.push_back(call_.many ? emission.part(task, which_, own_bytes) : task);
    }
    return made;
  }

 private:
  /// The block of an input at the same place in the loop; its own axes at the end are whole.
  std::int64_t input_block(const Node& node, const Node& input, std::size_t number,
                           std::int64_t block) const {
    const auto index = unravel(block, grid_of(node.chunks));
    const auto loop = index.size() - results_[which_].size();
    const auto own = input.shape.size() - static_cast<std::size_t>(axes_[number]);
    const auto grid = grid_of(input.chunks);
    BlockIndex place(input.shape.size(), 0);
    for (std::size_t d = 0; d < own; ++d) {
      place[d] = grid[d] == 1 ? 0 : index[d + loop - own];
    }
    return ravel(place, grid);
  }

  GufuncCall call_;
  std::vector<std::int64_t> axes_;  ///< how many of its last axes every input hands to the function
  std::vector<Shape> results_;      ///< the axes of every result's part
  std::size_t which_;
};

/// The lengths of the named axes, which agree wherever a name stands.
std::map<std::string, std::int64_t> lengths_of(
    const GufuncCall& call, const Signature& signature, std::string_view text,
    const std::vector<Array>& arrays,
    const std::vector<std::pair<std::string, std::int64_t>>& sizes) {
  if (signature.inputs.size() != arrays.size()) {
    throw ValueError(
        fmt::format("apply_gufunc: the signature \"{}\" has {} inputs, and {} arrays "
                    "are given",
                    text, signature.inputs.size(), arrays.size()));
  }
  std::map<std::string, std::int64_t> lengths(sizes.begin(), sizes.end());
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const auto& names = signature.inputs[i];
    const auto& parameter = call.parameters[i];
    const auto& x = arrays[i];
    if (parameter.dtype != x.dtype()) {
      throw TypeError(
          fmt::format("apply_gufunc: input {} is {}, and the function takes {}; cast it "
                      "with astype",
                      i, name(x.dtype()), name(parameter.dtype)));
    }
    if (static_cast<int>(names.size()) != parameter.axes || names.size() > x.ndim()) {
      throw ValueError(
          fmt::format("apply_gufunc: input {} of \"{}\" has {} axes in its brackets; "
                      "the function takes {}, and the array has {}",
                      i, text, names.size(), parameter.axes, x.ndim()));
    }
    for (std::size_t d = 0; d < names.size(); ++d) {
      const auto length = x.shape()[x.ndim() - names.size() + d];
      const auto [known, fresh] = lengths.emplace(names[d], length);
      if (!fresh && known->second != length) {
        throw ValueError(fmt::format("apply_gufunc: axis {} of \"{}\" is {} and {} long", names[d],
                                     text, known->second, length));
      }
    }
  }
  return lengths;
}

/// The lengths of the parts of the results.
std::vector<Shape> parts_of(const GufuncCall& call, const Signature& signature,
                            std::string_view text,
                            const std::map<std::string, std::int64_t>& lengths) {
  if (signature.results.size() != call.results.size()) {
    throw ValueError(fmt::format("apply_gufunc: \"{}\" has {} results, and the function returns {}",
                                 text, signature.results.size(), call.results.size()));
  }
  std::vector<Shape> parts;
  for (std::size_t i = 0; i < call.results.size(); ++i) {
    const auto& names = signature.results[i];
    if (static_cast<int>(names.size()) != call.results[i].axes) {
      throw ValueError(
          fmt::format("apply_gufunc: result {} of \"{}\" has {} axes, and the function "
                      "returns {}",
                      i, text, names.size(), call.results[i].axes));
    }
    Shape part;
    for (const auto& axis : names) {
      const auto known = lengths.find(axis);
      if (known == lengths.end() || known->second < 0) {
        throw ValueError(
            fmt::format("apply_gufunc: the length of axis {} of \"{}\" is not known; give "
                        "it in output_sizes",
                        axis, text));
      }
      part.push_back(known->second);
    }
    parts.push_back(std::move(part));
  }
  return parts;
}

}  // namespace

std::vector<Array> apply_gufunc(
    const GufuncCall& call, std::string_view text, const std::vector<Array>& arrays,
    const std::vector<std::pair<std::string, std::int64_t>>& output_sizes) {
  const auto signature = parse(text);
  const auto lengths = lengths_of(call, signature, text, arrays, output_sizes);
  const auto parts = parts_of(call, signature, text, lengths);
  // Arrays with only the axes of the loop stand for the inputs while these are cut alike.
  std::vector<NodePtr> loops;
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    axes.push_back(static_cast<std::int64_t>(signature.inputs[i].size()));
    auto chunks = arrays[i].chunks();
    chunks.resize(chunks.size() - signature.inputs[i].size());
    loops.push_back(make_node(FullNode{0}, DType::boolean, shape_of(chunks), chunks));
  }
  const auto loop = align_chunks(loops);
  std::vector<NodePtr> inputs;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    auto wanted = loops[i]->chunks;
    for (std::size_t d = wanted.size(); d < arrays[i].ndim(); ++d) {
      wanted.push_back({arrays[i].shape()[d]});
    }
    inputs.push_back(rechunk_node(arrays[i].node(), wanted));
  }
  std::vector<Array> results;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto chunks = loop;
    for (const auto length : parts[i]) chunks.push_back({length});
    auto shape = shape_of(chunks);
    const auto dtype = call.results[i].dtype;
    check_shape(shape, dtype);
    results.emplace_back(algorithm_node(std::make_shared<Gufunc>(call, axes, parts, i), dtype,
                                        std::move(shape), std::move(chunks), inputs));
  }
  return results;
}

AlongAxis along_axis(std::int64_t axis, const Array& x, int result_axes,
                     std::optional<std::int64_t> length) {
  const std::int64_t at = normal_axis(axis, x.ndim(), "apply_along_axis");
  return {moveaxis(x, at, -1), at, length.value_or(x.shape()[static_cast<std::size_t>(at)]),
          result_axes == 0 ? "(i)->()" : "(i)->(o)"};
}

std::vector<Array> places_of(const Shape& shape, std::size_t axes, const ChunkSpec& chunks,
                             std::size_t item_bytes) {
  if (shape.size() != axes) {
    throw ValueError(fmt::format("fromfunction: a function of {} indices for the shape {}", axes,
                                 to_string(shape)));
  }
  check_shape(shape, DType::int64);
  const auto cut = chunks.resolve(shape, item_bytes);
  std::vector<Array> places;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const auto along = arange(0, shape[axis], 1, {.chunks = Chunks{cut[axis]}});
    places.push_back(laid_along(along, axis, axes));
  }
  return places;
}

std::string scalar_signature(std::size_t inputs) {
  std::string text;
  for (std::size_t i = 0; i < inputs; ++i) text += i == 0 ? "()" : ",()";
  return text + "->()";
}

}  // namespace array

Array apply_over_axes(AxisReduction reduction, const Array& x,
                      const std::vector<std::int64_t>& axes) {
  Array result = x;
  for (const auto axis : axes) result = reduction(result, axis, {.keepdims = true});
  return result;
}

}  // namespace tartan

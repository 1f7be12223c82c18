// blockwise: a function on blocks that are paired by the letters of their axes.

#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <cctype>
#include <fmt/format.h>
#include <tartan/array/blockwise.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

class Blockwise : public Algorithm {
 public:
  Blockwise(BlockwiseCall call, std::string result)
      : call_(std::move(call)), result_(std::move(result)) {}

  std::string_view name() const override { return call_.group; }
  void put_parameters(WordWriter& words) const override {
    words.put(call_.function->ref.hash());
    words.put(std::string_view(result_));
    for (const auto& input : call_.inputs) {
      words.put(std::string_view(input.letters));
      words.put(input.is_list ? 1 : 0);
    }
    for (const auto kind : call_.order) words.put(static_cast<std::int64_t>(kind));
    for (const auto& value : call_.values) words.put_hash(value);
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      for (const auto number : met(node, *node.inputs[i], i, block)) reads.push_back({i, number});
    }
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override {
    std::vector<Made> made;
    made.reserve(emission.blocks().size());
    for (const auto block : emission.blocks()) made.push_back(emit_block(emission, block));
    return made;
  }

 private:
  Made emit_block(Emission& emission, std::int64_t block) const {
    const auto& node = emission.node();
    const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
    WordWriter words;
    words.put(static_cast<std::int64_t>(node.dtype));
    words.put(shape);
    ArgumentWriter arguments;
    arguments.inline_value(Value::of(words.words()));
    std::vector<Made> inputs;
    std::int64_t read = 0;
    std::size_t input = 0;
    std::size_t value = 0;
    for (const auto kind : call_.order) {
      if (kind == 0) {
        arguments.inline_value(call_.values[value++]);
        continue;
      }
      const auto blocks = met(node, emission.input(input), input, block);
      if (call_.inputs[input].is_list) {
        arguments.list(static_cast<std::uint32_t>(blocks.size()));
      }
      for (const auto number : blocks) {
        arguments.dependency(static_cast<std::uint32_t>(inputs.size()));
        inputs.push_back(emission.block(input, number));
        read += inputs.back().bytes;
      }
      ++input;
    }
    // The function gets copies of its blocks.
    return emission.add(*call_.function, "", arguments, inputs, bytes_of(shape, node.dtype), read);
  }

  /// The blocks of an input that go into a block of the result, in C order.
  std::vector<std::int64_t> met(const Node& node, const Node& input, std::size_t number,
                                std::int64_t block) const {
    const auto index = unravel(block, grid_of(node.chunks));
    const auto grid = grid_of(input.chunks);
    const auto& letters = call_.inputs[number].letters;
    std::vector<std::int64_t> blocks{0};
    for (std::size_t d = 0; d < grid.size(); ++d) {
      const auto at = result_.find(letters[d]);
      std::int64_t first = 0;
      std::int64_t end = grid[d];
      if (at != std::string::npos && grid[d] > 1) {
        first = index[at];
        end = first + 1;
      } else if (at != std::string::npos) {
        end = 1;
      }
      std::vector<std::int64_t> longer;
      for (const auto before : blocks) {
        for (auto i = first; i < end; ++i) longer.push_back(before * grid[d] + i);
      }
      blocks = std::move(longer);
    }
    return blocks;
  }

  BlockwiseCall call_;
  std::string result_;
};

void check_letters(std::string_view letters, const char* of) {
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (std::isalpha(static_cast<unsigned char>(letters[i])) == 0) {
      throw ValueError(
          fmt::format("blockwise: \"{}\" of {} are no letters; write one for every "
                      "axis, as in \"ij\"",
                      letters, of));
    }
    if (letters.find(letters[i], i + 1) != std::string_view::npos) {
      throw ValueError(fmt::format("blockwise: \"{}\" of {} has {} twice; take the diagonal first",
                                   letters, of, letters[i]));
    }
  }
}

void check_input(const BlockwiseInput& input) {
  check_letters(input.letters, "an array");
  if (input.letters.size() != input.array.ndim()) {
    throw ValueError(
        fmt::format("blockwise: \"{}\" for an array of shape {}; give a letter for "
                    "every axis",
                    input.letters, to_string(input.array.shape())));
  }
  if (input.axes >= 0 && input.axes != static_cast<int>(input.letters.size())) {
    throw ValueError(
        fmt::format("blockwise: \"{}\" has {} axes, and the function takes blocks "
                    "with {}",
                    input.letters, input.letters.size(), input.axes));
  }
  if (input.dtype && *input.dtype != input.array.dtype()) {
    throw TypeError(
        fmt::format("blockwise: the array \"{}\" is {}, and the function takes {}; "
                    "cast it with astype",
                    input.letters, name(input.array.dtype()), name(*input.dtype)));
  }
}

bool broadcast_together(const Shape& a, const Shape& b) {
  return std::equal(a.begin(), a.end(), b.begin(), [](std::int64_t one, std::int64_t other) {
    return one == other || one == 1 || other == 1;
  });
}

/// The letters of all arrays, with the chunks that were agreed on.
struct Axis {
  char letter;
  std::vector<std::int64_t> chunks;
};
std::vector<Axis> agree(std::vector<BlockwiseInput>& inputs) {
  std::string letters;
  for (const auto& input : inputs) {
    for (const auto letter : input.letters) {
      if (letters.find(letter) == std::string::npos) letters.push_back(letter);
    }
  }
  // Arrays with an axis for every letter stand for the inputs while these are cut alike.
  std::vector<NodePtr> stands;
  for (const auto& input : inputs) {
    Chunks chunks;
    for (const auto letter : letters) {
      const auto at = input.letters.find(letter);
      chunks.push_back(at == std::string::npos ? std::vector<std::int64_t>{1}
                                               : input.array.chunks()[at]);
    }
    stands.push_back(make_node(FullNode{0}, DType::boolean, shape_of(chunks), chunks));
    for (std::size_t i = 0; i + 1 < stands.size(); ++i) {
      if (broadcast_together(stands[i]->shape, stands.back()->shape)) continue;
      throw ValueError(
          fmt::format("blockwise: axes with one letter differ in length: \"{}\" {} "
                      "and \"{}\" {}",
                      inputs[i].letters, to_string(inputs[i].array.shape()), input.letters,
                      to_string(input.array.shape())));
    }
  }
  const auto common = align_chunks(stands);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    Chunks chunks;
    for (const auto letter : inputs[i].letters) {
      chunks.push_back(stands[i]->chunks[letters.find(letter)]);
    }
    inputs[i].array = Array(rechunk_node(inputs[i].array.node(), chunks));
  }
  std::vector<Axis> axes;
  for (std::size_t i = 0; i < letters.size(); ++i) axes.push_back({letters[i], common[i]});
  return axes;
}

void check_sizes(char letter, const std::vector<std::int64_t>& sizes) {
  if (!sizes.empty() && *std::min_element(sizes.begin(), sizes.end()) >= 0) return;
  throw ValueError(
      fmt::format("blockwise: the chunk sizes of '{}' are none, or negative; give "
                  "at least one, of 0 or more",
                  letter));
}

/// The chunks of the result along its letters.
Chunks chunks_of(std::string_view result, const std::vector<Axis>& axes,
                 const BlockwiseOptions& options) {
  const auto given = [](const auto& list, char letter) {
    const auto at = std::find_if(list.begin(), list.end(),
                                 [letter](const auto& one) { return one.first == letter; });
    if (at != list.end()) check_sizes(letter, at->second);
    return at == list.end() ? nullptr : &at->second;
  };
  const auto check_known = [&result](const auto& list, const char* what) {
    for (const auto& [letter, sizes] : list) {
      if (result.find(letter) != std::string_view::npos) continue;
      throw ValueError(fmt::format("blockwise: {} of '{}', which the result \"{}\" has not", what,
                                   letter, result));
    }
  };
  check_known(options.new_axes, "new_axes");
  check_known(options.adjust_chunks, "adjust_chunks");
  Chunks chunks;
  for (const auto letter : result) {
    const auto axis = std::find_if(axes.begin(), axes.end(),
                                   [letter](const Axis& one) { return one.letter == letter; });
    const auto* fresh = given(options.new_axes, letter);
    const auto* changed = given(options.adjust_chunks, letter);
    if ((axis == axes.end()) != (fresh != nullptr)) {
      throw ValueError(fmt::format(
          "blockwise: {} '{}' of the result; {}",
          fresh == nullptr ? "no array has the letter" : "an array has the letter", letter,
          fresh == nullptr ? "give its chunk sizes in new_axes" : "take it out of new_axes"));
    }
    auto sizes = fresh == nullptr ? axis->chunks : *fresh;
    if (changed != nullptr) {
      if (changed->size() != 1 && changed->size() != sizes.size()) {
        throw ValueError(
            fmt::format("blockwise: {} chunk sizes in adjust_chunks of '{}', which "
                        "has {} chunks; give as many, or one",
                        changed->size(), letter, sizes.size()));
      }
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        sizes[i] = (*changed)[changed->size() == 1 ? 0 : i];
      }
    }
    chunks.push_back(std::move(sizes));
  }
  return chunks;
}

}  // namespace

Array blockwise(BlockwiseCall call, std::string_view result, const BlockwiseOptions& options) {
  if (!call.dtype) {
    throw ValueError(
        "blockwise: the function returns a Chunk, whose dtype is not known before it "
        "runs; give BlockwiseOptions{.dtype = ...}");
  }
  check_letters(result, "the result");
  for (const auto& input : call.inputs) check_input(input);
  const auto axes = agree(call.inputs);
  auto chunks = chunks_of(result, axes, options);
  std::vector<NodePtr> inputs;
  for (auto& input : call.inputs) {
    if (!input.is_list) {
      auto whole = input.array.chunks();
      for (std::size_t d = 0; d < whole.size(); ++d) {
        const bool contracted = result.find(input.letters[d]) == std::string_view::npos;
        if (contracted) whole[d] = {input.array.shape()[d]};
      }
      input.array = Array(rechunk_node(input.array.node(), whole));
    }
    inputs.push_back(input.array.node());
    // The node holds the array from here on.
    input.array = Array();
  }
  auto shape = shape_of(chunks);
  const auto dtype = *call.dtype;
  check_shape(shape, dtype);
  return Array(algorithm_node(std::make_shared<Blockwise>(std::move(call), std::string(result)),
                              dtype, std::move(shape), std::move(chunks), std::move(inputs)));
}

}  // namespace tartan::array

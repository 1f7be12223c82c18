#include <array/algorithms/one_to_one.hpp>

namespace tartan::array {

std::optional<std::vector<BlockRead>> OneToOne::reads(const Node& node, std::int64_t block) const {
  std::vector<BlockRead> reads;
  for (std::size_t source = 0; source < node.inputs.size(); ++source) {
    reads.push_back({source, block});
  }
  return reads;
}

std::vector<Made> OneToOne::emit(Emission& emission) const {
  const auto& node = emission.node();
  const auto grid = grid_of(node.chunks);
  std::vector<Made> made;
  for (const auto block : emission.blocks()) {
    WordWriter words;
    put_parameters(words);
    describe_block(words, node, block);
    std::vector<Made> inputs;
    for (std::size_t source = 0; source < node.inputs.size(); ++source) {
      inputs.push_back(emission.block(source, block));
    }
    const auto shape = block_shape(node.chunks, unravel(block, grid));
    made.push_back(emission.add(function(), "", words_then_dependencies(words, inputs.size()),
                                inputs, bytes_of(shape, node.dtype), scratch_bytes(node, shape)));
  }
  return made;
}

}  // namespace tartan::array

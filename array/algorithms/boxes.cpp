// Boxes are put together like the blocks of a rechunked array: small pieces are cut out where
// their block lies.

#include <array/algorithms/boxes.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/cuts.hpp>
#include <array/expr/tasks.hpp>

namespace tartan::array {
namespace {

class Boxes : public Algorithm {
 public:
  explicit Boxes(std::vector<std::vector<Run>> runs) : runs_(std::move(runs)) {}

  std::string_view name() const override { return "overlap"; }
  void put_parameters(WordWriter& words) const override {
    for (const auto& axis : runs_) {
      for (const auto& run : axis) words.put(run.begin);
    }
  }
  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    std::vector<BlockRead> reads;
    for (const auto& piece : pieces(node, *node.inputs[0], block))
      reads.push_back({0, piece.block});
    return reads;
  }
  std::vector<Made> emit(Emission& emission) const override {
    std::vector<Made> made;
    for (const auto block : emission.blocks()) made.push_back(emit_box(emission, block));
    return made;
  }

 private:
  struct Piece {
    std::int64_t block = 0;  ///< of the input
    Shape from;              ///< offset in it
    Shape shape;
    Shape to;  ///< offset in the box
  };
  /// In C order of the input's blocks.
  std::vector<Piece> pieces(const Node& node, const Node& x, std::int64_t block) const {
    const auto index = unravel(block, grid_of(node.chunks));
    const auto grid = grid_of(x.chunks);
    std::vector<Piece> result{{}};
    for (std::size_t d = 0; d < grid.size(); ++d) {
      const auto& run = runs_[d][static_cast<std::size_t>(index[d])];
      std::vector<Piece> longer;
      for (const auto& piece : result) {
        for (const auto& along : pieces_of_range(x.bounds[d], run.begin, run.count)) {
          auto next = piece;
          next.block = piece.block * grid[d] + along.block;
          next.from.push_back(along.offset);
          next.shape.push_back(along.count);
          next.to.push_back(along.position);
          longer.push_back(std::move(next));
        }
      }
      result = std::move(longer);
    }
    return result;
  }
  Made emit_box(Emission& emission, std::int64_t block) const {
    const auto& node = emission.node();
    const auto& x = emission.input(0);
    const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
    const auto parts = pieces(node, x, block);
    WordWriter words;
    words.put(static_cast<std::int64_t>(node.dtype));
    words.put(shape);
    std::vector<Made> inputs;
    for (auto piece : parts) {
      const auto source = emission.block(0, piece.block);
      const auto bytes = bytes_of(piece.shape, node.dtype);
      if (parts.size() == 1 && bytes == source.bytes) return source;
      const bool cut = parts.size() == 1 || emission.worth_cutting(bytes, source.bytes);
      if (cut) {
        std::vector<AxisRange> ranges;
        for (std::size_t d = 0; d < piece.from.size(); ++d) {
          ranges.push_back({piece.from[d], piece.shape[d], 1});
          piece.from[d] = 0;
        }
        inputs.push_back(emission.add(task_function<&tasks::slice>(), "cut",
                                      slice_arguments(ranges, piece.shape), {&source, 1}, bytes));
        if (parts.size() == 1) return inputs.back();
      } else {
        inputs.push_back(source);
      }
      words.put(piece.from);
      words.put(piece.shape);
      words.put(piece.to);
    }
    return emission.add(task_function<&tasks::assemble>(), "",
                        words_then_list(words, inputs.size()), inputs, bytes_of(shape, node.dtype));
  }

  std::vector<std::vector<Run>> runs_;
};

}  // namespace

Array boxes(const Array& x, const std::vector<std::vector<Run>>& runs) {
  Chunks chunks;
  bool same = true;
  for (std::size_t d = 0; d < runs.size(); ++d) {
    std::vector<std::int64_t> sizes;
    std::int64_t next = 0;
    for (const auto& run : runs[d]) {
      sizes.push_back(run.count);
      same = same && run.begin == next;
      next += run.count;
    }
    chunks.push_back(std::move(sizes));
  }
  if (same && chunks == x.chunks()) return x;
  auto shape = shape_of(chunks);
  return Array(algorithm_node(std::make_shared<Boxes>(runs), x.dtype(), std::move(shape),
                              std::move(chunks), {x.node()}));
}

}  // namespace tartan::array

// diagonal: the elements of two axes whose indices differ by a constant.

#include <algorithm>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/strided.hpp>
#include <fmt/format.h>
#include <tartan/array/reductions.hpp>
#include <tartan/array/tensordot.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// A part of the diagonal inside one block.
struct DiagonalPiece {
  std::int64_t row_block, row, column_block, column, count;
};

std::vector<DiagonalPiece> pieces_of_diagonal(const Node& x, std::size_t rows, std::size_t columns,
                                              std::int64_t offset) {
  const auto first_row = std::max<std::int64_t>(0, -offset);
  const auto first_column = std::max<std::int64_t>(0, offset);
  const auto length = std::max<std::int64_t>(
      0, std::min(x.shape[rows] - first_row, x.shape[columns] - first_column));
  const auto along_rows = pieces_of_range(x.bounds[rows], first_row, length);
  const auto along_columns = pieces_of_range(x.bounds[columns], first_column, length);
  std::vector<DiagonalPiece> pieces;
  std::size_t i = 0;
  std::size_t j = 0;
  for (std::int64_t at = 0; at < length;) {
    const auto& r = along_rows[i];
    const auto& c = along_columns[j];
    const auto end = std::min(r.position + r.count, c.position + c.count);
    pieces.push_back(
        {r.block, r.offset + at - r.position, c.block, c.offset + at - c.position, end - at});
    at = end;
    if (end == r.position + r.count) ++i;
    if (end == c.position + c.count) ++j;
  }
  return pieces;
}

/// Words (axes of rows and columns, first row, first column, count), chunk -> Chunk.
Value take_diagonal_of_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto rows = static_cast<std::size_t>(words.word());
  const auto columns = static_cast<std::size_t>(words.word());
  const auto row = words.word();
  const auto column = words.word();
  const auto count = words.word();
  const auto chunk = next_chunk(arguments);
  if (rows >= chunk.shape.size() || columns >= chunk.shape.size() || row < 0 || column < 0 ||
      row + count > chunk.shape[rows] || column + count > chunk.shape[columns]) {
    throw ValueError(
        fmt::format("diagonal: a block of {} has no such part", to_string(chunk.shape)));
  }
  const auto strides = contiguous_strides(chunk.shape);
  Shape shape;
  Shape from;
  for (std::size_t axis = 0; axis < chunk.shape.size(); ++axis) {
    if (axis == rows || axis == columns) continue;
    shape.push_back(chunk.shape[axis]);
    from.push_back(strides[axis]);
  }
  shape.push_back(count);
  from.push_back(strides[rows] + strides[columns]);
  MutableChunk out(chunk.dtype, shape);
  const auto item = itemsize(chunk.dtype);
  const auto start = static_cast<std::size_t>(row * strides[rows] + column * strides[columns]);
  copy_strided(out.data(), contiguous_strides(shape), chunk.data.data() + start * item, from, shape,
               item);
  return Value::of(std::move(out).freeze());
}

class Diagonal : public Algorithm {
 public:
  Diagonal(int rows, int columns, std::int64_t offset, std::vector<DiagonalPiece> pieces)
      : rows_(rows), columns_(columns), offset_(offset), pieces_(std::move(pieces)) {}
  std::string_view name() const override { return "diagonal"; }
  void put_parameters(WordWriter& words) const override {
    words.put(rows_);
    words.put(columns_);
    words.put(offset_);
  }

  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    return std::vector<BlockRead>{{0, input_block(node, *node.inputs.front(), block)}};
  }

  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const auto& piece = piece_of(node, block);
      WordWriter words;
      words.put(rows_);
      words.put(columns_);
      words.put(piece.row);
      words.put(piece.column);
      words.put(piece.count);
      const auto input = emission.block(0, input_block(node, emission.input(0), block));
      const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
      made.push_back(emission.add(task_function<&take_diagonal_of_block>(), "",
                                  words_then_dependencies(words, 1), {&input, 1},
                                  bytes_of(shape, node.dtype)));
    }
    return made;
  }

 private:
  const DiagonalPiece& piece_of(const Node& node, std::int64_t block) const {
    return pieces_[static_cast<std::size_t>(unravel(block, grid_of(node.chunks)).back())];
  }
  std::int64_t input_block(const Node& node, const Node& input, std::int64_t block) const {
    if (pieces_.empty()) return 0;
    const auto index = unravel(block, grid_of(node.chunks));
    const auto& piece = pieces_[static_cast<std::size_t>(index.back())];
    BlockIndex from;
    auto next = index.begin();
    for (int axis = 0; axis < static_cast<int>(input.shape.size()); ++axis) {
      from.push_back(axis == rows_      ? piece.row_block
                     : axis == columns_ ? piece.column_block
                                        : *next++);
    }
    return ravel(from, grid_of(input.chunks));
  }

  int rows_;
  int columns_;
  std::int64_t offset_;
  std::vector<DiagonalPiece> pieces_;
};

}  // namespace
}  // namespace array

Array diagonal(const Array& x, std::int64_t offset, std::int64_t axis1, std::int64_t axis2) {
  const auto rows = array::normal_axis(axis1, x.ndim(), "diagonal");
  const auto columns = array::normal_axis(axis2, x.ndim(), "diagonal");
  if (rows == columns) {
    throw ValueError(fmt::format("diagonal: axes {} and {} are the same; give two", axis1, axis2));
  }
  auto pieces = array::pieces_of_diagonal(*x.node(), static_cast<std::size_t>(rows),
                                          static_cast<std::size_t>(columns), offset);
  Chunks chunks;
  for (int axis = 0; axis < static_cast<int>(x.ndim()); ++axis) {
    if (axis != rows && axis != columns)
      chunks.push_back(x.chunks()[static_cast<std::size_t>(axis)]);
  }
  std::vector<std::int64_t> lengths;
  lengths.reserve(pieces.size());
  for (const auto& piece : pieces) lengths.push_back(piece.count);
  if (lengths.empty()) lengths.push_back(0);
  chunks.push_back(std::move(lengths));
  auto shape = array::shape_of(chunks);
  return Array(array::algorithm_node(
      std::make_shared<array::Diagonal>(rows, columns, offset, std::move(pieces)), x.dtype(),
      std::move(shape), std::move(chunks), {x.node()}));
}

Array trace(const Array& x, const TraceOptions& options, std::int64_t axis1, std::int64_t axis2) {
  auto line = diagonal(x, options.offset, axis1, axis2);
  if (options.dtype) line = line.astype(*options.dtype);
  const auto total = sum(line, -1);
  return options.dtype ? total.astype(*options.dtype) : total;
}

}  // namespace tartan

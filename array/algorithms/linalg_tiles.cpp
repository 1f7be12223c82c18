// Cholesky and triangular systems of one large matrix on square tiles.

#include <array/algorithms/linalg_nodes.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/linalg.hpp>
#include <array/kernels/linalg_panels.hpp>
#include <cstring>
#include <map>

namespace tartan::array {
namespace {

/// Words (rows above the tile), tile -> its Cholesky factor.
Value factor_tile(Arguments& arguments) {
  const auto list = next_words(arguments);
  return Value::of(cholesky(next_chunk(arguments), WordReader(list).word()));
}

/// Words (none), factor of a diagonal tile, tile below it -> tile of L.
Value solve_tile(Arguments& arguments) {
  next_words(arguments);
  const auto lower = next_chunk(arguments);
  return Value::of(solve_right(lower, next_chunk(arguments)));
}

/// Words (whether the last is taken adjoint), tile, a, b -> tile - a b.
Value reduce_tile(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto tile = next_chunk(arguments);
  const auto a = next_chunk(arguments);
  return Value::of(subtract_product(tile, a, next_chunk(arguments), WordReader(list).flag()));
}

/// Words (dtype, shape) -> zeros.
Value zero_tile(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto dtype = words.dtype();
  MutableChunk chunk(dtype, words.shape());
  std::memset(chunk.data(), 0, chunk.nbytes());
  return Value::of(std::move(chunk).freeze());
}

/// Words (lower, unit diagonal, rows above the tile), diagonal tile, tile of b -> tile of x.
Value substitute_tile(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  TriangularForm form;
  form.lower = words.flag();
  form.unit_diagonal = words.flag();
  const auto first = words.word();
  const auto a = next_chunk(arguments);
  return Value::of(solve_triangular(a, next_chunk(arguments), form, first));
}

/// A tile less the product of two others.
Made add_reduced(Emission& emission, const Made& tile, const Made& a, const Made& b, bool adjoint) {
  WordWriter words;
  words.put(adjoint ? 1 : 0);
  const std::vector<Made> inputs{tile, a, b};
  return emission.add(task_function<&reduce_tile>(), "update", words_then_dependencies(words, 3),
                      inputs, tile.bytes);
}

/// Right-looking: as soon as a column of L is there, all tiles to its right are reduced.
class CholeskyTiles : public Algorithm {
 public:
  std::string_view name() const override { return "cholesky"; }
  void put_parameters(WordWriter&) const override {}

  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t) const override {
    std::vector<BlockRead> reads;
    const auto tiles = static_cast<std::int64_t>(node.chunks[0].size());
    for (std::int64_t i = 0; i < tiles; ++i) {
      for (std::int64_t j = 0; j <= i; ++j) reads.push_back({0, i * tiles + j});
    }
    return reads;
  }

  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    const auto tiles = static_cast<std::int64_t>(node.chunks[0].size());
    std::map<std::int64_t, Made> state;
    for (std::int64_t i = 0; i < tiles; ++i) {
      for (std::int64_t j = 0; j <= i; ++j) {
        state[i * tiles + j] = emission.block(0, i * tiles + j);
      }
    }
    for (std::int64_t k = 0; k < tiles; ++k) factor_column(emission, state, k, tiles);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const auto found = state.find(block);
      if (found != state.end()) {
        made.push_back(found->second);
        continue;
      }
      const auto shape = block_shape(node.chunks, unravel(block, grid_of(node.chunks)));
      WordWriter words;
      words.put(static_cast<std::int64_t>(node.dtype));
      words.put(shape);
      made.push_back(emission.add(task_function<&zero_tile>(), "zeros",
                                  words_then_dependencies(words, 0), {},
                                  bytes_of(shape, node.dtype)));
    }
    return made;
  }

 private:
  static void factor_column(Emission& emission, std::map<std::int64_t, Made>& state, std::int64_t k,
                            std::int64_t tiles) {
    WordWriter first;
    first.put(emission.node().bounds[0][static_cast<std::size_t>(k)]);
    auto& diagonal = state[k * tiles + k];
    diagonal = emission.add(task_function<&factor_tile>(), "factor",
                            words_then_dependencies(first, 1), {&diagonal, 1}, diagonal.bytes);
    for (std::int64_t i = k + 1; i < tiles; ++i) {
      auto& tile = state[i * tiles + k];
      const std::vector<Made> inputs{diagonal, tile};
      tile = emission.add(task_function<&solve_tile>(), "solve", words_then_dependencies({}, 2),
                          inputs, tile.bytes);
    }
    for (std::int64_t i = k + 1; i < tiles; ++i) {
      for (std::int64_t j = k + 1; j <= i; ++j) {
        auto& tile = state[i * tiles + j];
        tile = add_reduced(emission, tile, state[i * tiles + k], state[j * tiles + k], true);
      }
    }
  }
};

class TriangularTiles : public Algorithm {
 public:
  TriangularTiles(bool lower, bool unit_diagonal) : lower_(lower), unit_(unit_diagonal) {}
  std::string_view name() const override { return "solve_triangular"; }
  void put_parameters(WordWriter& words) const override {
    words.put(lower_ ? 1 : 0);
    words.put(unit_ ? 1 : 0);
  }

  std::optional<std::vector<BlockRead>> reads(const Node& node, std::int64_t block) const override {
    const auto tiles = static_cast<std::int64_t>(node.chunks[0].size());
    const auto columns = static_cast<std::int64_t>(node.chunks[1].size());
    std::vector<BlockRead> reads;
    for (std::int64_t i = 0; i < tiles; ++i) {
      for (std::int64_t j = 0; j < tiles; ++j) {
        if (lower_ ? j <= i : j >= i) reads.push_back({0, i * tiles + j});
      }
      reads.push_back({1, i * columns + block % columns});
    }
    return reads;
  }

  std::vector<Made> emit(Emission& emission) const override {
    const auto columns = static_cast<std::int64_t>(emission.node().chunks[1].size());
    std::map<std::int64_t, std::vector<Made>> solved;
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      auto& column = solved[block % columns];
      if (column.empty()) column = solve_column(emission, block % columns);
      made.push_back(column[static_cast<std::size_t>(block / columns)]);
    }
    return made;
  }

 private:
  std::vector<Made> solve_column(Emission& emission, std::int64_t column) const {
    const auto& node = emission.node();
    const auto tiles = static_cast<std::int64_t>(node.chunks[0].size());
    const auto columns = static_cast<std::int64_t>(node.chunks[1].size());
    std::vector<Made> x;
    for (std::int64_t i = 0; i < tiles; ++i) x.push_back(emission.block(1, i * columns + column));
    for (std::int64_t step = 0; step < tiles; ++step) {
      const auto k = lower_ ? step : tiles - 1 - step;
      auto& unknown = x[static_cast<std::size_t>(k)];
      WordWriter words;
      put_parameters(words);
      words.put(node.bounds[0][static_cast<std::size_t>(k)]);
      const std::vector<Made> inputs{emission.block(0, k * tiles + k), unknown};
      unknown = emission.add(task_function<&substitute_tile>(), "substitute",
                             words_then_dependencies(words, 2), inputs, unknown.bytes);
      for (auto i = lower_ ? k + 1 : 0; i < (lower_ ? tiles : k); ++i) {
        auto& rest = x[static_cast<std::size_t>(i)];
        rest = add_reduced(emission, rest, emission.block(0, i * tiles + k), unknown, false);
      }
    }
    return x;
  }

  bool lower_;
  bool unit_;
};

}  // namespace

NodePtr cholesky_tiles_node(const NodePtr& a) {
  const auto side = cut_axis(rows_of(*a), tile_side(*a, 64));
  const auto tiled = rechunk_node(a, {side, side});
  return algorithm_node(std::make_shared<CholeskyTiles>(), a->dtype, a->shape, tiled->chunks,
                        {tiled});
}

NodePtr triangular_tiles_node(const NodePtr& a, const NodePtr& b, bool lower, bool unit_diagonal) {
  const auto side = cut_axis(rows_of(*a), tile_side(*a, 64));
  const auto tiled = rechunk_node(a, {side, side});
  const auto right = rechunk_node(b, {side, b->chunks[1]});
  return algorithm_node(std::make_shared<TriangularTiles>(lower, unit_diagonal), b->dtype, b->shape,
                        right->chunks, {tiled, right});
}

}  // namespace tartan::array

// LU with partial pivoting of one large matrix, by blocks of whole columns: a panel is factorised
// by one task, then every block to its right is brought up to date by one.

#include <array/algorithms/linalg_columns.hpp>
#include <array/kernels/linalg_panels.hpp>
#include <map>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Words (first column), block -> panel.
Value factor_lu_panel(Arguments& arguments) {
  const auto list = next_words(arguments);
  return Value::of(lu_panel(next_chunk(arguments), WordReader(list).word()));
}

/// Words (the panel's first column), panel, block -> block.
Value update_by_lu_panel(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto panel = next_panel(arguments);
  return Value::of(lu_update(panel[0], panel[1], next_chunk(arguments), WordReader(list).word()));
}

/// Words (the panel's first column), panel, block -> block.
Value back_by_lu_panel(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto panel = next_panel(arguments);
  return Value::of(lu_back(panel[0], next_chunk(arguments), WordReader(list).word()));
}

/// Words (first column, number of later panels), panel, their pivots -> block of L.
Value take_lower(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto first = words.word();
  const auto panel = next_panel(arguments);
  std::vector<Chunk> later;
  for (auto count = words.word(); count > 0; --count) later.push_back(next_chunk(arguments));
  return Value::of(lu_lower(panel[0], later, first));
}

/// Words (first column, rows of U), a block or a panel -> block of U.
Value take_upper(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto first = words.word();
  const auto rows = words.word();
  const auto value = arguments.next();
  const auto block =
      value.holds<Chunk>() ? value.get<Chunk>() : value.get<std::vector<Chunk>>().at(0);
  return Value::of(upper_part(block, rows, first));
}

/// Words (number of panels, rows), their pivots -> permutation.
Value take_permutation(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  std::vector<Chunk> pivots;
  for (auto count = words.word(); count > 0; --count) pivots.push_back(next_chunk(arguments));
  return Value::of(permutation_of(pivots, words.word()));
}

/// Words (first column), panel -> its diagonal.
Value take_diagonal(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto panel = next_panel(arguments);
  return Value::of(signed_diagonal(panel[0], panel[1], WordReader(list).word()));
}

/// Words (number of panels, dtype), their diagonals -> sign and logarithm.
Value multiply_diagonals(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  std::vector<Chunk> diagonals;
  for (auto count = words.word(); count > 0; --count) diagonals.push_back(next_chunk(arguments));
  return Value::of(log_product(diagonals, words.dtype()));
}

/// The tasks all results have in common.
struct Factors {
  std::vector<Made> panels;
  std::vector<Made> rest;  ///< blocks to the right of all panels

  explicit Factors(Emission& emission) {
    const auto& blocks = emission.input(0);
    const auto count = panel_count(blocks);
    std::vector<Made> state;
    for (std::int64_t i = 0; i < blocks.block_count(); ++i) state.push_back(emission.block(0, i));
    for (std::size_t k = 0; k < count; ++k) {
      const auto first = blocks.bounds[0][k];
      panels.push_back(add_step(emission, task_function<&factor_lu_panel>(), "panel", {first},
                                {state[k]}, panel_bytes(state[k], blocks.chunks[0][k])));
      for (auto j = k + 1; j < state.size(); ++j) {
        state[j] = update(emission, first, panels[k], state[j]);
      }
    }
    rest.assign(state.begin() + static_cast<std::ptrdiff_t>(count), state.end());
  }

  static Made update(Emission& emission, std::int64_t first, const Made& panel, const Made& block) {
    return add_step(emission, task_function<&update_by_lu_panel>(), "update", {first},
                    {panel, block}, block.bytes);
  }
  Made pivots(Emission& emission, std::size_t panel) const {
    const auto width = emission.input(0).chunks[0][panel];
    return emission.part(panels[panel], 1, bytes_of({width}, DType::int64));
  }
};

std::int64_t bytes_of_block(const Node& node, std::int64_t block) {
  return bytes_of(block_shape(node.chunks, unravel(block, grid_of(node.chunks))), node.dtype);
}

class LuAlgorithm : public Algorithm {
 public:
  std::string_view name() const override { return "lu"; }
};

class Lower : public LuAlgorithm {
 public:
  void put_parameters(WordWriter& words) const override { words.put(std::string_view("lower")); }
  std::vector<Made> emit(Emission& emission) const override {
    const Factors factors(emission);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const auto k = static_cast<std::size_t>(block);
      std::vector<Made> inputs{factors.panels[k]};
      for (auto later = k + 1; later < factors.panels.size(); ++later) {
        inputs.push_back(factors.pivots(emission, later));
      }
      made.push_back(add_step(emission, task_function<&take_lower>(), "lower",
                              {emission.input(0).bounds[0][k], std::ssize(inputs) - 1}, inputs,
                              bytes_of_block(emission.node(), block)));
    }
    return made;
  }
};

class Upper : public LuAlgorithm {
 public:
  void put_parameters(WordWriter& words) const override { words.put(std::string_view("upper")); }
  std::vector<Made> emit(Emission& emission) const override {
    const Factors factors(emission);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const auto j = static_cast<std::size_t>(block);
      const auto& from =
          j < factors.panels.size() ? factors.panels[j] : factors.rest[j - factors.panels.size()];
      made.push_back(add_step(emission, task_function<&take_upper>(), "upper",
                              {emission.input(0).bounds[0][j], emission.node().shape[1]}, {from},
                              bytes_of_block(emission.node(), block)));
    }
    return made;
  }
};

class Permutation : public LuAlgorithm {
 public:
  void put_parameters(WordWriter& words) const override {
    words.put(std::string_view("permutation"));
  }
  std::vector<Made> emit(Emission& emission) const override {
    const Factors factors(emission);
    std::vector<Made> pivots;
    for (std::size_t k = 0; k < factors.panels.size(); ++k) {
      pivots.push_back(factors.pivots(emission, k));
    }
    return {add_step(emission, task_function<&take_permutation>(), "permutation",
                     {std::ssize(pivots), emission.node().shape[0]}, pivots,
                     bytes_of_block(emission.node(), 0))};
  }
};

class LogDeterminant : public LuAlgorithm {
 public:
  explicit LogDeterminant(std::size_t part) : part_(part) {}
  void put_parameters(WordWriter& words) const override {
    words.put(std::string_view("slogdet"));
    words.put(static_cast<std::int64_t>(part_));
  }
  std::vector<Made> emit(Emission& emission) const override {
    const Factors factors(emission);
    const auto& blocks = emission.input(0);
    std::vector<Made> diagonals;
    for (std::size_t k = 0; k < factors.panels.size(); ++k) {
      diagonals.push_back(add_step(emission, task_function<&take_diagonal>(), "diagonal",
                                   {blocks.bounds[0][k]}, {factors.panels[k]},
                                   bytes_of({blocks.chunks[0][k]}, blocks.dtype)));
    }
    const auto both =
        add_step(emission, task_function<&multiply_diagonals>(), "slogdet",
                 {std::ssize(diagonals), static_cast<std::int64_t>(blocks.dtype)}, diagonals, 64);
    return {emission.part(both, part_, bytes_of_block(emission.node(), 0))};
  }

 private:
  std::size_t part_;
};

/// The second input is b's transpose in blocks of whole columns of b.
class LuSolve : public LuAlgorithm {
 public:
  void put_parameters(WordWriter& words) const override { words.put(std::string_view("solve")); }
  std::vector<Made> emit(Emission& emission) const override {
    const Factors factors(emission);
    const auto& bounds = emission.input(0).bounds[0];
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      auto x = emission.block(1, block);
      for (std::size_t k = 0; k < factors.panels.size(); ++k) {
        x = Factors::update(emission, bounds[k], factors.panels[k], x);
      }
      for (auto k = factors.panels.size(); k-- > 0;) {
        x = add_step(emission, task_function<&back_by_lu_panel>(), "back", {bounds[k]},
                     {factors.panels[k], x}, x.bytes);
      }
      made.push_back(x);
    }
    return made;
  }
};

/// A result that is made as its transpose.
NodePtr transposed_result(std::shared_ptr<const Algorithm> algorithm, const NodePtr& columns,
                          std::vector<std::int64_t> widths, std::int64_t rows) {
  const auto dtype = columns->dtype;
  Chunks chunks{std::move(widths), {rows}};
  auto shape = shape_of(chunks);
  return transpose_node(
      algorithm_node(std::move(algorithm), dtype, std::move(shape), std::move(chunks), {columns}),
      {1, 0});
}

}  // namespace

LuNodes lu_nodes(const NodePtr& a) {
  const auto columns = column_blocks(a);
  const auto m = rows_of(*a);
  const auto least = std::min(m, columns_of(*a));
  LuNodes nodes;
  nodes.permutation =
      algorithm_node(std::make_shared<Permutation>(), DType::int64, {m}, {{m}}, {columns});
  auto widths = columns->chunks[0];
  nodes.u = transposed_result(std::make_shared<Upper>(), columns, widths, least);
  widths.resize(std::max<std::size_t>(1, panel_count(*columns)));
  if (least == 0) widths = {0};
  nodes.l = transposed_result(std::make_shared<Lower>(), columns, widths, m);
  return nodes;
}

NodePtr lu_solve_node(const NodePtr& a, const NodePtr& b) {
  const auto columns = column_blocks(a);
  const auto side = transpose_node(b, {1, 0});
  const auto most = most_columns(rows_of(*b), b->dtype);
  std::vector<std::int64_t> widths;
  for (auto chunk : side->chunks[0]) {
    for (auto width : cut_axis(chunk, most)) widths.push_back(width);
  }
  const auto sides = rechunk_node(side, {widths, {rows_of(*b)}});
  return transpose_node(algorithm_node(std::make_shared<LuSolve>(), a->dtype, sides->shape,
                                       sides->chunks, {columns, sides}),
                        {1, 0});
}

std::vector<NodePtr> lu_slogdet_nodes(const NodePtr& a) {
  const auto columns = column_blocks(a);
  return {
      algorithm_node(std::make_shared<LogDeterminant>(0), a->dtype, {}, {}, {columns}),
      algorithm_node(std::make_shared<LogDeterminant>(1), real_of(a->dtype), {}, {}, {columns})};
}

}  // namespace tartan::array

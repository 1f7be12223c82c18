// QR of one large matrix: of blocks of whole rows by a tree (TSQR, Demmel and others 2012), of any
// other by Householder reflectors, a block of columns at a time.

#include <array/algorithms/linalg_columns.hpp>
#include <array/kernels/linalg.hpp>
#include <array/kernels/linalg_panels.hpp>
#include <array/kernels/matmul.hpp>
#include <array/kernels/shape.hpp>
#include <optional>
#include <tartan/array/creation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Factors R stacked by one task of the tree.
constexpr std::size_t kFanIn = 8;

/// Words (whether Q is wanted), chunks that are put on top of each other -> {Q, R} or R.
Value factor_rows(Arguments& arguments) {
  const auto list = next_words(arguments);
  const auto chunks = next_chunks(arguments);
  Chunk all = chunks.at(0);
  if (chunks.size() > 1) {
    Shape shape{0, all.shape.at(1)};
    std::vector<Piece> pieces;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      pieces.push_back({static_cast<std::uint32_t>(i), {0, 0}, chunks[i].shape, {shape[0], 0}});
      shape[0] += chunks[i].shape.at(0);
    }
    all = assemble(all.dtype, shape, chunks, pieces);
  }
  if (WordReader(list).flag()) return Value::of(qr(all, false));
  return Value::of(qr_r(all));
}

/// Words (first row, rows), {Q, R}[, chunk] -> those rows of Q, times the chunk.
Value expand_rows(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto first = words.word();
  const auto rows = words.word();
  const auto q = arguments.next().get<std::vector<Chunk>>().at(0);
  const std::vector<AxisRange> ranges{{first, rows, 1}, {0, q.shape.at(1), 1}};
  const auto part = slice(q, ranges);
  return Value::of(arguments.size() > 2 ? matmul(part, next_chunk(arguments)) : part);
}

/// Words (first column), block -> panel.
Value factor_qr_panel(Arguments& arguments) {
  const auto list = next_words(arguments);
  return Value::of(qr_panel(next_chunk(arguments), WordReader(list).word()));
}

/// Words (the panel's first column, whether adjoint), panel, block -> block.
Value apply_qr_panel(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto first = words.word();
  const auto panel = next_panel(arguments);
  const auto block = next_chunk(arguments);
  return Value::of(qr_apply(panel[0], panel[1], block, first, words.flag()));
}

/// Words (first column, rows of R), panel -> block of R.
Value take_r(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto first = words.word();
  return Value::of(upper_part(next_panel(arguments)[0], words.word(), first));
}

/// One task of the tree.
struct Branch {
  Made result;  ///< {Q, R}, or R
  Made r;
  std::int64_t rows = 0;  ///< of R
  std::int64_t tall = 0;  ///< of Q
  std::vector<std::size_t> children;
};

/// Whether the branches return Q too.
class RowTree {
 public:
  RowTree(Emission& emission, bool with_q) : emission_(emission), with_q_(with_q) {
    const auto& a = emission.input(0);
    columns_ = a.shape[1];
    std::vector<std::size_t> level;
    for (std::size_t i = 0; i < a.chunks[0].size(); ++i) {
      level.push_back(add({emission.block(0, static_cast<std::int64_t>(i))}, a.chunks[0][i], {}));
    }
    while (level.size() > 1) {
      std::vector<std::size_t> above;
      for (std::size_t first = 0; first < level.size(); first += kFanIn) {
        const auto count = std::min(kFanIn, level.size() - first);
        std::vector<Made> inputs;
        std::int64_t tall = 0;
        const std::vector<std::size_t> children(
            level.begin() + static_cast<std::ptrdiff_t>(first),
            level.begin() + static_cast<std::ptrdiff_t>(first + count));
        for (auto child : children) {
          inputs.push_back(branches_[child].r);
          tall += branches_[child].rows;
        }
        above.push_back(add(inputs, tall, children));
      }
      level = std::move(above);
    }
  }

  const Made& r() const { return branches_.back().r; }

  /// The blocks of Q, or of Q times a matrix, from the root down.
  std::vector<Made> q(std::size_t leaves, const std::optional<Made>& times) {
    times_ = times;
    std::vector<Made> expanded(branches_.size());
    for (auto i = branches_.size(); i-- > 0;) {
      const auto& branch = branches_[i];
      std::int64_t first = 0;
      for (auto child : branch.children) {
        const auto rows = branches_[child].rows;
        expanded[child] = expand(i, first, rows, expanded);
        first += rows;
      }
    }
    std::vector<Made> blocks;
    for (std::size_t leaf = 0; leaf < leaves; ++leaf) {
      blocks.push_back(expand(leaf, 0, branches_[leaf].tall, expanded));
    }
    return blocks;
  }

 private:
  std::int64_t bytes(std::int64_t rows) const {
    return bytes_of({rows, columns_}, emission_.input(0).dtype);
  }

  std::size_t add(const std::vector<Made>& inputs, std::int64_t tall,
                  std::vector<std::size_t> children) {
    Branch branch;
    branch.tall = tall;
    branch.rows = std::min(tall, columns_);
    branch.children = std::move(children);
    WordWriter words;
    words.put(with_q_ ? 1 : 0);
    const auto r_bytes = bytes(branch.rows);
    branch.result =
        emission_.add(task_function<&factor_rows>(), branch.children.empty() ? "rows" : "merge",
                      words_then_list(words, inputs.size()), inputs,
                      with_q_ ? bytes(tall) + r_bytes : r_bytes, 3 * bytes(tall));
    branch.r = with_q_ ? emission_.part(branch.result, 1, r_bytes) : branch.result;
    branches_.push_back(std::move(branch));
    return branches_.size() - 1;
  }

  Made expand(std::size_t branch, std::int64_t first, std::int64_t rows,
              const std::vector<Made>& expanded) {
    std::vector<Made> inputs{branches_[branch].result};
    if (branch + 1 != branches_.size()) {
      inputs.push_back(expanded[branch]);
    } else if (times_) {
      inputs.push_back(*times_);
    }
    return add_step(emission_, task_function<&expand_rows>(), "q", {first, rows}, inputs,
                    bytes(rows));
  }

  Emission& emission_;
  bool with_q_;
  std::int64_t columns_ = 0;
  std::vector<Branch> branches_;  ///< leaves first, the root last
  std::optional<Made> times_;
};

class RowsR : public Algorithm {
 public:
  explicit RowsR(bool with_q) : with_q_(with_q) {}
  std::string_view name() const override { return "tsqr"; }
  void put_parameters(WordWriter& words) const override {
    words.put(std::string_view("r"));
    words.put(with_q_ ? 1 : 0);
  }
  std::vector<Made> emit(Emission& emission) const override {
    return {RowTree(emission, with_q_).r()};
  }

 private:
  bool with_q_;
};

/// Of the first input; times the second one, a square block, if there is one.
class RowsQ : public Algorithm {
 public:
  std::string_view name() const override { return "tsqr"; }
  void put_parameters(WordWriter& words) const override { words.put(std::string_view("q")); }
  std::vector<Made> emit(Emission& emission) const override {
    std::optional<Made> times;
    if (emission.node().inputs.size() > 1) times = emission.block(1, 0);
    const auto blocks = RowTree(emission, true).q(emission.input(0).chunks[0].size(), times);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      made.push_back(blocks[static_cast<std::size_t>(block)]);
    }
    return made;
  }
};

Made apply_reflectors(Emission& emission, std::int64_t first, const Made& panel, const Made& block,
                      bool adjoint) {
  return add_step(emission, task_function<&apply_qr_panel>(), adjoint ? "update" : "q",
                  {first, adjoint ? 1 : 0}, {panel, block}, block.bytes, block.bytes + panel.bytes);
}

std::vector<Made> reflector_panels(Emission& emission) {
  const auto& blocks = emission.input(0);
  std::vector<Made> state;
  for (std::int64_t i = 0; i < blocks.block_count(); ++i) state.push_back(emission.block(0, i));
  for (std::size_t k = 0; k < state.size(); ++k) {
    const auto first = blocks.bounds[0][k];
    state[k] = add_step(emission, task_function<&factor_qr_panel>(), "panel", {first}, {state[k]},
                        panel_bytes(state[k], blocks.chunks[0][k]), state[k].bytes);
    for (auto j = k + 1; j < state.size(); ++j) {
      state[j] = apply_reflectors(emission, first, state[k], state[j], true);
    }
  }
  return state;
}

class ColumnsR : public Algorithm {
 public:
  std::string_view name() const override { return "qr"; }
  void put_parameters(WordWriter& words) const override { words.put(std::string_view("r")); }
  std::vector<Made> emit(Emission& emission) const override {
    const auto panels = reflector_panels(emission);
    const auto& blocks = emission.input(0);
    const auto rows = emission.node().shape[1];
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const auto j = static_cast<std::size_t>(block);
      made.push_back(add_step(emission, task_function<&take_r>(), "r", {blocks.bounds[0][j], rows},
                              {panels[j]}, bytes_of({blocks.chunks[0][j], rows}, blocks.dtype)));
    }
    return made;
  }
};

/// The second input is the identity that the reflectors are applied to.
class ColumnsQ : public Algorithm {
 public:
  std::string_view name() const override { return "qr"; }
  void put_parameters(WordWriter& words) const override { words.put(std::string_view("q")); }
  std::vector<Made> emit(Emission& emission) const override {
    const auto panels = reflector_panels(emission);
    const auto& bounds = emission.input(0).bounds[0];
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      auto q = emission.block(1, block);
      // Later panels work on rows where this block of the identity has zeros.
      const auto last = std::min(panels.size(), static_cast<std::size_t>(block) + 1);
      for (auto k = last; k-- > 0;) {
        q = apply_reflectors(emission, bounds[k], panels[k], q, false);
      }
      made.push_back(q);
    }
    return made;
  }
};

}  // namespace

QrNodes qr_columns_nodes(const NodePtr& a, bool complete) {
  const auto m = rows_of(*a);
  const auto n = columns_of(*a);
  const auto blocks = column_blocks(a);
  auto widths = blocks->chunks[0];
  Chunks r_chunks{widths, {n}};
  if (complete && m > n) {
    if (n == 0) widths.clear();
    for (auto width : cut_axis(m - n, column_width(*a))) widths.push_back(width);
  }
  const auto q_columns = complete ? m : n;
  const auto identity =
      eye(q_columns, {.columns = m, .dtype = a->dtype, .chunks = Chunks{widths, {m}}}).node();
  QrNodes nodes;
  nodes.q = transpose_node(algorithm_node(std::make_shared<ColumnsQ>(), a->dtype, {q_columns, m},
                                          {widths, {m}}, {blocks, identity}),
                           {1, 0});
  nodes.r = transpose_node(
      algorithm_node(std::make_shared<ColumnsR>(), a->dtype, {n, n}, std::move(r_chunks), {blocks}),
      {1, 0});
  if (complete && m > n) {
    const auto below = zeros({m - n, n}, {.dtype = a->dtype}).node();
    nodes.r = concatenate_node({nodes.r, below}, 0);
  }
  return nodes;
}

QrNodes tsqr_nodes(const NodePtr& a) {
  const auto n = columns_of(*a);
  return {algorithm_node(std::make_shared<RowsQ>(), a->dtype, a->shape, a->chunks, {a}),
          algorithm_node(std::make_shared<RowsR>(true), a->dtype, {n, n}, {{n}, {n}}, {a})};
}

NodePtr tsqr_q_times_node(const NodePtr& a, const NodePtr& square) {
  return algorithm_node(std::make_shared<RowsQ>(), a->dtype, a->shape, a->chunks, {a, square});
}

NodePtr tsqr_r_node(const NodePtr& a) {
  const auto n = columns_of(*a);
  return algorithm_node(std::make_shared<RowsR>(false), a->dtype, {n, n}, {{n}, {n}}, {a});
}

}  // namespace tartan::array

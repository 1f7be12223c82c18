// Indices that are known to be right: checked when they are written down, or in a task when they
// are computed.

#include <array/algorithms/gather.hpp>
#include <array/algorithms/one_to_one.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/shape.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

void normalize(std::span<std::int64_t> indices, const IndexRange& range) {
  for (auto& index : indices) {
    const auto given = index;
    if (index < 0 && range.from_end) index += range.length;
    if (index >= 0 && index < range.length) continue;
    throw ValueError(fmt::format("{}: index {} is out of range for axis {} of length {}", range.who,
                                 given, range.axis, range.length));
  }
}

/// The indices from 0, without a copy where they are that already.
Chunk inside(const Chunk& indices, const IndexRange& range) {
  const auto list = indices.view<std::int64_t>();
  bool right = true;
  for (const auto index : list) {
    right = right & (static_cast<std::uint64_t>(index) < static_cast<std::uint64_t>(range.length));
  }
  if (right) return indices;
  MutableChunk out(DType::int64, indices.shape);
  std::copy(list.begin(), list.end(), out.view<std::int64_t>().begin());
  normalize(out.view<std::int64_t>(), range);
  return std::move(out).freeze();
}

/// Words (who, axis, length, from the end), chunk of int64 -> Chunk.
Value check_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  IndexRange range;
  for (const auto letter : words.list()) range.who.push_back(static_cast<char>(letter));
  range.axis = words.word();
  range.length = words.word();
  range.from_end = words.flag();
  return Value::of(inside(next_chunk(arguments), range));
}

class CheckIndices : public OneToOne {
 public:
  explicit CheckIndices(IndexRange range) : range_(std::move(range)) {}
  std::string_view name() const override { return "check-indices"; }
  void put_parameters(WordWriter& words) const override {
    words.put(std::string_view(range_.who));
    words.put(range_.axis);
    words.put(range_.length);
    words.put(range_.from_end ? 1 : 0);
  }
  const FunctionInfo& function() const override { return task_function<&check_block>(); }

 private:
  IndexRange range_;
};

}  // namespace

std::vector<std::int64_t> known_indices(std::vector<std::int64_t> indices,
                                        const IndexRange& range) {
  normalize(indices, range);
  return indices;
}

Array checked_indices(const Array& indices, const IndexRange& range) {
  if (!is_integer(indices.dtype())) {
    throw TypeError(fmt::format("{}: indices are {}; cast them to an integer dtype with astype",
                                range.who, tartan::name(indices.dtype())));
  }
  const auto node = cast_node(indices.node(), DType::int64);
  return Array(algorithm_node(std::make_shared<CheckIndices>(range), DType::int64, node->shape,
                              node->chunks, {node}));
}

std::optional<Chunk> literal_points(const Array& indices, const IndexRange& range) {
  const auto* literal = indices.node()->as<LiteralNode>();
  if (literal == nullptr || !is_integer(indices.dtype())) return {};
  const auto chunk = inside(astype(literal->chunk, DType::int64), range);
  return Chunk{chunk.dtype, {chunk.size()}, chunk.data};
}

std::optional<std::vector<std::int64_t>> literal_indices(const Array& indices) {
  const auto* literal = indices.node()->as<LiteralNode>();
  if (literal == nullptr || !is_integer(indices.dtype())) return {};
  const auto chunk = astype(literal->chunk, DType::int64);
  const auto list = chunk.view<std::int64_t>();
  return std::vector<std::int64_t>(list.begin(), list.end());
}

}  // namespace tartan::array

// sliding_window_view: blocks that hold what their windows need, then the windows of each.

#include <algorithm>
#include <array/algorithms/boxes.hpp>
#include <array/algorithms/one_to_one.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/strided.hpp>
#include <fmt/format.h>
#include <tartan/array/overlap.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (axis of every window, shape of the result), chunk -> Chunk.
Value window_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto axes = words.small_list();
  const auto shape = words.shape();
  const auto chunk = next_chunk(arguments);
  const auto ndim = chunk.shape.size();
  auto strides = contiguous_strides(chunk.shape);
  auto last = shape;
  last.resize(ndim);
  bool fits = shape.size() == ndim + axes.size();
  for (std::size_t i = 0; fits && i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    fits = axis < ndim;
    if (!fits) break;
    strides.push_back(strides[axis]);
    last[axis] += shape[ndim + i] - 1;
  }
  if (!fits || last != chunk.shape) {
    throw Exception(Errc::malformed, "windows do not fit the chunk they slide over");
  }
  MutableChunk out(chunk.dtype, shape);
  copy_strided(out.data(), contiguous_strides(shape), chunk.data.data(), strides, shape,
               itemsize(chunk.dtype));
  return Value::of(std::move(out).freeze());
}

/// Block number i is made of block number i of the input.
class Windows : public OneToOne {
 public:
  explicit Windows(std::vector<int> axes) : axes_(std::move(axes)) {}
  std::string_view name() const override { return "windows"; }
  void put_parameters(WordWriter& words) const override { words.put(axes_); }
  void describe_block(WordWriter& words, const Node& node, std::int64_t block) const override {
    words.put(block_shape(node.chunks, unravel(block, grid_of(node.chunks))));
  }
  const FunctionInfo& function() const override { return task_function<&window_block>(); }

 private:
  std::vector<int> axes_;
};

/// The chunks of where windows begin: those of x without the elements at the end where none does,
/// cut along the window axes until a block of windows has no more than `room` elements.
Chunks beginnings(const Array& x, const std::vector<int>& axes, const Shape& lengths,
                  std::int64_t room) {
  auto chunks = x.chunks();
  for (std::size_t d = 0; d < chunks.size(); ++d) {
    std::vector<std::int64_t> sizes;
    std::int64_t left = lengths[d];
    for (const auto size : chunks[d]) {
      if (left > 0 && size > 0) sizes.push_back(std::min(size, left));
      left -= std::min(size, left);
    }
    if (sizes.empty()) sizes.push_back(0);
    chunks[d] = std::move(sizes);
  }
  const auto largest = [&chunks](std::size_t d) {
    return *std::max_element(chunks[d].begin(), chunks[d].end());
  };
  std::int64_t block = 1;
  for (std::size_t d = 0; d < chunks.size(); ++d) block *= std::max<std::int64_t>(largest(d), 1);
  for (const auto axis : axes) {
    const auto d = static_cast<std::size_t>(axis);
    const auto most = largest(d);
    if (block <= room || most <= 1) continue;
    const auto size =
        std::clamp<std::int64_t>(room / std::max<std::int64_t>(block / most, 1), 1, most);
    std::vector<std::int64_t> sizes;
    for (const auto whole : chunks[d]) {
      const auto cut = cut_axis(whole, size);
      sizes.insert(sizes.end(), cut.begin(), cut.end());
    }
    chunks[d] = std::move(sizes);
    block = block / most * size;
  }
  return chunks;
}

}  // namespace
}  // namespace array

Array sliding_window_view(const Array& x, const Shape& windows, const Axes& axes) {
  std::vector<int> along;
  if (axes.list()) {
    for (const auto axis : *axes.list()) {
      along.push_back(array::normal_axis(axis, x.ndim(), "sliding_window_view"));
    }
  } else {
    for (std::size_t axis = 0; axis < x.ndim(); ++axis) along.push_back(static_cast<int>(axis));
  }
  if (windows.size() != along.size()) {
    throw ValueError(fmt::format("sliding_window_view: {} windows for {} axes; give one for each",
                                 windows.size(), along.size()));
  }
  auto lengths = x.shape();
  std::int64_t copies = 1;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    const auto axis = static_cast<std::size_t>(along[i]);
    if (windows[i] < 1 || windows[i] > lengths[axis]) {
      throw ValueError(
          fmt::format("sliding_window_view: a window of {} on axis {} of length {}; "
                      "give 1 up to the length",
                      windows[i], axis, x.shape()[axis]));
    }
    lengths[axis] -= windows[i] - 1;
    copies *= windows[i];
  }
  auto shape = lengths;
  shape.insert(shape.end(), windows.begin(), windows.end());
  array::check_shape(shape, x.dtype());
  std::int64_t bytes = static_cast<std::int64_t>(itemsize(x.dtype()));
  for (const auto& axis : x.chunks()) bytes *= *std::max_element(axis.begin(), axis.end());
  const auto room =
      std::max(bytes, kDefaultChunkBytes) / static_cast<std::int64_t>(itemsize(x.dtype())) / copies;
  auto chunks = array::beginnings(x, along, lengths, std::max<std::int64_t>(room, 1));
  std::vector<std::vector<array::Run>> runs(x.ndim());
  for (std::size_t axis = 0; axis < x.ndim(); ++axis) {
    std::int64_t at = 0;
    for (const auto size : chunks[axis]) {
      runs[axis].push_back({at, size + x.shape()[axis] - lengths[axis]});
      at += size;
    }
  }
  const auto source = array::boxes(x, runs);
  for (const auto window : windows) chunks.push_back({window});
  return Array(array::algorithm_node(std::make_shared<array::Windows>(along), x.dtype(),
                                     std::move(shape), std::move(chunks), {source.node()}));
}

}  // namespace tartan

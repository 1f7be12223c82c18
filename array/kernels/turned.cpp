#include <algorithm>
#include <array/kernels/strided.hpp>
#include <array/kernels/tile.hpp>
#include <array/kernels/turned.hpp>
#include <cstring>

namespace tartan::array {
namespace {

/// What is read along its own dense axis needs no more than tiles; of what is turned, larger panels
/// read longer runs of the source.
constexpr std::int64_t kStraightPanelBytes = 32 << 10;
constexpr std::int64_t kTurnedPanelBytes = 256 << 10;
constexpr std::int64_t kLineBytes = 128;  ///< lines come in pairs

}  // namespace

TurnedSource::TurnedSource(const std::byte* data, std::size_t itemsize, Shape shape, Shape strides)
    : data_(data), itemsize_(itemsize), shape_(std::move(shape)), strides_(std::move(strides)) {
  choose_panel();
  panel_ = MutableBuffer(static_cast<std::size_t>(along_ * inner_) * itemsize_);
}

void TurnedSource::choose_panel() {
  const auto size = static_cast<std::int64_t>(itemsize_);
  const auto line = kLineBytes / size;
  auto wanted = kStraightPanelBytes / size;
  std::int64_t behind = 1;  // elements of one index of the axis that is looked at
  for (std::size_t axis = shape_.size(); axis-- > 0; behind *= shape_[axis]) {
    if (strides_[axis] != 1 || axis + 1 == shape_.size()) continue;
    wanted = std::max(kTurnedPanelBytes / size, line * behind);
  }
  wanted = std::min(wanted, kMostPanelBytes / size);
  axis_ = shape_.size() - 1;
  while (axis_ > 0 && inner_ * shape_[axis_] <= wanted) inner_ *= shape_[axis_--];
  along_ = std::clamp(wanted / inner_, std::int64_t{1}, shape_[axis_]);
  if (along_ > line && along_ < shape_[axis_]) along_ -= along_ % line;
}

void TurnedSource::load(std::int64_t start) {
  auto row = start / inner_;
  const auto first = row % shape_[axis_] / along_ * along_;
  const auto count = std::min(along_, shape_[axis_] - first);
  begin_ = (row - row % shape_[axis_] + first) * inner_;
  end_ = begin_ + count * inner_;
  row /= shape_[axis_];
  auto offset = first * strides_[axis_];
  for (std::size_t axis = axis_; axis-- > 0; row /= shape_[axis]) {
    offset += row % shape_[axis] * strides_[axis];
  }
  const auto at = static_cast<std::ptrdiff_t>(axis_);
  Shape box(shape_.begin() + at, shape_.end());
  box.front() = count;
  const Shape strides(strides_.begin() + at, strides_.end());
  copy_strided(panel_.data(), contiguous_strides(box),
               data_ + offset * static_cast<std::ptrdiff_t>(itemsize_), strides, box, itemsize_);
}

const std::byte* TurnedSource::get(std::int64_t start, std::size_t n) {
  if (start < begin_ || start >= end_) load(start);
  const auto in_panel = [this](std::int64_t at) {
    return panel_.data() + static_cast<std::size_t>(at - begin_) * itemsize_;
  };
  const auto stop = start + static_cast<std::int64_t>(n);
  if (stop <= end_) return in_panel(start);
  if (seam_.size() == 0) seam_ = MutableBuffer(kTileElements * itemsize_);
  auto* to = seam_.data();
  for (auto at = start; at < stop;) {
    if (at >= end_) load(at);
    const auto bytes = static_cast<std::size_t>(std::min(end_, stop) - at) * itemsize_;
    std::memcpy(to, in_panel(at), bytes);
    to += bytes;
    at = std::min(end_, stop);
  }
  return seam_.data();
}

}  // namespace tartan::array

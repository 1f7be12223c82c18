#include <algorithm>
#include <array/kernels/radix_sort.hpp>
#include <array/kernels/sort_rows.hpp>
#include <array/kernels/topk.hpp>

namespace tartan::array {
namespace {

/// Writes the numbers of the row's first `count` elements in order.
template <class T>
class TopOfRow {
 public:
  TopOfRow(std::int64_t count, bool largest)
      : count_(static_cast<std::size_t>(count)),
        mask_(largest ? static_cast<BitsOf<T>>(~BitsOf<T>{0}) : BitsOf<T>{0}),
        room_(std::max<std::size_t>(2 * count_, 256)) {
    candidates_.reserve(room_);
  }

  void find(const T* row, std::size_t n, std::int64_t* out) {
    candidates_.clear();
    bool full = false;
    BitsOf<T> worst{};
    for (std::size_t i = 0; i < n; ++i) {
      const auto key = static_cast<BitsOf<T>>(equal_image(row[i]) ^ mask_);
      // Among equal elements those that are there already come first.
      if (full && key >= worst) continue;
      candidates_.push_back({key, static_cast<std::int64_t>(i)});
      if (candidates_.size() < room_) continue;
      cut();
      worst = std::max_element(candidates_.begin(), candidates_.end(), before)->key;
      full = true;
    }
    if (candidates_.size() > count_) cut();
    std::sort(candidates_.begin(), candidates_.end(), before);
    for (const auto& candidate : candidates_) *out++ = candidate.payload;
  }

 private:
  using Item = Keyed<BitsOf<T>, std::int64_t>;
  static bool before(const Item& a, const Item& b) {
    return a.key < b.key || (a.key == b.key && a.payload < b.payload);
  }
  void cut() {
    const auto middle = candidates_.begin() + static_cast<std::ptrdiff_t>(count_);
    std::nth_element(candidates_.begin(), middle, candidates_.end(), before);
    candidates_.erase(middle, candidates_.end());
  }

  std::size_t count_;
  BitsOf<T> mask_;
  std::size_t room_;
  std::vector<Item> candidates_;
};

}  // namespace

Run top_elements(const Chunk& values, const Chunk* positions, std::size_t axis, std::int64_t offset,
                 std::int64_t count, bool largest) {
  const auto rows = rows_along(values, axis);
  const auto own = positions == nullptr ? Chunk() : rows_along(*positions, axis);
  const auto n = static_cast<std::size_t>(rows.shape[1]);
  count = std::min(count, rows.shape[1]);
  const auto kept = static_cast<std::size_t>(count);
  MutableChunk best(values.dtype, {rows.shape[0], count});
  MutableChunk places(DType::int64, {rows.shape[0], count});
  visit_dtype(values.dtype, [&]<class T>(Type<T>) {
    const auto in = rows.view<T>();
    const auto to = best.view<T>();
    const auto numbers = places.view<std::int64_t>();
    TopOfRow<T> top(count, largest);
    for (std::size_t r = 0; r < static_cast<std::size_t>(rows.shape[0]); ++r) {
      const T* row = in.data() + r * n;
      auto* number = numbers.data() + r * kept;
      if (kept > 0) top.find(row, n, number);
      for (std::size_t i = 0; i < kept; ++i) {
        const auto at = static_cast<std::size_t>(number[i]);
        to[r * kept + i] = row[at];
        number[i] =
            positions == nullptr ? number[i] + offset : own.view<std::int64_t>()[r * n + at];
      }
    }
  });
  return {rows_back(std::move(best).freeze(), values.shape, axis, count),
          rows_back(std::move(places).freeze(), values.shape, axis, count)};
}

}  // namespace tartan::array

#include <algorithm>
#include <array/kernels/search.hpp>
#include <array/kernels/shape.hpp>
#include <array/kernels/sorted_keys.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

template <class T>
void count_all(const Chunk& values, const std::vector<BitsOf<T>>& keys, bool right,
               std::span<std::int64_t> out) {
  const auto in = values.view<T>();
  for (std::size_t i = 0; i < in.size(); ++i) {
    out[i] = static_cast<std::int64_t>(count_below(keys, equal_image(in[i]), right));
  }
}

}  // namespace

Chunk search_sorted(const Chunk& values, const Chunk& sorted, bool right, const Chunk* before) {
  MutableChunk counts(DType::int64, values.shape);
  const auto out = counts.view<std::int64_t>();
  visit_dtype(values.dtype, [&]<class T>(Type<T>) {
    count_all<T>(values, keys_of(sorted.view<T>()), right, out);
  });
  if (before != nullptr) {
    const auto earlier = before->view<std::int64_t>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] += earlier[i];
  }
  return std::move(counts).freeze();
}

Chunk is_in(const Chunk& values, const Chunk& sorted, const Chunk* before) {
  MutableChunk found(DType::boolean, values.shape);
  const auto out = found.view<bool>();
  visit_dtype(values.dtype, [&]<class T>(Type<T>) {
    const auto in = values.view<T>();
    const auto keys = keys_of(sorted.view<T>());
    for (std::size_t i = 0; i < in.size(); ++i) {
      const auto key = equal_image(in[i]);
      const auto at = count_below(keys, key, false);
      out[i] = at < keys.size() && keys[at] == key && !is_nan(in[i]);
    }
  });
  if (before != nullptr) {
    const auto earlier = before->view<bool>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = out[i] || earlier[i];
  }
  return std::move(found).freeze();
}

Chunk digitize(const Chunk& values, const Chunk& bins, bool right) {
  MutableChunk numbers(DType::int64, values.shape);
  const auto out = numbers.view<std::int64_t>();
  visit_dtype(values.dtype, [&]<class T>(Type<T>) {
    auto keys = keys_of(bins.view<T>());
    if (std::is_sorted(keys.begin(), keys.end())) return count_all<T>(values, keys, !right, out);
    std::reverse(keys.begin(), keys.end());
    if (!std::is_sorted(keys.begin(), keys.end())) {
      throw ValueError("digitize: the bins neither ascend nor descend; sort them");
    }
    count_all<T>(values, keys, !right, out);
    for (auto& number : out) number = static_cast<std::int64_t>(keys.size()) - number;
  });
  return std::move(numbers).freeze();
}

Chunk gather(const Chunk& chunk, const Chunk& indices) {
  const auto wanted = astype(indices, DType::int64);
  MutableChunk out(chunk.dtype, indices.shape);
  visit_dtype(chunk.dtype, [&]<class T>(Type<T>) {
    const auto in = chunk.view<T>();
    const auto to = out.view<T>();
    const auto numbers = wanted.view<std::int64_t>();
    for (std::size_t i = 0; i < to.size(); ++i) {
      const auto at = static_cast<std::uint64_t>(numbers[i]);
      if (at >= in.size()) {
        throw ValueError(
            fmt::format("searchsorted: the sorter has the index {}, but x1 has {} "
                        "elements",
                        numbers[i], in.size()));
      }
      to[i] = in[at];
    }
  });
  return std::move(out).freeze();
}

}  // namespace tartan::array

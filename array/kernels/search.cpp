#include <algorithm>
#include <array/kernels/order_image.hpp>
#include <array/kernels/search.hpp>
#include <array/kernels/shape.hpp>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>
#include <vector>

namespace tartan::array {
namespace {

/// How many of the sorted keys are below `key`, or not above it. No branch depends on the keys,
/// since those would be guessed wrong half of the time.
template <class Bits>
std::size_t count_below(const std::vector<Bits>& keys, Bits key, bool or_equal) {
  const Bits* first = keys.data();
  std::size_t length = keys.size();
  while (length > 0) {
    const auto half = length / 2;
    const bool below = or_equal ? first[half] <= key : first[half] < key;
    first = below ? first + half + 1 : first;
    length = below ? length - half - 1 : half;
  }
  return static_cast<std::size_t>(first - keys.data());
}

template <class T>
std::vector<BitsOf<T>> keys_of(std::span<const T> elements) {
  std::vector<BitsOf<T>> keys(elements.size());
  std::transform(elements.begin(), elements.end(), keys.begin(),
                 [](T x) { return equal_image(x); });
  return keys;
}

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
        throw ValueError(fmt::format("searchsorted: the sorter has the index {}, but x1 has {} "
                                     "elements", numbers[i], in.size()));
      }
      to[i] = in[at];
    }
  });
  return std::move(out).freeze();
}

}  // namespace tartan::array

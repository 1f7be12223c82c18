#include <array/kernels/shape.hpp>
#include <array/kernels/sort.hpp>
#include <array/kernels/sorted_keys.hpp>
#include <array/kernels/unique.hpp>

namespace tartan::array {
namespace {

/// A copy, since a part of the chunk would keep the memory of the whole.
Chunk first_part(MutableChunk chunk, std::size_t count) {
  if (static_cast<std::size_t>(chunk.shape()[0]) == count) return std::move(chunk).freeze();
  const std::span<const std::byte> bytes(chunk.data(), count * itemsize(chunk.dtype()));
  return {chunk.dtype(), {static_cast<std::int64_t>(count)}, Buffer::copy(bytes)};
}

template <class T>
bool same(T a, T b, bool equal_nan) {
  if (is_nan(a) || is_nan(b)) return equal_nan && is_nan(a) && is_nan(b);
  return a == b;
}

/// What element number i stands for: where it is first, and how often it occurs.
template <class First, class Count>
Distinct distinct(const Chunk& values, bool equal_nan, const First& first, const Count& count) {
  const auto order = argsort(values, 0, false);
  MutableChunk kept(values.dtype, values.shape);
  MutableChunk firsts(DType::int64, values.shape);
  MutableChunk counts(DType::int64, values.shape);
  std::size_t found = 0;
  visit_dtype(values.dtype, [&]<class T>(Type<T>) {
    const auto in = values.view<T>();
    const auto out = kept.view<T>();
    const auto places = firsts.view<std::int64_t>();
    const auto times = counts.view<std::int64_t>();
    for (const auto number : order.view<std::int64_t>()) {
      const auto i = static_cast<std::size_t>(number);
      if (found > 0 && same(out[found - 1], in[i], equal_nan)) {
        times[found - 1] += count(i);
        continue;
      }
      out[found] = in[i];
      places[found] = first(i);
      times[found] = count(i);
      ++found;
    }
  });
  return {first_part(std::move(kept), found), first_part(std::move(firsts), found),
          first_part(std::move(counts), found)};
}

Chunk joined(std::span<const Distinct> parts, std::size_t field) {
  std::int64_t total = 0;
  for (const auto& part : parts) total += part.at(field).size();
  MutableChunk all(parts.front().at(field).dtype, {total});
  auto* to = all.data();
  for (const auto& part : parts) {
    const auto bytes = part.at(field).data.bytes();
    to = std::copy(bytes.begin(), bytes.end(), to);
  }
  return std::move(all).freeze();
}

}  // namespace

Distinct distinct_elements(const Chunk& chunk, std::int64_t offset, bool equal_nan) {
  return distinct(
      reshape(chunk, {chunk.size()}), equal_nan,
      [offset](std::size_t i) { return offset + static_cast<std::int64_t>(i); },
      [](std::size_t) { return std::int64_t{1}; });
}

Distinct merge_distinct(std::span<const Distinct> parts, bool equal_nan) {
  const auto firsts = joined(parts, 1);
  const auto counts = joined(parts, 2);
  return distinct(
      joined(parts, 0), equal_nan,
      [places = firsts.view<std::int64_t>()](std::size_t i) { return places[i]; },
      [times = counts.view<std::int64_t>()](std::size_t i) { return times[i]; });
}

Chunk inverse_of(const Chunk& chunk, std::int64_t offset, const Distinct& distinct,
                 bool equal_nan) {
  MutableChunk inverse(DType::int64, chunk.shape);
  const auto out = inverse.view<std::int64_t>();
  const auto firsts = distinct.at(1).view<std::int64_t>();
  visit_dtype(chunk.dtype, [&]<class T>(Type<T>) {
    const auto in = chunk.view<T>();
    const auto keys = keys_of(distinct.at(0).view<T>());
    for (std::size_t i = 0; i < in.size(); ++i) {
      const auto key = equal_image(in[i]);
      auto at = count_below(keys, key, false);
      if (is_nan(in[i])) {
        if (equal_nan) {
          at = keys.size() - 1;
        } else {
          // NaNs of one kind lie in the order of their positions.
          const auto begin = firsts.begin() + static_cast<std::ptrdiff_t>(at);
          const auto end =
              firsts.begin() + static_cast<std::ptrdiff_t>(count_below(keys, key, true));
          const auto position = offset + static_cast<std::int64_t>(i);
          at = static_cast<std::size_t>(std::lower_bound(begin, end, position) - firsts.begin());
        }
      }
      out[i] = static_cast<std::int64_t>(at);
    }
  });
  return std::move(inverse).freeze();
}

}  // namespace tartan::array

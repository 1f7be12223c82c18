#include <algorithm>
#include <array/kernels/select.hpp>
#include <array/kernels/shape.hpp>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// Bytes of a mask are looked at as many at a time.
constexpr std::size_t kAtOnce = 8;

std::uint64_t load(const std::uint8_t* mask) {
  std::uint64_t word = 0;
  std::memcpy(&word, mask, sizeof word);
  return word;
}

std::size_t count_true(std::span<const std::uint8_t> mask) {
  std::size_t count = 0;
  std::size_t i = 0;
  for (; i + kAtOnce <= mask.size(); i += kAtOnce) {
    count += static_cast<std::size_t>(std::popcount(load(mask.data() + i)));
  }
  for (; i < mask.size(); ++i) count += mask[i];
  return count;
}

/// Every element is stored and the place moves on when it counts, so nothing is predicted. The last
/// place may be stored to in vain, so it is never the one behind the end.
template <std::size_t kSize>
void select_elements(const std::byte* from, std::span<const std::uint8_t> mask, std::byte* to,
                     std::size_t count) {
  std::size_t done = 0;
  for (std::size_t i = 0; i < mask.size() && done < count; i += kAtOnce) {
    const auto end = std::min(mask.size(), i + kAtOnce);
    if (end - i == kAtOnce) {
      const auto word = load(mask.data() + i);
      if (word == 0) continue;
      if (std::popcount(word) == static_cast<int>(kAtOnce)) {
        std::memcpy(to + done * kSize, from + i * kSize, kAtOnce * kSize);
        done += kAtOnce;
        continue;
      }
    }
    for (auto j = i; j < end && done < count; ++j) {
      std::memcpy(to + done * kSize, from + j * kSize, kSize);
      done += mask[j];
    }
  }
}

void select_rows(const std::byte* from, std::span<const std::uint8_t> mask, std::byte* to,
                 std::size_t row) {
  for (std::size_t i = 0; i < mask.size();) {
    if (mask[i] == 0) {
      ++i;
      continue;
    }
    auto end = i + 1;
    while (end < mask.size() && mask[end] != 0) ++end;
    std::memcpy(to, from + i * row, (end - i) * row);
    to += (end - i) * row;
    i = end;
  }
}

}  // namespace

Chunk select(const Chunk& chunk, const Chunk& mask) {
  const auto axes = mask.shape.size();
  if (mask.dtype != DType::boolean || axes > chunk.shape.size() ||
      !std::equal(mask.shape.begin(), mask.shape.end(), chunk.shape.begin())) {
    throw ValueError(fmt::format("select: a mask of {} of shape {} for a chunk of shape {}",
                                 name(mask.dtype), to_string(mask.shape), to_string(chunk.shape)));
  }
  const std::span bits(reinterpret_cast<const std::uint8_t*>(mask.data.data()), mask.data.size());
  const auto count = count_true(bits);
  Shape shape(chunk.shape.begin() + static_cast<std::ptrdiff_t>(axes), chunk.shape.end());
  const auto row = static_cast<std::size_t>(element_count(shape)) * itemsize(chunk.dtype);
  shape.insert(shape.begin(), static_cast<std::int64_t>(count));
  if (count == bits.size()) return reshape(chunk, std::move(shape));
  MutableChunk out(chunk.dtype, std::move(shape));
  if (out.nbytes() == 0) return std::move(out).freeze();
  const auto* from = chunk.data.data();
  switch (row) {
    case 1: select_elements<1>(from, bits, out.data(), count); break;
    case 2: select_elements<2>(from, bits, out.data(), count); break;
    case 4: select_elements<4>(from, bits, out.data(), count); break;
    case 8: select_elements<8>(from, bits, out.data(), count); break;
    case 16: select_elements<16>(from, bits, out.data(), count); break;
    default: select_rows(from, bits, out.data(), row);
  }
  return std::move(out).freeze();
}

Chunk nonzero(const Chunk& chunk, std::size_t axis, std::int64_t offset) {
  const auto filled = astype(chunk, DType::boolean);
  const std::span bits(reinterpret_cast<const std::uint8_t*>(filled.data.data()),
                       filled.data.size());
  std::int64_t inner = 1;
  for (auto behind = axis + 1; behind < chunk.shape.size(); ++behind) inner *= chunk.shape[behind];
  const auto length = chunk.shape.at(axis);
  const auto count = count_true(bits);
  MutableChunk out(DType::int64, {static_cast<std::int64_t>(count)});
  const auto indices = out.view<std::int64_t>();
  std::size_t done = 0;
  for (std::size_t i = 0; i < bits.size() && done < count; ++i) {
    if (bits[i] == 0) continue;
    indices[done++] = static_cast<std::int64_t>(i) / inner % length + offset;
  }
  return std::move(out).freeze();
}

}  // namespace tartan::array

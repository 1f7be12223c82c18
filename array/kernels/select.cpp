#include <algorithm>
#include <array/kernels/loops.hpp>
#include <array/kernels/select.hpp>
#include <array/kernels/shape.hpp>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <immintrin.h>
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

constexpr std::uint64_t kAllTrue = 0x0101010101010101;

/// Words are added byte by byte, as many as no byte overflows by, and then the bytes of the sum.
std::size_t count_true(std::span<const std::uint8_t> mask) {
  constexpr std::size_t kMost = 255;
  std::size_t count = 0;
  std::size_t i = 0;
  while (i + kAtOnce <= mask.size()) {
    const auto words = std::min(kMost, (mask.size() - i) / kAtOnce);
    std::uint64_t sums = 0;
    for (std::size_t w = 0; w < words; ++w) sums += load(mask.data() + i + w * kAtOnce);
    constexpr std::uint64_t kEvenBytes = 0x00FF00FF00FF00FF;
    const auto pairs = (sums & kEvenBytes) + (sums >> 8 & kEvenBytes);
    count += pairs * 0x0001000100010001 >> 48;
    i += words * kAtOnce;
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
      if (word == kAllTrue) {
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

constexpr std::size_t kMaskBytes = 64;

/// The elements of 64 bytes of a mask, 8 or 16 at a time. Every store is of a whole vector, and so
/// may be stored to in vain as far as the room for 64 elements goes.
TARTAN_AVX512 std::size_t compress(const std::uint64_t* from, std::uint64_t mask,
                                   std::uint64_t* to) {
  std::size_t done = 0;
  for (int lane = 0; lane < 64; lane += 8) {
    const auto part = static_cast<__mmask8>(mask >> lane);
    const __m512i elements = _mm512_loadu_si512(from + lane);
    _mm512_storeu_si512(to + done, _mm512_maskz_compress_epi64(part, elements));
    done += static_cast<unsigned>(std::popcount(part));
  }
  return done;
}
TARTAN_AVX512 std::size_t compress(const std::uint32_t* from, std::uint64_t mask,
                                   std::uint32_t* to) {
  std::size_t done = 0;
  for (int lane = 0; lane < 64; lane += 16) {
    const auto part = static_cast<__mmask16>(mask >> lane);
    const __m512i elements = _mm512_loadu_si512(from + lane);
    _mm512_storeu_si512(to + done, _mm512_maskz_compress_epi32(part, elements));
    done += static_cast<unsigned>(std::popcount(part));
  }
  return done;
}

/// Begins what select_elements ends: the last 64 elements may not be stored to in vain.
template <class T>
TARTAN_AVX512 void select_avx512(const std::byte* from, std::span<const std::uint8_t> mask,
                                 std::byte* to, std::size_t count) {
  const auto* in = reinterpret_cast<const T*>(from);
  auto* out = reinterpret_cast<T*>(to);
  std::size_t done = 0;
  std::size_t i = 0;
  for (; i + kMaskBytes <= mask.size() && done + kMaskBytes <= count; i += kMaskBytes) {
    const __m512i bytes = _mm512_loadu_si512(mask.data() + i);
    const std::uint64_t bits = _mm512_test_epi8_mask(bytes, bytes);
    if (bits != 0) done += compress(in + i, bits, out + done);
  }
  select_elements<sizeof(T)>(from + i * sizeof(T), mask.subspan(i), to + done * sizeof(T),
                             count - done);
}

template <class T>
void select_words(const std::byte* from, std::span<const std::uint8_t> mask, std::byte* to,
                  std::size_t count) {
  const auto run = active_isa() == Isa::avx512 ? &select_avx512<T> : &select_elements<sizeof(T)>;
  run(from, mask, to, count);
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
    case 4: select_words<std::uint32_t>(from, bits, out.data(), count); break;
    case 8: select_words<std::uint64_t>(from, bits, out.data(), count); break;
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

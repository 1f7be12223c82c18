#include <array/kernels/loops.hpp>
#include <array/kernels/philox.hpp>
#include <immintrin.h>

namespace tartan::array {
namespace {

struct Counter {
  std::uint32_t low;  ///< of the first block; low + n does not overflow
  std::uint32_t high;
  std::uint32_t stream_low;
  std::uint32_t stream_high;
};
struct PhiloxKey {
  std::uint32_t k0;
  std::uint32_t k1;
};

// A 32-bit word lies in the low half of each 64-bit lane, where the widening product reads it;
// what is in the high half does no harm and is dropped at the end. Compilers do not find that
// product by themselves, so each instruction set has its own, and the rest is shared as text:
// inlining cannot carry an intrinsic through a function without its target. The high words of the
// products come down by a shuffle, since shifts would wait for the unit that multiplies.
#define TARTAN_PHILOX(function, attribute, bytes, product, swapped)                         \
  attribute void function(PhiloxBatch& out, std::size_t at, std::size_t n, Counter counter, \
                          PhiloxKey key) {                                                  \
    typedef std::uint64_t Vector __attribute__((vector_size(bytes)));                       \
    constexpr std::size_t kLanes = (bytes) / 8;                                             \
    typedef std::uint32_t Half __attribute__((vector_size((bytes) / 2)));                   \
    const Vector m0 = Vector{} + 0xD2511F53U;                                               \
    const Vector m1 = Vector{} + 0xCD9E8D57U;                                               \
    Vector lane;                                                                            \
    for (std::size_t k = 0; k < kLanes; ++k) lane[k] = k;                                   \
    for (std::size_t i = 0; i < n; i += kLanes) {                                           \
      Vector x0 = lane + (counter.low + i);                                                 \
      Vector x1 = Vector{} + counter.high;                                                  \
      Vector x2 = Vector{} + counter.stream_low;                                            \
      Vector x3 = Vector{} + counter.stream_high;                                           \
      std::uint32_t k0 = key.k0;                                                            \
      std::uint32_t k1 = key.k1;                                                            \
      _Pragma("GCC unroll 10") for (int round = 0; round < 10; ++round) {                   \
        const Vector p0 = (Vector)product(m0, x0);                                          \
        const Vector p1 = (Vector)product(m1, x2);                                          \
        x0 = (Vector)swapped(p1) ^ x1 ^ k0;                                                 \
        x2 = (Vector)swapped(p0) ^ x3 ^ k1;                                                 \
        x1 = p1;                                                                            \
        x3 = p0;                                                                            \
        k0 += 0x9E3779B9U;                                                                  \
        k1 += 0xBB67AE85U;                                                                  \
      }                                                                                     \
      const Half w0 = __builtin_convertvector(x0, Half);                                    \
      const Half w1 = __builtin_convertvector(x1, Half);                                    \
      const Half w2 = __builtin_convertvector(x2, Half);                                    \
      const Half w3 = __builtin_convertvector(x3, Half);                                    \
      std::memcpy(out.word[0] + at + i, &w0, sizeof(Half));                                 \
      std::memcpy(out.word[1] + at + i, &w1, sizeof(Half));                                 \
      std::memcpy(out.word[2] + at + i, &w2, sizeof(Half));                                 \
      std::memcpy(out.word[3] + at + i, &w3, sizeof(Half));                                 \
    }                                                                                       \
  }

#define TARTAN_PRODUCT128(a, b) _mm_mul_epu32((__m128i)(a), (__m128i)(b))
#define TARTAN_PRODUCT256(a, b) _mm256_mul_epu32((__m256i)(a), (__m256i)(b))
// The form with a mask, all of it set: the plain one trips a false warning of GCC 12.
#define TARTAN_PRODUCT512(a, b) _mm512_maskz_mul_epu32(0xFF, (__m512i)(a), (__m512i)(b))
#define TARTAN_SWAPPED128(x) _mm_shuffle_epi32((__m128i)(x), 0xB1)
#define TARTAN_SWAPPED256(x) _mm256_shuffle_epi32((__m256i)(x), 0xB1)
#define TARTAN_SWAPPED512(x) _mm512_maskz_shuffle_epi32(0xFFFF, (__m512i)(x), _MM_PERM_CDAB)
TARTAN_PHILOX(baseline, , 16, TARTAN_PRODUCT128, TARTAN_SWAPPED128)
TARTAN_PHILOX(avx2, TARTAN_AVX2, 32, TARTAN_PRODUCT256, TARTAN_SWAPPED256)
TARTAN_PHILOX(avx512, TARTAN_AVX512, 64, TARTAN_PRODUCT512, TARTAN_SWAPPED512)

}  // namespace

void philox(PhiloxBatch& out, std::uint64_t first, std::size_t n, std::uint64_t seed,
            std::uint64_t stream) {
  const Isa isa = active_isa();
  const auto run = isa == Isa::avx512 ? &avx512 : isa == Isa::avx2 ? &avx2 : &baseline;
  const PhiloxKey key{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)};
  for (std::size_t done = 0; done < n;) {
    const std::uint64_t block = first + done;
    const auto low = static_cast<std::uint32_t>(block);
    const std::uint64_t until_carry = (std::uint64_t{1} << 32) - low;
    const std::size_t count = n - done < until_carry ? n - done : until_carry;
    run(out, done, count,
        {low, static_cast<std::uint32_t>(block >> 32), static_cast<std::uint32_t>(stream),
         static_cast<std::uint32_t>(stream >> 32)},
        key);
    done += count;
  }
}

std::array<std::uint32_t, 4> philox(std::uint64_t block, std::uint64_t seed,
                                    std::uint64_t stream) {
  std::array<std::uint32_t, 4> x = {
      static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
      static_cast<std::uint32_t>(stream), static_cast<std::uint32_t>(stream >> 32)};
  auto k0 = static_cast<std::uint32_t>(seed);
  auto k1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t p0 = std::uint64_t{0xD2511F53U} * x[0];
    const std::uint64_t p1 = std::uint64_t{0xCD9E8D57U} * x[2];
    x = {static_cast<std::uint32_t>(p1 >> 32) ^ x[1] ^ k0, static_cast<std::uint32_t>(p1),
         static_cast<std::uint32_t>(p0 >> 32) ^ x[3] ^ k1, static_cast<std::uint32_t>(p0)};
    k0 += 0x9E3779B9U;
    k1 += 0xBB67AE85U;
  }
  return x;
}

}  // namespace tartan::array

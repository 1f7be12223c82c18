// Selections by masks, held against a loop.

#include <array/kernels/select.hpp>
#include <catch2/catch.hpp>

#include "kernels_support.hpp"

using namespace tartan;
using namespace tartan::array;
using namespace tartan::array::test;

TEST_CASE("a mask chooses the same elements of any size on all instruction sets") {
  const auto dtype =
      GENERATE(DType::uint8, DType::int16, DType::float32, DType::float64, DType::complex128);
  const auto part = GENERATE(0.0, 0.02, 0.5, 0.98, 1.0);
  const std::size_t size = itemsize(dtype);
  Random random(4);
  for (const std::int64_t n : {0, 1, 7, 8, 63, 64, 65, 127, 128, 200, 1000}) {
    MutableChunk x(dtype, {n});
    MutableChunk mask(DType::boolean, {n});
    for (std::size_t i = 0; i < x.nbytes(); ++i) x.data()[i] = std::byte(random.next() & 0x3F);
    std::string wanted;
    for (std::int64_t i = 0; i < n; ++i) {
      const bool chosen = random.uniform() < part;
      mask.view<bool>()[static_cast<std::size_t>(i)] = chosen;
      const auto* element = reinterpret_cast<const char*>(x.data()) + i * std::int64_t(size);
      if (chosen) wanted.append(element, size);
    }
    const auto chunk = std::move(x).freeze();
    const auto bits = std::move(mask).freeze();
    CAPTURE(n, dtype, part);
    at_every_isa([&](Isa) { CHECK(array::select(chunk, bits).data.text() == wanted); });
  }
}

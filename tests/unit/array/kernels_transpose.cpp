#include "kernels_support.hpp"

#include <array/kernels/transpose.hpp>
#include <catch2/catch.hpp>
#include <numeric>
#include <vector>

namespace tartan::array::test {
namespace {

template <class T>
std::size_t wrong_elements(std::int64_t rows, std::int64_t columns, std::int64_t shift) {
  const auto from_step = rows + 3;
  const auto to_step = (columns + 15) / 16 * 16;
  std::vector<T> from(static_cast<std::size_t>(columns * from_step));
  std::iota(from.begin(), from.end(), T{1});
  MutableBuffer memory(static_cast<std::size_t>(rows * to_step + shift) * sizeof(T));
  T* to = reinterpret_cast<T*>(memory.data()) + shift;
  transpose_matrix(to, to_step, from.data(), from_step, rows, columns);
  std::size_t wrong = 0;
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      wrong += to[r * to_step + c] != from[static_cast<std::size_t>(c * from_step + r)];
    }
  }
  return wrong;
}

TEST_CASE("matrices of all sizes turn right with every instruction set") {
  at_every_isa([](Isa isa) {
    CAPTURE(name(isa));
    for (const std::int64_t shift : {0, 1}) {
      for (const std::int64_t rows : {1, 15, 16, 33, 130}) {
        for (const std::int64_t columns : {1, 7, 32, 49}) {
          CHECK(wrong_elements<std::uint64_t>(rows, columns, shift) == 0);
          CHECK(wrong_elements<std::uint32_t>(rows, columns, shift) == 0);
        }
      }
      // Large enough to be written past the caches.
      CHECK(wrong_elements<std::uint64_t>(1050, 1030, shift) == 0);
      CHECK(wrong_elements<std::uint32_t>(1500, 1490, shift) == 0);
    }
  });
}

}  // namespace
}  // namespace tartan::array::test

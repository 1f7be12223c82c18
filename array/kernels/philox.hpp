#pragma once

// Philox 4x32-10 over consecutive counters, in loops the compiler vectorises: ten rounds of two
// 32 x 32 bit products (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2,
// 3", SC 2011). The numbers are those of the paper's own library, Random123.

#include <array>
#include <cstddef>
#include <cstdint>

namespace tartan::array {

inline constexpr std::size_t kPhiloxBatch = 1024;

/// The four words of blocks first, first + 1, ... as one array per word, with room for the last
/// vector's unwanted lanes.
struct PhiloxBatch {
  alignas(64) std::uint32_t word[4][kPhiloxBatch + 16];
};

/// n <= kPhiloxBatch. The counter is (block low, block high, stream low, stream high).
void philox(PhiloxBatch& out, std::uint64_t first, std::size_t n, std::uint64_t seed,
            std::uint64_t stream);

/// One such block.
std::array<std::uint32_t, 4> philox(std::uint64_t block, std::uint64_t seed, std::uint64_t stream);

}  // namespace tartan::array

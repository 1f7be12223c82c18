#pragma once

// Which instruction set the kernels use. Every hot loop is compiled three times in the same file
// (see loops.hpp) and picked at run time, so that one binary runs well on old and new nodes.
//
// Results are the same bit for bit on all levels: loops hold only IEEE operations in a fixed
// order and contraction to FMA is off. The functions of analysis (exp, sin, ...) come from
// SLEEF's deterministic variants, which agree between avx2 and avx512; on a CPU without AVX2 and
// FMA, from before 2013, they may differ in the last place.

#include <cstdint>
#include <string_view>

namespace tartan::array {

enum class Isa : std::uint8_t { baseline = 0, avx2 = 1, avx512 = 2 };
inline constexpr std::size_t kIsaCount = 3;

std::string_view name(Isa isa);
/// The best level this machine has.
Isa best_isa();
/// The level in use: best_isa() unless a test forced another.
Isa active_isa();
/// For tests: use this level from now on in programs that start afterwards; must not exceed
/// best_isa().
void force_isa(Isa isa);

}  // namespace tartan::array

#pragma once

// Task functions of your own, for a cluster whose workers have never seen your program.

#include <cstdint>

namespace dice {

/// How many of so many points in the unit square fall into the quarter circle.
std::int64_t inside(std::uint64_t seed, std::int64_t points);

}  // namespace dice

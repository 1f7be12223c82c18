#pragma once

// Seeded random numbers for decisions (tie breaks, jitter, the simulator), the same on every
// machine. Array data comes from a counter generator instead: see array/kernels.

#include <cstdint>

namespace tartan {

/// splitmix64 (Steele, Lea, Flood 2014): 64 bits of state, equidistributed, cheap to fork.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// Uniform in [0, bound); bound > 0. Bias below 2^-32 for bounds below 2^32.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * bound) >> 64);
  }
  /// Uniform in [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double probability) { return uniform() < probability; }
  /// An independent stream; this one moves on by one step.
  Random fork() { return Random(next()); }

 private:
  std::uint64_t state_;
};

/// 64 bits from the operating system.
std::uint64_t entropy();

}  // namespace tartan

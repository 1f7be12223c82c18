#pragma once

// What a worker's use of memory asks for, by fractions of its limit as in Dask: above `target`
// the store spills by its own count, above `spill` because the process is as large, above `pause`
// no task is started. (Above `terminate` the nanny kills the process.) Pure arithmetic over what
// was measured last.

#include <cstdint>
#include <limits>

namespace tartan::worker {

/// Each 0 turns its measure off.
struct MemoryFractions {
  double target = 0.60;
  double spill = 0.70;
  double pause = 0.80;
  double terminate = 0.95;
};

class Pressure {
 public:
  static constexpr std::uint64_t kNoCap = std::numeric_limits<std::uint64_t>::max();

  Pressure(std::uint64_t limit, const MemoryFractions& fractions)
      : limit_(limit), fractions_(fractions) {}

  /// The process's resident bytes, and the store's in memory at the same time.
  void measure(std::uint64_t process_bytes, std::uint64_t store_bytes);
  /// The store alone, which may have grown since the process was measured, and what the tasks that
  /// run are expected to add.
  void count(std::uint64_t store_bytes, std::uint64_t expected_bytes);

  /// What may stay in the store's memory.
  std::uint64_t cap() const { return cap_ < target() ? cap_ : target(); }
  bool paused() const { return paused_; }
  /// Whether memory that nobody uses should go back to the system.
  bool above_spill(std::uint64_t process_bytes) const {
    return process_bytes > threshold(fractions_.spill);
  }
  std::uint64_t process_bytes() const { return process_bytes_; }

 private:
  std::uint64_t threshold(double fraction) const;
  std::uint64_t target() const { return threshold(fractions_.target); }

  std::uint64_t limit_;
  MemoryFractions fractions_;
  std::uint64_t process_bytes_ = 0;
  std::uint64_t cap_ = kNoCap;  ///< that the process asks for
  bool paused_ = false;
};

}  // namespace tartan::worker

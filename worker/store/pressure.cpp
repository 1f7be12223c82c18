#include <algorithm>
#include <worker/store/pressure.hpp>

namespace tartan::worker {

namespace {
/// So much below the pause threshold work begins again, so that it does not flicker.
constexpr double kHysteresis = 0.05;
}  // namespace

std::uint64_t Pressure::threshold(double fraction) const {
  if (limit_ == 0 || fraction <= 0) return kNoCap;
  return static_cast<std::uint64_t>(static_cast<double>(limit_) * fraction);
}

void Pressure::measure(std::uint64_t process_bytes, std::uint64_t store_bytes) {
  process_bytes_ = process_bytes;
  cap_ = kNoCap;
  if (above_spill(process_bytes)) {
    // Down to the target, by what is too much now.
    std::uint64_t goal = std::min(target(), threshold(fractions_.spill));
    cap_ = store_bytes - std::min(store_bytes, process_bytes - goal);
  }
}

void Pressure::count(std::uint64_t store_bytes, std::uint64_t expected_bytes) {
  std::uint64_t high = threshold(fractions_.pause);
  if (high == kNoCap) return;
  std::uint64_t low = threshold(std::max(fractions_.pause - kHysteresis, fractions_.pause / 2));
  std::uint64_t used = std::max(process_bytes_, store_bytes) + expected_bytes;
  paused_ = paused_ ? used >= low : used > high;
}

}  // namespace tartan::worker

#pragma once

// Time is an argument: the state machines never read a clock. Servers read SteadyClock once a
// turn; the simulator makes its own points in time.

#include <chrono>

namespace tartan {

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// What a server asks for the time.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const = 0;
};

class SteadyClock final : public Clock {
 public:
  Time now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace tartan

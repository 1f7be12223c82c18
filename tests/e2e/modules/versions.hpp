#pragma once

// A task function in several versions, each in a module of its own: one source, compiled with
// another E2E_VERSION. What is inline here would be shared between modules if the compiler had
// its way (STB_GNU_UNIQUE).

#include <cstdint>
#include <string>

namespace versions {

#if E2E_VERSION == 3
using Number = double;  // the same symbol, another signature
#else
using Number = std::int64_t;
#endif

/// What the version says of itself by a constant, an inline variable, a static variable of an
/// inline function and one of a template, and x; after some milliseconds.
std::string told(std::int64_t x, std::int64_t milliseconds);
Number number(std::int64_t x);
/// Submits told(x, 0) from within the task.
std::string told_inside(std::int64_t x);
/// Writes a line to the file.
std::int64_t write_file(const std::string& path);

}  // namespace versions

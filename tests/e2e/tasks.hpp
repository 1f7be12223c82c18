#pragma once

// The task functions of the end-to-end tests: a module for tartan-worker, and part of the program
// that submits them.

#include <cstdint>
#include <string>
#include <vector>

namespace e2e {

std::int64_t square(std::int64_t x);
/// Returns x after some milliseconds.
std::int64_t slowly(std::int64_t x, std::int64_t milliseconds);
std::int64_t sum(const std::vector<std::int64_t>& values);
/// Throws std::domain_error.
double reciprocal(double x);
/// Aborts its own process.
std::int64_t crash(std::int64_t x);
/// A thousand numbers that depend on the seed, after some milliseconds.
std::vector<std::uint64_t> leaf(std::int64_t seed, std::int64_t milliseconds);
/// Both mixed number by number, where order matters, after some milliseconds.
std::vector<std::uint64_t> blend(const std::vector<std::uint64_t>& left,
                                 const std::vector<std::uint64_t>& right,
                                 std::int64_t milliseconds);
/// count doubles, a function of the seed.
std::vector<double> large(std::int64_t count, std::int64_t seed);
/// A checksum that depends on every element and its place.
double checksum(const std::vector<double>& values);
std::int64_t process_id(std::int64_t salt);

}  // namespace e2e

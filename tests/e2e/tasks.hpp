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
/// Kills its own process.
std::int64_t crash(std::int64_t x);
/// count doubles, a function of the seed.
std::vector<double> large(std::int64_t count, std::int64_t seed);
/// A checksum that depends on every element and its place.
double checksum(const std::vector<double>& values);
/// count numbers, a function of the seed; their sum is block_sum(count, seed).
std::vector<std::uint64_t> block(std::uint64_t count, std::uint64_t seed);
/// 3 times the sum of a and 5 times that of b, modulo 2^64.
std::uint64_t pair_sum(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);
std::uint64_t block_sum(std::uint64_t count, std::uint64_t seed);
std::int64_t process_id(std::int64_t salt);

}  // namespace e2e

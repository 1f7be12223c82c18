#pragma once

// What the functions of stats.hpp have in common: samples as float64 and what is known of their
// size.

#include <string_view>
#include <tartan/array/functions.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/array/stats.hpp>

namespace tartan::stats {

/// The elements as float64. Throws TypeError naming `what` for complex ones.
Array numbers_of(std::string_view what, const Array& x);
/// Number of elements along the axes together. Throws ValueError as reductions do.
double length_of(std::string_view what, const Array& x, const Axes& axes);
/// The distances from the mean.
Array from_mean(const Array& numbers, const Axes& axes);
/// x to a power of 1 or more.
Array power_of(const Array& x, int power);
/// Whether all elements along the axes are the same; ValueError when there are none.
Array is_constant(const Array& x, const Axes& axes, bool keepdims = false);
/// The statistic is standard normal, or chi-square with two degrees of freedom.
TestResult normal_result(const Array& statistic);
TestResult chi2_of_two_result(const Array& statistic);

}  // namespace tartan::stats

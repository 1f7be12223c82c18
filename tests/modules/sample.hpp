#pragma once

// Task functions of the sample module, as a client program sees them.

#include <string>
#include <tartan/value/function.hpp>
#include <vector>

namespace sample {

double total(const std::vector<double>& values);
std::string greet(std::string name);
/// The attempt id of the task it runs in, to show that there is one current task per process.
std::uint64_t attempt();
/// Throws std::domain_error.
int fail(int value);
tartan::Value first(tartan::Arguments& arguments);

}  // namespace sample

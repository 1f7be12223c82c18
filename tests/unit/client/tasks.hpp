#pragma once

// Task functions for the client's tests. They have external linkage, defined in tasks.cpp.

#include <cstdint>
#include <string>
#include <tartan/client.hpp>
#include <vector>

namespace tasks {

double norm(const std::vector<double>& v);
double add(double a, double b);
double sum(const std::vector<double>& values);
int increment(int x);
std::string greet(const std::string& name);
void nothing(int);
double fail(double x);
/// Fails on its first run in this process, and gives x on the next.
int fails_once(int x);
std::uint64_t pid();
/// Runs a small graph on the current client, which inside a task is an inline executor.
double nested(int n);
std::vector<double> ramp(std::int64_t n);
tartan::Value first_of(tartan::Arguments& arguments);
/// Sleeps so many milliseconds and returns them.
int slow(int ms);
std::size_t length(const std::string& text);

}  // namespace tasks

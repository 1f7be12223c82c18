#pragma once

// Task functions for the client's tests. They have external linkage, defined in tasks.cpp.

#include <atomic>
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
/// Runs a small graph on the current client.
double nested(int n);
std::vector<double> ramp(std::int64_t n);
tartan::Value first_of(tartan::Arguments& arguments);
/// Sleeps so many milliseconds and returns them.
int slow(int ms);
std::size_t length(const std::string& text);

// ---- tasks that use the cluster -----------------------------------------------------------

std::int64_t fib(std::int64_t n);
/// The same without sharing: as many tasks as calls.
std::int64_t fib_impure(std::int64_t n);
std::vector<std::int64_t> quicksort(const std::vector<std::int64_t>& values);
std::vector<std::int64_t> shuffled(std::int64_t count);
std::vector<std::int64_t> sorted(std::int64_t count);
std::string current_address();
std::string current_address_inline();
/// 1 + ... + n, by tasks taken as they end.
std::int64_t sum_as_completed(std::int64_t n);
double waits_for_failure(double x);
/// Has a result copied that another task is to make; its length.
std::int64_t replicate_inside(std::int64_t n);

/// Sleeps, then counts in runs_counted; the count.
int count_run(int ms);
/// Fails on its first two runs in this process, and gives x on the next.
int fails_twice(int x);
std::string worker_name();

/// Of this process.
extern std::atomic<int> runs_counted;
extern std::atomic<bool> running;
extern std::atomic<bool> woken;
/// Sets running, and runs until it is cancelled.
int until_cancelled();
/// Waits for one that runs until it is cancelled; sets woken when its wait ends in CancelledError.
int waits_for_endless();

// ---- tasks that share things by name ------------------------------------------------------

/// Adds one to the number in the file so many times, each time under a lock of the file's name.
int count_in_file(const std::string& file, int times);
/// The number in the file; 0 when there is none.
int number_in(const std::string& file);
/// Locks, unlocks and gives 1.
int take_lock(const std::string& name);

}  // namespace tasks

#pragma once

// What operators do to a running cluster, as questions to the scheduler and exceptions for what
// comes of them; and how far groups of tasks have come.

#include <client/engine/backend.hpp>
#include <map>
#include <string>
#include <tartan/client/operations.hpp>
#include <vector>

namespace tartan::client {

/// Asks, waits for the end of the operation, and returns the outcomes by name. Throws ValueError
/// for names and numbers there are not, else Exception with the scheduler's reason.
std::map<std::string, std::string> operate(Backend& backend, wire::Operate what,
                                           std::vector<Key> keys, std::vector<std::string> names,
                                           std::uint64_t count, std::chrono::nanoseconds timeout);

/// The keys of living futures of this backend; throws ValueError for others.
std::vector<Key> keys_of(std::span<const AnyFuture> futures, const Backend& backend);

/// Reads the answer to InfoRequest "groups".
std::vector<GroupProgress> parse_groups(const std::string& json);

}  // namespace tartan::client

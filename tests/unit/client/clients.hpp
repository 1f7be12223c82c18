#pragma once

// The kinds of client that every program must run on alike.

#include <functional>
#include <tartan/client.hpp>

/// Calls it with an inline executor, an embedded cluster, and two workers as threads and as
/// processes.
void for_every_client(const std::function<void(tartan::Client&)>& program);

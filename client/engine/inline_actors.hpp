#pragma once

// The actors of all inline executors of this process, by key: a handle inside a task finds its
// object whichever executor made it. Thread-safe.

#include <memory>
#include <mutex>
#include <tartan/base/key.hpp>
#include <tartan/value/value.hpp>

namespace tartan::client {

struct InlineActor {
  std::recursive_mutex mutex;  ///< held while a method runs; one may call its own actor
  Value object;                ///< an ActorObject
};

void announce_inline_actor(Key key, const std::shared_ptr<InlineActor>& actor);
/// Null when there is none, or none any more.
std::shared_ptr<InlineActor> find_inline_actor(Key key);

}  // namespace tartan::client

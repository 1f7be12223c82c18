#pragma once

// One call of an actor's method, and what came of it.

#include <cstdint>
#include <memory>
#include <optional>
#include <tartan/base/buffer.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/key.hpp>
#include <tartan/value/function.hpp>
#include <variant>
#include <vector>

namespace tartan::worker {

/// Names a call: callers number theirs from 1.
struct ActorCallId {
  Key actor;
  std::uint64_t object = 0;  ///< which of the objects that were here under the actor's key
  Key caller;
  std::uint64_t number = 0;
};

struct ActorRun {
  ActorCallId id;
  const FunctionInfo* method = nullptr;  ///< null: `problem` is the outcome
  Failure problem;
  Buffer arguments;  ///< of an ArgumentWriter; dependency 0 is the object
};

struct ActorOutcome {
  Buffer packed;  ///< the result (pack_value)
  std::optional<Failure> failure;

  std::size_t nbytes() const {
    return packed.size() + (failure ? failure->type.size() + failure->message.size() : 0);
  }
};

struct ActorRan {
  ActorCallId id;
  ActorOutcome outcome;
};

/// What the pool of actors' threads is to do, in order.
struct ActorCreate {
  Key actor;
  Value object;  ///< an ActorObject
};
struct ActorDestroy {
  Key actor;
};
using ActorOrder = std::variant<ActorCreate, ActorRun, ActorDestroy>;

}  // namespace tartan::worker

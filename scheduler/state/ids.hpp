#pragma once

// How the state machine names things. A task is an index into the task table; its slot is reused
// once it is forgotten. An attempt carries a counter above the index, so that a late message of
// an older attempt never touches the slot's present owner.

#include <core/wire/messages.hpp>
#include <cstdint>
#include <string_view>

namespace tartan::scheduler {

using TaskIndex = std::uint32_t;
using ClientId = std::uint32_t;
using wire::AttemptId;
using wire::kNoWorker;
using wire::WorkerId;

/// Holds what is to run to its end though no client holds it; clients' numbers begin at 1.
inline constexpr ClientId kDetached = 0;

/// Holds the futures inside queues, variables and datasets; the largest there can be.
inline constexpr ClientId kShared = 0xFFFFFFFF;

inline constexpr std::uint32_t kNone = 0xFFFFFFFF;

enum class TaskState : std::uint8_t {
  released,    ///< not in memory and not being made
  waiting,     ///< some dependency is not in memory
  queued,      ///< ready, held back on the scheduler
  processing,  ///< given to a worker
  memory,      ///< a worker, or the scheduler for small results, has the result
  erred,
  forgotten,  ///< the slot is free
};
inline constexpr std::size_t kTaskStates = 7;

std::string_view name(TaskState state);

constexpr AttemptId make_attempt(std::uint32_t counter, TaskIndex task) {
  return (static_cast<AttemptId>(counter) << 32) | task;
}
constexpr TaskIndex task_of(AttemptId attempt) { return static_cast<TaskIndex>(attempt); }
constexpr std::uint32_t counter_of(AttemptId attempt) {
  return static_cast<std::uint32_t>(attempt >> 32);
}

}  // namespace tartan::scheduler

#pragma once

// What happens to a worker's state machine, and what it asks for in return. Plain structs, one
// field a line, printable; no values and no bytes travel here: the node keeps those beside, by
// attempt and by key.
//
// Every event carries the number of its stimulus (the envelope, execution or tick that caused
// it), so that a story of transitions can be traced back to what arrived.

#include <core/wire/messages.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/key.hpp>
#include <tartan/base/time.hpp>
#include <variant>
#include <vector>

namespace tartan::worker {

using wire::AttemptId;
using wire::kNoWorker;
using wire::WorkerId;
using Resources = std::map<std::string, double>;

/// One input of a task, in the order of its dependency list.
struct Dependency {
  Key key;
  std::uint64_t nbytes = 0;
  WorkerId holder = kNoWorker;  ///< kNoWorker: here, or expected from an earlier task of ours
  bool inlined = false;         ///< its bytes came with the task; nothing to wait for
};

struct TaskSpec {
  AttemptId attempt = 0;
  Key key;
  std::uint64_t priority = 0;  ///< smaller runs first
  std::uint64_t output_bytes = 0;
  std::uint64_t scratch_bytes = 0;
  Duration timeout{};                          ///< a longer run fails; zero: none
  std::shared_ptr<const Resources> resources;  ///< null: none
  std::vector<Dependency> dependencies;
  Key module = {};  ///< task module on its way here, without which it cannot start; null: none
};

namespace event {

/// The scheduler accepted us. Another scheduler, or a new number, means that our tasks are not
/// wanted any more; our data is kept and reported.
struct Registered {
  WorkerId self = kNoWorker;
  bool forget_tasks = false;
};
struct Compute {
  std::vector<TaskSpec> tasks;
};
struct Retract {
  std::vector<AttemptId> attempts;
};
struct Cancel {
  std::vector<AttemptId> attempts;
};
struct Free {
  std::vector<Key> keys;
};
struct Acquire {
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
  std::vector<WorkerId> holders;
};
struct NewHolders {
  std::vector<Key> keys;
  std::vector<WorkerId> holders;
};
struct Report {
  std::uint64_t request = 0;  ///< 0: nobody asked
};
/// A thread ran the attempt to its end.
struct Finished {
  AttemptId attempt = 0;
  std::uint64_t nbytes = 0;
  Duration duration{};
};
struct Failed {
  AttemptId attempt = 0;
  Failure failure;
};
/// A running task waits for other tasks, and needs no thread until it rejoins.
struct Seceded {
  AttemptId attempt = 0;
};
struct Rejoined {
  AttemptId attempt = 0;
};
/// A fetch was answered. Keys asked for and named in neither list count as missing.
struct Fetched {
  std::uint64_t request = 0;
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
  std::vector<Key> missing;
};
/// The peer cannot be reached: what was asked of it, or would have been, fails.
struct PeerGone {
  WorkerId peer = kNoWorker;
};
/// Values a client brought.
struct Put {
  std::vector<Key> keys;
  std::vector<std::uint64_t> nbytes;
};
/// Memory is short: no task is started, or only while no other runs.
struct Pause {
  bool one_by_one = false;
};
struct Resume {};
/// Values that were held and cannot be had any more.
struct Lost {
  std::vector<Key> keys;
};
/// An attempt that was to start cannot: an input was lost. It goes back to the scheduler.
struct Unstarted {
  AttemptId attempt = 0;
};
/// The module is here, or it is known that it will not come: its tasks start, and may fail.
struct ModuleSettled {
  Key module;
};
struct Tick {};

using Any = std::variant<Registered, Compute, Retract, Cancel, Free, Acquire, NewHolders, Report,
                         Finished, Failed, Seceded, Rejoined, Fetched, PeerGone, Put, Pause, Resume,
                         Lost, Unstarted, ModuleSettled, Tick>;

}  // namespace event

struct Event {
  std::uint64_t stimulus = 0;
  event::Any what;
};

namespace action {

/// Run it now: its inputs are in the store, though perhaps on disk.
struct Start {
  AttemptId attempt = 0;
};
/// An unstarted task is not wanted any more.
struct Forget {
  AttemptId attempt = 0;
};
/// A running task's result is not wanted any more.
struct Abandon {
  AttemptId attempt = 0;
};
/// The value that came with the event is to be stored.
struct Keep {
  Key key;
};
struct Drop {
  Key key;
};
struct Fetch {
  std::uint64_t request = 0;
  WorkerId peer = kNoWorker;
  std::vector<Key> keys;
};
struct ReportFinished {
  AttemptId attempt = 0;
  Key key;
  std::uint64_t nbytes = 0;
  Duration duration{};
};
struct ReportFailed {
  AttemptId attempt = 0;
  Failure failure;
};
struct ReportRetracted {
  AttemptId attempt = 0;
  bool accepted = false;
};
/// A running task has begun (or ceased) to wait for others.
struct ReportWaiting {
  AttemptId attempt = 0;
  bool seceded = false;
};
struct ReportAdded {
  Key key;
  std::uint64_t nbytes = 0;
};
struct ReportMissing {
  Key key;
  WorkerId holder = kNoWorker;
};
/// We hold it no longer, though nobody told us to drop it.
struct ReportDropped {
  Key key;
};
/// Everything unreported and everything held.
struct ReportState {
  std::vector<AttemptId> attempts;
  std::vector<Key> held;
  std::vector<std::uint64_t> nbytes;
  std::uint64_t request = 0;
};

using Any = std::variant<Start, Forget, Abandon, Keep, Drop, Fetch, ReportFinished, ReportFailed,
                         ReportRetracted, ReportWaiting, ReportAdded, ReportMissing, ReportDropped,
                         ReportState>;

}  // namespace action

using Actions = std::vector<action::Any>;

/// One line each, for logs, stories and scenario files: `start 7`, `fetch #1 from w2: 00..0a`.
std::string to_string(const Event& event);
std::string to_string(const action::Any& action);

}  // namespace tartan::worker

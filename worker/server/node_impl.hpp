#pragma once

// What is behind worker::Node. One instance, one thread.
//
// control.cpp translates the scheduler's records into events, perform.cpp the machine's actions
// into records and executions, peers.cpp keeps the requests to other workers, and node.cpp what
// depends on time: joining, heartbeats, silence.

#include <core/net/transfer.hpp>
#include <core/wire/codec.hpp>
#include <deque>
#include <set>
#include <tartan/base/log.hpp>
#include <tsl/robin_map.h>
#include <worker/server/node.hpp>
#include <worker/state/state.hpp>
#include <worker/store/store.hpp>

namespace tartan::worker {

/// A task's bytes, which the state machine does not see.
struct Payload {
  Key key;
  const FunctionInfo* function = nullptr;
  std::vector<std::byte> arguments;
  std::vector<Key> dependencies;
  std::vector<Value> inputs;  ///< filled where inlined, the rest at the start
};

/// A function number of the scheduler: the function, or why there is none.
struct FunctionEntry {
  const FunctionInfo* function = nullptr;
  Failure failure;
};

/// Our requests to the data listener at one address.
struct PeerLink {
  explicit PeerLink(bool shares_memory) : client(shares_memory) {}

  net::TransferClient client;
  std::set<std::uint64_t> requests;
  Time last_sign{};  ///< of life: the last envelope, or the first request after idling
};

struct Node::Impl {
  Impl(const NodeConfig& node_config, Key own_incarnation);

  // node.cpp
  void send_hello(Time now);
  void send_heartbeat();
  void rejoin(Time now);
  bool ask_introductions(Time now);
  std::string label() const;  ///< for logs
  std::string where() const;  ///< for failures

  // control.cpp
  void on_record(wire::Hello&, Time) { unexpected("Hello"); }
  void on_record(wire::Welcome& welcome, Time now);
  void on_record(wire::Refused& refused, Time now);
  void on_record(wire::Beat& beat, Time now);
  void on_record(wire::Unknown& unknown, Time now);
  void on_record(wire::Goodbye& goodbye, Time now);
  void on_record(wire::Shutdown& shutdown, Time now);
  void on_record(wire::AddFunctions& add, Time now);
  void on_record(wire::AddPeers& add, Time now);
  void on_record(wire::ComputeTasks& compute, Time now);
  void on_record(wire::RetractTasks& retract, Time now);
  void on_record(wire::CancelAttempts& cancel, Time now);
  void on_record(wire::FreeKeys& free, Time now);
  void on_record(wire::AcquireKeys& acquire, Time now);
  void on_record(wire::UpdateHolders& update, Time now);
  void on_record(wire::ReportState& report, Time now);
  template <class Other>
  void on_record(Other& other, Time) {
    unexpected(wire::kind_name(wire::Message(std::move(other))));
  }
  void unexpected(std::string_view kind) const;
  /// The task's bytes are put aside; false when it fails here and now.
  bool take_payload(wire::ComputeTasks& compute, std::size_t task, const TaskSpec& spec,
                    Time now);

  // perform.cpp
  void feed(event::Any what, Time now);
  void perform(action::Start& start, Time now);
  void perform(action::Forget& forget, Time now);
  void perform(action::Abandon& abandon, Time now);
  void perform(action::Keep& keep, Time now);
  void perform(action::Drop& drop, Time now);
  void perform(action::Fetch& fetch, Time now);
  void perform(action::ReportFinished& report, Time now);
  void perform(action::ReportFailed& report, Time now);
  void perform(action::ReportRetracted& report, Time now);
  void perform(action::ReportWaiting& report, Time now);
  void perform(action::ReportAdded& report, Time now);
  void perform(action::ReportMissing& report, Time now);
  void perform(action::ReportState& report, Time now);
  void fail(AttemptId attempt, Failure failure);
  /// Writes the gathered columns as records.
  void flush_reports();
  void send_record(const wire::Message& message);
  void cut_frame();

  // peers.cpp
  std::string accept(const std::vector<std::pair<Key, Value>>& values);
  void take_fetched(const std::string& address, PeerLink& link, Time now);
  void peer_gone(const std::string& address, std::string_view why, Time now);
  Time peer_deadline(const PeerLink& link) const;
  void check_peers(Time now);
  void collect_peers();

  NodeConfig config;
  Key incarnation;
  State state;
  Store store;
  net::TransferServer server;
  Time now{};  ///< of the envelope being handled, for callbacks

  // Membership.
  bool started = false;
  bool joined = false;
  Key scheduler;
  WorkerId self = kNoWorker;
  std::string name;
  Duration heartbeat{};
  Duration lease{};
  Time last_heard{};
  Time next_hello{};
  Time next_heartbeat{};
  std::uint64_t process_bytes = 0;
  double cpu = 0;

  // What the scheduler told.
  tsl::robin_map<std::uint32_t, FunctionEntry> functions;
  std::map<std::uint32_t, int> asked_functions;  ///< unknown numbers: hellos said for them
  std::map<WorkerId, std::string> addresses;
  tsl::robin_map<AttemptId, Payload> payloads;

  std::map<std::string, PeerLink> peers;
  std::set<std::string> touched;  ///< addresses of peers that may have something to send

  // The event being fed, those that follow from it, and the values that come with them.
  std::uint64_t stimulus = 0;
  bool feeding = false;
  std::deque<event::Any> events;
  Actions actions;
  tsl::robin_map<Key, Value, std::hash<Key>> staged;

  // Reports of this turn.
  wire::TasksFinished finished;
  wire::DataAdded added;
  wire::DataMissing missing;
  wire::Retracted retracted;
  wire::TasksWaiting waiting;
  wire::FrameWriter frame;
  Output out;
};

}  // namespace tartan::worker

#pragma once

// What is behind worker::Node. One instance, one thread.
//
// control.cpp translates the scheduler's records into events, perform.cpp the machine's actions
// into records and executions, peers.cpp keeps the requests to other workers, memory.cpp what
// moves between memory and disk and who waits for it, actors.cpp the calls of actors, functions.cpp
// what functions there are and the modules that bring more, and node.cpp what depends on time:
// joining, heartbeats, silence.

#include <core/net/payloads.hpp>
#include <core/net/transfer.hpp>
#include <core/value/module_file.hpp>
#include <core/wire/codec.hpp>
#include <deque>
#include <set>
#include <tartan/base/log.hpp>
#include <tsl/robin_map.h>
#include <worker/server/node.hpp>
#include <worker/state/actor_calls.hpp>
#include <worker/state/state.hpp>
#include <worker/store/store.hpp>

namespace tartan::worker {

/// A task's bytes, which the state machine does not see.
struct Payload {
  Key key;
  const FunctionInfo* function = nullptr;  ///< null: `number` may have one by the start
  std::uint32_t number = 0;
  std::vector<std::byte> arguments;
  std::vector<Key> dependencies;
  std::vector<Value> inputs;     ///< filled where inlined, the rest at the start
  std::vector<Store::Pin> pins;  ///< of the inputs, while it runs
};

/// A function number of the scheduler: the function, or why there is none.
struct FunctionEntry {
  const FunctionInfo* function = nullptr;
  Failure failure;
  FunctionRef ref;
  std::string signature;  ///< in words, if known
  bool to_fetch = false;  ///< its module is to be fetched
};

/// Our requests to the data listener at one address.
struct PeerLink {
  explicit PeerLink(bool shares_memory) : client(shares_memory) {}

  net::TransferClient client;
  std::set<std::uint64_t> requests;
  Time last_sign{};  ///< of life: the last envelope, or the first request after idling
};

/// A started task that waits for inputs to be read from disk.
struct HeldBack {
  Execution execution;
  std::vector<Key> dependencies;
  std::size_t to_read = 0;
};

/// A value on disk that somebody waits for.
struct Reading {
  std::uint64_t file = 0;
  std::uint64_t nbytes = 0;
  bool ordered = false;
  bool counted = false;  ///< its bytes are expected in memory
  std::vector<AttemptId> tasks;
  std::vector<std::uint64_t> requests;
};

/// An envelope from a data peer that asks for values on disk.
struct Parked {
  net::PeerId from = 0;
  net::Envelope envelope;
  std::map<Key, Value> values;  ///< found so far
  std::size_t to_read = 0;
};

struct Node::Impl {
  Impl(const NodeConfig& node_config, Key own_incarnation);

  // node.cpp
  void send_hello(Time now);
  void send_heartbeat();
  void rejoin(Time now);
  bool ask_introductions(Time now);
  void serve(net::PeerId from, const net::Envelope& envelope);
  void drop_peer(net::PeerId peer, const std::string& why);
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
  void on_record(wire::Leave& leave, Time now);
  void on_record(wire::AddFunctions& add, Time now);
  void on_record(wire::ModulePiece& piece, Time now);
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
  bool take_payload(wire::ComputeTasks& compute, std::size_t task, TaskSpec& spec, Time now);

  // functions.cpp
  /// The task's function into its payload; false when the task fails here and now.
  bool take_function(std::uint32_t number, TaskSpec& spec, Payload& payload, Time now);
  void resolve(FunctionEntry& entry);
  void settle_modules(Time now);
  void tell_functions(std::optional<Key> module);
  void fail_start(AttemptId attempt, std::uint32_t number);

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
  void perform(action::ReportDropped& report, Time now);
  void perform(action::ReportState& report, Time now);
  void fail(AttemptId attempt, Failure failure);
  /// Writes the gathered columns as records.
  void flush_reports();
  void send_record(const wire::Message& message);
  void cut_frame();

  // memory.cpp
  /// Gives the execution the inputs that are in memory, and asks for the rest.
  void gather_inputs(Execution execution, std::vector<Key> dependencies);
  Reading& reading(Key key);
  void order_read(Key key, Reading& reading, bool counted);
  void take_read(DiskResult& result, Time now);
  void lose_value(const DiskResult& result, const Reading& reading, Time now);
  void give_input(AttemptId attempt, Key key, const Value& value);
  void note_write(const DiskResult& result, Time now);
  /// A request for values on disk waits for them; false when it names none.
  bool park(net::PeerId from, const net::Envelope& envelope);
  void answer_parked(std::uint64_t number);
  void comfort_parked();
  std::optional<Value> look_up(Key key);
  void end_execution(AttemptId attempt);
  /// Decides on what goes to disk and comes back, and on pausing. Once per turn.
  void manage_memory();
  void order_reads();
  void decide_pause();
  void tell_pause();
  void note_output(std::uint64_t nbytes);

  // actors.cpp
  /// False when the envelope is not about actors.
  bool take_actor_calls(net::PeerId from, const net::Envelope& envelope);
  Result<> on_actor_record(net::PeerId from, wire::Message& record, net::PayloadReader& payloads);
  Result<> take_calls(net::PeerId from, wire::ActorCall& call, net::PayloadReader& payloads);
  /// The value to be stored: of an actor's object, which is kept apart, the handle.
  Value keep_actor(Key key, const Value& value);
  void drop_actor(Key key);
  /// An attempt is to make an actor that is here already, from before it was taken for lost.
  void drop_stale_actors(const wire::ComputeTasks& compute, Time now);
  void collect_actors();
  void answer_caller(Key actor, Key caller, const ActorCalls::Answer& answer);

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
  ActorCalls actor_calls;
  std::map<Key, AttemptId> actors_made;  ///< the attempt that made each actor
  AttemptId ended = 0;                   ///< the attempt that ended last
  Time now{};                            ///< of the envelope being handled, for callbacks

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
  ModuleFetcher modules{value::kModuleBytes};
  std::map<WorkerId, std::string> addresses;
  tsl::robin_map<AttemptId, Payload> payloads;

  // Memory and disk.
  Pressure pressure;
  std::map<AttemptId, HeldBack> held_back;
  std::map<Key, Reading> readings;
  std::deque<Key> to_read;  ///< readings for tasks, not ordered yet; old entries skipped
  std::map<std::uint64_t, Parked> parked;
  std::uint64_t next_parked = 1;
  const Parked* answering = nullptr;
  std::uint64_t reading_bytes = 0;  ///< ordered and expected in memory
  Time write_again{};               ///< after a failure
  bool write_trouble = false;
  double mean_output = 0;  ///< moving average of results' bytes
  bool paused = false;
  bool one_by_one = false;
  bool told_paused = false;
  Time tell_after{};

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
  wire::DataDropped dropped;
  wire::DataMissing missing;
  wire::Retracted retracted;
  wire::TasksWaiting waiting;
  wire::FrameWriter frame;
  Output out;
};

}  // namespace tartan::worker

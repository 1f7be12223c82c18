#pragma once

// One peer as the node knows it, and what is to be sent to it at the end of the turn. Records are
// built in place: as long as the same kind is added to, its columns grow; another kind closes it.
// Functions and addresses that a worker has not seen go in front of the record that names them.

#include <core/net/transport.hpp>
#include <core/wire/codec.hpp>
#include <optional>
#include <scheduler/state/state.hpp>
#include <set>
#include <string>
#include <vector>

namespace tartan::scheduler {

class ModuleBook;
class Signatures;

class Session {
 public:
  /// What there is to know of functions besides their references.
  Session(const ModuleBook& modules, const Signatures& signatures)
      : modules_(modules), signatures_(signatures) {}

  wire::Role role = wire::Role::client;
  net::PeerId peer = 0;
  bool reachable = true;  ///< false: its connection broke, it may come back within its lease
  Key incarnation;
  std::string name;
  std::string build;
  std::string host;
  std::uint32_t pid = 0;
  WorkerId worker = kNoWorker;
  ClientId client = 0;
  Time joined{};
  Time last_heard{};
  Time last_said{};  ///< when something was last sent
  wire::WorkerHeartbeat usage;

  // Of a client.
  Key of_worker;                        ///< whose tasks it serves; null: none
  std::set<std::uint64_t> submissions;  ///< accepted lately, above all_below
  std::uint64_t all_below = 0;
  std::uint64_t last_submission() const {
    return submissions.empty() ? all_below : *submissions.rbegin();
  }
  std::set<std::uint64_t> requests;  ///< acknowledged lately
  std::uint64_t news_before = 0;     ///< sent before its last heartbeat
  std::uint32_t disagreed = 0;       ///< heartbeats in a row that did not agree ...
  std::uint32_t patience = 2;        ///< ... of so many that make us start over with it

  /// The open record of this kind.
  template <class Record>
  Record& open() {
    if (!open_ || !std::holds_alternative<Record>(record_)) {
      close();
      record_.emplace<Record>();
      open_ = true;
    }
    return std::get<Record>(record_);
  }
  template <class Record>
  void send(Record record) {
    close();
    writer_.add(wire::Message(std::move(record)));
    cut_when_long();
  }
  void assign(const State& state, const Assign& action);
  void ready(const State& state, TaskIndex task);
  void acquire(const State& state, const Acquire& action);
  void tell_holder(const State& state, const TellHolder& action);

  /// The turn's envelopes; the session starts over.
  std::vector<net::Envelope> take();
  /// What it has been told is forgotten: it may have been lost with the connection.
  void reset_knowledge();
  void introduce_again();
  /// How many KeysReady and KeysFailed are on their way or read.
  std::uint64_t news() const { return news_; }
  /// All up to here is told anew, so what of it was read matters no more.
  std::uint64_t settle_news();
  bool dirty = false;  ///< the node has it on its list for the end of the turn

 private:
  void close();
  void cut_when_long();
  void introduce_function(const State& state, std::uint32_t number);
  void introduce_peer(const State& state, WorkerId worker);
  void add_dependencies(const State& state, const Assign& action, wire::ComputeTasks& record);
  std::uint32_t resource_set(const Graph& graph, const Task& task, wire::ComputeTasks& record);

  const ModuleBook& modules_;
  const Signatures& signatures_;
  wire::FrameWriter writer_;
  std::vector<net::Envelope> envelopes_;
  wire::Message record_;
  bool open_ = false;
  std::uint64_t news_ = 0;
  wire::AddFunctions new_functions_;
  wire::AddPeers new_peers_;
  std::vector<bool> functions_;  ///< told, by number
  std::vector<bool> peers_;
  std::vector<State::Source> sources_;                                  ///< scratch
  std::vector<std::pair<std::uint32_t, std::uint32_t>> resource_sets_;  ///< of the open record
};

}  // namespace tartan::scheduler

#pragma once

// The inside of Node, shared by node.cpp (peers and time), records.cpp (what peers say) and
// info.cpp (what people ask).

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <scheduler/coordination/coordination.hpp>
#include <scheduler/server/node.hpp>
#include <scheduler/server/session.hpp>
#include <scheduler/server/signatures.hpp>
#include <scheduler/state/state.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tartan::scheduler {

/// The last so many keys seen.
template <class T>
class Recent {
 public:
  explicit Recent(std::size_t most) : most_(most) {}
  bool contains(const T& item) const { return set_.contains(item); }
  void add(const T& item) {
    if (!set_.insert(item).second) return;
    order_.push_back(item);
    if (order_.size() <= most_) return;
    set_.erase(order_.front());
    order_.pop_front();
  }

 private:
  std::size_t most_;
  std::set<T> set_;
  std::deque<T> order_;
};

struct Node::Impl {
  Impl(const NodeConfig& node_config, Key own_incarnation);

  // node.cpp
  void apply(Event event);
  void translate(const Action& action);
  Session* session_of(WorkerId worker);
  Session* session_of_client(ClientId client);
  Session* find_session(net::PeerId peer);
  void touch(Session& session);
  void send_loose(net::PeerId peer, const wire::Message& message);
  void break_off(net::PeerId peer, const std::string& reason);
  void remove(Session& session, WorkerLost loss, std::string_view why);
  void remove(Session& session, bool blame, std::string_view why) {
    remove(session, WorkerLost{stimulus, session.worker, blame}, why);
  }
  void send_modules();
  void beat();
  void expire();
  void note_idle();
  void warn_of_standstill();

  // hello.cpp
  void on_hello(net::PeerId from, const wire::Hello& hello);
  void welcome(Session& session);
  void bury_predecessor(const wire::Hello& hello);
  void reattach(Session& session, net::PeerId from);
  std::string refusal(const wire::Hello& hello) const;
  std::string unique_name(const std::string& wish, wire::Role role) const;

  // records.cpp: false when the record is not for us from this peer.
  bool on_record(Session& session, wire::Message& message);
  bool on_client_record(Session& session, wire::Message& message);
  bool on_worker_record(Session& session, wire::Message& message);
  void on_submit(Session& session, const wire::SubmitGraph& submit);
  Result<Graph> accepted_graph(const wire::SubmitGraph& submit);
  void on_who_has(Session& session, const wire::WhoHas& question);
  void on_holds(Session& session, wire::HoldsReport& report);
  bool repeated(Session& session, std::uint64_t request);
  void on_client_heartbeat(Session& session, const wire::ClientHeartbeat& beat);

  // coordinate.cpp
  void coordinate(CoordinationEvent event);
  bool on_coordination_record(Session& session, wire::Message& message);
  void bury_nested();
  std::string coordination_json() const;

  // info.cpp
  std::string info(std::string_view topic) const;

  NodeConfig config;
  Key incarnation;
  std::string build;
  std::string address;
  State state;
  Coordination coordination;
  ModuleBook modules;
  Signatures signatures;
  Time now{};
  Time started{};
  Time last_tick{};
  Time next_tick{};
  Stimulus stimulus = 0;

  std::map<net::PeerId, std::unique_ptr<Session>> sessions;  ///< reachable ones
  std::map<Key, Session*> by_incarnation;
  std::vector<std::unique_ptr<Session>> away;  ///< clients whose connection broke
  std::vector<Session*> by_worker;
  std::map<ClientId, Session*> by_client;
  WorkerId next_worker = 0;
  ClientId next_client = 1;
  Recent<Key> departed{1024};        ///< incarnations that said goodbye
  Recent<net::PeerId> broken{1024};  ///< peers that broke the protocol

  std::vector<Session*> dirty;
  std::vector<net::Outgoing> loose;  ///< to peers without a session
  std::vector<net::PeerId> dropped;
  std::vector<Key> dead_workers;  ///< whose tasks' clients are to go at the end of the turn
  std::optional<Time> idle_from;
  std::uint64_t complaints = 0;
  std::deque<std::pair<Key, WorkerId>> former_workers;  ///< by incarnation, oldest first
  std::uint64_t finished_before = 0;                    ///< tasks that had ended at the last tick
  std::uint64_t told_standstill = UINT64_MAX;           ///< of which that number was warned
  std::optional<Time> stands_since;                     ///< every worker is paused
};

}  // namespace tartan::scheduler

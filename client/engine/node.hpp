#pragma once

// The client's half of the protocol, without sockets, threads or clocks: which keys it holds,
// what it knows of each, and what it still waits for. The engine thread and the simulator both
// drive it.
//
// Invariants
// 1. Whatever is called before the scheduler's Welcome is kept, and sent after it. When the
//    scheduler no longer knows us, we say Hello again and repeat what still matters: graphs with
//    unfinished wanted keys, holds, questions. All of it is harmless to repeat.
// 2. Within a turn holds precede graphs and releases come last, so a key that is released and
//    wanted again in one turn is never forgotten in between.
// 3. A released key causes no further events.

#include <core/net/transport.hpp>
#include <core/wire/messages.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tartan/graph/graph.hpp>
#include <variant>
#include <vector>

namespace tartan::client {

/// Requests the node makes for itself; callers' numbers stay below.
inline constexpr std::uint64_t kOwnRequest = std::uint64_t{1} << 63;

enum class Status { pending, ready, failed };

/// What happened to a key since the last take_output().
struct KeyEvent {
  Key key;
  Status status = Status::pending;
  std::uint64_t nbytes = 0;
  Value value;      ///< when it was small enough to come along, or has been fetched
  Failure failure;  ///< when status is failed
};

struct PeerEnvelope {
  std::string address;
  net::Envelope envelope;
};

/// A method of an actor and what it is called with: an ArgumentWriter's bytes, of which dependency
/// 0 is the object. The method is one of the registry, which keeps it for good.
struct ActorCallBody {
  const FunctionRef* method = nullptr;
  Buffer arguments;
};
/// What came of a call, by the caller's number.
struct ActorAnswer {
  std::uint64_t call = 0;
  std::variant<Value, Failure> outcome;
};

struct Output {
  std::vector<net::Envelope> scheduler;
  std::vector<PeerEnvelope> peers;  ///< to workers' data listeners
  std::vector<std::string> close_peers;
  std::vector<KeyEvent> events;
  std::vector<std::pair<std::uint64_t, wire::Message>> replies;  ///< of ask()
  std::vector<ActorAnswer> answers;                              ///< of call_actor()
  std::vector<wire::ModuleAsked> modules;                        ///< to be answered by bring()
  std::variant<std::monostate, Error> ended;  ///< the scheduler refused us or went away
};

struct NodeConfig {
  std::string name;
  std::string scheduler_address;  ///< for messages
  Duration connect_timeout{std::chrono::seconds(10)};
  /// After this much silence the scheduler is taken for gone.
  Duration scheduler_lease{std::chrono::seconds(10)};
  /// Silence after which a worker that owes us data is taken for gone.
  Duration peer_patience{std::chrono::seconds(5)};
  bool shares_memory = false;  ///< data travels over local://
  Key of_worker;               ///< the client of a worker's tasks: the worker's incarnation
};

class Node {
 public:
  Node(const NodeConfig& config, Key incarnation, Time now);
  ~Node();

  bool connected() const;
  /// Submits; from here on the client holds the graph's wanted keys.
  void submit(const Graph& graph, Time now);
  /// Another holder of a key (futures are counted); the last release() lets the scheduler forget.
  void hold(Key key);
  void release(Key key);
  void cancel(const std::vector<Key>& keys);
  /// They run to their end, whoever releases them.
  void detach(const std::vector<Key>& keys);
  /// Failed ones run anew; each is held once more.
  void retry(const std::vector<Key>& keys);
  /// Asks for the value of a ready key; it arrives as a KeyEvent with the value.
  void fetch(Key key);
  /// Puts values on workers (round robin, or every one with broadcast) and holds their keys.
  void scatter(std::vector<std::pair<Key, Value>> values, bool broadcast);
  /// Asks the scheduler until it answers. The question carries the number in its `request`, below
  /// kOwnRequest, and the scheduler takes one that comes twice for one; the reply has it too.
  void ask(std::uint64_t request, wire::Message question);
  /// Nobody waits for the answer any more.
  void stop_asking(std::uint64_t request);
  /// The reply to a Coordinate will be used; these of its keys are held once more from here on.
  /// Either this or withdraw() follows each such reply.
  void acknowledge(std::uint64_t request, const std::vector<Key>& keys);
  /// Nobody will use the reply to a Coordinate: the scheduler takes back what it gave. The question
  /// that says so has a number of its own, and no reply.
  void withdraw(std::uint64_t request, std::uint64_t number);
  /// Calls an actor whose key is held; calls of one actor arrive in this order. Nothing for a body:
  /// complete_call follows, with the arguments or why there are none.
  void call_actor(Key actor, std::uint64_t call, std::optional<ActorCallBody> body);
  void complete_call(Key actor, std::uint64_t call, std::variant<ActorCallBody, Failure> body);
  /// A part of a task module, as asked for by Output::modules.
  void bring(wire::ModulePart part);
  /// Says goodbye; nothing is sent afterwards.
  void close();

  void on_scheduler(const net::Envelope& envelope, Time now);
  void on_peer(const std::string& address, const net::Envelope& envelope, Time now);
  void on_peer_gone(const std::string& address, Time now);
  /// The transport knows that nobody listens at the scheduler's address any more.
  void on_scheduler_gone(Time now);
  void on_tick(Time now);
  Time next_deadline() const;
  Output take_output();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tartan::client

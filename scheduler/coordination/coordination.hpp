#pragma once

// Locks, semaphores, events, queues, variables, published datasets and topics that programs and
// tasks share by name: a pure state machine beside State, handle(event, now) -> actions.
//
// A client's request is numbered. It is done once however often it comes, and answered until the
// client acknowledges the answer. What a request has been given (a lease, an item of a queue) goes
// back if the client leaves, or withdraws the request, before that; a lease goes back too when its
// client leaves later. What clients have put stays when they leave.
//
// Futures travel as keys: this machine says which keys must be held (HoldShared) and no longer
// (ReleaseShared). A key it gives out stays held until the answer is acknowledged, and by then the
// receiver holds it.
//
// Invariants (validate() checks all of them)
// 1. The taken leases of a semaphore are the sum of its holders', never above its limit; nobody
//    waits at the head of its line for what is free.
// 2. A queue has no items while somebody waits to get one, and no room while somebody waits to put
//    one. Nobody waits for an event that is set, or a variable that has a value.
// 3. Every request without a reply stands in exactly one line, and lines hold nothing else.
// 4. The bytes and keys that are counted are those that are kept.
// 5. A thing without content, holders or waiters is forgotten. Topics stay once something was
//    logged, so that their numbers go on.
// Waiting is first come, first served, without exception: a large request at the head of a
// semaphore's line is not passed by smaller ones.

#include <map>
#include <memory>
#include <scheduler/coordination/things.hpp>
#include <scheduler/state/events.hpp>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tartan::scheduler {

struct CoordinationConfig {
  std::size_t value_bytes = std::size_t{1} << 20;    ///< of one value
  std::size_t total_bytes = std::size_t{256} << 20;  ///< of everything that is kept
  std::size_t names = 65536;                         ///< of things
  std::size_t requests = 16384;                      ///< of one client, waiting or unread
  std::size_t unread_bytes = std::size_t{64} << 20;  ///< of one client's answers
  std::size_t keys = 65536;                          ///< of one value
  std::size_t topic_entries = 1000;
  std::size_t topic_bytes = std::size_t{1} << 20;
  Duration repeat{std::chrono::seconds(2)};  ///< before an answer is sent again; doubles
  bool validate = false;
};

/// A client asks for something, perhaps again.
struct Asked {
  Stimulus stimulus = 0;
  ClientId client = 0;
  wire::Coordinate question;
};
struct Withdrawn {
  Stimulus stimulus = 0;
  ClientId client = 0;
  wire::Withdraw record;
};
struct Acknowledged {
  Stimulus stimulus = 0;
  ClientId client = 0;
  std::vector<std::uint64_t> requests;
};
/// A client's heartbeat: what it should have read by now is said again.
struct ClientBeat {
  Stimulus stimulus = 0;
  ClientId client = 0;
};
using CoordinationEvent =
    std::variant<ClientJoined, ClientLeft, Asked, Withdrawn, Acknowledged, ClientBeat, Tick>;

struct AnswerShared {
  ClientId client = 0;
  std::shared_ptr<const wire::Coordinated> reply;
};
struct HoldShared {
  std::vector<Key> keys;
};
struct ReleaseShared {
  std::vector<Key> keys;
};
using CoordinationAction = std::variant<AnswerShared, HoldShared, ReleaseShared>;
using CoordinationActions = std::vector<CoordinationAction>;

class Coordination {
 public:
  explicit Coordination(const CoordinationConfig& config = {}) : config_(config) {}

  /// The actions stay valid until the next call.
  const CoordinationActions& handle(CoordinationEvent event, Time now);
  /// When a Tick is next of use; Time::max() when never.
  Time next_deadline() const;
  /// A violation is our mistake and ends the process.
  void validate() const;

  // Reading, for people and tests.
  const std::map<std::string, Leases>& locks() const { return locks_; }
  const std::map<std::string, Leases>& semaphores() const { return semaphores_; }
  const std::map<std::string, SharedEvent>& events() const { return events_; }
  const std::map<std::string, SharedQueue>& queues() const { return queues_; }
  const std::map<std::string, SharedVariable>& variables() const { return variables_; }
  const std::map<std::string, Parcel>& datasets() const { return datasets_; }
  const std::map<std::string, Topic>& topics() const { return topics_; }
  const std::map<ClientId, Participant>& clients() const { return clients_; }
  std::size_t bytes() const { return bytes_; }
  std::size_t keys() const { return key_uses_.size(); }

 private:
  using Operation = wire::Operation;

  // coordination.cpp: clients and their requests.
  void on(ClientJoined& event);
  void on(ClientLeft& event);
  void on(Asked& event);
  void on(Withdrawn& event);
  void on(Acknowledged& event);
  void on(ClientBeat& event);
  void on(Tick& event);
  std::string refusal(const Participant& client, const wire::Coordinate& question,
                      Errc& code) const;
  void perform(Ticket ticket, wire::Coordinate& question);
  Request& request(Ticket ticket) { return clients_.at(ticket.client).requests.at(ticket.request); }
  void wait(Ticket ticket, Line& line, const wire::Coordinate& question);
  void say(Ticket ticket);
  void answer(Ticket ticket, wire::Coordinated reply = {});
  void refuse(Ticket ticket, Errc code, std::string message);
  void leave_line(Ticket ticket);
  void time_out(Ticket ticket);
  void undo(Ticket ticket);
  void forget(Ticket ticket);
  void settle_keys();

  // parcels.cpp: what is kept, counted.
  Parcel admit(wire::Coordinate& question);
  void discard(Parcel&& parcel);
  void use(const Key& key);
  void unuse(const Key& key);
  void pin(Ticket ticket, const Parcel& parcel);
  static void append(wire::Coordinated& reply, const Parcel& parcel);
  std::size_t names() const;
  bool known(Operation operation, const std::string& name) const;

  // leases.cpp: locks, semaphores and events.
  void acquire(Ticket ticket, bool lock, wire::Coordinate& question);
  void give_back(Ticket ticket, bool lock, const wire::Coordinate& question);
  bool release(Ticket acquisition, std::uint64_t amount);
  void serve_leases(bool lock, const std::string& name);
  void on_event(Ticket ticket, wire::Coordinate& question);

  // queues.cpp
  void on_queue(Ticket ticket, wire::Coordinate& question);
  void serve_queue(const std::string& name);
  void give_items(SharedQueue& queue, Ticket ticket);

  // stores.cpp: variables, datasets and topics.
  void on_variable(Ticket ticket, wire::Coordinate& question);
  void on_dataset(Ticket ticket, wire::Coordinate& question);
  void publish(Ticket ticket, wire::Coordinate& question);
  void on_topic(Ticket ticket, wire::Coordinate& question);
  void log(Ticket ticket, wire::Coordinate& question);
  void answer_entries(Ticket ticket, const Topic& topic, std::uint64_t from);
  void forget_if_empty(Operation operation, const std::string& name);
  Line& line_of(const Request& request);

  // validate.cpp
  struct Census;
  void validate_things(Census& census) const;
  void validate_leases(const std::map<std::string, Leases>& things, bool lock,
                       Census& census) const;

  CoordinationConfig config_;
  Time now_{};
  CoordinationActions actions_;
  std::uint64_t next_order_ = 1;

  std::map<ClientId, Participant> clients_;
  std::map<std::string, Leases> locks_;
  std::map<std::string, Leases> semaphores_;
  std::map<std::string, SharedEvent> events_;
  std::map<std::string, SharedQueue> queues_;
  std::map<std::string, SharedVariable> variables_;
  std::map<std::string, Parcel> datasets_;
  std::map<std::string, Topic> topics_;
  std::set<std::pair<Time, Ticket>> deadlines_;
  std::size_t bytes_ = 0;
  std::map<Key, std::uint32_t> key_uses_;
  std::map<Key, bool> touched_;  ///< whether the key was held before this event
};

}  // namespace tartan::scheduler

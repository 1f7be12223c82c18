#pragma once

// The calls of the actors that live on this worker: which are to run next, and what is to be
// answered. Pure: no I/O, threads or clocks; arguments and results are carried, not looked at.
//
// A caller (one client, for one actor) numbers its calls from 1 and repeats whatever it has no
// reply to. Each number is run once, in order, whatever the network does: a number that was taken
// already is answered from the replies kept, or not at all while it runs. Callers take turns.
//
// Invariants
// 1. Of a caller, calls are handed out in the order of their numbers without a gap.
// 2. A reply is kept until the caller says that it has it. A caller whose kept replies exceed
//    reply_bytes gets no further call run until then; calls more than `window` ahead of what it
//    has acknowledged, or beyond arrived_bytes, are not taken (it says them again).
// 3. No more than in_hand calls of an actor are handed out and not yet back.

#include <core/net/transport.hpp>
#include <deque>
#include <map>
#include <set>
#include <worker/exec/actor_run.hpp>

namespace tartan::worker {

struct ActorLimits {
  std::uint64_t window = 2048;
  std::uint64_t arrived_bytes = 64 << 20;  ///< of arguments that wait, per caller
  std::uint64_t reply_bytes = 64 << 20;    ///< kept, per caller
  std::size_t in_hand = 64;
};

class ActorCalls {
 public:
  /// To one caller, of one turn.
  struct Answer {
    net::PeerId to = 0;
    std::uint64_t received = 0;
    std::uint64_t probe = 0;
    bool unknown = false;
    std::map<std::uint64_t, std::shared_ptr<const ActorOutcome>> replies;
  };
  using Answers = std::map<std::pair<Key, Key>, Answer>;  ///< by actor and caller

  explicit ActorCalls(ActorLimits limits = {}) : limits_(limits) {}

  /// An object is here from now on; one under the same key is gone.
  void create(Key actor);
  /// Who still has calls there is told that the actor is unknown.
  void destroy(Key actor);
  bool has(Key actor) const { return actors_.contains(actor); }
  /// Whether anybody has called it: if not, its object is as good as a new one.
  bool was_called(Key actor) const;
  /// Calls in any order; of their ids only the numbers are read.
  void on_calls(net::PeerId from, Key actor, Key caller, std::uint64_t acknowledged,
                std::vector<ActorRun> calls);
  /// probe other than 0 asks for an answer with all replies that are kept; closed says that the
  /// caller will make no more calls.
  void on_ack(net::PeerId from, Key actor, Key caller, std::uint64_t acknowledged,
              std::uint64_t probe, bool closed);
  void on_ran(ActorRan ran);

  /// To be run one after the other per actor, in this order.
  std::vector<ActorRun> take_runs() { return std::exchange(runs_, {}); }
  Answers take_answers() { return std::exchange(answers_, {}); }
  /// Replies kept for the caller, for tests.
  std::size_t kept(Key actor, Key caller) const;

 private:
  struct Caller {
    net::PeerId peer = 0;    ///< where it was heard last
    std::uint64_t next = 1;  ///< the first number that has not come
    std::uint64_t acknowledged = 0;
    std::map<std::uint64_t, ActorRun> early;  ///< behind a gap
    std::deque<ActorRun> waiting;
    std::uint64_t arrived_bytes = 0;  ///< of early and waiting
    std::map<std::uint64_t, std::shared_ptr<const ActorOutcome>> replies;
    std::uint64_t reply_bytes = 0;
    std::size_t running = 0;
    bool in_turn = false;
  };
  struct Actor {
    std::uint64_t object = 0;
    bool called = false;
    std::map<Key, Caller> callers;
    std::deque<Key> turns;  ///< callers that have calls to run, and may
    std::size_t in_hand = 0;
  };

  void take(Caller& caller, ActorRun run);
  void acknowledge(Actor& actor, Key id, Caller& caller, std::uint64_t number);
  void line_up(Actor& actor, Key id, Caller& caller);
  void hand_out(Actor& actor);
  Answer& answer(Key actor, Key caller, net::PeerId to, std::uint64_t received);
  void close(Key actor, Key caller);

  ActorLimits limits_;
  std::map<Key, Actor> actors_;
  /// Of callers that closed, so that a late repetition of theirs is not taken for news.
  std::set<Key> closed_;
  std::deque<Key> closed_order_;
  std::uint64_t next_object_ = 1;
  std::vector<ActorRun> runs_;
  Answers answers_;
};

}  // namespace tartan::worker

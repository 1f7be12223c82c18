#include <algorithm>
#include <core/base/probe.hpp>
#include <worker/state/actor_calls.hpp>

namespace tartan::worker {

namespace {
constexpr std::size_t kClosedKept = 4096;
}  // namespace

void ActorCalls::create(Key actor) {
  destroy(actor);
  actors_[actor].object = next_object_++;
}

void ActorCalls::destroy(Key key) {
  const auto found = actors_.find(key);
  if (found == actors_.end()) return;
  for (const auto& [id, caller] : found->second.callers) {
    const bool owes = caller.running > 0 || !caller.waiting.empty() || !caller.early.empty();
    if (owes) answer(key, id, caller.peer, caller.next - 1).unknown = true;
  }
  actors_.erase(found);
}

ActorCalls::Answer& ActorCalls::answer(Key actor, Key caller, net::PeerId to,
                                       std::uint64_t received) {
  Answer& answer = answers_[{actor, caller}];
  answer.to = to;
  answer.received = received;
  return answer;
}

void ActorCalls::on_calls(net::PeerId from, Key key, Key id, std::uint64_t acknowledged,
                          std::vector<ActorRun> calls) {
  const auto found = actors_.find(key);
  if (found == actors_.end()) {
    answer(key, id, from, 0).unknown = true;
    return;
  }
  if (closed_.contains(id)) return;
  Actor& actor = found->second;
  actor.called = true;
  Caller& caller = actor.callers[id];
  caller.peer = from;
  acknowledge(actor, id, caller, acknowledged);
  for (ActorRun& run : calls) {
    const std::uint64_t number = run.id.number;
    run.id = {key, actor.object, id, number};
    if (number < caller.next) {
      TARTAN_PROBE("worker: a call came twice");
      const auto reply = caller.replies.find(number);
      if (reply != caller.replies.end()) {
        answer(key, id, from, 0).replies.insert(*reply);
      }
    } else {
      take(caller, std::move(run));
    }
  }
  const auto repeated = answers_.find({key, id});
  if (repeated != answers_.end()) repeated->second.received = caller.next - 1;
  line_up(actor, id, caller);
  hand_out(actor);
}

/// A number that has not come yet.
void ActorCalls::take(Caller& caller, ActorRun run) {
  const std::uint64_t number = run.id.number;
  const std::uint64_t bytes = caller.arrived_bytes + run.arguments.size();
  if (number - caller.acknowledged > limits_.window || caller.early.contains(number) ||
      (caller.arrived_bytes > 0 && bytes > limits_.arrived_bytes)) {
    return;
  }
  caller.arrived_bytes = bytes;
  if (number > caller.next) {
    TARTAN_PROBE("worker: a call came early");
    caller.early.emplace(number, std::move(run));
    return;
  }
  caller.waiting.push_back(std::move(run));
  ++caller.next;
  for (auto next = caller.early.begin(); next != caller.early.end() && next->first == caller.next;
       ++caller.next) {
    caller.waiting.push_back(std::move(next->second));
    next = caller.early.erase(next);
  }
}

void ActorCalls::acknowledge(Actor& actor, Key id, Caller& caller, std::uint64_t number) {
  caller.acknowledged = std::max(caller.acknowledged, std::min(number, caller.next - 1));
  while (!caller.replies.empty() && caller.replies.begin()->first <= caller.acknowledged) {
    caller.reply_bytes -= caller.replies.begin()->second->nbytes();
    caller.replies.erase(caller.replies.begin());
  }
  line_up(actor, id, caller);
}

void ActorCalls::line_up(Actor& actor, Key id, Caller& caller) {
  if (caller.in_turn || caller.waiting.empty() || caller.reply_bytes > limits_.reply_bytes) return;
  caller.in_turn = true;
  actor.turns.push_back(id);
}

void ActorCalls::hand_out(Actor& actor) {
  while (actor.in_hand < limits_.in_hand && !actor.turns.empty()) {
    const Key id = actor.turns.front();
    actor.turns.pop_front();
    Caller& caller = actor.callers.at(id);
    caller.in_turn = false;
    if (caller.reply_bytes > limits_.reply_bytes) continue;  // it lines up when it takes some
    caller.arrived_bytes -= caller.waiting.front().arguments.size();
    runs_.push_back(std::move(caller.waiting.front()));
    caller.waiting.pop_front();
    ++caller.running;
    ++actor.in_hand;
    line_up(actor, id, caller);
  }
}

void ActorCalls::on_ran(ActorRan ran) {
  const auto found = actors_.find(ran.id.actor);
  if (found == actors_.end() || found->second.object != ran.id.object) return;
  Actor& actor = found->second;
  --actor.in_hand;
  Caller& caller = actor.callers.at(ran.id.caller);
  --caller.running;
  const auto reply = std::make_shared<const ActorOutcome>(std::move(ran.outcome));
  if (ran.id.number > caller.acknowledged) {
    caller.reply_bytes += reply->nbytes();
    caller.replies.emplace(ran.id.number, reply);
    answer(ran.id.actor, ran.id.caller, caller.peer, caller.next - 1)
        .replies.emplace(ran.id.number, reply);
  }
  hand_out(actor);
}

void ActorCalls::on_ack(net::PeerId from, Key key, Key id, std::uint64_t acknowledged,
                        std::uint64_t probe, bool closed) {
  const auto found = actors_.find(key);
  if (found == actors_.end()) {
    if (probe == 0) return;
    Answer& none = answer(key, id, from, 0);
    none.unknown = true;
    none.probe = probe;
    return;
  }
  if (closed_.contains(id)) return;
  if (closed) {
    close(key, id);
    return;
  }
  Actor& actor = found->second;
  Caller& caller = actor.callers[id];
  caller.peer = from;
  acknowledge(actor, id, caller, acknowledged);
  hand_out(actor);
  if (probe == 0) return;
  Answer& reply = answer(key, id, from, caller.next - 1);
  reply.probe = probe;
  reply.replies.insert(caller.replies.begin(), caller.replies.end());
}

/// A caller closes when it has all replies; one that does not is kept.
void ActorCalls::close(Key key, Key id) {
  Actor& actor = actors_.at(key);
  const auto found = actor.callers.find(id);
  if (found == actor.callers.end()) return;
  const Caller& caller = found->second;
  if (caller.running > 0 || !caller.waiting.empty() || !caller.early.empty()) return;
  actor.callers.erase(found);
  closed_.insert(id);
  closed_order_.push_back(id);
  if (closed_order_.size() <= kClosedKept) return;
  closed_.erase(closed_order_.front());
  closed_order_.pop_front();
}

bool ActorCalls::was_called(Key actor) const {
  const auto found = actors_.find(actor);
  return found != actors_.end() && found->second.called;
}

std::size_t ActorCalls::kept(Key actor, Key id) const {
  const auto found = actors_.find(actor);
  if (found == actors_.end()) return 0;
  const auto caller = found->second.callers.find(id);
  return caller == found->second.callers.end() ? 0 : caller->second.replies.size();
}

}  // namespace tartan::worker

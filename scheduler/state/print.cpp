// Events and actions as one line each, for traces and failing tests.

#include <fmt/format.h>
#include <scheduler/state/actions.hpp>
#include <scheduler/state/events.hpp>

namespace tartan::scheduler {

namespace {

std::string text(const WorkerJoined& e) {
  return fmt::format("WorkerJoined worker={} name={} nthreads={}", e.worker, e.name, e.nthreads);
}
std::string text(const WorkerLost& e) {
  return fmt::format("WorkerLost worker={} blame={}", e.worker, e.blame);
}
std::string text(const ClientJoined& e) { return fmt::format("ClientJoined client={}", e.client); }
std::string text(const ClientLeft& e) { return fmt::format("ClientLeft client={}", e.client); }
std::string text(const GraphSubmitted& e) {
  return fmt::format("GraphSubmitted client={} tasks={} wanted={}", e.client, e.graph.size(),
                     e.graph.wanted.size());
}
std::string text(const KeysHeld& e) {
  return fmt::format("KeysHeld client={} keys={}", e.client, e.keys.size());
}
std::string text(const KeysReleased& e) {
  return fmt::format("KeysReleased client={} keys={}", e.client, e.keys.size());
}
std::string text(const KeysCancelled& e) {
  return fmt::format("KeysCancelled client={} keys={}", e.client, e.keys.size());
}
std::string text(const KeysDetached& e) {
  return fmt::format("KeysDetached client={} keys={}", e.client, e.keys.size());
}
std::string text(const KeysRetried& e) {
  return fmt::format("KeysRetried client={} keys={}", e.client, e.keys.size());
}
std::string text(const OperationAsked& e) {
  return fmt::format("OperationAsked client={} what={} keys={} names={} count={}", e.client,
                     e.wish.what, e.wish.keys.size(), e.wish.names.size(), e.wish.count);
}
std::string text(const FetchFailed& e) {
  return fmt::format("FetchFailed client={} keys={}", e.client, e.keys.size());
}
std::string text(const Finished& e) {
  return fmt::format("Finished worker={} tasks={}", e.worker, e.tasks.attempts.size());
}
std::string text(const Failed& e) {
  return fmt::format("Failed worker={} attempt={:x} {}", e.worker, e.attempt, e.failure.message);
}
std::string text(const Waited& e) {
  return fmt::format("Waited worker={} tasks={}", e.worker, e.tasks.attempts.size());
}
std::string text(const RetractAnswered& e) {
  return fmt::format("RetractAnswered worker={} tasks={}", e.worker, e.answer.attempts.size());
}
std::string text(const ReplicasAdded& e) {
  return fmt::format("ReplicasAdded worker={} keys={}", e.worker, e.keys.size());
}
std::string text(const ReplicasDropped& e) {
  return fmt::format("ReplicasDropped worker={} keys={}", e.worker, e.keys.size());
}
std::string text(const ReplicasMissing& e) {
  return fmt::format("ReplicasMissing worker={} keys={}", e.worker, e.keys.size());
}
std::string text(const Heartbeat& e) {
  return fmt::format("Heartbeat worker={} attempts={} held={}", e.worker, e.digest.attempts,
                     e.digest.held);
}
std::string text(const Reported& e) {
  return fmt::format("Reported worker={} attempts={} held={}", e.worker, e.report.attempts.size(),
                     e.report.held.size());
}
std::string text(const Tick&) { return "Tick"; }

std::string text(const Assign& a) {
  return fmt::format("Assign worker={} attempt={:x}", a.worker, a.attempt);
}
std::string text(const Retract& a) {
  return fmt::format("Retract worker={} attempt={:x}", a.worker, a.attempt);
}
std::string text(const CancelAttempt& a) {
  return fmt::format("CancelAttempt worker={} attempt={:x}", a.worker, a.attempt);
}
std::string text(const FreeData& a) {
  return fmt::format("FreeData worker={} key={}", a.worker, a.key.to_string());
}
std::string text(const TellHolder& a) {
  return fmt::format("TellHolder worker={} key={} holder={}", a.worker, a.key.to_string(),
                     a.holder == kNoWorker ? "none" : std::to_string(a.holder));
}
std::string text(const AskReport& a) { return fmt::format("AskReport worker={}", a.worker); }
std::string text(const Acquire& a) {
  return fmt::format("Acquire worker={} task={} holder={}", a.worker, a.task, a.holder);
}
std::string text(const Dismiss& a) {
  return fmt::format("Dismiss worker={} restart={}", a.worker, a.restart);
}
std::string text(const Answer& a) {
  return fmt::format("Answer client={} request={} {}", a.client, a.answer.request,
                     a.answer.failure.message);
}
std::string text(const KeyReady& a) {
  return fmt::format("KeyReady client={} task={}", a.client, a.task);
}
std::string text(const KeyFailed& a) {
  return fmt::format("KeyFailed client={} key={} {}", a.client, a.key.to_string(),
                     a.failure->message);
}

}  // namespace

std::string to_string(const Event& event) {
  return std::visit([](const auto& e) { return fmt::format("#{} {}", e.stimulus, text(e)); },
                    event);
}

std::string to_string(const Action& action) {
  return std::visit([](const auto& a) { return text(a); }, action);
}

}  // namespace tartan::scheduler

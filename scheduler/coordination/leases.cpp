// Locks, semaphores and events.

#include <algorithm>
#include <fmt/format.h>
#include <scheduler/coordination/coordination.hpp>

namespace tartan::scheduler {

void Coordination::acquire(Ticket ticket, bool lock, wire::Coordinate& question) {
  const std::uint64_t limit = lock ? 1 : question.limit;
  const std::uint64_t amount = lock ? 1 : question.amount;
  if (amount == 0 || amount > limit) {
    return refuse(ticket, Errc::invalid_argument,
                  fmt::format("{} leases of the semaphore '{}' were asked for, which has {}; ask "
                              "for 1 to {}",
                              amount, question.name, limit, limit));
  }
  auto& things = lock ? locks_ : semaphores_;
  const auto [found, fresh] = things.try_emplace(question.name);
  Leases& leases = found->second;
  if (fresh) leases.limit = limit;
  if (leases.limit != limit) {
    return refuse(
        ticket, Errc::invalid_argument,
        fmt::format("the semaphore '{}' has {} leases, not {}; use the same number everywhere",
                    question.name, leases.limit, limit));
  }
  request(ticket).amount = amount;
  wait(ticket, leases.line, question);
  serve_leases(lock, question.name);
}

void Coordination::serve_leases(bool lock, const std::string& name) {
  auto& things = lock ? locks_ : semaphores_;
  const auto found = things.find(name);
  if (found == things.end()) return;
  Leases& leases = found->second;
  while (!leases.line.empty()) {
    const Ticket next = leases.line.begin()->second;
    const std::uint64_t amount = request(next).amount;
    if (amount > leases.limit - leases.taken) break;
    leases.line.erase(leases.line.begin());
    leases.taken += amount;
    leases.holders[next] = amount;
    clients_.at(next.client).held[next.request] = {lock, name};
    answer(next);
  }
  if (leases.line.empty() && leases.holders.empty()) things.erase(found);
}

/// Up to so many of what was acquired; false when nothing is held by it.
bool Coordination::release(Ticket acquisition, std::uint64_t amount) {
  const auto client = clients_.find(acquisition.client);
  const auto held = client->second.held.find(acquisition.request);
  if (held == client->second.held.end()) return false;
  const Participant::Held what = held->second;
  Leases& leases = (what.lock ? locks_ : semaphores_).at(what.name);
  const auto holder = leases.holders.find(acquisition);
  const std::uint64_t given = std::min(amount, holder->second);
  leases.taken -= given;
  holder->second -= given;
  if (holder->second == 0) {
    leases.holders.erase(holder);
    client->second.held.erase(held);
  }
  serve_leases(what.lock, what.name);
  return true;
}

void Coordination::give_back(Ticket ticket, bool lock, const wire::Coordinate& question) {
  const auto& held = clients_.at(ticket.client).held;
  const auto found = held.find(question.acquisition);
  const bool is_it =
      found != held.end() && found->second.lock == lock && found->second.name == question.name;
  if (!is_it) {
    return refuse(ticket, Errc::refused,
                  fmt::format("'{}' is not held by whoever gives it back; it was given back "
                              "before, or its client had been taken for dead",
                              question.name));
  }
  release({ticket.client, question.acquisition}, lock ? 1 : question.amount);
  answer(ticket);
}

void Coordination::on_event(Ticket ticket, wire::Coordinate& question) {
  const auto found = events_.find(question.name);
  const bool set = found != events_.end() && found->second.set;
  switch (question.operation) {
    case Operation::event_set: {
      SharedEvent& event = events_[question.name];
      event.set = true;
      for (const auto& [order, waiting] : std::exchange(event.line, {})) answer(waiting);
      return answer(ticket);
    }
    case Operation::event_clear:
      if (set) events_.erase(found);
      return answer(ticket);
    case Operation::event_is_set: {
      wire::Coordinated reply;
      reply.number = set ? 1 : 0;
      return answer(ticket, std::move(reply));
    }
    default:
      if (set) return answer(ticket);
      wait(ticket, events_[question.name].line, question);
      return;
  }
}

}  // namespace tartan::scheduler

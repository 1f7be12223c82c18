// Queues: items that wait for getters, getters that wait for items, putters that wait for room.

#include <fmt/format.h>
#include <scheduler/coordination/coordination.hpp>
#include <utility>

namespace tartan::scheduler {

void Coordination::on_queue(Ticket ticket, wire::Coordinate& question) {
  if (question.operation == Operation::queue_size) {
    const auto found = queues_.find(question.name);
    wire::Coordinated reply;
    reply.number = found == queues_.end() ? 0 : found->second.items.size();
    return answer(ticket, std::move(reply));
  }
  const bool puts = question.operation == Operation::queue_put;
  if (!puts && question.amount == 0) {
    return refuse(ticket, Errc::invalid_argument,
                  fmt::format("no items of the queue '{}' were asked for; ask for 1 at least",
                              question.name));
  }
  SharedQueue& queue = queues_[question.name];
  if (queue.maxsize == 0) queue.maxsize = question.limit;
  if (question.limit != 0 && queue.maxsize != question.limit) {
    return refuse(ticket, Errc::invalid_argument,
                  fmt::format("the queue '{}' has room for {} items, not {}; use the same number "
                              "everywhere, or 0 for whatever it is",
                              question.name, queue.maxsize, question.limit));
  }
  if (puts) request(ticket).parcel = admit(question);
  wait(ticket, puts ? queue.putters : queue.getters, question);
  serve_queue(question.name);
}

/// As many items as it asked for at most; beyond the first no more than one value's bytes.
void Coordination::give_items(SharedQueue& queue, Ticket ticket) {
  Request& getter = request(ticket);
  wire::Coordinated reply;
  std::size_t bytes = 0;
  while (!queue.items.empty() && getter.taken.size() < getter.amount) {
    bytes += queue.items.front().bytes();
    if (!getter.taken.empty() && bytes > config_.value_bytes) break;
    append(reply, queue.items.front());
    getter.taken.push_back(std::move(queue.items.front()));
    queue.items.pop_front();
  }
  answer(ticket, std::move(reply));
}

void Coordination::serve_queue(const std::string& name) {
  SharedQueue& queue = queues_.at(name);
  for (bool more = true; more;) {
    more = false;
    while (!queue.getters.empty() && !queue.items.empty()) {
      const Ticket next = queue.getters.begin()->second;
      queue.getters.erase(queue.getters.begin());
      give_items(queue, next);
    }
    while (!queue.putters.empty() && (queue.maxsize == 0 || queue.items.size() < queue.maxsize)) {
      const Ticket next = queue.putters.begin()->second;
      queue.putters.erase(queue.putters.begin());
      queue.items.push_back(std::exchange(request(next).parcel, {}));
      answer(next);
      more = true;
    }
  }
  forget_if_empty(Operation::queue_get, name);
}

}  // namespace tartan::scheduler

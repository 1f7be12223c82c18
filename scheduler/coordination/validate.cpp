// The invariants of coordination.hpp.

#include <scheduler/coordination/coordination.hpp>
#include <tartan/base/assert.hpp>

namespace tartan::scheduler {

/// What was found to be kept, to be compared with what is counted.
struct Coordination::Census {
  std::size_t bytes = 0;
  std::map<Key, std::uint32_t> keys;
  std::map<Ticket, std::uint64_t> in_line;

  void keep(const Parcel& parcel) {
    bytes += parcel.bytes();
    for (const Key& key : parcel.keys) ++keys[key];
  }
  void stand(const Line& line) {
    for (const auto& [order, ticket] : line) {
      TARTAN_ASSERT(in_line.emplace(ticket, order).second, "a request stands in two lines");
    }
  }
};

void Coordination::validate_leases(const std::map<std::string, Leases>& things, bool lock,
                                   Census& census) const {
  for (const auto& [name, leases] : things) {
    std::uint64_t taken = 0;
    for (const auto& [ticket, amount] : leases.holders) {
      taken += amount;
      const auto& held = clients_.at(ticket.client).held;
      const auto found = held.find(ticket.request);
      TARTAN_ASSERT(found != held.end() && found->second.lock == lock && found->second.name == name,
                    "a holder's client does not know what it holds");
    }
    TARTAN_ASSERT(taken == leases.taken && taken <= leases.limit, "leases are miscounted");
    TARTAN_ASSERT(!leases.holders.empty() || !leases.line.empty(), "an unused name is kept");
    census.stand(leases.line);
    if (leases.line.empty()) continue;
    const Ticket head = leases.line.begin()->second;
    const std::uint64_t amount = clients_.at(head.client).requests.at(head.request).amount;
    TARTAN_ASSERT(amount > leases.limit - leases.taken, "somebody waits for what is free");
  }
}

void Coordination::validate_things(Census& census) const {
  for (const auto& [name, event] : events_) {
    TARTAN_ASSERT(event.set == event.line.empty(), "an event is waited for though it is set");
    census.stand(event.line);
  }
  for (const auto& [name, queue] : queues_) {
    const bool room = queue.maxsize == 0 || queue.items.size() < queue.maxsize;
    TARTAN_ASSERT(queue.items.empty() || queue.getters.empty(), "an item is not given out");
    TARTAN_ASSERT(!room || queue.putters.empty(), "an item is not taken in");
    TARTAN_ASSERT(!queue.items.empty() || !queue.getters.empty() || !queue.putters.empty(),
                  "an empty queue is kept");
    for (const Parcel& item : queue.items) census.keep(item);
    census.stand(queue.getters);
    census.stand(queue.putters);
  }
  for (const auto& [name, variable] : variables_) {
    TARTAN_ASSERT(variable.value.has_value() == variable.line.empty(),
                  "a variable is waited for though it has a value");
    if (variable.value) census.keep(*variable.value);
    census.stand(variable.line);
  }
  for (const auto& [name, parcel] : datasets_) census.keep(parcel);
  for (const auto& [name, topic] : topics_) {
    TARTAN_ASSERT(topic.next > topic.entries.size(), "a topic's numbers are wrong");
    for (const Topic::Entry& entry : topic.entries) census.keep(entry.parcel);
    census.stand(topic.line);
  }
}

void Coordination::validate() const {
  Census census;
  validate_leases(locks_, true, census);
  validate_leases(semaphores_, false, census);
  validate_things(census);
  std::size_t waiting = 0;
  std::size_t deadlines = 0;
  for (const auto& [id, client] : clients_) {
    std::size_t unread = 0;
    for (const auto& [number, request] : client.requests) {
      census.bytes +=
          request.parcel.value.empty() && request.parcel.keys.empty() ? 0 : request.parcel.bytes();
      for (const Key& key : request.parcel.keys) ++census.keys[key];
      for (const Parcel& parcel : request.taken) census.keep(parcel);
      for (const Key& key : request.pinned) ++census.keys[key];
      deadlines += request.deadline ? 1U : 0U;
      if (request.reply != nullptr) {
        TARTAN_ASSERT(client.unread.contains(number), "an answer is not known to be unread");
        ++unread;
        continue;
      }
      ++waiting;
      const auto place = census.in_line.find(Ticket{id, number});
      TARTAN_ASSERT(place != census.in_line.end() && place->second == request.order,
                    "a request waits in no line");
    }
    TARTAN_ASSERT(unread == client.unread.size(), "unread answers are miscounted");
  }
  TARTAN_ASSERT(waiting == census.in_line.size(), "a line has more than waiting requests");
  TARTAN_ASSERT(deadlines == deadlines_.size(), "a deadline is not that of a request");
  TARTAN_ASSERT(census.bytes == bytes_, "bytes are miscounted");
  TARTAN_ASSERT(census.keys == key_uses_, "uses of keys are miscounted");
}

}  // namespace tartan::scheduler

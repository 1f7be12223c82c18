// Variables, datasets and topics: what is kept until somebody reads it.

#include <fmt/format.h>
#include <scheduler/coordination/coordination.hpp>
#include <tartan/base/assert.hpp>
#include <utility>

namespace tartan::scheduler {

void Coordination::on_variable(Ticket ticket, wire::Coordinate& question) {
  if (question.operation == Operation::variable_remove) {
    const auto found = variables_.find(question.name);
    if (found != variables_.end() && found->second.value) {
      discard(std::move(*found->second.value));
      variables_.erase(found);
    }
    return answer(ticket);
  }
  SharedVariable& variable = variables_[question.name];
  const auto give = [&](Ticket to) {
    wire::Coordinated reply;
    append(reply, *variable.value);
    pin(to, *variable.value);
    answer(to, std::move(reply));
  };
  if (question.operation == Operation::variable_get) {
    if (variable.value) return give(ticket);
    return wait(ticket, variable.line, question);
  }
  if (variable.value) discard(std::move(*variable.value));
  variable.value = admit(question);
  for (const auto& [order, waiting] : std::exchange(variable.line, {})) give(waiting);
  answer(ticket);
}

void Coordination::publish(Ticket ticket, wire::Coordinate& question) {
  const bool override_it = question.amount != 0;
  const auto found = datasets_.find(question.name);
  if (found != datasets_.end() && !override_it) {
    return refuse(ticket, Errc::refused,
                  fmt::format("a dataset '{}' has been published already; unpublish it first, or "
                              "publish with override",
                              question.name));
  }
  if (question.keys.empty()) {
    return refuse(
        ticket, Errc::invalid_argument,
        fmt::format("the dataset '{}' has no futures; publish one at least", question.name));
  }
  if (found != datasets_.end()) discard(std::move(found->second));
  datasets_[question.name] = admit(question);
  answer(ticket);
}

void Coordination::on_dataset(Ticket ticket, wire::Coordinate& question) {
  if (question.operation == Operation::dataset_publish) return publish(ticket, question);
  wire::Coordinated reply;
  if (question.operation == Operation::dataset_list) {
    for (const auto& [name, parcel] : datasets_) reply.names.push_back(name);
    return answer(ticket, std::move(reply));
  }
  const auto found = datasets_.find(question.name);
  if (found == datasets_.end()) {
    return refuse(ticket, Errc::invalid_argument,
                  fmt::format("no dataset '{}' is published; list_datasets() tells which are ({})",
                              question.name, datasets_.size()));
  }
  if (question.operation == Operation::dataset_unpublish) {
    discard(std::move(found->second));
    datasets_.erase(found);
    return answer(ticket);
  }
  append(reply, found->second);
  pin(ticket, found->second);
  answer(ticket, std::move(reply));
}

/// The entries from a number on that are still there; `number` is that of the next one, so a reader
/// sees how many it has missed.
void Coordination::answer_entries(Ticket ticket, const Topic& topic, std::uint64_t from) {
  wire::Coordinated reply;
  reply.number = topic.next;
  const std::uint64_t first = topic.next - topic.entries.size();
  for (std::size_t i = from <= first ? 0 : from - first; i < topic.entries.size(); ++i) {
    append(reply, topic.entries[i].parcel);
    reply.times_ns.push_back(topic.entries[i].time_ns);
  }
  answer(ticket, std::move(reply));
}

void Coordination::log(Ticket ticket, wire::Coordinate& question) {
  question.keys.clear();
  Topic& topic = topics_[question.name];
  topic.entries.push_back({question.amount, admit(question)});
  topic.bytes += topic.entries.back().parcel.value.size();
  ++topic.next;
  while (topic.entries.size() > config_.topic_entries || topic.bytes > config_.topic_bytes) {
    topic.bytes -= topic.entries.front().parcel.value.size();
    discard(std::move(topic.entries.front().parcel));
    topic.entries.pop_front();
  }
  for (const auto& [order, waiting] : std::exchange(topic.line, {})) {
    answer_entries(waiting, topic, request(waiting).amount);
  }
  answer(ticket);
}

/// A subscription is a question for the entries from a number on, asked again with the next number
/// each time it is answered. Number 0 is answered at once, and asks only where the topic stands.
void Coordination::on_topic(Ticket ticket, wire::Coordinate& question) {
  if (question.operation == Operation::topic_log) {
    if (question.value.empty()) {
      return refuse(ticket, Errc::invalid_argument,
                    fmt::format("an event of the topic '{}' has no value", question.name));
    }
    return log(ticket, question);
  }
  const auto found = topics_.find(question.name);
  if (question.operation == Operation::topic_read) {
    return answer_entries(ticket, found == topics_.end() ? Topic{} : found->second, 0);
  }
  const std::uint64_t next = found == topics_.end() ? 1 : found->second.next;
  if (question.amount == 0) {
    wire::Coordinated reply;
    reply.number = next;
    return answer(ticket, std::move(reply));
  }
  if (question.amount < next) return answer_entries(ticket, found->second, question.amount);
  wait(ticket, topics_[question.name].line, question);
}

Line& Coordination::line_of(const Request& waiting) {
  switch (waiting.operation) {
    case Operation::lock:
      return locks_.at(waiting.name).line;
    case Operation::acquire:
      return semaphores_.at(waiting.name).line;
    case Operation::event_wait:
      return events_.at(waiting.name).line;
    case Operation::queue_put:
      return queues_.at(waiting.name).putters;
    case Operation::queue_get:
      return queues_.at(waiting.name).getters;
    case Operation::variable_get:
      return variables_.at(waiting.name).line;
    case Operation::topic_follow:
      return topics_.at(waiting.name).line;
    default:
      TARTAN_ASSERT(false, "an operation that never waits stands in a line");
      return topics_.at(waiting.name).line;
  }
}

/// What nobody holds, waits for or has put something into is not kept.
void Coordination::forget_if_empty(Operation operation, const std::string& name) {
  const auto forget_in = [&](auto& things, auto&& empty) {
    const auto found = things.find(name);
    if (found != things.end() && empty(found->second)) things.erase(found);
  };
  switch (operation) {
    case Operation::event_wait:
      return forget_in(events_, [](const auto& e) { return !e.set && e.line.empty(); });
    case Operation::queue_put:
    case Operation::queue_get:
      return forget_in(queues_, [](const auto& q) {
        return q.items.empty() && q.getters.empty() && q.putters.empty();
      });
    case Operation::variable_get:
      return forget_in(variables_, [](const auto& v) { return !v.value && v.line.empty(); });
    case Operation::topic_follow:
      return forget_in(topics_, [](const auto& t) { return t.next == 1 && t.line.empty(); });
    default:
      return;
  }
}

}  // namespace tartan::scheduler

// Clients, their numbered requests, and how these end.

#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <limits>
#include <scheduler/coordination/coordination.hpp>
#include <utility>

namespace tartan::scheduler {

namespace {

constexpr std::size_t kNameLength = 256;
/// Runs of done numbers per client: so many requests can be done while an older one waits, even if
/// every other number was used for something else.
constexpr std::size_t kRuns = 65536;
/// Longer waits have no end (about a hundred years).
constexpr std::int64_t kForever = 3'000'000'000'000'000'000;

/// Never refused for want of room: others wait for it.
bool gives_back(wire::Operation operation) {
  return operation == wire::Operation::unlock || operation == wire::Operation::release;
}

bool puts(wire::Operation operation) {
  return operation == wire::Operation::queue_put || operation == wire::Operation::variable_set ||
         operation == wire::Operation::topic_log;
}

std::size_t size_of(const wire::Coordinated& reply) {
  return reply.values.bytes.size() + sizeof(Key) * reply.keys.size() + reply.message.size() + 128;
}

}  // namespace

const CoordinationActions& Coordination::handle(CoordinationEvent event, Time now) {
  now_ = now;
  actions_.clear();
  std::visit([this](auto& concrete) { on(concrete); }, event);
  settle_keys();
  if (config_.validate) validate();
  return actions_;
}

Time Coordination::next_deadline() const {
  return deadlines_.empty() ? Time::max() : deadlines_.begin()->first;
}

void Coordination::on(ClientJoined& event) { clients_[event.client].name = event.name; }

/// What it holds and waits for goes; what it has put stays.
void Coordination::on(ClientLeft& event) {
  const auto found = clients_.find(event.client);
  if (found == clients_.end()) return;
  Participant& client = found->second;
  std::vector<std::uint64_t> waiting;
  for (const auto& [number, one] : client.requests) {
    if (one.reply == nullptr) waiting.push_back(number);
  }
  for (const std::uint64_t number : waiting) {
    // Its turn may have come when another of its client left the line.
    if (client.requests.at(number).reply != nullptr) continue;
    undo({event.client, number});
    forget({event.client, number});
  }
  // The items it was given last go back first, so that the first given is at the head again.
  while (!client.requests.empty()) {
    const Ticket ticket{event.client, client.requests.rbegin()->first};
    undo(ticket);
    forget(ticket);
  }
  while (!client.held.empty()) {
    release({event.client, client.held.begin()->first}, std::numeric_limits<std::uint64_t>::max());
  }
  clients_.erase(event.client);
}

/// Why a question is not even looked at; empty when it is.
std::string Coordination::refusal(const Participant& client, const wire::Coordinate& question,
                                  Errc& code) const {
  const bool stores = !question.value.empty() || !question.keys.empty();
  code = Errc::invalid_argument;
  const bool needs_name = question.operation != Operation::dataset_list;
  if (needs_name && (question.name.empty() || question.name.size() > kNameLength)) {
    return fmt::format("a name has {} bytes; it must have 1 to {}", question.name.size(),
                       kNameLength);
  }
  if (puts(question.operation) && !stores) {
    return fmt::format("nothing was given to put into '{}'; this is a bug in the client library",
                       question.name);
  }
  code = Errc::limit_exceeded;
  if (question.value.size() > config_.value_bytes) {
    return fmt::format(
        "the value for '{}' has {} bytes, but at most {} go through the scheduler; scatter it and "
        "pass the future",
        question.name, question.value.size(), config_.value_bytes);
  }
  if (question.keys.size() > config_.keys) {
    return fmt::format(
        "'{}' would carry {} futures, but at most {} are accepted; make a list of "
        "them a task's result",
        question.name, question.keys.size(), config_.keys);
  }
  if (gives_back(question.operation)) return {};
  if (client.requests.size() > config_.requests || client.done.runs() > kRuns ||
      client.unread_bytes > config_.unread_bytes) {
    return fmt::format(
        "the client {} has {} coordination requests that wait or whose answers it has not read "
        "({} bytes); wait for some of them first",
        client.name, client.requests.size(), client.unread_bytes);
  }
  if (stores && bytes_ + question.value.size() > config_.total_bytes) {
    return fmt::format(
        "queues, variables, datasets and topics hold {} bytes already, and the scheduler keeps at "
        "most {}; take items out, or scatter the values and pass futures",
        bytes_, config_.total_bytes);
  }
  if (names() >= config_.names && !known(question.operation, question.name)) {
    return fmt::format(
        "there are {} locks, queues and other named things already, the most that the scheduler "
        "keeps; use fewer names, or remove variables and datasets that are done with",
        names());
  }
  return {};
}

void Coordination::on(Asked& event) {
  const auto found = clients_.find(event.client);
  if (found == clients_.end()) return;
  Participant& client = found->second;
  wire::Coordinate& question = event.question;
  client.done.add_below(question.done_below);
  const Ticket ticket{event.client, question.request};
  if (const auto known = client.requests.find(question.request); known != client.requests.end()) {
    TARTAN_PROBE("scheduler: a coordination request came twice");
    if (known->second.reply != nullptr) say(ticket);
    return;
  }
  if (client.done.contains(question.request)) {
    TARTAN_PROBE("scheduler: a coordination request came after it was done");
    return;
  }
  // Far too many: it will ask again, when some are answered.
  if (client.requests.size() > 2 * config_.requests) return;
  Errc code{};
  std::string why = refusal(client, question, code);
  Request& made = client.requests[question.request];
  made.operation = question.operation;
  made.name = question.name;
  made.amount = question.amount;
  if (!why.empty()) {
    refuse(ticket, code, std::move(why));
    return;
  }
  perform(ticket, question);
  if (question.timeout_ns == 0 && made.reply == nullptr) time_out(ticket);
}

void Coordination::perform(Ticket ticket, wire::Coordinate& question) {
  switch (question.operation) {
    case Operation::lock:
    case Operation::acquire:
      return acquire(ticket, question.operation == Operation::lock, question);
    case Operation::unlock:
    case Operation::release:
      return give_back(ticket, question.operation == Operation::unlock, question);
    case Operation::event_set:
    case Operation::event_clear:
    case Operation::event_wait:
    case Operation::event_is_set:
      return on_event(ticket, question);
    case Operation::queue_put:
    case Operation::queue_get:
    case Operation::queue_size:
      return on_queue(ticket, question);
    case Operation::variable_set:
    case Operation::variable_get:
    case Operation::variable_remove:
      return on_variable(ticket, question);
    case Operation::dataset_publish:
    case Operation::dataset_get:
    case Operation::dataset_list:
    case Operation::dataset_unpublish:
      return on_dataset(ticket, question);
    case Operation::topic_log:
    case Operation::topic_read:
    case Operation::topic_follow:
      return on_topic(ticket, question);
  }
  refuse(ticket, Errc::version_mismatch,
         fmt::format("the scheduler does not know operation {}; install the same tartan release on "
                     "both sides",
                     static_cast<unsigned>(question.operation)));
}

/// Stands in the line until it is served.
void Coordination::wait(Ticket ticket, Line& line, const wire::Coordinate& question) {
  Request& waiting = request(ticket);
  waiting.order = next_order_++;
  line[waiting.order] = ticket;
  if (question.timeout_ns >= 0 && question.timeout_ns < kForever) {
    waiting.deadline = now_ + Duration(question.timeout_ns);
    deadlines_.emplace(*waiting.deadline, ticket);
  }
}

void Coordination::on(Tick&) {
  while (!deadlines_.empty() && deadlines_.begin()->first <= now_) {
    time_out(deadlines_.begin()->second);
  }
}

void Coordination::time_out(Ticket ticket) {
  std::string why = fmt::format("the time given was not enough for '{}'", request(ticket).name);
  leave_line(ticket);
  refuse(ticket, Errc::timeout, std::move(why));
}

/// Out of its line, and those behind it move up.
void Coordination::leave_line(Ticket ticket) {
  Request& leaving = request(ticket);
  line_of(leaving).erase(leaving.order);
  if (leaving.deadline) deadlines_.erase({*leaving.deadline, ticket});
  leaving.deadline.reset();
  discard(std::exchange(leaving.parcel, {}));
  const Operation operation = leaving.operation;
  const std::string name = leaving.name;
  if (operation == Operation::lock || operation == Operation::acquire) {
    serve_leases(operation == Operation::lock, name);
  }
  forget_if_empty(operation, name);
}

void Coordination::say(Ticket ticket) {
  Request& answered = request(ticket);
  answered.said = now_;
  actions_.emplace_back(AnswerShared{ticket.client, answered.reply});
}

void Coordination::answer(Ticket ticket, wire::Coordinated reply) {
  Participant& client = clients_.at(ticket.client);
  Request& answered = client.requests.at(ticket.request);
  reply.request = ticket.request;
  if (answered.deadline) deadlines_.erase({*answered.deadline, ticket});
  answered.deadline.reset();
  answered.patience = config_.repeat;
  client.unread.insert(ticket.request);
  client.unread_bytes += size_of(reply);
  answered.reply = std::make_shared<const wire::Coordinated>(std::move(reply));
  say(ticket);
}

void Coordination::refuse(Ticket ticket, Errc code, std::string message) {
  wire::Coordinated reply;
  reply.code = static_cast<std::uint32_t>(code);
  reply.message = std::move(message);
  answer(ticket, std::move(reply));
}

/// As if the request had never been made, as far as that can be.
void Coordination::undo(Ticket ticket) {
  if (request(ticket).reply == nullptr) {
    leave_line(ticket);
    return;
  }
  if (clients_.at(ticket.client).held.contains(ticket.request)) {
    TARTAN_PROBE("scheduler: a lease goes back that nobody knew of");
    release(ticket, std::numeric_limits<std::uint64_t>::max());
  }
  Request& answered = request(ticket);
  if (answered.taken.empty()) return;
  TARTAN_PROBE("scheduler: items go back to their queue");
  SharedQueue& queue = queues_[answered.name];
  while (!answered.taken.empty()) {
    queue.items.push_front(std::move(answered.taken.back()));
    answered.taken.pop_back();
  }
  const std::string name = answered.name;
  serve_queue(name);
}

/// The request is over: it will never be done again.
void Coordination::forget(Ticket ticket) {
  Participant& client = clients_.at(ticket.client);
  client.done.add(ticket.request);
  const auto found = client.requests.find(ticket.request);
  Request& over = found->second;
  for (Parcel& parcel : over.taken) discard(std::move(parcel));
  for (const Key& key : over.pinned) unuse(key);
  if (over.reply != nullptr) client.unread_bytes -= size_of(*over.reply);
  client.unread.erase(ticket.request);
  client.requests.erase(found);
}

/// Not numbered as a request of its own: doing it twice is doing it once.
void Coordination::on(Withdrawn& event) {
  const auto found = clients_.find(event.client);
  if (found == clients_.end()) return;
  const Ticket ticket{event.client, event.record.withdrawn};
  if (found->second.requests.contains(ticket.request)) {
    undo(ticket);
    forget(ticket);
  }
  found->second.done.add(ticket.request);
  wire::Coordinated reply;
  reply.request = event.record.request;
  actions_.emplace_back(
      AnswerShared{event.client, std::make_shared<const wire::Coordinated>(std::move(reply))});
}

void Coordination::on(Acknowledged& event) {
  const auto found = clients_.find(event.client);
  if (found == clients_.end()) return;
  for (const std::uint64_t number : event.requests) {
    if (found->second.unread.contains(number)) forget({event.client, number});
  }
}

void Coordination::on(ClientBeat& event) {
  const auto found = clients_.find(event.client);
  if (found == clients_.end()) return;
  for (const std::uint64_t number : found->second.unread) {
    Request& unread = found->second.requests.at(number);
    if (now_ - unread.said < unread.patience) continue;
    TARTAN_PROBE("scheduler: an answer is sent again");
    unread.patience *= 2;
    say({event.client, number});
  }
}

}  // namespace tartan::scheduler

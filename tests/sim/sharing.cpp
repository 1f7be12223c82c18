// Programs that share a lock, a semaphore and a queue by name, and what must be true of these:
// never more holders than leases, every item delivered once, unless a receiver was taken for dead.

#include <algorithm>
#include <cstring>
#include <fmt/format.h>
#include <scheduler/coordination/coordination.hpp>
#include <sim/cluster.hpp>

namespace tartan::sim {

using std::chrono::milliseconds;
using wire::Operation;

namespace {

constexpr std::uint64_t kMaxsize = 3;
constexpr std::uint64_t kLeases = 2;

Buffer bytes_of(std::uint64_t item) {
  char text[sizeof(item)];
  std::memcpy(text, &item, sizeof(item));
  return Buffer::copy(std::string_view(text, sizeof(text)));
}

std::uint64_t item_in(std::span<const std::byte> bytes) {
  std::uint64_t item = 0;
  std::memcpy(&item, bytes.data(), std::min(bytes.size(), sizeof(item)));
  return item;
}

bool takes_lease(Operation operation) {
  return operation == Operation::lock || operation == Operation::acquire;
}

}  // namespace

/// Asks for something at random, and for more later.
void Cluster::share_next(const ClientPtr& client) {
  if (!client->alive || client->ended || client->to_share == 0) return;
  --client->to_share;
  wire::Coordinate question;
  question.name = "shared";
  question.amount = 1 + sharing_.random.below(3);
  const std::uint64_t dice = sharing_.random.below(10);
  question.operation = dice < 2   ? Operation::lock
                       : dice < 4 ? Operation::acquire
                       : dice < 7 ? Operation::queue_put
                                  : Operation::queue_get;
  if (question.operation == Operation::acquire) {
    question.amount = 1;
    question.limit = kLeases;
  }
  if (question.operation == Operation::queue_put) {
    question.limit = kMaxsize;
    question.value = bytes_of(sharing_.items.size());
    sharing_.items.emplace_back();
    if (!client->settled.empty() && sharing_.random.chance(0.5)) {
      question.keys = {client->settled[sharing_.random.below(client->settled.size())]};
      ++report_.faults["shared future"];
    }
  }
  // Nobody need ever put or take an item again; who holds a lease gives it back.
  const bool for_ever = takes_lease(question.operation) && sharing_.random.chance(0.7);
  const Duration timeout = milliseconds(sharing_.random.below(4000));
  question.timeout_ns = for_ever ? -1 : timeout.count();
  ++report_.faults["shared operation"];
  const std::uint64_t request = ask_shared(client, std::move(question));
  if (sharing_.random.chance(0.1)) {
    timeline_.after(milliseconds(sharing_.random.below(2000)), [this, client, request] {
      const auto found = client->asked.extract(request);
      if (!client->alive || found.empty()) return;
      withdraw_shared(client, request);
      for (const Key key : found.mapped().keys) client->node->release(key);
      flush(client);
    });
  }
  timeline_.after(milliseconds(sharing_.random.below(1200)), [this, client] {
    share_next(client);
    if (client->alive) flush(client);
  });
}

std::uint64_t Cluster::ask_shared(const ClientPtr& client, wire::Coordinate question) {
  const std::uint64_t request = ++client->last_request;
  question.request = request;
  // Whoever puts a future holds it until the scheduler has said that it does.
  for (const Key key : question.keys) client->node->hold(key);
  client->asked[request] = question;
  client->node->ask(request, std::move(question));
  return request;
}

void Cluster::withdraw_shared(const ClientPtr& client, std::uint64_t request) {
  ++report_.faults["withdrawn operation"];
  client->node->withdraw(request, ++client->last_request);
}

void Cluster::on_replies(const ClientPtr& client,
                         std::vector<std::pair<std::uint64_t, wire::Message>> replies) {
  for (auto& [request, message] : replies) {
    const auto* reply = std::get_if<wire::Coordinated>(&message);
    check_offer(*client, message);
    if (client->unanswered.erase(request) + client->operations.erase(request) != 0) continue;
    const auto found = client->asked.extract(request);
    if (reply == nullptr || found.empty()) {
      wrong(fmt::format("{} has a reply to request {}, which is not open", client->name, request));
      continue;
    }
    const wire::Coordinate& question = found.mapped();
    for (const Key key : question.keys) client->node->release(key);
    const bool given = reply->code == 0 && question.operation != Operation::queue_put &&
                       question.operation != Operation::unlock &&
                       question.operation != Operation::release;
    if (given && !sharing_.draining && sharing_.random.chance(0.1)) {
      withdraw_shared(client, request);
      continue;
    }
    client->node->acknowledge(request, sharing_.draining ? std::vector<Key>() : reply->keys);
    if (!sharing_.draining) await_futures(*client, reply->keys);
    accept_shared(client, question, *reply);
  }
  if (replies.empty()) return;
  timeline_.after({}, [this, client] {
    if (client->alive) flush(client);
  });
}

/// Futures that came with items must have the results of a serial run too.
void Cluster::await_futures(ClientProcess& client, const std::vector<Key>& keys) {
  for (const Key key : keys) {
    ++client.holds[key];
    client.waiting.insert(key);
    client.received.insert(key);
    std::erase(client.settled, key);
  }
}

/// Takes what is left in the queue, so that nothing keeps its futures.
void Cluster::drain_shared() {
  sharing_.draining = true;
  for (const auto& client : clients_) {
    if (!client->alive || client->ended || !client->asked.empty()) continue;
    wire::Coordinate question;
    question.name = "shared";
    question.operation = Operation::queue_get;
    question.amount = 1000;
    question.timeout_ns = 0;
    ask_shared(client, std::move(question));
    flush(client);
    return;
  }
}

void Cluster::accept_shared(const ClientPtr& client, const wire::Coordinate& question,
                            const wire::Coordinated& reply) {
  const auto code = static_cast<Errc>(reply.code);
  if (question.operation == Operation::queue_put) {
    Shared::Item& item = sharing_.items[item_in(question.value.bytes())];
    item.put = reply.code == 0;
    item.refused = code == Errc::timeout;
    if (item.refused && item.receiver) wrong("an item was taken whose put had failed");
  }
  if (reply.code != 0) {
    const bool expected = code == Errc::timeout ||
                          (code == Errc::unreachable && client->was_absent) ||
                          (code == Errc::refused && client->was_absent);
    if (!expected) wrong(fmt::format("{} was refused: {}", client->name, reply.message));
    return;
  }
  for (std::size_t i = 0; i < reply.values.size(); ++i) deliver_item(client, reply.values[i]);
  if (takes_lease(question.operation)) hold_lease(client, question);
}

void Cluster::deliver_item(const ClientPtr& client, std::span<const std::byte> bytes) {
  const std::uint64_t number = item_in(bytes);
  Shared::Item& item = sharing_.items.at(number);
  ++report_.faults["delivered item"];
  if (item.refused) wrong(fmt::format("item {} was taken, but its put had failed", number));
  if (item.receiver && item.receiver->alive && !item.receiver->was_absent) {
    wrong(fmt::format("item {} was delivered to {} and to {}", number, item.receiver->name,
                      client->name));
  }
  item.receiver = client;
}

void Cluster::hold_lease(const ClientPtr& client, const wire::Coordinate& question) {
  const Operation operation = question.operation;
  const std::uint64_t request = question.request;
  client->leases[request] = operation;
  std::size_t holders = 0;
  for (const auto& other : clients_) {
    for (const auto& [acquisition, what] : other->leases) holders += what == operation ? 1 : 0;
  }
  const std::size_t most = operation == Operation::lock ? 1 : kLeases;
  if (holders > most) wrong(fmt::format("{} hold what has {} leases", holders, most));
  timeline_.after(milliseconds(sharing_.random.below(1500)), [this, client, request, operation] {
    if (!client->alive || client->ended) return;
    client->leases.erase(request);
    wire::Coordinate back;
    back.name = "shared";
    back.operation = operation == Operation::lock ? Operation::unlock : Operation::release;
    back.acquisition = request;
    back.amount = 1;
    ask_shared(client, std::move(back));
    flush(client);
  });
}

/// It begins nothing more, and what it believed to hold is others'.
void Cluster::stop_asking(ClientProcess& client) {
  client.to_share = 0;
  client.unanswered.clear();
  client.operations.clear();
  client.actor.reset();
  client.asked.clear();
  client.leases.clear();
}

/// What is not as it should be when all requests are answered.
void Cluster::check_shared(std::vector<std::string>& left) const {
  const scheduler::Coordination& all = scheduler_->node->coordination();
  if (!all.locks().empty()) left.push_back("a lock is held by nobody who lives");
  if (!all.semaphores().empty()) left.push_back("a lease is held by nobody who lives");
  std::set<std::uint64_t> queued;
  const auto queue = all.queues().find("shared");
  if (queue != all.queues().end()) {
    for (const auto& parcel : queue->second.items) {
      if (!queued.insert(item_in(parcel.value.bytes())).second) left.push_back("an item is twice");
    }
  }
  for (std::uint64_t number = 0; number < sharing_.items.size(); ++number) {
    const Shared::Item& item = sharing_.items[number];
    if (item.put && !item.receiver && !queued.contains(number)) {
      left.push_back(fmt::format("item {} is lost", number));
    }
    const bool taken = item.receiver && item.receiver->alive && !item.receiver->was_absent;
    if (queued.contains(number) && (taken || item.refused)) {
      left.push_back(fmt::format("item {} is in the queue, but should not be", number));
    }
  }
}

}  // namespace tartan::sim

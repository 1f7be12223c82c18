// Between the named things programs share and the rest of the node: what clients ask of them, what
// is answered, and the keys of the futures inside, which a client that is nobody's holds.

#include <nlohmann/json.hpp>
#include <scheduler/server/node_impl.hpp>

namespace tartan::scheduler {

namespace {

using nlohmann::ordered_json;

/// Of each kind; a number says how many more there are.
constexpr std::size_t kListed = 1000;

}  // namespace

void Node::Impl::coordinate(CoordinationEvent event) {
  struct Visitor {
    Impl& self;
    void operator()(const AnswerShared& a) const {
      if (Session* session = self.session_of_client(a.client)) session->send(*a.reply);
    }
    void operator()(const HoldShared& a) const {
      if (!self.state.clients().contains(kShared)) {
        self.apply(ClientJoined{self.stimulus, kShared, "coordination", true});
      }
      self.apply(KeysHeld{self.stimulus, kShared, a.keys});
    }
    void operator()(const ReleaseShared& a) const {
      self.apply(KeysReleased{self.stimulus, kShared, a.keys});
      if (self.coordination.keys() == 0) self.apply(ClientLeft{self.stimulus, kShared});
    }
  };
  for (const CoordinationAction& action : coordination.handle(std::move(event), now)) {
    std::visit(Visitor{*this}, action);
  }
}

bool Node::Impl::on_coordination_record(Session& session, wire::Message& message) {
  const ClientId client = session.client;
  if (auto* question = std::get_if<wire::Coordinate>(&message)) {
    coordinate(Asked{stimulus, client, std::move(*question)});
  } else if (auto* withdrawal = std::get_if<wire::Withdraw>(&message)) {
    coordinate(Withdrawn{stimulus, client, *withdrawal});
  } else if (auto* read = std::get_if<wire::Acknowledge>(&message)) {
    coordinate(Acknowledged{stimulus, client, std::move(read->requests)});
  } else {
    return false;
  }
  return true;
}

/// The tasks of a worker that died run no more, so nobody is left to use their client. One that
/// left by its own will closes its clients itself, when the last of its tasks has ended; taking
/// their locks before that would let others into what those tasks are still in.
void Node::Impl::bury_nested() {
  for (const Key& worker : std::exchange(dead_workers, {})) {
    std::vector<Session*> nested;
    for (const auto& [id, session] : by_client) {
      if (session->of_worker == worker) nested.push_back(session);
    }
    for (Session* session : nested) {
      // Its worker may only have been silent; then it learns that it has to say hello again.
      const net::PeerId peer = session->peer;
      const bool reachable = session->reachable;
      remove(*session, false, "its worker died");
      if (reachable) send_loose(peer, wire::Unknown{});
    }
  }
}

// ---- for people -----------------------------------------------------------------------------

namespace {

template <class Things, class Describe>
ordered_json list_of(const Things& things, Describe&& describe) {
  ordered_json list = ordered_json::array();
  for (const auto& [name, thing] : things) {
    if (list.size() == kListed) {
      list.push_back({{"more", things.size() - kListed}});
      break;
    }
    ordered_json entry = {{"name", name}};
    entry.update(describe(thing));
    list.push_back(std::move(entry));
  }
  return list;
}

ordered_json leases_json(const std::map<std::string, Leases>& things, const Coordination& all) {
  return list_of(things, [&](const Leases& leases) {
    ordered_json holders = ordered_json::array();
    for (const auto& [ticket, amount] : leases.holders) {
      holders.push_back({{"client", all.clients().at(ticket.client).name}, {"leases", amount}});
    }
    return ordered_json{{"leases", leases.limit},
                        {"taken", leases.taken},
                        {"holders", std::move(holders)},
                        {"waiting", leases.line.size()}};
  });
}

std::size_t bytes_of(const Parcel& parcel) { return parcel.value.size(); }

}  // namespace

std::string Node::Impl::coordination_json() const {
  const Coordination& all = coordination;
  const ordered_json result = {
      {"locks", leases_json(all.locks(), all)},
      {"semaphores", leases_json(all.semaphores(), all)},
      {"events", list_of(all.events(),
                         [](const SharedEvent& event) {
                           return ordered_json{{"set", event.set}, {"waiting", event.line.size()}};
                         })},
      {"queues", list_of(all.queues(),
                         [](const SharedQueue& queue) {
                           std::size_t bytes = 0;
                           for (const Parcel& item : queue.items) bytes += bytes_of(item);
                           return ordered_json{{"maxsize", queue.maxsize},
                                               {"items", queue.items.size()},
                                               {"bytes", bytes},
                                               {"waiting_to_get", queue.getters.size()},
                                               {"waiting_to_put", queue.putters.size()}};
                         })},
      {"variables", list_of(all.variables(),
                            [](const SharedVariable& variable) {
                              return ordered_json{
                                  {"set", variable.value.has_value()},
                                  {"bytes", variable.value ? bytes_of(*variable.value) : 0},
                                  {"waiting", variable.line.size()}};
                            })},
      {"datasets", list_of(all.datasets(),
                           [](const Parcel& dataset) {
                             return ordered_json{{"futures", dataset.keys.size()}};
                           })},
      {"topics", list_of(all.topics(),
                         [](const Topic& topic) {
                           return ordered_json{{"events", topic.entries.size()},
                                               {"logged", topic.next - 1},
                                               {"bytes", topic.bytes},
                                               {"subscribers_waiting", topic.line.size()}};
                         })},
      {"bytes", all.bytes()}};
  // Names come from peers and need not be UTF-8.
  return result.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace tartan::scheduler

#include <algorithm>
#include <core/base/probe.hpp>
#include <core/base/process.hpp>
#include <fmt/format.h>
#include <scheduler/server/node_impl.hpp>
#include <tartan/base/assert.hpp>
#include <tartan/base/config.hpp>
#include <tartan/base/log.hpp>

namespace tartan::scheduler {

namespace {

constexpr const char* kLog = "scheduler";
/// Peers that send garbage fill no disk: after so many lines only every thousandth is written.
constexpr std::uint64_t kComplaints = 100;
constexpr std::size_t kFormerWorkers = 4096;
constexpr Duration kStandstill{std::chrono::seconds(30)};

StateConfig state_config(const NodeConfig& config) {
  StateConfig result;
  result.saturation = config.worker_saturation;
  result.allowed_deaths = config.allowed_deaths;
  // A worker that announces data may be silent for its lease without being dead.
  result.grace = std::max(result.grace, 2 * config.worker_lease);
  result.validate = config.validate;
  return result;
}

CoordinationConfig coordination_config(const NodeConfig& config) {
  CoordinationConfig result;
  result.repeat = 2 * config.heartbeat;
  result.validate = config.validate;
  return result;
}

}  // namespace

Node::Impl::Impl(const NodeConfig& node_config, Key own_incarnation)
    : config(node_config),
      incarnation(own_incarnation),
      build(node_config.build.empty() ? build_text() : node_config.build),
      state(state_config(node_config)),
      coordination(coordination_config(node_config)),
      modules(node_config.modules) {}

Node::Node(const NodeConfig& config, Key incarnation)
    : impl_(std::make_unique<Impl>(config, incarnation)) {}
Node::~Node() = default;

void Node::on_envelope(net::PeerId from, const net::Envelope& envelope, Time now) {
  Impl& self = *impl_;
  self.now = now;
  if (self.broken.contains(from)) return;
  auto messages = wire::decode(envelope.control);
  if (!messages) {
    self.break_off(from, messages.error().to_string());
    return;
  }
  ++self.stimulus;
  bool told_unknown = false;
  for (wire::Message& message : *messages) {
    if (const auto* hello = std::get_if<wire::Hello>(&message)) {
      self.on_hello(from, *hello);
      continue;
    }
    Session* session = self.find_session(from);
    if (session == nullptr) {
      const bool leaving = std::holds_alternative<wire::Goodbye>(message);
      if (!leaving && !std::exchange(told_unknown, true)) self.send_loose(from, wire::Unknown{});
      continue;
    }
    session->last_heard = now;
    if (!self.on_record(*session, message)) {
      self.break_off(from, fmt::format("a {} record is not for a {} to send to the scheduler",
                                       wire::kind_name(message),
                                       session->role == wire::Role::worker ? "worker" : "client"));
      break;
    }
    if (self.find_session(from) == nullptr) break;
  }
  self.bury_nested();
  self.note_idle();
}

void Node::on_gone(net::PeerId peer, Time now) {
  impl_->now = now;
  ++impl_->stimulus;
  Session* session = impl_->find_session(peer);
  if (session == nullptr) return;
  if (session->role == wire::Role::worker) {
    impl_->remove(*session, true, "its connection broke");
  } else {
    // A client may come back: what it holds stays until its lease runs out.
    session->reachable = false;
    session->reset_knowledge();
    std::erase(impl_->dirty, session);
    const auto found = impl_->sessions.find(peer);
    impl_->away.push_back(std::move(found->second));
    impl_->sessions.erase(found);
  }
  impl_->bury_nested();
  impl_->note_idle();
}

void Node::on_tick(Time now) {
  Impl& self = *impl_;
  self.now = now;
  ++self.stimulus;
  const Duration step = self.config.heartbeat / 2;
  // Was it we who stood still? Then nobody's silence counts.
  if (self.last_tick != Time{} && now - self.last_tick > self.config.worker_lease / 2) {
    TARTAN_PROBE("scheduler: stood still, so leases start over");
    logging::debug(
        kLog, "did not run for {} ms, leases start over",
        std::chrono::duration_cast<std::chrono::milliseconds>(now - self.last_tick).count());
    for (auto& [peer, session] : self.sessions) session->last_heard = now;
    for (auto& session : self.away) session->last_heard = now;
  }
  self.last_tick = now;
  self.next_tick = now + step;
  self.expire();
  self.modules.tick(now);
  self.beat();
  self.warn_of_standstill();
  if (now >= self.state.next_deadline()) self.apply(Tick{self.stimulus});
  if (now >= self.coordination.next_deadline()) self.coordinate(Tick{self.stimulus});
  self.bury_nested();
  self.note_idle();
}

Time Node::next_deadline() const {
  return std::min(
      {impl_->next_tick, impl_->state.next_deadline(), impl_->coordination.next_deadline()});
}

std::vector<net::Outgoing> Node::take_outgoing() {
  impl_->send_modules();
  std::vector<net::Outgoing> out = std::exchange(impl_->loose, {});
  for (Session* session : std::exchange(impl_->dirty, {})) {
    session->last_said = impl_->now;
    for (net::Envelope& envelope : session->take()) {
      out.push_back({session->peer, std::move(envelope)});
    }
  }
  return out;
}

void Node::close(const std::string& reason, bool end_workers) {
  for (auto& [peer, session] : impl_->sessions) {
    impl_->touch(*session);
    if (end_workers && session->role == wire::Role::worker) {
      session->send(wire::Shutdown{reason});
    } else {
      session->send(wire::Goodbye{reason});
    }
  }
}

std::vector<net::PeerId> Node::take_dropped() { return std::exchange(impl_->dropped, {}); }
void Node::set_address(std::string address) { impl_->address = std::move(address); }
std::string Node::info(std::string_view topic) const { return impl_->info(topic); }
const State& Node::state() const { return impl_->state; }
const Coordination& Node::coordination() const { return impl_->coordination; }

bool Node::idle_since(Time& since) const {
  if (!impl_->idle_from) return false;
  since = *impl_->idle_from;
  return true;
}

// ---- between the state machine and the peers ------------------------------------------------

void Node::Impl::apply(Event event) {
  for (const Action& action : state.handle(std::move(event), now)) translate(action);
}

void Node::Impl::translate(const Action& action) {
  struct Visitor {
    Impl& self;

    void operator()(const Assign& a) const {
      if (Session* session = self.session_of(a.worker)) session->assign(self.state, a);
    }
    void operator()(const Retract& a) const {
      Session* session = self.session_of(a.worker);
      if (session != nullptr) session->open<wire::RetractTasks>().attempts.push_back(a.attempt);
    }
    void operator()(const CancelAttempt& a) const {
      Session* session = self.session_of(a.worker);
      if (session != nullptr) session->open<wire::CancelAttempts>().attempts.push_back(a.attempt);
    }
    void operator()(const FreeData& a) const {
      Session* session = self.session_of(a.worker);
      if (session != nullptr) session->open<wire::FreeKeys>().keys.push_back(a.key);
    }
    void operator()(const TellHolder& a) const {
      if (Session* session = self.session_of(a.worker)) session->tell_holder(self.state, a);
    }
    void operator()(const AskReport& a) const {
      if (Session* session = self.session_of(a.worker)) session->send(wire::ReportState{a.request});
    }
    void operator()(const Acquire& a) const {
      if (Session* session = self.session_of(a.worker)) session->acquire(self.state, a);
    }
    void operator()(const Dismiss& a) const {
      Session* session = self.session_of(a.worker);
      const Worker* worker = self.state.worker(a.worker);
      if (session == nullptr || worker == nullptr) return;
      session->send(wire::Leave{a.restart, worker->held, worker->held_digest, a.reason});
    }
    void operator()(const Answer& a) const {
      if (Session* session = self.session_of_client(a.client)) session->send(a.answer);
    }
    void operator()(const KeyReady& a) const {
      if (Session* session = self.session_of_client(a.client)) session->ready(self.state, a.task);
    }
    void operator()(const KeyFailed& a) const {
      Session* session = self.session_of_client(a.client);
      if (session == nullptr) return;
      auto& record = session->open<wire::KeysFailed>();
      record.keys.push_back(a.key);
      record.failures.push_back(*a.failure);
    }
  };
  std::visit(Visitor{*this}, action);
}

/// What cannot be said, because its receiver is away or gone, is asked for again.
void Node::Impl::send_modules() {
  ModuleBook::Said said = modules.take_said();
  for (auto& [client, record] : said.asked) {
    if (Session* session = session_of_client(client)) session->send(record);
  }
  for (auto& [client, record] : said.kept) {
    if (Session* session = session_of_client(client)) session->send(std::move(record));
  }
  for (auto& [worker, record] : said.pieces) {
    if (Session* session = session_of(worker)) session->send(std::move(record));
  }
}

void Node::Impl::touch(Session& session) {
  if (std::exchange(session.dirty, true)) return;
  dirty.push_back(&session);
}

/// The worker's session, on the list for the end of the turn.
Session* Node::Impl::session_of(WorkerId worker) {
  Session* session = worker < by_worker.size() ? by_worker[worker] : nullptr;
  if (session != nullptr) touch(*session);
  return session;
}

Session* Node::Impl::session_of_client(ClientId client) {
  const auto found = by_client.find(client);
  if (found == by_client.end() || !found->second->reachable) return nullptr;
  touch(*found->second);
  return found->second;
}

Session* Node::Impl::find_session(net::PeerId peer) {
  const auto found = sessions.find(peer);
  return found == sessions.end() ? nullptr : found->second.get();
}

void Node::Impl::send_loose(net::PeerId peer, const wire::Message& message) {
  loose.push_back({peer, net::Envelope{wire::encode(message), {}, {}}});
}

// ---- how sessions end -----------------------------------------------------------------------

void Node::Impl::break_off(net::PeerId peer, const std::string& reason) {
  broken.add(peer);
  dropped.push_back(peer);
  Session* session = find_session(peer);
  if (++complaints <= kComplaints || complaints % 1000 == 0) {
    logging::warning(kLog, "drops {}: {}{}",
                     session == nullptr ? fmt::format("connection {}", peer)
                                        : fmt::format("{} (connection {})", session->name, peer),
                     reason, complaints == kComplaints ? "; more of the same is not logged" : "");
  }
  if (session != nullptr) remove(*session, true, "it broke the protocol");
}

void Node::Impl::remove(Session& session, WorkerLost loss, std::string_view why) {
  std::erase(dirty, &session);
  by_incarnation.erase(session.incarnation);
  std::unique_ptr<Session> owner;
  if (const auto found = sessions.find(session.peer);
      found != sessions.end() && found->second.get() == &session) {
    owner = std::move(found->second);
    sessions.erase(found);
  } else {
    const auto same = [&](const auto& other) { return other.get() == &session; };
    const auto away_at = std::find_if(away.begin(), away.end(), same);
    TARTAN_ASSERT(away_at != away.end(), "a session is in no table");
    owner = std::move(*away_at);
    away.erase(away_at);
  }
  if (session.role == wire::Role::worker) {
    logging::info(kLog, "worker {} left: {}", session.name, why);
    by_worker[session.worker] = nullptr;
    if (loss.blame) dead_workers.push_back(session.incarnation);
    former_workers.push_back({session.incarnation, session.worker});
    if (former_workers.size() > kFormerWorkers) former_workers.pop_front();
    modules.worker_left(session.worker);
    signatures.worker_left(session.worker);
    apply(std::move(loss));
  } else {
    logging::info(kLog, "client {} left: {}", session.name, why);
    by_client.erase(session.client);
    coordinate(ClientLeft{stimulus, session.client});
    modules.client_left(session.client, now);
    apply(ClientLeft{stimulus, session.client});
  }
}

/// Something for those who would hear nothing else: they know that we are there, and the transport
/// finds connections that broke.
void Node::Impl::beat() {
  for (auto& [peer, session] : sessions) {
    if (now - session->last_said < config.heartbeat) continue;
    touch(*session);
    session->send(wire::Beat{});
  }
}

void Node::Impl::expire() {
  std::vector<Session*> silent;
  const auto check = [&](Session& session) {
    const Duration lease =
        session.role == wire::Role::worker ? config.worker_lease : config.client_lease;
    if (now - session.last_heard > lease) silent.push_back(&session);
  };
  for (auto& [peer, session] : sessions) check(*session);
  for (auto& session : away) check(*session);
  for (Session* session : silent) {
    // It may live behind a slow link; then it learns that it has to say hello again.
    const net::PeerId peer = session->peer;
    const bool reachable = session->reachable;
    if (session->role == wire::Role::worker) {
      TARTAN_PROBE("scheduler: a worker's lease runs out");
    } else {
      TARTAN_PROBE("scheduler: a client's lease runs out");
    }
    const auto silence = std::chrono::duration<double>(now - session->last_heard).count();
    remove(*session, true, fmt::format("nothing was heard of it for {:.1f} s", silence));
    if (reachable) send_loose(peer, wire::Unknown{});
  }
}

/// Every worker has paused for want of memory, there is work, and none of it gets done: said once.
void Node::Impl::warn_of_standstill() {
  const std::vector<WorkerId>& workers = state.workers();
  const bool paused = !workers.empty() && state.active() > 0 &&
                      std::all_of(workers.begin(), workers.end(),
                                  [this](WorkerId id) { return state.worker(id)->paused; });
  const State::Totals& totals = state.totals();
  if (!paused || totals.finished + totals.failed != finished_before) {
    finished_before = totals.finished + totals.failed;
    stands_since.reset();
    return;
  }
  if (!stands_since) stands_since = now;
  if (told_standstill == finished_before || now - *stands_since < kStandstill) return;
  told_standstill = finished_before;
  std::string numbers;
  for (const WorkerId id : workers) {
    const Worker& worker = *state.worker(id);
    numbers += fmt::format("; {}: {} in its process of a limit of {}, {} on disk", worker.name,
                           format_bytes(by_worker[id]->usage.process_bytes),
                           format_bytes(worker.memory_limit), format_bytes(worker.spilled_bytes));
  }
  logging::warning(kLog,
                   "nothing has moved for {} s: every worker has paused for want of memory, and {} "
                   "tasks wait; release futures, use smaller chunks, or start workers{}",
                   std::chrono::duration_cast<std::chrono::seconds>(kStandstill).count(),
                   state.active(), numbers);
}

void Node::Impl::note_idle() {
  // Clients of workers' tasks live as long as their workers, and want nothing by themselves.
  const bool alone = std::all_of(state.clients().begin(), state.clients().end(),
                                 [](const auto& entry) { return entry.second.nested; });
  if (!alone || state.active() > 0) {
    idle_from.reset();
  } else if (!idle_from) {
    idle_from = now;
  }
}

}  // namespace tartan::scheduler

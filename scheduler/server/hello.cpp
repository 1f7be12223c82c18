// How peers become known: the first record of a connection, its repetitions, and the return of a
// peer whose connection broke.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <scheduler/server/node_impl.hpp>
#include <tartan/base/log.hpp>

namespace tartan::scheduler {

namespace {

constexpr const char* kLog = "scheduler";
constexpr std::size_t kNameLength = 256;
constexpr std::uint32_t kMostThreads = 65536;

std::string_view role_name(wire::Role role) {
  switch (role) {
    case wire::Role::client:
      return "client";
    case wire::Role::worker:
      return "worker";
    case wire::Role::tool:
      return "tool";
  }
  return "peer";
}

}  // namespace

/// Why the scheduler will not talk to this peer; empty when it will.
std::string Node::Impl::refusal(const wire::Hello& hello) const {
  if (hello.magic != wire::kMagic) {
    return fmt::format(
        "the {} {} does not speak tartan's protocol (magic number {:08x}, not "
        "{:08x}); check the address it was given",
        role_name(hello.role), hello.name, hello.magic, wire::kMagic);
  }
  if (hello.protocol != wire::kProtocolVersion) {
    return fmt::format(
        "the scheduler ({}) speaks protocol {}, the {} {} ({}) protocol {}; install "
        "the same tartan release on both sides",
        build, wire::kProtocolVersion, role_name(hello.role), hello.name,
        hello.build.empty() ? "unknown build" : hello.build, hello.protocol);
  }
  if (!hello.incarnation) return "the hello has no incarnation id; this is a bug in the peer";
  if (hello.name.size() > kNameLength) {
    return fmt::format("the name is {} bytes long; at most {} are accepted", hello.name.size(),
                       kNameLength);
  }
  if (hello.role != wire::Role::worker) return {};
  if (hello.data_address.empty()) {
    return fmt::format("the worker {} gave no data address for its peers", hello.name);
  }
  if (hello.nthreads == 0 || hello.nthreads > kMostThreads) {
    return fmt::format("the worker {} has {} threads; 1 to {} are accepted", hello.name,
                       hello.nthreads, kMostThreads);
  }
  return {};
}

std::string Node::Impl::unique_name(const std::string& wish, wire::Role role) const {
  const auto taken = [&](const std::string& name) {
    return std::any_of(by_incarnation.begin(), by_incarnation.end(), [&](const auto& entry) {
      return entry.second->role == role && entry.second->name == name;
    });
  };
  if (!taken(wish)) return wish;
  for (int number = 2;; ++number) {
    std::string name = fmt::format("{}-{}", wish, number);
    if (!taken(name)) return name;
  }
}

void Node::Impl::on_hello(net::PeerId from, const wire::Hello& hello) {
  if (const std::string reason = refusal(hello); !reason.empty()) {
    logging::warning(kLog, "refuses connection {}: {}", from, reason);
    send_loose(from, wire::Refused{reason});
    return;
  }
  // A hello that was overtaken by its sender's goodbye.
  if (departed.contains(hello.incarnation)) return;
  if (const auto known = by_incarnation.find(hello.incarnation); known != by_incarnation.end()) {
    Session& session = *known->second;
    session.last_heard = now;
    if (session.peer != from || !session.reachable) reattach(session, from);
    TARTAN_PROBE("scheduler: a known peer says hello again");
    // It would not say hello again if it had all it was told.
    session.introduce_again();
    welcome(session);
    return;
  }
  if (Session* former = find_session(from)) remove(*former, true, "another process took its place");
  if (hello.role == wire::Role::worker) bury_predecessor(hello);
  auto owner = std::make_unique<Session>(modules, signatures);
  Session& session = *owner;
  session.role = hello.role;
  session.peer = from;
  session.incarnation = hello.incarnation;
  const bool nameless = hello.name.empty();
  session.name = unique_name(
      nameless ? (hello.role == wire::Role::worker ? hello.data_address : "client") : hello.name,
      hello.role);
  session.build = hello.build;
  session.host = hello.host;
  session.pid = hello.pid;
  session.joined = now;
  session.last_heard = now;
  sessions[from] = std::move(owner);
  by_incarnation[hello.incarnation] = &session;
  logging::info(kLog, "{} {} joined from {} (pid {}, {})", role_name(hello.role), session.name,
                hello.host.empty() ? "unknown host" : hello.host, hello.pid, hello.build);
  if (hello.role == wire::Role::worker) {
    session.worker = next_worker++;
    by_worker.push_back(&session);
    signatures.worker_joined(session.worker);
    // Welcome goes first: the worker must know its number before tasks name it.
    welcome(session);
    WorkerJoined event{stimulus,           session.worker,  session.name,
                       hello.data_address, hello.host,      hello.nthreads,
                       hello.memory_limit, hello.resources, hello.nanny};
    const auto before =
        std::find_if(former_workers.rbegin(), former_workers.rend(),
                     [&](const auto& former) { return former.first == hello.predecessor; });
    if (hello.predecessor && before != former_workers.rend()) event.replaces = before->second;
    apply(std::move(event));
  } else {
    session.client = next_client++;
    session.of_worker = hello.of_worker;
    by_client[session.client] = &session;
    welcome(session);
    apply(ClientJoined{stimulus, session.client, session.name, static_cast<bool>(hello.of_worker)});
    coordinate(ClientJoined{stimulus, session.client, session.name});
  }
}

/// The parent process of a worker that died has started another, and says what it saw.
void Node::Impl::bury_predecessor(const wire::Hello& hello) {
  const auto dead = by_incarnation.find(hello.predecessor);
  if (!hello.predecessor || dead == by_incarnation.end()) return;
  if (dead->second->role != wire::Role::worker) return;
  WorkerLost loss{stimulus, dead->second->worker};
  loss.how = hello.predecessor_end;
  loss.peak_bytes = hello.predecessor_peak;
  loss.ran = hello.predecessor_ran;
  departed.add(hello.predecessor);
  remove(*dead->second, std::move(loss), fmt::format("its process {}", hello.predecessor_end));
}

void Node::Impl::welcome(Session& session) {
  touch(session);
  wire::Welcome record;
  record.news = session.settle_news();
  record.scheduler = incarnation;
  record.worker = session.worker;
  record.client = session.client;
  record.name = session.name;
  record.heartbeat_ns = static_cast<std::uint64_t>(config.heartbeat.count());
  record.lease_ns = static_cast<std::uint64_t>(
      (session.role == wire::Role::worker ? config.worker_lease : config.client_lease).count());
  session.send(std::move(record));
  if (session.role == wire::Role::worker) return;
  // What was said before may have been lost with a connection: say again how its keys stand.
  const std::vector<Key> keys = state.held_by(session.client);
  if (!keys.empty()) apply(KeysHeld{stimulus, session.client, keys});
}

/// The same process on another connection.
void Node::Impl::reattach(Session& session, net::PeerId from) {
  TARTAN_PROBE("scheduler: a peer came back on another connection");
  logging::info(kLog, "{} {} came back on another connection", role_name(session.role),
                session.name);
  if (Session* former = find_session(from); former != nullptr && former != &session) {
    remove(*former, true, "another process took its place");
  }
  session.reset_knowledge();
  std::erase(dirty, &session);
  std::unique_ptr<Session> owner;
  if (session.reachable) {
    owner = std::move(sessions.at(session.peer));
    sessions.erase(session.peer);
  } else {
    const auto same = [&](const auto& other) { return other.get() == &session; };
    const auto found = std::find_if(away.begin(), away.end(), same);
    owner = std::move(*found);
    away.erase(found);
  }
  session.peer = from;
  session.reachable = true;
  sessions[from] = std::move(owner);
}

}  // namespace tartan::scheduler

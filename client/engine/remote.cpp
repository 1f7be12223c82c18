#include <client/engine/coordination_call.hpp>
#include <client/engine/remote.hpp>
#include <client/engine/task_wait.hpp>
#include <core/value/module_file.hpp>
#include <pthread.h>
#include <tartan/base/log.hpp>

namespace tartan::client {
namespace {

/// Envelopes taken from one link before the others and the commands get their turn.
constexpr int kEnvelopesPerTurn = 256;
/// Of a task module in one message.
constexpr std::uint64_t kModulePart = std::uint64_t{1} << 20;
/// When to try again what a full socket did not take.
constexpr Duration kFullPause = std::chrono::milliseconds(1);
/// What close() gives the goodbye to get away.
constexpr Duration kGoodbyePatience = std::chrono::milliseconds(500);

bool is_local(const std::string& address) { return address.rfind("local://", 0) == 0; }

Failure lost_connection(const Error& error) {
  Failure failure;
  const bool known = error.code() == Errc::closed || error.code() == Errc::unreachable ||
                     error.code() == Errc::version_mismatch;
  failure.code = known ? error.code() : Errc::unreachable;
  failure.message = error.message();
  return failure;
}

Error closed_error(const std::string& address) {
  return {Errc::closed,
          "the client of " + address + " has been closed; results must be fetched while it lives"};
}

NodeConfig completed(NodeConfig config, const std::string& address) {
  config.scheduler_address = address;
  config.shares_memory = is_local(address);
  return config;
}

}  // namespace

RemoteBackend::RemoteBackend(const std::string& address, const NodeConfig& config)
    : address_(address), node_(completed(config, address), unique_key(), clock_.now()) {}

std::shared_ptr<RemoteBackend> RemoteBackend::connect(const std::string& address,
                                                      NodeConfig config) {
  std::shared_ptr<RemoteBackend> backend(new RemoteBackend(address, config));
  auto channel = backend->loop_.connect(address, net::Plane::control);
  if (!channel) throw ConnectionError(channel.error());
  backend->scheduler_.channel = std::move(*channel);
  std::future<std::optional<Error>> connected = backend->connected_.get_future();
  backend->thread_ = std::thread([engine = backend.get()] { engine->run(); });
  ::pthread_setname_np(backend->thread_.native_handle(), "tartan-client");
  if (const std::optional<Error> error = connected.get()) {
    backend->close();
    throw ConnectionError(*error);
  }
  return backend;
}

RemoteBackend::~RemoteBackend() { close(); }

// ---- any thread ---------------------------------------------------------------------------

void RemoteBackend::post(Command command) {
  std::unique_lock lock(queue_mutex_);
  if (!closed_) enqueue(std::move(command), std::move(lock));
}

void RemoteBackend::enqueue(Command command, std::unique_lock<std::mutex> lock) {
  const bool wake = commands_.empty() && releases_.empty();
  commands_.push_back(std::move(command));
  lock.unlock();
  if (wake) loop_.wake();
}

void RemoteBackend::release(Key key) {
  bool wake = false;
  {
    std::lock_guard lock(queue_mutex_);
    if (closed_) return;
    wake = commands_.empty() && releases_.empty();
    releases_.push_back(key);
  }
  if (wake) loop_.wake();
}

void RemoteBackend::start(Graph graph, std::unique_lock<std::mutex>&) {
  post(Submit{std::move(graph), made()});
}
void RemoteBackend::put(std::vector<std::pair<Key, Value>> values, bool broadcast,
                        std::unique_lock<std::mutex>&) {
  post(Put{std::move(values), broadcast, made()});
}
void RemoteBackend::hold(Key key) { post(Hold{key, made()}); }
void RemoteBackend::fetch(const std::vector<Key>& keys) { post(Fetch{keys}); }
void RemoteBackend::cancel(const std::vector<Key>& keys) { post(Cancel{keys}); }
void RemoteBackend::detach(const std::vector<Key>& keys) { post(Detach{keys}); }
void RemoteBackend::rerun(const std::vector<Key>& keys) { post(Retry{keys, made()}); }

/// Waits as wait() does.
wire::Message RemoteBackend::answer_to(const Question& question) {
  if (const std::optional<Failure> failure = ended()) throw_failure(*failure);
  TaskWait::check_cancelled();
  struct Waiting {
    Completions completions;
    std::optional<Result<wire::Message>> reply;
  };
  const auto waiting = std::make_shared<Waiting>();
  waiting->completions.expect(1);
  ask(question, [waiting](Result<wire::Message> reply) {
    waiting->reply.emplace(std::move(reply));
    waiting->completions.complete(0);
  });
  TaskWait wait([&] { waiting->completions.interrupt(); });
  waiting->completions.wait_all(std::nullopt);
  wait.end();
  if (!*waiting->reply) throw ConnectionError(waiting->reply->error());
  return std::move(**waiting->reply);
}

wire::Administered RemoteBackend::administer(wire::Administer wish) {
  return std::get<wire::Administered>(answer_to([&](std::uint64_t number) {
    wish.request = number;
    return std::move(wish);
  }));
}

std::string RemoteBackend::info(const std::string& topic) {
  return std::get<wire::InfoReply>(answer_to([&](std::uint64_t number) {
           return wire::InfoRequest{number, topic};
         }))
      .json;
}

void RemoteBackend::upload(const value::ModuleFile& module) {
  if (is_local(address_)) return;
  const auto kept = std::get<wire::ModuleKept>(answer_to([&](std::uint64_t number) {
    return wire::ModulePart{number, module.hash, module.name(), module.size, 0, {}, {}};
  }));
  if (!kept.refused.empty()) throw Exception(Errc::refused, kept.refused);
}

std::uint64_t RemoteBackend::ask(const Question& question, Answer answer) {
  std::unique_lock lock(queue_mutex_);
  const std::uint64_t number = next_question_++;
  if (closed_) {
    lock.unlock();
    answer(closed_error(address_));
  } else {
    enqueue(Ask{number, question(number), std::move(answer)}, std::move(lock));
  }
  return number;
}

std::uint64_t RemoteBackend::coordinate(wire::Coordinate question,
                                        std::shared_ptr<CoordinationCall> call) {
  return ask(
      [&](std::uint64_t number) -> wire::Message {
        question.request = number;
        return std::move(question);
      },
      [this, call = std::move(call)](Result<wire::Message> reply) {
        take_answer(*call, std::move(reply));
      });
}

void RemoteBackend::withdraw(std::uint64_t request) {
  std::unique_lock lock(queue_mutex_);
  if (!closed_) enqueue(Withdraw{next_question_++, request}, std::move(lock));
}

std::uint64_t RemoteBackend::call_actor(const std::shared_ptr<ActorCallState>& call,
                                        std::optional<ActorCallBody> body) {
  std::unique_lock lock(queue_mutex_);
  const std::uint64_t number = next_question_++;
  if (closed_) {
    lock.unlock();
    call->finish(lost_connection(closed_error(address_)));
  } else {
    enqueue(CallActor{number, call, std::move(body)}, std::move(lock));
  }
  return number;
}

/// A call that is not heard any more has ended already.
void RemoteBackend::complete_call(const std::shared_ptr<ActorCallState>& call, std::uint64_t number,
                                  std::variant<ActorCallBody, Failure> body) {
  post(CompleteCall{number, call->actor, std::move(body)});
}

void RemoteBackend::close() {
  post(Close{});
  {
    std::lock_guard lock(queue_mutex_);
    closed_ = true;
  }
  {
    std::lock_guard lock(close_mutex_);
    if (thread_.joinable()) thread_.join();
  }
  fail_all(lost_connection(closed_error(address_)));
}

// ---- the engine thread --------------------------------------------------------------------

void RemoteBackend::run() {
  while (!stopping_) {
    turn();
    if (stopping_) break;
    const bool full = !send_waiting();
    handle_output();
    if (stopping_) break;
    const Time deadline = node_.next_deadline();
    loop_.wait(full ? std::min(deadline, clock_.now() + kFullPause) : deadline);
  }
  const Time patience = clock_.now() + kGoodbyePatience;
  while (!send_waiting() && clock_.now() < patience) loop_.wait(clock_.now() + kFullPause);
  peers_.clear();
  scheduler_.channel.reset();
  leave_unanswered(closed_error(address_));
  if (!announced_) connected_.set_value(closed_error(address_));
}

void RemoteBackend::turn() {
  apply_commands();
  receive_all();
  const Time now = clock_.now();
  if (now >= node_.next_deadline()) node_.on_tick(now);
  handle_output();
  if (!announced_ && node_.connected()) {
    announced_ = true;
    connected_.set_value(std::nullopt);
  }
}

void RemoteBackend::apply_commands() {
  std::vector<Command> commands;
  std::vector<Key> releases;
  {
    std::lock_guard lock(queue_mutex_);
    commands.swap(commands_);
    releases.swap(releases_);
  }
  for (Command& command : commands) {
    std::visit([this](auto& one) { apply(one); }, command);
  }
  // Releases come last: a release queued before a hold of the same key must not win over it.
  for (const Key key : releases) node_.release(key);
}

void RemoteBackend::apply(Submit& command) {
  std::vector<Key> wanted;
  wanted.reserve(command.graph.wanted.size());
  for (const std::uint32_t task : command.graph.wanted) wanted.push_back(command.graph.keys[task]);
  hear(wanted, command.made);
  node_.submit(command.graph, clock_.now());
}
void RemoteBackend::apply(Put& command) {
  for (const auto& [key, value] : command.values) hear({&key, 1}, command.made);
  node_.scatter(std::move(command.values), command.broadcast);
}
void RemoteBackend::apply(Hold& command) {
  hear({&command.key, 1}, command.made);
  node_.hold(command.key);
}
void RemoteBackend::apply(Fetch& command) {
  for (const Key key : command.keys) node_.fetch(key);
}
void RemoteBackend::apply(Cancel& command) { node_.cancel(command.keys); }
void RemoteBackend::apply(Detach& command) { node_.detach(command.keys); }
void RemoteBackend::apply(Retry& command) {
  hear(command.keys, command.made);
  node_.retry(command.keys);
}
void RemoteBackend::apply(Ask& command) {
  answers_.emplace(command.number, std::move(command.answer));
  node_.ask(command.number, std::move(command.question));
}
void RemoteBackend::apply(Withdraw& command) {
  answers_.erase(command.request);
  node_.withdraw(command.request, command.number);
}
/// The futures are in the table before the node holds their keys, so that no event misses them.
void RemoteBackend::take_answer(CoordinationCall& call, Result<wire::Message> reply) {
  if (!call.accept()) return;
  if (!reply) return call.finish(reply.error());
  auto* record = std::get_if<wire::Coordinated>(&*reply);
  if (record == nullptr) {
    return call.finish(
        Error(Errc::malformed, "the scheduler at " + address_ +
                                   " gave another kind of answer than was asked for; "
                                   "see its version and its log"));
  }
  std::vector<Key> fresh;
  std::vector<AnyFuture> futures = futures_of(record->keys, fresh);
  hear(fresh, made());
  node_.acknowledge(record->request, fresh);
  call.finish(CoordinationReply{std::move(*record), std::move(futures)});
}
void RemoteBackend::apply(CallActor& command) {
  const Key actor = command.call->actor;
  calls_.emplace(command.number, std::move(command.call));
  node_.call_actor(actor, command.number, std::move(command.body));
}
void RemoteBackend::apply(CompleteCall& command) {
  node_.complete_call(command.actor, command.number, std::move(command.body));
}
void RemoteBackend::apply(Close&) {
  node_.close();
  stopping_ = true;
}

void RemoteBackend::receive_all() {
  net::Envelope envelope;
  for (int i = 0; i < kEnvelopesPerTurn && scheduler_.channel->receive(envelope); ++i) {
    node_.on_scheduler(envelope, clock_.now());
  }
  for (auto& [address, link] : peers_) {
    for (int i = 0; i < kEnvelopesPerTurn && link.channel->receive(envelope); ++i) {
      node_.on_peer(address, envelope, clock_.now());
    }
  }
}

void RemoteBackend::handle_output() {
  for (;;) {
    Output output = node_.take_output();
    const bool nothing = output.scheduler.empty() && output.peers.empty() &&
                         output.close_peers.empty() && output.events.empty() &&
                         output.replies.empty() && output.answers.empty() &&
                         output.modules.empty() && output.ended.index() == 0;
    if (nothing) return;
    for (net::Envelope& envelope : output.scheduler) {
      scheduler_.unsent.push(std::move(envelope));
    }
    for (PeerEnvelope& outgoing : output.peers) send_to_peer(outgoing);
    send_waiting();
    for (const std::string& address : output.close_peers) peers_.erase(address);
    for (const Key key : deliver(output.events)) node_.fetch(key);
    output.events.clear();
    for (auto& [request, reply] : output.replies) {
      const auto found = answers_.extract(request);
      if (!found.empty()) found.mapped()(std::move(reply));
    }
    for (ActorAnswer& answer : output.answers) {
      const auto found = calls_.extract(answer.call);
      if (!found.empty()) found.mapped()->finish(std::move(answer.outcome));
    }
    for (const wire::ModuleAsked& asked : output.modules) bring(asked);
    if (const Error* error = std::get_if<Error>(&output.ended)) {
      end(*error);
      return;
    }
  }
}

void RemoteBackend::bring(const wire::ModuleAsked& asked) {
  wire::ModulePart part;
  part.module = asked.module;
  part.offset = asked.offset;
  if (const auto module = value::find_module(asked.module)) {
    part.name = module->name();
    part.size = module->size;
    auto bytes = value::read_module(*module, asked.offset, kModulePart);
    if (bytes) {
      part.bytes = std::move(*bytes);
    } else {
      part.refused = bytes.error().message();
    }
  } else {
    part.refused = "the client does not have it";
  }
  node_.bring(std::move(part));
}

void RemoteBackend::send_to_peer(PeerEnvelope& outgoing) {
  auto found = peers_.find(outgoing.address);
  if (found == peers_.end()) {
    auto channel = loop_.connect(outgoing.address, net::Plane::data);
    if (!channel) {
      logging::warning("client", "cannot fetch from the worker at {}: {}", outgoing.address,
                       channel.error().to_string());
      node_.on_peer_gone(outgoing.address, clock_.now());
      return;
    }
    found = peers_.emplace(outgoing.address, Link{std::move(*channel), {}}).first;
  }
  found->second.unsent.push(std::move(outgoing.envelope));
}

net::Sent RemoteBackend::send_waiting(Link& link) {
  return link.unsent.flush([&](net::Envelope& next) { return link.channel->send(next); });
}

bool RemoteBackend::send_waiting() {
  const net::Sent to_scheduler = send_waiting(scheduler_);
  if (to_scheduler == net::Sent::gone) {
    scheduler_.unsent = {};
    node_.on_scheduler_gone(clock_.now());
  }
  bool all = to_scheduler != net::Sent::full;
  std::vector<std::string> gone;
  for (auto& [address, link] : peers_) {
    const net::Sent sent = send_waiting(link);
    if (sent == net::Sent::full) all = false;
    if (sent == net::Sent::gone) gone.push_back(address);
  }
  for (const std::string& address : gone) {
    peers_.erase(address);
    node_.on_peer_gone(address, clock_.now());
  }
  return all;
}

/// No command is heard any more, and no question answered.
void RemoteBackend::leave_unanswered(const Error& error) {
  std::vector<Command> unheard;  // dies after the lock: values run users' destructors
  {
    std::lock_guard lock(queue_mutex_);
    closed_ = true;
    commands_.swap(unheard);
  }
  for (Command& command : unheard) {
    if (Ask* question = std::get_if<Ask>(&command)) question->answer(error);
    if (CallActor* one = std::get_if<CallActor>(&command))
      one->call->finish(lost_connection(error));
  }
  for (auto& [number, call] : std::exchange(calls_, {})) call->finish(lost_connection(error));
  for (auto& [number, answer] : std::exchange(answers_, {})) answer(error);
}

void RemoteBackend::end(const Error& error) {
  stopping_ = true;
  fail_all(lost_connection(error));
  leave_unanswered(error);
  if (!announced_) {
    announced_ = true;
    connected_.set_value(error);
  }
}

}  // namespace tartan::client

#include <algorithm>
#include <client/engine/node_impl.hpp>
#include <core/base/probe.hpp>
#include <core/base/process.hpp>
#include <core/value/module_file.hpp>
#include <fmt/format.h>
#include <unistd.h>

namespace tartan::client {
namespace {

constexpr Duration kHelloInterval = std::chrono::milliseconds(250);
/// A retry is asked for six times, over five minutes.
constexpr Duration kRetryPatience = std::chrono::seconds(160);

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

Node::Impl::Impl(const NodeConfig& node_config, Key own_incarnation, Time now)
    : config(node_config),
      incarnation(own_incarnation),
      data(node_config.shares_memory, node_config.peer_patience),
      actors(own_incarnation),
      started(now),
      latest(now),
      last_heard(now),
      next_hello(now) {}

void Node::Impl::end(Errc code, std::string message) {
  if (over) return;
  over = true;
  connected = false;
  output.ended = Error(code, std::move(message));
}

void Node::Impl::say_hello(Time now) {
  wire::Hello hello;
  hello.role = wire::Role::client;
  hello.name = config.name;
  hello.incarnation = incarnation;
  hello.build = build_text();
  hello.host = host_name();
  hello.pid = static_cast<std::uint32_t>(::getpid());
  hello.of_worker = config.of_worker;
  send(hello);
  next_hello = now + kHelloInterval;
}

void Node::Impl::submit(Submission submission, std::uint64_t number) {
  if (connected && submission.waits_for.empty()) {
    flush_holds();
    send_graph(number, submission);
  }
  if (submission.unfinished != 0) submissions.emplace(number, std::move(submission));
}

/// The scheduler holds what the graph wants from here on; what we let go of meanwhile it is told.
void Node::Impl::send_graph(std::uint64_t number, Submission& submission) {
  submission.sent = latest;
  send(wire::SubmitGraph{number, submission.frame, submission.modules, submission.module_names,
                         submission.signatures});
  wire::ReleaseKeys release;
  for (const Key key : submission.wanted) {
    const auto found = keys.find(key);
    if (found == keys.end()) {
      release.keys.push_back(key);
    } else {
      note_told(key, found.value(), true);
    }
  }
  if (!release.keys.empty()) send(release);
}

/// What the scheduler may want to know of the graph's functions besides the graph. The words are
/// for its messages only: said once, and no harm when they are lost.
void Node::Impl::describe_functions(const Graph& graph, Submission& submission) {
  for (const FunctionRef& ref : graph.functions) {
    const auto& named = submission.modules;
    const bool known = std::find(named.begin(), named.end(), ref.module) != named.end();
    if (value::has_modules() && !known) {
      if (const auto module = value::find_module(ref.module)) {
        submission.modules.push_back(module->hash);
        submission.module_names.push_back(module->name());
      }
    }
    if (!described.insert(ref.signature).second) continue;
    if (const auto found = find_function(ref)) submission.signatures.push_back((*found)->signature);
  }
}

/// The digests do not tell that a graph was lost whose keys are held already.
void Node::Impl::send_lost_graphs(Time now) {
  for (auto& [number, submission] : submissions) {
    if (submission.accepted || !submission.waits_for.empty()) continue;
    if (now - submission.sent < submission.patience) continue;
    TARTAN_PROBE("client: sends a graph again");
    submission.patience *= 2;
    if (submission.seems_lost()) ask_unclear(submission);
    send_graph(number, submission);
  }
}

void Node::Impl::ask_unclear(Submission& submission) {
  to_ask.insert(to_ask.end(), submission.unclear.begin(), submission.unclear.end());
  submission.unclear.clear();
}

void Node::Impl::ask_again(Time now) {
  std::vector<wire::RetryKeys> hopeless;
  for (auto next = questions.begin(); next != questions.end();) {
    auto& [number, question] = *next;
    const auto* retry = std::get_if<wire::RetryKeys>(&question.record);
    if (question.held_back || now - question.sent < question.patience) {
      ++next;
    } else if (retry != nullptr && question.patience >= kRetryPatience) {
      hopeless.push_back(*retry);
      next = questions.erase(next);
    } else {
      TARTAN_PROBE("client: asks again");
      question.patience *= 2;
      question.sent = now;
      send(question.record);
      ++next;
    }
  }
  for (const wire::RetryKeys& retry : hopeless) give_retry_up(retry);
}

/// Futures wait for these keys, and nothing the scheduler says of them can be told from old news.
void Node::Impl::give_retry_up(const wire::RetryKeys& retry) {
  for (const Key key : retry.keys) {
    const auto found = keys.find(key);
    if (found == keys.end() || found->second.retry != retry.request) continue;
    found.value().retry = 0;
    Failure failure;
    failure.code = Errc::unreachable;
    failure.task = key.to_string();
    failure.message =
        "the scheduler never acknowledged that the task is to run again; see its log, and submit "
        "the task anew";
    key_failed(key, failure);
  }
}

void Node::Impl::add_hold(Key key) {
  if (count_hold(key)) to_hold.push_back(key);
}

/// For a future that was made just now; whether its key is news to the scheduler. Of a key that is
/// held already, perhaps by a future that is about to let go, no news will come: what is known is
/// told at once.
bool Node::Impl::count_hold(Key key) {
  if (connected) flush_cancels();
  KeyRecord& record = keys[key];
  const bool first = record.holds++ == 0 && !record.told;
  if (first || forget_cancellation(record)) return true;
  if (record.status == Status::ready) {
    output.events.push_back({key, Status::ready, record.nbytes, {}, {}});
  } else if (record.status == Status::failed) {
    output.events.push_back({key, Status::failed, 0, {}, *record.failure});
  }
  return false;
}

/// The scheduler has let go of what was cancelled; whoever wants it now asks anew.
bool Node::Impl::forget_cancellation(KeyRecord& record) {
  if (record.status != Status::failed || record.failure->code != Errc::cancelled) return false;
  record.status = Status::pending;
  record.failure.reset();
  return true;
}

Node::Node(const NodeConfig& config, Key incarnation, Time now)
    : impl_(std::make_unique<Impl>(config, incarnation, now)) {
  impl_->say_hello(now);
}
Node::~Node() = default;

bool Node::connected() const { return impl_->connected; }

void Node::submit(const Graph& graph, Time now) {
  if (impl_->over) return;
  impl_->latest = now;
  // Cancelled was what came before.
  if (impl_->connected) impl_->flush_cancels();
  const std::uint64_t number = impl_->next_submission++;
  Submission submission;
  for (const Key key : graph.external_keys) {
    if (impl_->on_its_way(key)) submission.waits_for.push_back(key);
    // The graph may be lost on its way, and what it needs is not to be forgotten by then.
    const auto held = impl_->keys.find(key);
    if (graph.wanted.empty() || held == impl_->keys.end() || held->second.holds == 0) continue;
    ++held.value().holds;
    submission.inputs.push_back(key);
  }
  submission.wanted.reserve(graph.wanted.size());
  for (const std::uint32_t task : graph.wanted) {
    const Key key = graph.keys[task];
    KeyRecord& record = impl_->keys[key];
    ++record.holds;
    impl_->settle(record);
    record.status = Status::pending;
    record.submission = record.last_graph = number;
    record.cancelled = false;
    submission.wanted.push_back(key);
  }
  submission.unfinished = submission.wanted.size();
  submission.frame = wire::encode_graph(graph);
  impl_->describe_functions(graph, submission);
  impl_->submit(std::move(submission), number);
}

void Node::hold(Key key) {
  if (!impl_->over) impl_->add_hold(key);
}

void Node::release(Key key) { impl_->drop_hold(key); }

void Node::cancel(const std::vector<Key>& keys) {
  if (impl_->connected) {
    impl_->to_cancel.insert(impl_->to_cancel.end(), keys.begin(), keys.end());
  } else {
    // What the next Welcome finds marked is not repeated.
    for (const Key key : keys) impl_->mark_cancelled(key);
  }
}

void Node::detach(const std::vector<Key>& keys) {
  if (impl_->over) return;
  // Held until it is said: a graph may still wait for what it needs.
  for (const Key key : keys) ++impl_->keys[key].holds;
  impl_->to_detach.insert(impl_->to_detach.end(), keys.begin(), keys.end());
}

void Node::retry(const std::vector<Key>& keys) {
  if (impl_->over) return;
  for (const Key key : keys) {
    KeyRecord& record = impl_->keys[key];
    ++record.holds;
    impl_->settle(record);
    record.status = Status::pending;
    record.failure.reset();
    impl_->to_retry.push_back(key);
  }
}

void Node::fetch(Key key) {
  const auto found = impl_->keys.find(key);
  if (impl_->over || found == impl_->keys.end()) return;
  KeyRecord& record = found.value();
  if (record.status == Status::pending) {
    record.fetch_when_ready = true;
  } else if (record.status == Status::ready) {
    impl_->data.fetch(key);
  } else {
    impl_->output.events.push_back({key, Status::failed, 0, {}, *record.failure});
  }
}

void Node::scatter(std::vector<std::pair<Key, Value>> values, bool broadcast) {
  if (impl_->over) return;
  for (auto& [key, value] : values) {
    if (impl_->count_hold(key)) impl_->keys[key].putting = true;
    // The second hold is for the way to the worker: the caller may let go before it has arrived.
    if (impl_->data.put(key, std::move(value), broadcast)) ++impl_->keys[key].holds;
  }
  impl_->next_workers = Time{};
}

void Node::ask(std::uint64_t request, wire::Message question) {
  if (!impl_->over) impl_->ask(request, std::move(question));
}

void Node::stop_asking(std::uint64_t request) { impl_->questions.erase(request); }

void Node::call_actor(Key actor, std::uint64_t call, std::optional<ActorCallBody> body) {
  if (impl_->over) return;
  impl_->actors.call(actor, call, std::move(body));
  const auto found = impl_->keys.find(actor);
  if (found == impl_->keys.end()) return;
  if (found->second.status == Status::ready) impl_->actors.on_ready(actor);
  if (found->second.status == Status::failed) {
    impl_->actors.on_failed(actor, *found->second.failure);
  }
}

void Node::complete_call(Key actor, std::uint64_t call, std::variant<ActorCallBody, Failure> body) {
  if (!impl_->over) impl_->actors.complete(actor, call, std::move(body));
}

void Node::bring(wire::ModulePart part) {
  // What cannot be said now is asked for again.
  if (impl_->connected) impl_->send(part);
}

void Node::close() {
  if (impl_->over) return;
  if (impl_->connected) impl_->flush_detached(true);
  impl_->flush_releases();
  impl_->send(wire::Goodbye{"the client is closed"});
  impl_->cut_envelope();
  impl_->over = true;
  impl_->connected = false;
}

void Node::on_scheduler(const net::Envelope& envelope, Time now) {
  if (impl_->over) return;
  impl_->last_heard = now;
  impl_->latest = now;
  const Result<std::vector<wire::Message>> messages = wire::decode(envelope.control);
  if (!messages) {
    impl_->end(messages.error().code(),
               "what answers at " + impl_->config.scheduler_address +
                   " is not a tartan scheduler of this version: " + messages.error().message());
    return;
  }
  for (const wire::Message& message : *messages) {
    if (impl_->over) return;
    std::visit([&](const auto& record) { impl_->on_message(record, now); }, message);
  }
}

void Node::on_peer(const std::string& address, const net::Envelope& envelope, Time now) {
  if (impl_->over) return;
  if (wire::begins_with_actors(envelope.control)) {
    impl_->actors.on_peer(address, envelope, now);
  } else {
    impl_->data.on_peer(address, envelope, now);
  }
}

void Node::on_peer_gone(const std::string& address, Time now) {
  if (impl_->over) return;
  impl_->data.on_peer_gone(address, now);
  impl_->actors.on_peer_gone(address);
}

void Node::on_scheduler_gone(Time) {
  // Before the first Welcome the scheduler may only not have started yet.
  if (!impl_->connected) return;
  impl_->end(Errc::unreachable,
             "the scheduler at " + impl_->config.scheduler_address + " has ended");
}

void Node::on_tick(Time now) {
  if (impl_->over) return;
  impl_->latest = now;
  if (!impl_->connected) {
    if (now - impl_->started >= impl_->config.connect_timeout) {
      impl_->end(
          Errc::unreachable,
          fmt::format("no scheduler answers at {} after {:g} s; start one there with "
                      "tartan-scheduler, or check the address and the network",
                      impl_->config.scheduler_address, seconds(impl_->config.connect_timeout)));
      return;
    }
    if (now >= impl_->next_hello) impl_->say_hello(now);
    return;
  }
  const Duration silence = now - impl_->last_heard;
  if (silence >= impl_->config.scheduler_lease) {
    impl_->end(Errc::unreachable,
               fmt::format("the scheduler at {} has been silent for {:g} s and is taken for gone; "
                           "see its log, and make a new Client once it runs again",
                           impl_->config.scheduler_address, seconds(silence)));
    return;
  }
  // Perhaps it is we who were forgotten, and its word of that was lost.
  if (silence >= impl_->config.scheduler_lease / 2 && now >= impl_->next_hello) {
    TARTAN_PROBE("client: hello again, the scheduler is silent");
    impl_->say_hello(now);
    impl_->next_hello = now + impl_->config.scheduler_lease / 8;
  }
  if (now >= impl_->next_heartbeat) {
    impl_->send(wire::ClientHeartbeat{impl_->told, impl_->told_digest, impl_->news});
    // An idle scheduler has nothing to tell us; a question without keys makes it answer.
    if (silence >= impl_->config.scheduler_lease / 4) impl_->send(wire::WhoHas{0, {}});
    impl_->next_heartbeat = now + impl_->heartbeat;
    impl_->send_lost_graphs(now);
    impl_->ask_again(now);
    impl_->end_unanswered_cancels(now);
  }
  impl_->data.on_tick(now);
  impl_->actors.on_tick(now);
  impl_->flush(now);
}

Time Node::next_deadline() const {
  if (impl_->over) return Time::max();
  if (!impl_->connected) {
    return std::min(impl_->next_hello, impl_->started + impl_->config.connect_timeout);
  }
  Time deadline =
      std::min(impl_->next_heartbeat, impl_->last_heard + impl_->config.scheduler_lease);
  deadline = std::min(deadline, impl_->data.next_deadline());
  if (impl_->data.needs_workers()) deadline = std::min(deadline, impl_->next_workers);
  return deadline;
}

Output Node::take_output() {
  if (!impl_->over) {
    impl_->finish_puts();
    impl_->flush(impl_->latest);
  }
  impl_->data.take_output(impl_->output);
  if (!impl_->over) impl_->actors.take_output(impl_->output);
  impl_->cut_envelope();
  return std::exchange(impl_->output, {});
}

}  // namespace tartan::client

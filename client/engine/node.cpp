#include <unistd.h>

#include <algorithm>
#include <client/engine/data_plane.hpp>
#include <client/engine/node.hpp>
#include <client/engine/worker_list.hpp>
#include <core/wire/codec.hpp>
#include <core/wire/messages.hpp>
#include <fmt/format.h>
#include <map>
#include <tsl/robin_map.h>
#include <unordered_map>

namespace tartan::client {
namespace {

constexpr Duration kHelloInterval = std::chrono::milliseconds(250);
constexpr Duration kWorkersInterval = std::chrono::milliseconds(100);
/// Graphs are put into one envelope up to this size, far below the transport's limit.
constexpr std::size_t kEnvelopeBytes = 16 << 20;
/// Requests the node makes for itself; callers' numbers stay below.
constexpr std::uint64_t kOwnRequest = std::uint64_t{1} << 63;

struct KeyRecord {
  std::uint32_t holds = 0;
  Status status = Status::pending;
  bool fetch_when_ready = false;
  std::uint64_t submission = 0;  ///< the graph that makes it; 0: none
  std::unique_ptr<Failure> failure;
};

/// A graph, kept until its wanted keys are done, to be sent again after a broken connection.
struct Submission {
  Buffer frame;
  std::vector<Key> wanted;
  std::size_t unfinished = 0;
};

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? name : "";
}

}  // namespace

struct Node::Impl {
  Impl(const NodeConfig& c, Key i, Time now)
      : config(c), incarnation(i), data(c.shares_memory, c.peer_patience), started(now),
        latest(now), last_heard(now), next_hello(now) {}

  NodeConfig config;
  Key incarnation;
  DataPlane data;
  bool connected = false;
  bool over = false;  ///< ended or closed: nothing is sent or believed any more
  Key scheduler;
  Duration heartbeat{std::chrono::milliseconds(500)};
  Time started;
  Time latest;  ///< the last time we were told
  Time last_heard;
  Time next_hello;
  Time next_heartbeat{};
  Time next_workers{};

  tsl::robin_map<Key, KeyRecord> keys;
  std::map<std::uint64_t, Submission> submissions;
  std::uint64_t next_submission = 1;
  std::map<std::uint64_t, std::string> infos;
  std::uint64_t next_request = 1;

  wire::FrameWriter writer;
  std::vector<Key> to_hold;
  std::vector<Key> to_release;
  std::vector<Key> to_cancel;
  Output output;

  template <class Record>
  void send(const Record& record) {
    writer.add(wire::Message(record));
    if (writer.size() >= kEnvelopeBytes) cut_envelope();
  }
  void cut_envelope() {
    if (!writer.empty()) output.scheduler.push_back({writer.take(), {}, {}});
  }

  void end(Errc code, std::string message) {
    if (over) return;
    over = true;
    connected = false;
    output.ended = Error(code, std::move(message));
  }

  void say_hello(Time now) {
    wire::Hello hello;
    hello.role = wire::Role::client;
    hello.name = config.name;
    hello.incarnation = incarnation;
    hello.build = "tartan " TARTAN_VERSION;
    hello.host = host_name();
    hello.pid = static_cast<std::uint32_t>(::getpid());
    send(hello);
    next_hello = now + kHelloInterval;
  }

  void send_submission(std::uint64_t number, const Submission& submission) {
    flush_holds();
    send(wire::SubmitGraph{number, submission.frame});
  }

  void flush_holds() {
    if (!to_hold.empty()) send(wire::HoldKeys{std::exchange(to_hold, {})});
  }

  /// After a Welcome: everything that still matters, as if said for the first time.
  void repeat_all() {
    to_hold.clear();
    for (const auto& [key, record] : keys) {
      const bool made_here = record.status == Status::pending && record.submission != 0;
      if (record.holds > 0 && !made_here) to_hold.push_back(key);
    }
    flush_holds();
    for (const auto& [number, submission] : submissions) send_submission(number, submission);
    for (const auto& [request, topic] : infos) send(wire::InfoRequest{request, topic});
    data.ask_again();
    next_workers = Time{};
  }

  /// A key is done, or nobody waits for it: its graph may not have to be repeated any more.
  void settle(KeyRecord& record) {
    const auto found = submissions.find(std::exchange(record.submission, 0));
    if (found != submissions.end() && --found->second.unfinished == 0) submissions.erase(found);
  }

  void key_ready(Key key, std::uint64_t nbytes, std::span<const std::byte> packed);
  void key_failed(Key key, const Failure& failure);
  void flush_releases();
  void flush(Time now);

  void on_message(const wire::Welcome& welcome, Time now);
  void on_message(const wire::Refused& refused, Time);
  void on_message(const wire::Goodbye& goodbye, Time);
  void on_message(const wire::Unknown&, Time now);
  void on_message(const wire::KeysReady& ready, Time);
  void on_message(const wire::KeysFailed& failed, Time);
  void on_message(const wire::SubmitRefused& refused, Time);
  void on_message(const wire::Holders& holders, Time now) { data.on_holders(holders, now); }
  void on_message(const wire::InfoReply& reply, Time now);
  /// Records meant for others: an empty promise, so not worth ending the session for.
  template <class Other>
  void on_message(const Other&, Time) {}
};

// ---- what the scheduler says --------------------------------------------------------------

void Node::Impl::on_message(const wire::Welcome& welcome, Time now) {
  if (scheduler && welcome.scheduler != scheduler) {
    end(Errc::unreachable, "the scheduler at " + config.scheduler_address +
                               " was restarted and no longer has this program's results; "
                               "make a new Client and submit again");
    return;
  }
  if (connected) return;
  scheduler = welcome.scheduler;
  if (welcome.heartbeat_ns != 0) {
    heartbeat = std::clamp(Duration(static_cast<std::int64_t>(welcome.heartbeat_ns)),
                           Duration(std::chrono::milliseconds(10)),
                           Duration(std::chrono::minutes(1)));
  }
  connected = true;
  next_heartbeat = now + heartbeat;
  repeat_all();
}

void Node::Impl::on_message(const wire::Refused& refused, Time) {
  end(Errc::refused, "the scheduler at " + config.scheduler_address +
                         " refused this client: " + refused.reason);
}

void Node::Impl::on_message(const wire::Goodbye& goodbye, Time) {
  end(Errc::unreachable, "the scheduler at " + config.scheduler_address + " has ended" +
                             (goodbye.reason.empty() ? "" : ": " + goodbye.reason));
}

void Node::Impl::on_message(const wire::Unknown&, Time now) {
  if (!connected) return;
  connected = false;
  started = now;
  say_hello(now);
}

void Node::Impl::key_ready(Key key, std::uint64_t nbytes, std::span<const std::byte> packed) {
  const auto found = keys.find(key);
  if (found == keys.end()) return;
  KeyRecord& record = found.value();
  if (record.holds == 0) return;
  KeyEvent event{key, Status::ready, nbytes, {}, {}};
  if (!packed.empty()) {
    Result<Value> value = wire::unpack_value(packed);
    if (!value) {
      Failure failure;
      failure.code = value.error().code();
      failure.message = "the result does not decode: " + value.error().message();
      failure.task = key.to_string();
      key_failed(key, failure);
      return;
    }
    event.value = std::move(*value);
    data.drop(key);
  }
  settle(record);
  record.status = Status::ready;
  if (std::exchange(record.fetch_when_ready, false) && packed.empty()) data.fetch(key);
  data.on_ready(key);
  output.events.push_back(std::move(event));
}

void Node::Impl::key_failed(Key key, const Failure& failure) {
  const auto found = keys.find(key);
  if (found == keys.end() || found->second.holds == 0) return;
  KeyRecord& record = found.value();
  settle(record);
  record.status = Status::failed;
  record.failure = std::make_unique<Failure>(failure);
  record.fetch_when_ready = false;
  data.drop(key);
  output.events.push_back({key, Status::failed, 0, {}, failure});
}

void Node::Impl::on_message(const wire::KeysReady& ready, Time) {
  for (std::size_t i = 0; i < ready.keys.size(); ++i) {
    const std::uint64_t nbytes = i < ready.nbytes.size() ? ready.nbytes[i] : 0;
    key_ready(ready.keys[i], nbytes,
              i < ready.inline_values.size() ? ready.inline_values[i]
                                             : std::span<const std::byte>{});
  }
}

void Node::Impl::on_message(const wire::KeysFailed& failed, Time) {
  const std::size_t count = std::min(failed.keys.size(), failed.failures.size());
  for (std::size_t i = 0; i < count; ++i) key_failed(failed.keys[i], failed.failures[i]);
}

void Node::Impl::on_message(const wire::SubmitRefused& refused, Time) {
  const auto found = submissions.find(refused.submission);
  if (found == submissions.end()) return;
  const std::vector<Key> wanted = found->second.wanted;
  for (const Key key : wanted) {
    const auto record = keys.find(key);
    if (record == keys.end() || record->second.submission != refused.submission) continue;
    key_failed(key, refused.failure);
  }
  submissions.erase(refused.submission);
}

void Node::Impl::on_message(const wire::InfoReply& reply, Time now) {
  if (reply.request == kOwnRequest) {
    Result<std::vector<WorkerEntry>> workers = parse_workers(reply.json);
    if (!workers) return;
    std::vector<PutTarget> targets;
    for (WorkerEntry& worker : *workers) {
      targets.push_back({std::move(worker.data_address), std::move(worker.name)});
    }
    data.on_workers(targets, now);
    return;
  }
  if (infos.erase(reply.request) != 0) output.replies.emplace_back(reply.request, reply.json);
}

// ---- turns --------------------------------------------------------------------------------

void Node::Impl::flush_releases() {
  wire::ReleaseKeys release;
  for (const Key key : std::exchange(to_release, {})) {
    const auto found = keys.find(key);
    if (found == keys.end() || found->second.holds != 0) continue;
    settle(found.value());
    data.drop(key);
    keys.erase(found);
    release.keys.push_back(key);
  }
  if (connected && !release.keys.empty()) send(release);
}

void Node::Impl::flush(Time now) {
  if (connected) {
    flush_holds();
    if (data.needs_workers() && now >= next_workers) {
      send(wire::InfoRequest{kOwnRequest, "workers"});
      next_workers = now + kWorkersInterval;
    }
    if (std::vector<Key> questions = data.take_questions(); !questions.empty()) {
      send(wire::WhoHas{next_request++, std::move(questions)});
    }
    if (wire::ReportMissing missing = data.take_missing(); !missing.keys.empty()) send(missing);
    if (!to_cancel.empty()) send(wire::CancelKeys{std::exchange(to_cancel, {})});
  }
  flush_releases();
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
  const std::uint64_t number = impl_->next_submission++;
  Submission submission;
  submission.wanted.reserve(graph.wanted.size());
  for (const std::uint32_t task : graph.wanted) {
    const Key key = graph.keys[task];
    KeyRecord& record = impl_->keys[key];
    ++record.holds;
    impl_->settle(record);
    record.status = Status::pending;
    record.submission = number;
    submission.wanted.push_back(key);
  }
  submission.unfinished = submission.wanted.size();
  submission.frame = wire::encode_graph(graph);
  if (impl_->connected) impl_->send_submission(number, submission);
  if (submission.unfinished != 0) impl_->submissions.emplace(number, std::move(submission));
}

void Node::hold(Key key) {
  if (impl_->over) return;
  KeyRecord& record = impl_->keys[key];
  if (record.holds++ == 0) impl_->to_hold.push_back(key);
}

void Node::release(Key key) {
  const auto found = impl_->keys.find(key);
  if (found == impl_->keys.end() || found->second.holds == 0) return;
  if (--found.value().holds == 0) impl_->to_release.push_back(key);
}

void Node::cancel(const std::vector<Key>& keys) {
  impl_->to_cancel.insert(impl_->to_cancel.end(), keys.begin(), keys.end());
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
    hold(key);
    // The second hold is for the way to the worker: the caller may let go before it has arrived.
    if (impl_->data.put(key, std::move(value), broadcast)) hold(key);
  }
  impl_->next_workers = Time{};
}

void Node::info(std::uint64_t request, const std::string& topic) {
  if (impl_->over) return;
  impl_->infos[request] = topic;
  if (impl_->connected) impl_->send(wire::InfoRequest{request, topic});
}

void Node::close() {
  if (impl_->over) return;
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
    impl_->end(messages.error().code(), "what answers at " + impl_->config.scheduler_address +
                                            " is not a tartan scheduler of this version: " +
                                            messages.error().message());
    return;
  }
  for (const wire::Message& message : *messages) {
    if (impl_->over) return;
    std::visit([&](const auto& record) { impl_->on_message(record, now); }, message);
  }
}

void Node::on_peer(const std::string& address, const net::Envelope& envelope, Time now) {
  if (!impl_->over) impl_->data.on_peer(address, envelope, now);
}

void Node::on_peer_gone(const std::string& address, Time now) {
  if (!impl_->over) impl_->data.on_peer_gone(address, now);
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
      impl_->end(Errc::unreachable,
                 fmt::format("no scheduler answers at {} after {:g} s; start one there with "
                             "tartan-scheduler, or check the address and the network",
                             impl_->config.scheduler_address,
                             seconds(impl_->config.connect_timeout)));
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
  if (now >= impl_->next_heartbeat) {
    impl_->send(wire::ClientHeartbeat{});
    // An idle scheduler has nothing to tell us; a question without keys makes it answer.
    if (silence >= impl_->config.scheduler_lease / 4) impl_->send(wire::WhoHas{0, {}});
    impl_->next_heartbeat = now + impl_->heartbeat;
  }
  impl_->data.on_tick(now);
  impl_->flush(now);
}

Time Node::next_deadline() const {
  if (impl_->over) return Time::max();
  if (!impl_->connected) {
    return std::min(impl_->next_hello, impl_->started + impl_->config.connect_timeout);
  }
  Time deadline = std::min(impl_->next_heartbeat,
                           impl_->last_heard + impl_->config.scheduler_lease);
  deadline = std::min(deadline, impl_->data.next_deadline());
  if (impl_->data.needs_workers()) deadline = std::min(deadline, impl_->next_workers);
  return deadline;
}

Output Node::take_output() {
  for (const Key key : impl_->data.take_finished_puts()) release(key);
  if (!impl_->over) impl_->flush(impl_->latest);
  impl_->data.take_output(impl_->output);
  impl_->cut_envelope();
  return std::exchange(impl_->output, {});
}

}  // namespace tartan::client

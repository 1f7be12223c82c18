#include <algorithm>
#include <client/engine/node_impl.hpp>
#include <client/engine/worker_list.hpp>

namespace tartan::client {
namespace {

constexpr Duration kWorkersInterval = std::chrono::milliseconds(100);
/// Graphs are put into one envelope up to this size, far below the transport's limit.
constexpr std::size_t kEnvelopeBytes = 16 << 20;

}  // namespace

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
    heartbeat =
        std::clamp(Duration(static_cast<std::int64_t>(welcome.heartbeat_ns)),
                   Duration(std::chrono::milliseconds(10)), Duration(std::chrono::minutes(1)));
  }
  connected = true;
  next_heartbeat = now + heartbeat;
  repeat_all();
}

void Node::Impl::on_message(const wire::Refused& refused, Time) {
  end(Errc::refused,
      "the scheduler at " + config.scheduler_address + " refused this client: " + refused.reason);
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
    key_ready(
        ready.keys[i], nbytes,
        i < ready.inline_values.size() ? ready.inline_values[i] : std::span<const std::byte>{});
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

void Node::Impl::flush_detached() {
  wire::DetachKeys detach;
  for (const Key key : std::exchange(to_detach, {})) {
    if (on_its_way(key)) {
      to_detach.push_back(key);
      continue;
    }
    detach.keys.push_back(key);
    if (--keys[key].holds == 0) to_release.push_back(key);
  }
  if (!detach.keys.empty()) send(detach);
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
    if (!to_retry.empty()) send(wire::RetryKeys{std::exchange(to_retry, {})});
    flush_detached();
    if (!to_cancel.empty()) send(wire::CancelKeys{std::exchange(to_cancel, {})});
  }
  flush_releases();
}

void Node::Impl::cut_envelope() {
  if (!writer.empty()) output.scheduler.push_back({writer.take(), {}, {}});
}

void Node::Impl::cut_envelope_when_long() {
  if (writer.size() >= kEnvelopeBytes) cut_envelope();
}

void Node::Impl::flush_holds() {
  if (!to_hold.empty()) send(wire::HoldKeys{std::exchange(to_hold, {})});
}

/// After a Welcome: everything that still matters, as if said for the first time.
void Node::Impl::repeat_all() {
  to_hold.clear();
  for (const auto& [key, record] : keys) {
    const bool made_here = record.status == Status::pending && record.submission != 0;
    if (record.holds > 0 && !made_here && !record.putting) to_hold.push_back(key);
  }
  flush_holds();
  for (const auto& [number, submission] : submissions) {
    if (submission.waits_for.empty()) send(wire::SubmitGraph{number, submission.frame});
  }
  for (const auto& [request, topic] : infos) send(wire::InfoRequest{request, topic});
  data.ask_again();
  next_workers = Time{};
}

/// A key is done, or nobody waits for it: its graph may not have to be repeated any more.
void Node::Impl::settle(KeyRecord& record) {
  const auto found = submissions.find(std::exchange(record.submission, 0));
  if (found != submissions.end() && --found->second.unfinished == 0) submissions.erase(found);
}

/// Whether the scheduler does not know of the key yet.
bool Node::Impl::on_its_way(Key key) const {
  const auto found = keys.find(key);
  if (found == keys.end()) return false;
  if (found->second.putting) return true;
  const auto made_by = submissions.find(found->second.submission);
  return made_by != submissions.end() && !made_by->second.waits_for.empty();
}

void Node::Impl::finish_puts() {
  const std::vector<Key> finished = data.take_finished_puts();
  if (finished.empty()) return;
  for (const Key key : finished) {
    KeyRecord& record = keys[key];
    if (std::exchange(record.putting, false)) to_hold.push_back(key);
  }
  unblock();
  // The hold that kept the key while it was on its way.
  for (const Key key : finished) {
    if (--keys[key].holds == 0) to_release.push_back(key);
  }
}

void Node::Impl::unblock() {
  if (connected) flush_holds();
  for (auto next = submissions.begin(); next != submissions.end();) {
    const auto current = next++;
    std::vector<Key>& waits_for = current->second.waits_for;
    if (waits_for.empty()) continue;
    const auto arrived = [this](Key key) { return !on_its_way(key); };
    waits_for.erase(std::remove_if(waits_for.begin(), waits_for.end(), arrived), waits_for.end());
    if (!waits_for.empty()) continue;
    const std::uint64_t old_number = current->first;
    Submission submission = std::move(current->second);
    submissions.erase(current);
    const std::uint64_t number = next_submission++;
    for (const Key key : submission.wanted) {
      const auto record = keys.find(key);
      const bool ours = record != keys.end() && record->second.submission == old_number;
      if (ours) record.value().submission = number;
    }
    submit(std::move(submission), number);
  }
}

}  // namespace tartan::client

#include <algorithm>
#include <client/engine/node_impl.hpp>
#include <client/engine/worker_list.hpp>
#include <core/base/probe.hpp>

namespace tartan::client {
namespace {

/// For the answer to a cancellation.
constexpr Duration kCancelPatience = std::chrono::seconds(10);
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
  if (welcome.client < client_number) return;  // of a session that is over
  const std::uint32_t former = std::exchange(client_number, welcome.client);
  const bool other_session = former != welcome.client;
  news = other_session ? welcome.news : std::max(news, welcome.news);
  if (former != 0 && other_session) lose_session();
  if (connected) return;
  const bool first = !scheduler;
  scheduler = welcome.scheduler;
  if (welcome.heartbeat_ns != 0) {
    heartbeat =
        std::clamp(Duration(static_cast<std::int64_t>(welcome.heartbeat_ns)),
                   Duration(std::chrono::milliseconds(10)), Duration(std::chrono::minutes(1)));
  }
  connected = true;
  next_heartbeat = now + heartbeat;
  repeat_all(first);
}

void Node::Impl::on_message(const wire::Refused& refused, Time) {
  end(Errc::refused,
      "the scheduler at " + config.scheduler_address + " refused this client: " + refused.reason);
}

void Node::Impl::on_message(const wire::Goodbye& goodbye, Time) {
  end(Errc::unreachable, "the scheduler at " + config.scheduler_address + " has ended" +
                             (goodbye.reason.empty() ? "" : ": " + goodbye.reason));
}

/// That it came is all there is to know.
void Node::Impl::on_message(const wire::Beat&, Time) {}

void Node::Impl::on_message(const wire::Unknown&, Time now) {
  if (!connected) return;
  TARTAN_PROBE("client: starts over, the scheduler says it does not agree");
  connected = false;
  started = now;
  say_hello(now);
}

void Node::Impl::key_ready(Key key, std::uint64_t nbytes, std::span<const std::byte> packed) {
  const auto found = keys.find(key);
  if (found == keys.end()) return;
  KeyRecord& record = found.value();
  if (record.holds == 0) return;
  if (data.is_putting(key)) {
    record.ready_bytes = nbytes;
    return;
  }
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
  record.nbytes = nbytes;
  record.cancelled = false;
  record.retry = 0;
  if (std::exchange(record.fetch_when_ready, false) && packed.empty()) data.fetch(key);
  data.on_ready(key);
  actors.on_ready(key);
  output.events.push_back(std::move(event));
}

void Node::Impl::key_failed(Key key, const Failure& failure) {
  const auto found = keys.find(key);
  if (found == keys.end() || found->second.holds == 0) return;
  KeyRecord& record = found.value();
  if (record.retry != 0) {
    // The failure it is to be tried again after, perhaps; we ask once that is known to be under
    // way.
    TARTAN_PROBE("client: hears of a failure before it is tried again");
    record.failed_before = true;
    return;
  }
  settle(record);
  record.status = Status::failed;
  record.cancelled = false;
  record.failure = std::make_unique<Failure>(failure);
  record.fetch_when_ready = false;
  data.drop(key);
  actors.on_failed(key, failure);
  output.events.push_back({key, Status::failed, 0, {}, failure});
}

/// A gap stops the count: the scheduler sees that it does not go on, and starts over with us.
void Node::Impl::note_news(std::uint64_t number) {
  if (number == news + 1) {
    news = number;
  } else if (number > news) {
    TARTAN_PROBE("client: news are missing");
  }
}

void Node::Impl::on_message(const wire::KeysReady& ready, Time) {
  note_news(ready.news);
  for (std::size_t i = 0; i < ready.keys.size(); ++i) {
    const std::uint64_t nbytes = i < ready.nbytes.size() ? ready.nbytes[i] : 0;
    key_ready(
        ready.keys[i], nbytes,
        i < ready.inline_values.size() ? ready.inline_values[i] : std::span<const std::byte>{});
  }
}

void Node::Impl::on_message(const wire::KeysFailed& failed, Time) {
  note_news(failed.news);
  const std::size_t count = std::min(failed.keys.size(), failed.failures.size());
  for (std::size_t i = 0; i < count; ++i) {
    hear_failure(failed.keys[i], failed.failures[i], failed.submission);
  }
}

/// `submission`: the last graph that the scheduler had read when it wrote this. A later one makes
/// the key anew, perhaps, and the failure is not that one's. We ask once it has been read.
void Node::Impl::hear_failure(Key key, const Failure& failure, std::uint64_t submission) {
  const auto found = keys.find(key);
  if (found == keys.end() || found->second.last_graph <= submission) {
    key_failed(key, failure);
    return;
  }
  TARTAN_PROBE("client: a failure from before the task was submitted again");
  const auto graph = submissions.find(found->second.last_graph);
  if (graph == submissions.end() || graph->second.accepted) return;  // heard again
  if (graph->second.seems_lost()) {
    key_failed(key, failure);
  } else {
    graph->second.unclear.push_back(key);
  }
}

/// What the answer says of a key itself, besides where to fetch it.
void Node::Impl::learn(Key key, const wire::Holders& holders, std::size_t i) {
  const auto found = keys.find(key);
  if (found == keys.end()) return;
  const bool pending = found->second.status == Status::pending;
  const bool has_inline = i < holders.inline_values.size() && !holders.inline_values[i].empty();
  const bool held = i + 1 < holders.offsets.size() && holders.offsets[i] < holders.offsets[i + 1];
  const std::uint64_t nbytes = i < holders.nbytes.size() ? holders.nbytes[i] : 0;
  if (has_inline) {
    key_ready(key, nbytes, holders.inline_values[i]);
  } else if (held && pending) {
    TARTAN_PROBE("client: learns by asking that a key is ready");
    key_ready(key, nbytes, {});
  }
}

void Node::Impl::on_message(const wire::Holders& holders, Time now) {
  for (std::size_t i = 0; i < holders.keys.size(); ++i) learn(holders.keys[i], holders, i);
  for (std::size_t i = 0; i < holders.failed.size() && i < holders.failures.size(); ++i) {
    if (holders.failed[i] >= holders.keys.size()) continue;
    const Key key = holders.keys[holders.failed[i]];
    const auto found = keys.find(key);
    const bool known = found != keys.end() && found->second.status == Status::failed;
    if (!known) hear_failure(key, holders.failures[i], holders.submission);
  }
  data.on_holders(holders, now);
  actors.on_holders(holders);
}

void Node::Impl::on_message(const wire::SubmitRefused& refused, Time) {
  const auto found = submissions.find(refused.submission);
  if (found == submissions.end()) return;
  let_inputs_go(found->second);
  const std::vector<Key> wanted = found->second.wanted;
  for (const Key key : wanted) {
    const auto record = keys.find(key);
    if (record == keys.end() || record->second.submission != refused.submission) continue;
    key_failed(key, refused.failure);
  }
  submissions.erase(refused.submission);
}

void Node::Impl::on_message(const wire::SubmitAccepted& accepted, Time) {
  const auto found = submissions.find(accepted.submission);
  if (found == submissions.end()) return;
  found->second.accepted = true;
  let_inputs_go(found->second);
  ask_unclear(found->second);
  if (found->second.unfinished == 0) submissions.erase(found);
}

void Node::Impl::on_message(const wire::InfoReply& reply, Time now) {
  if (reply.request == kOwnRequest) {
    Result<std::vector<WorkerEntry>> workers = parse_workers(reply.json);
    if (!workers) return;
    std::vector<PutTarget> targets;
    const bool all_leave = std::all_of(workers->begin(), workers->end(),
                                       [](const WorkerEntry& worker) { return worker.leaving; });
    for (WorkerEntry& worker : *workers) {
      if (worker.leaving && !all_leave) continue;
      targets.push_back({std::move(worker.data_address), std::move(worker.name)});
    }
    data.on_workers(targets, now);
    return;
  }
  on_reply(reply.request, reply);
}

void Node::Impl::on_message(const wire::Administered& answer, Time) {
  on_reply(answer.request, answer);
}

/// What was asked for is under way: what it needed from us until then can go.
void Node::Impl::on_message(const wire::Acknowledged& answer, Time) {
  const auto question = questions.extract(answer.request);
  if (question.empty()) return;
  if (const auto* retry = std::get_if<wire::RetryKeys>(&question.mapped().record)) {
    for (const Key key : retry->keys) {
      const auto found = keys.find(key);
      if (found == keys.end() || found->second.retry != answer.request) continue;
      found.value().retry = 0;
      if (std::exchange(found.value().failed_before, false)) to_ask.push_back(key);
    }
  }
  const auto detached = detaching.extract(answer.request);
  if (detached.empty()) return;
  for (const Key key : detached.mapped()) drop_hold(key);
}

void Node::Impl::on_message(const wire::ModuleAsked& asked, Time) {
  output.modules.push_back(asked);
}

void Node::Impl::on_message(const wire::ModuleKept& kept, Time) { on_reply(kept.request, kept); }

void Node::Impl::on_reply(std::uint64_t request, wire::Message reply) {
  if (questions.erase(request) != 0) output.replies.emplace_back(request, std::move(reply));
}

// ---- turns --------------------------------------------------------------------------------

void Node::Impl::flush_releases() {
  wire::ReleaseKeys release;
  for (const Key key : std::exchange(to_release, {})) {
    const auto found = keys.find(key);
    if (found == keys.end() || found->second.holds != 0) continue;
    settle(found.value());
    note_told(key, found.value(), false);
    data.drop(key);
    actors.release(key);
    keys.erase(found);
    release.keys.push_back(key);
  }
  if (connected && !release.keys.empty()) send(release);
}

/// Said once the scheduler has the graphs, or it would not know the keys. Who ends cannot wait for
/// that: the link keeps order, so the graphs arrive before it if they arrive.
void Node::Impl::flush_detached(bool at_end) {
  wire::DetachKeys detach;
  for (const Key key : std::exchange(to_detach, {})) {
    const auto made_by = submissions.find(keys[key].submission);
    const bool has_graph = made_by == submissions.end() || made_by->second.accepted;
    if (!at_end && (on_its_way(key) || !has_graph)) {
      to_detach.push_back(key);
      continue;
    }
    detach.keys.push_back(key);
  }
  if (detach.keys.empty()) return;
  const std::uint64_t number = next_own++;
  detach.request = number;
  detaching.emplace(number, detach.keys);
  ask(number, std::move(detach));
}

void Node::Impl::flush_retries() {
  if (to_retry.empty()) return;
  const std::uint64_t number = next_own++;
  for (const Key key : to_retry) {
    const auto found = keys.find(key);
    if (found == keys.end()) continue;
    found.value().retry = number;
    note_told(key, found.value(), true);
  }
  ask(number, wire::RetryKeys{std::exchange(to_retry, {}), number});
}

void Node::Impl::flush(Time now) {
  if (connected) {
    flush_holds();
    if (data.needs_workers() && now >= next_workers) {
      send(wire::InfoRequest{kOwnRequest, "workers"});
      next_workers = now + kWorkersInterval;
    }
    if (std::vector<Key> asked = data.take_questions(); !asked.empty()) {
      send(wire::WhoHas{next_request++, std::move(asked)});
    }
    if (wire::ReportMissing missing = data.take_missing(); !missing.keys.empty()) send(missing);
    flush_retries();
    if (!to_ask.empty()) send(wire::WhoHas{next_request++, std::exchange(to_ask, {})});
    if (std::vector<Key> asked = actors.take_questions(); !asked.empty()) {
      send(wire::WhoHas{next_request++, std::move(asked)});
    }
    if (wire::ReportMissing missing = actors.take_missing(); !missing.keys.empty()) send(missing);
    flush_detached(false);
    flush_cancels();
    flush_acknowledgements();
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
  if (to_hold.empty()) return;
  for (const Key key : to_hold) {
    if (const auto found = keys.find(key); found != keys.end()) {
      note_told(key, found.value(), true);
    }
  }
  send(wire::HoldKeys{std::exchange(to_hold, {})});
}

/// The scheduler lets go of what is cancelled; it says so by a failure.
void Node::Impl::flush_cancels() {
  if (to_cancel.empty()) return;
  for (const Key key : to_cancel) {
    mark_cancelled(key);
  }
  send(wire::CancelKeys{std::exchange(to_cancel, {}), next_submission - 1});
}

void Node::Impl::mark_cancelled(Key key) {
  const auto found = keys.find(key);
  if (found == keys.end()) return;
  note_told(key, found.value(), false);
  found.value().cancelled = found->second.status == Status::pending;
  if (found->second.cancelled) unanswered_cancels.emplace_back(latest, key);
}

/// The digests do not tell that the cancellation of a key was lost together with its hold.
void Node::Impl::end_unanswered_cancels(Time now) {
  while (!unanswered_cancels.empty() && now - unanswered_cancels.front().first >= kCancelPatience) {
    const Key key = unanswered_cancels.front().second;
    unanswered_cancels.pop_front();
    const auto found = keys.find(key);
    if (found != keys.end() && found->second.cancelled) cancel_unanswered(key);
  }
}

void Node::Impl::cancel_unanswered(Key key) {
  TARTAN_PROBE("client: takes a key for cancelled without an answer");
  Failure failure;
  failure.code = Errc::cancelled;
  failure.task = key.to_string();
  failure.message = failure.task + " was cancelled by this client";
  key_failed(key, failure);
}

void Node::Impl::note_told(Key key, KeyRecord& record, bool is_told) {
  if (std::exchange(record.told, is_told) == is_told) return;
  told += is_told ? 1 : std::uint64_t(-1);
  told_digest ^= digest_of(key);
}

/// After a Welcome: everything that still matters, as if said for the first time. What graphs that
/// follow will make is listed too, unless this is the first Welcome: the scheduler may know the
/// graphs already, and would let go of what is not listed.
void Node::Impl::repeat_all(bool first) {
  to_hold.clear();
  wire::HoldsReport report;
  std::vector<Key> pending;
  std::vector<Key> cancelled;
  for (auto entry = keys.begin(); entry != keys.end(); ++entry) {
    KeyRecord& record = entry.value();
    record.last_graph = record.submission;
    note_told(entry->first, record, false);
    if (record.holds == 0 || on_its_way(entry->first)) continue;
    const bool waits = record.status == Status::pending;
    if (waits && record.cancelled) {
      cancelled.push_back(entry->first);
      continue;
    }
    if (waits && record.submission != 0 && first) continue;
    if (waits) pending.push_back(entry->first);
    note_told(entry->first, record, true);
    report.keys.push_back(entry->first);
  }
  if (!first || !report.keys.empty()) send(report);
  // Not to be listed is to be let go of, whether the wish arrived or not.
  for (const Key key : cancelled) cancel_unanswered(key);
  for (auto& [number, submission] : submissions) {
    submission.accepted = false;
    if (submission.waits_for.empty()) send_graph(number, submission);
  }
  for (auto& [request, question] : questions) {
    question.sent = latest;
    if (!question.held_back) send(question.record);
  }
  if (!first && !pending.empty()) send(wire::WhoHas{next_request++, std::move(pending)});
  data.ask_again();
  actors.ask_again();
  next_workers = Time{};
}

/// A key is done, or nobody waits for it: its graph may not have to be repeated any more.
void Node::Impl::settle(KeyRecord& record) {
  const auto found = submissions.find(std::exchange(record.submission, 0));
  if (found == submissions.end()) return;
  if (!found->second.waits_for.empty()) record.last_graph = 0;
  if (--found->second.unfinished > 0) return;
  let_inputs_go(found->second);
  // What comes before the scheduler has read it is about the keys as they were.
  if (found->second.accepted || !found->second.waits_for.empty()) submissions.erase(found);
}

void Node::Impl::drop_hold(Key key) {
  const auto found = keys.find(key);
  if (found == keys.end() || found->second.holds == 0) return;
  if (--found.value().holds == 0) to_release.push_back(key);
}

void Node::Impl::let_inputs_go(Submission& submission) {
  for (const Key key : std::exchange(submission.inputs, {})) drop_hold(key);
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
  std::vector<Key> arrived = data.take_arrived_puts();
  const std::vector<Key> finished = data.take_finished_puts();
  if (arrived.empty() && finished.empty()) return;
  arrived.insert(arrived.end(), finished.begin(), finished.end());
  for (const Key key : arrived) {
    if (std::exchange(keys[key].putting, false)) to_hold.push_back(key);
  }
  unblock();
  for (const Key key : finished) {
    const auto nbytes = std::exchange(keys[key].ready_bytes, std::nullopt);
    if (nbytes) key_ready(key, *nbytes, {});
    // The hold that kept the key while it was on its way.
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
      if (ours) record.value().submission = record.value().last_graph = number;
    }
    submit(std::move(submission), number);
  }
  ask_held_back();
}

}  // namespace tartan::client

// What peers say, turned into events. A record from the wrong side answers false, and its sender
// is dropped.

#include <algorithm>
#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <iterator>
#include <scheduler/server/node_impl.hpp>
#include <set>
#include <tartan/base/log.hpp>

namespace tartan::scheduler {

namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

/// Numbers of a client's graphs grow; a repetition comes before so many later ones, or never.
constexpr std::size_t kSubmissionsKept = 4096;
/// Heartbeats in a row that must disagree before a client is made to start over. Doubled each time
/// it does not help: behind a slow link the news are only late.
constexpr std::uint32_t kPatience = 2;
constexpr std::uint32_t kMostPatience = 16;

}  // namespace

bool Node::Impl::on_record(Session& session, wire::Message& message) {
  if (std::holds_alternative<wire::Goodbye>(message)) {
    departed.add(session.incarnation);
    const std::string reason = std::get<wire::Goodbye>(message).reason;
    remove(session, false, reason.empty() ? "it said goodbye" : reason);
    return true;
  }
  if (const auto* request = std::get_if<wire::InfoRequest>(&message)) {
    touch(session);
    session.send(wire::InfoReply{request->request, info(request->topic)});
    return true;
  }
  return session.role == wire::Role::worker ? on_worker_record(session, message)
                                            : on_client_record(session, message);
}

bool Node::Impl::on_client_record(Session& session, wire::Message& message) {
  const ClientId client = session.client;
  return std::visit(
      Overloaded{
          [&](wire::ClientHeartbeat& m) {
            on_client_heartbeat(session, m);
            return true;
          },
          [&](wire::HoldsReport& m) {
            on_holds(session, m);
            return true;
          },
          [&](wire::SubmitGraph& m) {
            on_submit(session, m);
            return true;
          },
          [&](wire::HoldKeys& m) {
            apply(KeysHeld{stimulus, client, std::move(m.keys)});
            return true;
          },
          [&](wire::ReleaseKeys& m) {
            apply(KeysReleased{stimulus, client, std::move(m.keys)});
            return true;
          },
          [&](wire::CancelKeys& m) {
            if (m.submission < session.last_submission()) return true;
            apply(KeysCancelled{stimulus, client, std::move(m.keys)});
            return true;
          },
          [&](wire::DetachKeys& m) {
            if (repeated(session, m.request)) return true;
            apply(KeysDetached{stimulus, client, std::move(m.keys)});
            return true;
          },
          [&](wire::RetryKeys& m) {
            if (repeated(session, m.request)) return true;
            apply(KeysRetried{stimulus, client, std::move(m.keys)});
            return true;
          },
          [&](wire::Administer& m) {
            apply(OperationAsked{stimulus, client, std::move(m)});
            return true;
          },
          [&](wire::ReportMissing& m) {
            apply(FetchFailed{stimulus, client, std::move(m.keys), std::move(m.holders)});
            return true;
          },
          [&](wire::WhoHas& m) {
            on_who_has(session, m);
            return true;
          },
          [&](wire::ModulePart& m) {
            if (m.request != 0) {
              modules.offer(client, m, now);
            } else {
              modules.take(client, m, now);
            }
            return true;
          },
          [&](auto&) { return on_coordination_record(session, message); },
      },
      message);
}

bool Node::Impl::on_worker_record(Session& session, wire::Message& message) {
  const WorkerId worker = session.worker;
  return std::visit(
      Overloaded{
          [&](wire::TasksFinished& m) {
            apply(Finished{stimulus, worker, std::move(m)});
            return true;
          },
          [&](wire::TaskFailed& m) {
            apply(Failed{stimulus, worker, m.attempt, std::move(m.failure)});
            return true;
          },
          [&](wire::TasksWaiting& m) {
            apply(Waited{stimulus, worker, std::move(m)});
            return true;
          },
          [&](wire::Retracted& m) {
            apply(RetractAnswered{stimulus, worker, std::move(m)});
            return true;
          },
          [&](wire::DataAdded& m) {
            apply(ReplicasAdded{stimulus, worker, std::move(m.keys), std::move(m.nbytes)});
            return true;
          },
          [&](wire::DataDropped& m) {
            apply(ReplicasDropped{stimulus, worker, std::move(m.keys)});
            return true;
          },
          [&](wire::DataMissing& m) {
            apply(ReplicasMissing{stimulus, worker, std::move(m.keys), std::move(m.holders)});
            return true;
          },
          [&](wire::WorkerHeartbeat& m) {
            apply(Heartbeat{stimulus, worker, m});
            session.usage = std::move(m);
            return true;
          },
          [&](wire::StateReport& m) {
            apply(Reported{stimulus, worker, std::move(m)});
            return true;
          },
          [&](wire::ModuleWanted& m) {
            modules.want(worker, m, now);
            return true;
          },
          [&](wire::FunctionsKnown& m) {
            signatures.learn(worker, m);
            return true;
          },
          [](auto&) { return false; },
      },
      message);
}

/// Acknowledges the question; true when it came before.
bool Node::Impl::repeated(Session& session, std::uint64_t request) {
  touch(session);
  session.send(wire::Acknowledged{request});
  const bool fresh = session.requests.insert(request).second;
  if (session.requests.size() > kSubmissionsKept) session.requests.erase(session.requests.begin());
  if (!fresh) TARTAN_PROBE("scheduler: a question came twice");
  return !fresh;
}

Result<Graph> Node::Impl::accepted_graph(const wire::SubmitGraph& submit) {
  auto graph = wire::decode_graph(submit.frame);
  if (!graph) {
    return Error(graph.error().code(),
                 fmt::format("the scheduler refused the graph: {}; this is a bug in the client "
                             "library or in the code that built the graph",
                             graph.error().message()));
  }
  const std::string objection = signatures.objection(
      graph->functions, [this](Key module) { return modules.travels(module); });
  if (!objection.empty()) return Error(Errc::unknown_function, objection);
  return graph;
}

void Node::Impl::on_submit(Session& session, const wire::SubmitGraph& submit) {
  if (submit.submission <= session.all_below || session.submissions.contains(submit.submission)) {
    TARTAN_PROBE("scheduler: a graph came twice");
    touch(session);
    session.send(wire::SubmitAccepted{submit.submission});
    return;
  }
  // Also of graphs that were refused: they may come again.
  for (std::size_t i = 0; i < submit.modules.size(); ++i) {
    modules.name(submit.modules[i], session.client, submit.module_names[i]);
  }
  signatures.learn_texts(submit.signatures);
  auto graph = accepted_graph(submit);
  if (graph) {
    logging::debug("scheduler", "client {} submits {} tasks", session.name, graph->size());
    touch(session);
    session.send(wire::SubmitAccepted{submit.submission});
    session.submissions.insert(submit.submission);
    if (session.submissions.size() > kSubmissionsKept) {
      session.all_below = *session.submissions.begin();
      session.submissions.erase(session.submissions.begin());
    }
    apply(GraphSubmitted{stimulus, session.client, std::move(*graph)});
    return;
  }
  Failure failure;
  failure.code = graph.error().code();
  failure.message = graph.error().message();
  logging::warning("scheduler", "refuses submission {} of client {}: {}", submit.submission,
                   session.name, failure.message);
  touch(session);
  session.send(wire::SubmitRefused{submit.submission, std::move(failure)});
}

void Node::Impl::on_who_has(Session& session, const wire::WhoHas& question) {
  touch(session);
  wire::Holders answer;
  answer.request = question.request;
  answer.offsets.push_back(0);
  std::set<WorkerId> named;
  std::vector<std::span<const std::byte>> only_here(question.keys.size());
  bool any_here = false;
  for (const Key& key : question.keys) {
    const TaskIndex index = state.find(key);
    answer.keys.push_back(key);
    answer.nbytes.push_back(index == kNone ? 0 : state.task(index).nbytes);
    if (index != kNone && state.task(index).state == TaskState::memory) {
      for (const WorkerId holder : state.holders(index)) {
        answer.workers.push_back(holder);
        named.insert(holder);
      }
      if (state.task(index).replicas == kNone) {
        only_here[answer.keys.size() - 1] = state.inline_value(index);
        any_here = true;
      }
    } else if (index != kNone && state.task(index).state == TaskState::erred) {
      answer.failed.push_back(static_cast<std::uint32_t>(answer.keys.size() - 1));
      answer.failures.push_back(*state.failure(index));
    }
    answer.offsets.push_back(static_cast<std::uint32_t>(answer.workers.size()));
  }
  for (const WorkerId id : named) {
    answer.table.push_back(id);
    answer.addresses.push_back(state.worker(id)->address);
  }
  for (std::size_t i = 0; any_here && i < only_here.size(); ++i) {
    answer.inline_values.push_back(only_here[i]);
  }
  answer.submission = session.last_submission();
  session.send(std::move(answer));
}

/// What the client lists it holds; of the rest only our memory was left.
void Node::Impl::on_holds(Session& session, wire::HoldsReport& report) {
  // The graphs that follow may be needed again, although they came before.
  session.submissions.clear();
  session.all_below = 0;
  std::vector<Key> before = state.held_by(session.client);
  std::sort(before.begin(), before.end());
  std::sort(report.keys.begin(), report.keys.end());
  std::vector<Key> added;
  std::vector<Key> gone;
  std::set_difference(report.keys.begin(), report.keys.end(), before.begin(), before.end(),
                      std::back_inserter(added));
  std::set_difference(before.begin(), before.end(), report.keys.begin(), report.keys.end(),
                      std::back_inserter(gone));
  if (!added.empty()) {
    TARTAN_PROBE("scheduler: a client holds more than was known");
    apply(KeysHeld{stimulus, session.client, std::move(added)});
  }
  if (!gone.empty()) {
    TARTAN_PROBE("scheduler: a client holds less than was known");
    apply(KeysReleased{stimulus, session.client, std::move(gone)});
  }
}

/// The link keeps order, so its holds should agree at once, and what it was told before its last
/// heartbeat it should have read by now.
void Node::Impl::on_client_heartbeat(Session& session, const wire::ClientHeartbeat& beat) {
  coordinate(ClientBeat{stimulus, session.client});
  const auto client = state.clients().find(session.client);
  if (client == state.clients().end()) return;
  const bool holds_agree =
      beat.held == client->second.count && beat.held_digest == client->second.held_digest;
  const bool heard = beat.news >= session.news_before;
  session.news_before = session.news();
  if (holds_agree && heard) {
    session.disagreed = 0;
    session.patience = kPatience;
    return;
  }
  if (++session.disagreed < session.patience) return;
  TARTAN_PROBE("scheduler: a client is made to start over");
  session.disagreed = 0;
  session.patience = std::min(2 * session.patience, kMostPatience);
  touch(session);
  session.send(wire::Unknown{});
}

}  // namespace tartan::scheduler

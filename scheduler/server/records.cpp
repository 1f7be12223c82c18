// What peers say, turned into events. A record from the wrong side answers false, and its sender
// is dropped.

#include <fmt/format.h>
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
          [&](wire::ClientHeartbeat&) { return true; },
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
            apply(KeysCancelled{stimulus, client, std::move(m.keys)});
            return true;
          },
          [&](wire::DetachKeys& m) {
            apply(KeysDetached{stimulus, client, std::move(m.keys)});
            return true;
          },
          [&](wire::RetryKeys& m) {
            apply(KeysRetried{stimulus, client, std::move(m.keys)});
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
          [](auto&) { return false; },
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
          [](auto&) { return false; },
      },
      message);
}

void Node::Impl::on_submit(Session& session, const wire::SubmitGraph& submit) {
  // Numbers only grow: one that is not larger is a repetition, and its keys are held already.
  if (session.last_submission && submit.submission <= *session.last_submission) return;
  session.last_submission = submit.submission;
  auto graph = wire::decode_graph(submit.frame);
  if (graph) {
    logging::debug("scheduler", "client {} submits {} tasks", session.name, graph->size());
    apply(GraphSubmitted{stimulus, session.client, std::move(*graph)});
    return;
  }
  Failure failure;
  failure.code = graph.error().code();
  failure.message = fmt::format(
      "the scheduler refused the graph: {}; this is a bug in the client library or in the code "
      "that built the graph",
      graph.error().message());
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
  std::vector<TaskIndex> only_here;
  for (const Key& key : question.keys) {
    const TaskIndex index = state.find(key);
    answer.keys.push_back(key);
    answer.nbytes.push_back(index == kNone ? 0 : state.task(index).nbytes);
    if (index != kNone && state.task(index).state == TaskState::memory) {
      for (const WorkerId holder : state.holders(index)) {
        answer.workers.push_back(holder);
        named.insert(holder);
      }
      if (state.task(index).replicas == kNone) only_here.push_back(index);
    }
    answer.offsets.push_back(static_cast<std::uint32_t>(answer.workers.size()));
  }
  for (const WorkerId id : named) {
    answer.table.push_back(id);
    answer.addresses.push_back(state.worker(id)->address);
  }
  session.send(std::move(answer));
  for (const TaskIndex index : only_here) session.ready(state, index);
}

}  // namespace tartan::scheduler

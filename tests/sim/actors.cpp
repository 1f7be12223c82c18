// Actors in the simulated cluster: some clients have one, alone or together, which lives on some
// worker and counts the calls it gets from each. A call that runs twice, not at all or out of turn
// finds another count than its own number. A lost one is sometimes made anew, and counts from
// nothing.

#include <core/wire/codec.hpp>
#include <fmt/format.h>
#include <sim/cluster.hpp>
#include <stdexcept>
#include <tartan/value/actor.hpp>
#include <tartan/value/task_context.hpp>

namespace tartan::sim {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// Each caller numbers its calls from 1.
struct Tally {
  std::uint64_t call(std::uint64_t caller, std::uint64_t number) {
    if (number != counts[caller] + 1) throw std::logic_error("a call out of turn");
    return ++counts[caller];
  }
  std::map<std::uint64_t, std::uint64_t> counts;
};

Value make_tally(Arguments&) {
  ActorObject made{std::make_shared<Tally>(), detail::demangled(typeid(Tally).name()), {}};
  made.handle = actor_handle(7, current_task()->key);
  return Value::of(std::move(made));
}

namespace {

constexpr std::uint64_t kMostCalls = 40;

client::ActorCallBody body_of(std::uint64_t caller, std::uint64_t number) {
  ArgumentWriter writer;
  writer.dependency(0);
  writer.inline_object(caller);
  writer.inline_object(number);
  return {&actor_method<&Tally::call>().ref, Buffer::copy(writer.bytes())};
}

worker::ActorRan outcome_of(const worker::ActorRun& call, const Value& object) {
  worker::ActorRan ran{call.id, {}};
  try {
    Arguments arguments(call.arguments.bytes(), std::span(&object, 1));
    ran.outcome.packed = Buffer::copy(wire::pack_value(call.method->wrapper(arguments)));
  } catch (const std::exception& error) {
    Failure failure;
    failure.message = error.what();
    ran.outcome.failure = std::move(failure);
  }
  return ran;
}

}  // namespace

// ---- a client that has one ------------------------------------------------------------------

void Cluster::make_actor(const ClientPtr& client) {
  client->actor.emplace();
  client->actor->key = combine(hash_text("sim actor"), actor_random_.chance(0.5) ? 0 : client->id);
  client->actor->calls = 5 + actor_random_.below(kMostCalls - 4);
  TaskOptions options;
  options.actor = true;
  GraphBuilder builder;
  GraphBuilder::Task task;
  task.key = client->actor->key;
  task.function = &task_function<&make_tally>();
  task.options = &options;
  builder.want(builder.add(task));
  ++client->holds[task.key];
  client->node->submit(builder.build(), client->local(timeline_.now()));
  call_actor(client);
}

void Cluster::call_actor(const ClientPtr& client) {
  if (!client->alive || !client->actor || client->actor->made == client->actor->calls) return;
  ActorUse& use = *client->actor;
  const std::uint64_t call = ++use.made;
  ++report_.faults["call of an actor"];
  use.open[call] = ++use.number;
  client->node->call_actor(use.key, call, body_of(client->id, use.number));
  if (actor_random_.chance(0.1)) submit(*client, workload_.make_visit(use.key));
  timeline_.after(milliseconds(actor_random_.below(1500)), [this, client] {
    call_actor(client);
    if (client->alive) flush(client);
  });
}

bool Cluster::calls_done(const ClientProcess& client) {
  return !client.actor || (client.actor->made == client.actor->calls && client.actor->open.empty());
}

void Cluster::on_answers(const ClientPtr& client, const std::vector<client::ActorAnswer>& answers) {
  for (const client::ActorAnswer& answer : answers) check_answer(*client, answer);
  if (answers.empty() || !client->actor) return;
  ActorUse& use = *client->actor;
  if (use.lost && use.open.empty()) {
    use.lost = false;
    use.number = 0;
    if (faults_on_ && actor_random_.chance(0.5)) retry_actor(*client);
  }
  if (calls_done(*client) && actor_random_.chance(0.5)) {
    ++report_.faults["actor let go of"];
    let_go(*client, use.key);
    client->actor.reset();
  }
  timeline_.after({}, [this, client] {
    if (client->alive) flush(client);
  });
}

void Cluster::retry_actor(ClientProcess& client) {
  ++report_.faults["actor made anew"];
  ++client.holds[client.actor->key];
  client.node->retry({client.actor->key});
}

void Cluster::check_answer(ClientProcess& client, const client::ActorAnswer& answer) {
  if (!client.actor) return;
  ActorUse& use = *client.actor;
  const auto open = use.open.extract(answer.call);
  if (open.empty()) {
    wrong(fmt::format("call {} of {} was answered twice", answer.call, client.name));
    return;
  }
  if (const auto* value = std::get_if<Value>(&answer.outcome)) {
    if (value->get<std::uint64_t>() != open.mapped() || use.lost) {
      wrong(fmt::format("call {} of {} was not the next to run", answer.call, client.name));
    }
    return;
  }
  const Failure& failure = std::get<Failure>(answer.outcome);
  const bool forgotten = client.was_absent || holds_lost();
  const bool excused = drop_ != nullptr && drop_->errors;
  const bool allowed = (failure.code == Errc::actor_lost && (workers_lost_ || forgotten)) ||
                       (failure.code == Errc::data_lost && forgotten) || restarted_ ||
                       (failure.code == Errc::worker_lost && troubles_.poison);
  if (!allowed && !excused) {
    wrong(fmt::format("call {} of {} failed ({}: {})", answer.call, client.name, name(failure.code),
                      failure.message));
  }
  ++report_.faults[fmt::format("call's outcome {}", name(failure.code))];
  use.lost = true;
}

// ---- a worker that has some -----------------------------------------------------------------

void Cluster::perform(const WorkerPtr& worker, worker::ActorOrder order) {
  if (auto* create = std::get_if<worker::ActorCreate>(&order)) {
    worker->actors[create->actor] = std::make_shared<ActorSeat>();
    worker->actors[create->actor]->object = std::move(create->object);
  } else if (auto* destroy = std::get_if<worker::ActorDestroy>(&order)) {
    worker->actors.erase(destroy->actor);
  } else {
    auto& call = std::get<worker::ActorRun>(order);
    const auto found = worker->actors.find(call.id.actor);
    if (found == worker->actors.end()) {
      wrong(fmt::format("{} is to call an actor it does not have", worker->name));
      return;
    }
    found->second->queue.push_back(std::move(call));
    if (found->second->queue.size() == 1) run_actor(worker, found->second);
  }
}

void Cluster::run_actor(const WorkerPtr& worker, const std::shared_ptr<ActorSeat>& seat) {
  const Duration took = actor_random_.chance(0.05)
                            ? Duration(milliseconds(actor_random_.below(4000)))
                            : Duration(microseconds(actor_random_.below(3000)));
  timeline_.after(took, [this, worker, seat] {
    if (!worker->alive) return;
    when_awake(worker, [this, worker, seat] {
      worker::ActorRan ran = outcome_of(seat->queue.front(), seat->object);
      worker->node->on_actor_ran(std::move(ran), worker->local(timeline_.now()));
      seat->queue.pop_front();
      if (!seat->queue.empty()) run_actor(worker, seat);
      flush(worker);
    });
  });
}

}  // namespace tartan::sim

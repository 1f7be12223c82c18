#include <client/engine/inline.hpp>
#include <core/value/failure.hpp>
#include <fmt/format.h>
#include <functional>
#include <tartan/value/actor.hpp>
#include <tartan/value/task_context.hpp>
#include <variant>

namespace tartan::client {
namespace {

const std::string kInlineAddress = "inline";

using Outcome = std::variant<std::monostate, Value, Failure>;

/// A graph on its way through one thread.
class InlineRun {
 public:
  /// Looks a key up among the living futures; await says whether to wait for a pending one.
  using Find = std::function<Outcome(Key, bool await)>;
  /// What stands for a result: of an actor's object, the handle.
  using Keep = std::function<Value(Key, Value)>;

  InlineRun(const Graph& graph, Find find, Keep keep)
      : graph_(graph),
        find_(std::move(find)),
        keep_(std::move(keep)),
        outcomes_(graph.size() + graph.external_keys.size()),
        uses_(outcomes_.size(), 0),
        order_(graph.size()) {
    for (const std::uint32_t dep : graph.deps) ++uses_[dep];
    for (std::uint32_t task = 0; task < graph.size(); ++task) order_[graph.rank[task]] = task;
    for (const FunctionRef& ref : graph.functions) functions_.push_back(find_function(ref));
    for (std::size_t i = 0; i < graph.external_keys.size(); ++i) {
      outcomes_[graph.size() + i] = find_(graph.external_keys[i], true);
    }
  }

  const std::vector<std::uint32_t>& order() const { return order_; }

  /// Runs the task and returns what came of it; forgets arguments nobody else needs.
  Outcome step(std::uint32_t task) {
    Outcome outcome = find_(graph_.keys[task], false);
    if (outcome.index() == 0) outcome = run(task);
    for (const std::uint32_t dep : graph_.dependencies(task)) {
      if (--uses_[dep] == 0) outcomes_[dep] = {};
    }
    if (uses_[task] != 0) outcomes_[task] = outcome;
    return outcome;
  }

 private:
  std::string name_of(std::uint32_t task) const {
    return fmt::format("{}[{}]", graph_.groups[graph_.group[task]], graph_.group_index[task]);
  }

  Outcome run(std::uint32_t task) {
    std::vector<Value> dependencies;
    for (const std::uint32_t dep : graph_.dependencies(task)) {
      if (const auto* failure = std::get_if<Failure>(&outcomes_[dep])) return *failure;
      if (outcomes_[dep].index() == 0) return lost(dep);
      dependencies.push_back(std::get<Value>(outcomes_[dep]));
    }
    const Result<const FunctionInfo*>& function = functions_[graph_.function[task]];
    if (!function) {
      Failure failure;
      failure.code = function.error().code();
      failure.message = function.error().message();
      failure.task = name_of(task);
      return failure;
    }
    return call(**function, task, dependencies);
  }

  Outcome call(const FunctionInfo& function, std::uint32_t task,
               std::span<const Value> dependencies) {
    TaskContext context;
    context.key = graph_.keys[task];
    // Inside a task of a worker, cancelling that one cancels what it runs here.
    if (const TaskContext* outer = current_task()) context.cancelled = outer->cancelled;
    for (std::uint32_t attempt = 0;; ++attempt) {
      context.attempt = attempt;
      try {
        TaskScope scope(context);
        Arguments arguments(graph_.arguments(task), dependencies);
        return keep_(context.key, function.wrapper(arguments));
      } catch (...) {
        if (attempt < graph_.options[graph_.option[task]].retries) continue;
        Failure failure = current_failure();
        failure.task = name_of(task);
        failure.worker = "the inline executor";
        return failure;
      }
    }
  }

  Failure lost(std::uint32_t dep) const {
    Failure failure;
    failure.code = Errc::data_lost;
    failure.message =
        "the inline executor does not know this key; its future must live until it is used";
    failure.task = graph_.dependency_key(dep).to_string();
    return failure;
  }

  const Graph& graph_;
  Find find_;
  Keep keep_;
  std::vector<Outcome> outcomes_;
  std::vector<std::uint32_t> uses_;
  std::vector<std::uint32_t> order_;
  std::vector<Result<const FunctionInfo*>> functions_;
};

}  // namespace

std::shared_ptr<InlineBackend> InlineBackend::make() { return std::make_shared<InlineBackend>(); }

const std::string& InlineBackend::address() const { return kInlineAddress; }

void InlineBackend::start(Graph graph, std::unique_lock<std::mutex>& order) {
  order.unlock();
  if (ended()) return;
  const auto find_outcome = [this](Key key, bool await) -> Outcome {
    const std::shared_ptr<FutureState> state = find(key);
    if (!state) return {};
    // Another thread may be running the task behind this key.
    const AnyFuture future(state);
    if (await) wait(std::span<const AnyFuture>(&future, 1), Moment::valued, std::nullopt);
    if (state->phase.load(std::memory_order_acquire) == Phase::valued) {
      // A handle that is decoded holds its actor; that of the future itself would for ever.
      return find_actor(key) ? Value::from_encoded(state->value.encode()) : state->value;
    }
    if (state->phase.load(std::memory_order_acquire) == Phase::failed) return *state->failure;
    return {};
  };
  InlineRun run(graph, find_outcome,
                [this](Key key, Value value) { return keep_actor(key, std::move(value)); });
  for (const std::uint32_t task : run.order()) {
    Outcome outcome = run.step(task);
    KeyEvent event{graph.keys[task], Status::ready, 0, {}, {}};
    if (auto* failure = std::get_if<Failure>(&outcome)) {
      event.status = Status::failed;
      event.failure = std::move(*failure);
    } else {
      event.value = std::move(std::get<Value>(outcome));
      event.nbytes = event.value.nbytes();
    }
    std::vector<KeyEvent> events;
    events.push_back(std::move(event));
    deliver(events);
  }
}

void InlineBackend::put(std::vector<std::pair<Key, Value>> values, bool,
                        std::unique_lock<std::mutex>&) {
  std::vector<KeyEvent> events;
  for (auto& [key, value] : values) {
    const std::uint64_t nbytes = value.nbytes();
    events.push_back({key, Status::ready, nbytes, std::move(value), {}});
  }
  deliver(events);
}

void InlineBackend::hold(Key key) {
  if (std::shared_ptr<InlineActor> actor = find_inline_actor(key)) {
    std::vector<KeyEvent> events;
    events.push_back({key, Status::ready, 0, actor->object.get<ActorObject>().handle, {}});
    {
      std::lock_guard lock(actors_mutex_);
      actors_[key] = std::move(actor);
    }
    deliver(events);
    return;
  }
  Failure failure;
  failure.code = Errc::data_lost;
  failure.message = "the inline executor knows no result of this key";
  failure.task = key.to_string();
  std::vector<KeyEvent> events;
  events.push_back({key, Status::failed, 0, {}, failure});
  deliver(events);
}

void InlineBackend::release(Key key) {
  std::shared_ptr<InlineActor> dying;  // runs the user's destructor, after the lock
  std::lock_guard lock(actors_mutex_);
  const auto found = actors_.find(key);
  if (found == actors_.end()) return;
  dying = std::move(found->second);
  actors_.erase(found);
}

Value InlineBackend::keep_actor(Key key, Value value) {
  if (!value.holds<ActorObject>()) return value;
  const auto actor = std::make_shared<InlineActor>();
  actor->object = std::move(value);
  announce_inline_actor(key, actor);
  std::lock_guard lock(actors_mutex_);
  actors_[key] = actor;
  return actor->object.get<ActorObject>().handle;
}

std::shared_ptr<InlineActor> InlineBackend::find_actor(Key key) {
  std::lock_guard lock(actors_mutex_);
  const auto found = actors_.find(key);
  return found == actors_.end() ? nullptr : found->second;
}

std::uint64_t InlineBackend::call_actor(const std::shared_ptr<ActorCallState>& call,
                                        std::optional<ActorCallBody> body) {
  if (body) complete_call(call, 0, std::move(*body));
  return 0;
}

void InlineBackend::complete_call(const std::shared_ptr<ActorCallState>& call, std::uint64_t,
                                  std::variant<ActorCallBody, Failure> body) {
  const Key key = call->actor;
  if (auto* failure = std::get_if<Failure>(&body)) {
    call->finish(std::move(*failure));
    return;
  }
  const auto& [ref, blob] = std::get<ActorCallBody>(body);
  const Result<const FunctionInfo*> method = find_function(*ref);
  const std::shared_ptr<InlineActor> actor = find_actor(key);
  if (!method || !actor) {
    const std::shared_ptr<FutureState> made = find(key);
    const std::optional<Failure> why = made ? AnyFuture(made).failure() : std::nullopt;
    Failure failure = why.value_or(Failure{});
    if (!why) failure.message = method ? "the actor is not here" : method.error().message();
    call->finish(std::move(failure));
    return;
  }
  const std::lock_guard lock(actor->mutex);
  TaskContext context;
  context.key = key;
  if (const TaskContext* outer = current_task()) context.cancelled = outer->cancelled;
  try {
    TaskScope scope(context);
    Arguments arguments(blob.bytes(), std::span(&actor->object, 1));
    call->finish((*method)->wrapper(arguments));
  } catch (...) {
    Failure failure = current_failure();
    failure.task = fmt::format("{} of the actor {} {}", (*method)->name,
                               actor->object.get<ActorObject>().type, key.to_string());
    failure.worker = "the inline executor";
    call->finish(std::move(failure));
  }
}
void InlineBackend::fetch(const std::vector<Key>&) {}
void InlineBackend::cancel(const std::vector<Key>&) {}
void InlineBackend::detach(const std::vector<Key>&) {}

void InlineBackend::rerun(const std::vector<Key>& keys) {
  std::vector<KeyEvent> events;
  for (const Key key : keys) {
    Failure failure;
    failure.code = Errc::refused;
    failure.message = "the inline executor keeps no tasks to run again; submit it again";
    failure.task = key.to_string();
    events.push_back({key, Status::failed, 0, {}, std::move(failure)});
  }
  deliver(events);
}

std::string InlineBackend::info(const std::string& topic) {
  if (topic == "workers") {
    return R"([{"id":0,"name":"inline","data_address":"inline","host":"","nthreads":1,)"
           R"("memory_limit":0}])";
  }
  if (topic == "groups") return "[]";
  return "{}";
}

std::uint64_t InlineBackend::coordinate(wire::Coordinate question,
                                        std::shared_ptr<CoordinationCall>) {
  throw Exception(
      Errc::refused,
      fmt::format("the inline executor has no scheduler to keep '{}'; use the client of a cluster, "
                  "such as the embedded one (tartan::Client client;), or give it as the last "
                  "argument",
                  question.name));
}

wire::Administered InlineBackend::administer(wire::Administer) {
  wire::Administered answer;
  answer.failure.code = Errc::refused;
  answer.failure.message = "the inline executor has no workers to operate on";
  return answer;
}

void InlineBackend::close() {
  Failure failure;
  failure.code = Errc::closed;
  failure.message = "the inline client has been closed";
  fail_all(failure);
}

}  // namespace tartan::client

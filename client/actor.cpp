#include <atomic>
#include <client/engine/actor_call.hpp>
#include <client/engine/backend.hpp>
#include <client/engine/task_wait.hpp>
#include <core/net/payloads.hpp>
#include <core/value/failure.hpp>
#include <fmt/format.h>
#include <tartan/base/config.hpp>
#include <tartan/client/client.hpp>
#include <tartan/value/task_context.hpp>

namespace tartan::client {

namespace {

/// The future whose value this thread is decoding.
thread_local const AnyFuture* reading = nullptr;

Buffer checked_blob(const ArgumentWriter& writer, const FunctionInfo& method) {
  if (writer.bytes().size() > net::kMostPayload) {
    throw Exception(Errc::limit_exceeded,
                    fmt::format("the arguments of {} have {}, but a call carries {} at most; send "
                                "them in parts",
                                method.name, format_bytes(writer.bytes().size()),
                                format_bytes(net::kMostPayload)));
  }
  return Buffer::copy(writer.bytes());
}

void write_rest(ArgumentWriter& writer, const std::vector<Argument>& rest) {
  for (const Argument& argument : rest) {
    if (const auto* value = std::get_if<Value>(&argument)) {
      writer.inline_value(*value);
    } else if (const auto* future = std::get_if<AnyFuture>(&argument)) {
      writer.inline_value(future->get_value());
    } else {
      writer.list(std::get<ListOf>(argument).count);
    }
  }
}

/// The body of a call whose futures are all done, or the failure of one that has none.
std::variant<ActorCallBody, Failure> finished_body(MethodArguments& arguments,
                                                   const FunctionInfo& method) {
  for (const Argument& argument : arguments.rest()) {
    const auto* future = std::get_if<AnyFuture>(&argument);
    if (future == nullptr) continue;
    if (std::optional<Failure> failure = future->failure()) return std::move(*failure);
  }
  try {
    write_rest(arguments.writer(), arguments.rest());
    return ActorCallBody{&method.ref, checked_blob(arguments.writer(), method)};
  } catch (const TaskError& error) {
    return error.failure();
  } catch (const Exception& error) {
    Failure failure = current_failure();
    failure.code = error.code();
    return failure;
  }
}

std::vector<AnyFuture> futures_of(const std::vector<Argument>& arguments) {
  std::vector<AnyFuture> futures;
  for (const Argument& argument : arguments) {
    const auto* future = std::get_if<AnyFuture>(&argument);
    if (future == nullptr) continue;
    if (!future->valid()) throw ValueError("an empty future cannot be a call's argument");
    futures.push_back(*future);
  }
  return futures;
}

/// Completes the call once the last of its inputs is done.
void complete_later(const std::shared_ptr<Backend>& backend, const ActorCallPtr& call,
                    std::uint64_t number, const FunctionInfo& method,
                    const std::vector<AnyFuture>& inputs, MethodArguments arguments) {
  struct Gathering {
    MethodArguments arguments;
    std::atomic<std::size_t> missing;
  };
  const auto gathering = std::make_shared<Gathering>();
  gathering->arguments = std::move(arguments);
  gathering->missing = inputs.size();
  for (const AnyFuture& input : inputs) {
    input.on_done([gathering, backend, call, number, &method](const AnyFuture&) {
      if (gathering->missing.fetch_sub(1) > 1) return;
      backend->complete_call(call, number, finished_body(gathering->arguments, method));
      gathering->arguments = {};
    });
  }
}

}  // namespace

// ---- ActorCallState -----------------------------------------------------------------------

void ActorCallState::finish(std::variant<Value, Failure> result) {
  std::vector<AnyFuture> dropped;
  std::lock_guard lock(mutex);
  if (outcome) return;
  outcome = std::move(result);
  dropped.swap(kept);
  changed.notify_all();
}

bool ActorCallState::done() const {
  std::lock_guard lock(mutex);
  return outcome.has_value();
}

bool ActorCallState::wait(std::optional<std::chrono::steady_clock::time_point> deadline) {
  TaskWait::check_cancelled();
  if (done()) return true;
  bool interrupted = false;
  TaskWait waiting([&] {
    std::lock_guard lock(mutex);
    interrupted = true;
    changed.notify_all();
  });
  bool ended = false;
  {
    std::unique_lock lock(mutex);
    const auto over = [&] { return outcome.has_value() || interrupted; };
    if (!deadline) {
      changed.wait(lock, over);
    } else {
      changed.wait_until(lock, *deadline, over);
    }
    ended = outcome.has_value();
  }
  waiting.end();
  return ended;
}

// ---- what the templates call --------------------------------------------------------------

void MethodArguments::emplace_back(Argument argument) {
  if (std::holds_alternative<DelayedNodePtr>(argument)) {
    throw ValueError("a Delayed cannot be the argument of an actor's call; persist() it");
  }
  if (const auto* value = std::get_if<Value>(&argument); value != nullptr && rest_.empty()) {
    writer_.inline_value(*value);
  } else {
    rest_.push_back(std::move(argument));
  }
}

ActorCallPtr start_call(const AnyFuture& actor, const FunctionInfo& method,
                        MethodArguments arguments) {
  if (!actor.valid()) throw ValueError("this actor handle is empty: it was default-constructed");
  auto call = std::make_shared<ActorCallState>();
  call->actor = actor.key();
  const std::vector<AnyFuture> inputs = futures_of(arguments.rest());
  call->kept = inputs;
  call->kept.push_back(actor);
  const std::shared_ptr<Backend>& backend = actor.state()->backend;
  if (inputs.empty()) {
    write_rest(arguments.writer(), arguments.rest());
    backend->call_actor(call, ActorCallBody{&method.ref, checked_blob(arguments.writer(), method)});
  } else if (backend->runs_inline()) {
    Backend::wait(inputs, Moment::done, std::nullopt);
    backend->complete_call(call, 0, finished_body(arguments, method));
  } else {
    const std::uint64_t number = backend->call_actor(call, std::nullopt);
    complete_later(backend, call, number, method, inputs, std::move(arguments));
  }
  return call;
}

bool wait_for_call(ActorCallState& call,
                   std::optional<std::chrono::steady_clock::time_point> deadline) {
  return call.wait(deadline);
}

bool is_done(const ActorCallState& call) { return call.done(); }

Value result_of(ActorCallState& call) {
  call.wait(std::nullopt);
  // It does not change any more.
  if (const auto* failure = std::get_if<Failure>(&*call.outcome)) throw_failure(*failure);
  return std::get<Value>(*call.outcome);
}

void throw_empty_actor_future() {
  throw ValueError("this future is empty: it was default-constructed or moved from");
}

Key current_key() {
  const TaskContext* task = current_task();
  if (task == nullptr) throw ValueError("an actor is made by Client::actor, which runs a task");
  return task->key;
}

AnyFuture hold_actor(Key key) {
  const std::shared_ptr<Backend> backend =
      reading != nullptr ? reading->state()->backend : backend_of(Client::current());
  const AnyFuture held = backend->hold_key(key);
  // Whoever holds the actor until now may let go of it when this returns.
  held.wait();
  return held;
}

ReadingScope::ReadingScope(const AnyFuture& future) : previous_(std::exchange(reading, &future)) {}
ReadingScope::~ReadingScope() { reading = previous_; }

}  // namespace tartan::client

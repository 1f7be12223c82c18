// What functions there are: those of the table, and those of modules that are fetched because tasks
// need them. A task whose module is on its way waits in the state machine; it starts when the
// module has settled, and then fails if its function is still not here.

#include <core/base/probe.hpp>
#include <core/value/symbol.hpp>
#include <fmt/format.h>
#include <worker/server/node_impl.hpp>

namespace tartan::worker {

namespace {

/// Hellos said for a function the scheduler does not name before its tasks fail.
constexpr int kAskTimes = 3;

Failure failure_of(const Error& error) {
  Failure failure;
  failure.code = error.code();
  failure.type = tartan::name(error.code());
  failure.message = error.message();
  return failure;
}

}  // namespace

void Node::Impl::on_record(wire::AddFunctions& add, Time) {
  for (std::size_t i = 0; i < add.numbers.size(); ++i) {
    FunctionEntry entry;
    entry.ref = std::move(add.functions[i]);
    if (!add.signatures.empty()) entry.signature = std::move(add.signatures[i]);
    entry.to_fetch = !add.travels.empty() && add.travels[i] != 0;
    resolve(entry);
    functions.insert_or_assign(add.numbers[i], std::move(entry));
    asked_functions.erase(add.numbers[i]);
  }
}

/// The function itself when it is here, in the very module if that can be had.
void Node::Impl::resolve(FunctionEntry& entry) {
  const bool here = entry.to_fetch && config.functions->has_module(entry.ref.module);
  // A program that is its own worker may be unable to load modules, and has the function anyway.
  const bool never = modules.unusable(entry.ref.module) != nullptr;
  const bool exact = entry.to_fetch && (here || (config.takes_modules && !never));
  auto found = config.functions->find(entry.ref, {exact, entry.signature});
  if (found) {
    entry.function = *found;
    entry.to_fetch = false;
    return;
  }
  entry.failure = failure_of(found.error());
  if (here) entry.to_fetch = false;
  if (!entry.to_fetch || config.takes_modules) return;
  entry.to_fetch = false;
  entry.failure.message = fmt::format(
      "the function {} comes with the task module {} of a client, which the worker {} does not "
      "load "
      "because its scheduler is not on its own host; start the worker with --allow-modules if all "
      "who reach the scheduler may run code here, or with --module and the .so",
      value::full_name(entry.ref.symbol), entry.ref.module.to_string(), name);
}

bool Node::Impl::take_function(std::uint32_t number, TaskSpec& spec, Payload& payload, Time at) {
  auto found = functions.find(number);
  if (found == functions.end()) {
    // As if the task had been lost as well: the digests will tell that it is not here.
    int& asked = asked_functions[number];
    if (asked < kAskTimes) {
      if (ask_introductions(at)) ++asked;
      return false;
    }
    fail(spec.attempt, failure_of(Error(Errc::unknown_function,
                                        fmt::format("the scheduler never said what its function "
                                                    "number {} is",
                                                    number))));
    return false;
  }
  const FunctionEntry& entry = found->second;
  payload.function = entry.function;
  payload.number = number;
  if (entry.function != nullptr) return true;
  const Error* never = modules.unusable(entry.ref.module);
  if (!entry.to_fetch || never != nullptr) {
    fail(spec.attempt, never != nullptr ? failure_of(*never) : entry.failure);
    return false;
  }
  TARTAN_PROBE("worker: a task waits for its module");
  spec.module = entry.ref.module;
  modules.want(entry.ref.module);
  return true;
}

void Node::Impl::on_record(wire::ModulePiece& piece, Time at) {
  modules.on_piece(piece, at);
  settle_modules(at);
}

void Node::on_module(const ModuleResult& result, Time now) {
  impl_->now = now;
  ++impl_->stimulus;
  impl_->modules.on_result(result, now);
  impl_->settle_modules(now);
}

void Node::Impl::settle_modules(Time at) {
  for (const Key module : modules.take_settled()) {
    const bool loaded = modules.trouble(module) == nullptr;
    for (auto entry = functions.begin(); entry != functions.end(); ++entry) {
      FunctionEntry& function = entry.value();
      if (function.function == nullptr && function.ref.module == module) resolve(function);
    }
    if (loaded) tell_functions(module);
    feed(event::ModuleSettled{module}, at);
  }
}

/// A started task whose function did not come.
void Node::Impl::fail_start(AttemptId attempt, std::uint32_t number) {
  Failure failure;
  const auto entry = functions.find(number);
  if (entry == functions.end()) {
    failure = failure_of(Error(Errc::unknown_function, "the scheduler that named it is gone"));
  } else if (const Error* why = modules.trouble(entry->second.ref.module)) {
    failure = failure_of(*why);
  } else {
    failure = entry->second.failure;
  }
  failure.worker = where();
  end_execution(attempt);
  events.push_back(event::Failed{attempt, std::move(failure)});
}

/// All functions that there are here, or what a module brought.
void Node::Impl::tell_functions(std::optional<Key> module) {
  wire::FunctionsKnown known;
  known.all = !module;
  for (const value::Known& one : config.functions->known()) {
    if (module && one.module != *module) continue;
    known.modules.push_back(one.module);
    known.exact.push_back(one.exact ? 1 : 0);
    known.symbols.push_back(one.function->ref.symbol);
    known.signatures.push_back(one.function->ref.signature);
    known.texts.push_back(one.function->signature);
  }
  send_record(known);
}

}  // namespace tartan::worker

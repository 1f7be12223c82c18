// The life of a task, from its arrival to its result: one function per transition.

#include <core/base/probe.hpp>
#include <fmt/format.h>
#include <tartan/base/assert.hpp>
#include <tartan/base/log.hpp>
#include <worker/state/state.hpp>

namespace tartan::worker {

namespace {

constexpr std::size_t kStoryLength = 1024;

std::uint32_t task_index(AttemptId attempt) { return static_cast<std::uint32_t>(attempt); }

}  // namespace

std::string_view name(TaskState state) {
  switch (state) {
    case TaskState::released:
      return "released";
    case TaskState::waiting:
      return "waiting";
    case TaskState::fetching:
      return "fetching";
    case TaskState::ready:
      return "ready";
    case TaskState::executing:
      return "executing";
    case TaskState::memory:
      return "memory";
    case TaskState::erred:
      return "erred";
  }
  return "?";
}

State::State(StateConfig config) : config_(std::move(config)), available_(config_.resources) {
  TARTAN_ASSERT(config_.nthreads > 0, "a worker needs at least one thread");
  story_.reserve(kStoryLength);
}

void State::handle(Event event, Time now, Actions& actions) {
  now_ = now;
  stimulus_ = event.stimulus;
  actions_ = &actions;
  std::visit([this](auto& what) { on(what); }, event.what);
  start_ready();
  start_fetches();
  actions_ = nullptr;
}

std::optional<TaskState> State::find(AttemptId attempt) const {
  auto found = attempts_.find(attempt);
  if (found == attempts_.end()) return std::nullopt;
  return tasks_[found->second].state;
}

std::string State::story(AttemptId attempt) const {
  std::string text;
  for (std::size_t i = 0; i < story_.size(); ++i) {
    const Transition& t = story_[(story_next_ + i) % story_.size()];
    if (t.attempt != attempt) continue;
    text += fmt::format("#{} {} -> {}\n", t.stimulus, name(t.from), name(t.to));
  }
  return text;
}

// ---- events ---------------------------------------------------------------------------------

void State::on(event::Registered& event) {
  self_ = event.self;
  if (!event.forget_tasks) return;
  std::vector<Slot> all;
  for (Slot slot = 0; slot < tasks_.size(); ++slot) {
    if (tasks_[slot].state != TaskState::released && !tasks_[slot].cancelled) all.push_back(slot);
  }
  for (Slot slot : all) withdraw(slot);
  modules_.clear();
  for (Slot slot = 0; slot < data_.size(); ++slot) {
    if (!data_[slot].live || !data_[slot].acquire) continue;
    data_[slot].acquire = false;
    if (data_[slot].place == Place::queued || data_[slot].place == Place::missing) lose(slot);
  }
}

void State::on(event::Compute& event) {
  for (TaskSpec& spec : event.tasks) admit(spec);
}

void State::on(event::Retract& event) {
  for (AttemptId attempt : event.attempts) {
    auto found = attempts_.find(attempt);
    // One we do not have was reported already, or never came: the scheduler may have it back.
    bool accepted = found == attempts_.end() || tasks_[found->second].state != TaskState::executing;
    if (!accepted) TARTAN_PROBE("worker: keeps a task that runs");
    if (found != attempts_.end() && accepted) withdraw(found->second);
    actions_->push_back(action::ReportRetracted{attempt, accepted});
  }
}

void State::on(event::Cancel& event) {
  for (AttemptId attempt : event.attempts) {
    auto found = attempts_.find(attempt);
    if (found != attempts_.end() && !tasks_[found->second].cancelled) withdraw(found->second);
  }
}

void State::on(event::Report& event) {
  action::ReportState report;
  report.request = event.request;
  for (const Task& task : tasks_) {
    if (task.state != TaskState::released && !task.cancelled)
      report.attempts.push_back(task.attempt);
  }
  for (const Datum& datum : data_) {
    if (!datum.live || !datum.reported) continue;
    report.held.push_back(datum.key);
    report.nbytes.push_back(datum.nbytes);
  }
  actions_->push_back(std::move(report));
}

void State::on(event::Finished& event) {
  auto found = attempts_.find(event.attempt);
  if (found == attempts_.end() || tasks_[found->second].state != TaskState::executing) return;
  Slot slot = found->second;
  double ns = static_cast<double>(event.duration.count());
  mean_ns_ = mean_ns_ == 0 ? ns : 0.9 * mean_ns_ + 0.1 * ns;
  if (tasks_[slot].cancelled) {
    TARTAN_PROBE("worker: a result nobody wants any more");
    executing_to_released(slot);
  } else {
    executing_to_memory(slot, event);
  }
}

void State::on(event::Failed& event) {
  auto found = attempts_.find(event.attempt);
  if (found == attempts_.end() || tasks_[found->second].state != TaskState::executing) return;
  if (tasks_[found->second].cancelled) {
    executing_to_released(found->second);
  } else {
    executing_to_erred(found->second, std::move(event.failure));
  }
}

void State::on(event::Seceded& event) {
  auto found = attempts_.find(event.attempt);
  if (found == attempts_.end()) return;
  Task& task = tasks_[found->second];
  if (task.state != TaskState::executing || task.seceded) return;
  task.seceded = true;
  digest_.executing = --running_;
  seceded_.insert(event.attempt);
  if (!task.cancelled) actions_->push_back(action::ReportWaiting{event.attempt, true});
}

void State::on(event::Rejoined& event) {
  auto found = attempts_.find(event.attempt);
  if (found == attempts_.end()) return;
  Task& task = tasks_[found->second];
  if (task.state != TaskState::executing || !task.seceded) return;
  task.seceded = false;
  digest_.executing = ++running_;
  seceded_.erase(event.attempt);
  if (!task.cancelled) actions_->push_back(action::ReportWaiting{event.attempt, false});
}

std::vector<AttemptId> State::seceded() const {
  std::vector<AttemptId> wanted;
  for (AttemptId attempt : seceded_) {
    if (!tasks_[attempts_.at(attempt)].cancelled) wanted.push_back(attempt);
  }
  return wanted;
}

void State::on(event::ModuleSettled& event) {
  const auto waited_for = modules_.extract(event.module);
  if (waited_for.empty()) return;
  for (const Waiter& waiter : waited_for.mapped()) {
    Task& task = tasks_[waiter.task];
    if (task.sequence != waiter.sequence || task.state == TaskState::released) continue;
    task.module = {};
    --task.to_wait;
    settle(waiter.task);
  }
}

// ---- arrival and withdrawal -----------------------------------------------------------------

bool State::superseded(const TaskSpec& spec) {
  if (attempts_.contains(spec.attempt)) return true;
  Slot known = find_datum(spec.key);
  if (known == kNone || data_[known].maker == kNone) return false;
  AttemptId other = tasks_[data_[known].maker].attempt;
  if (task_index(other) == task_index(spec.attempt) && other > spec.attempt) {
    TARTAN_PROBE("worker: an older attempt arrives late");
    actions_->push_back(action::Forget{spec.attempt});
    return true;
  }
  TARTAN_PROBE("worker: a newer attempt takes over");
  withdraw(data_[known].maker);
  return false;
}

void State::admit(TaskSpec& spec) {
  if (superseded(spec)) return;
  if (holds(spec.key)) {
    TARTAN_PROBE("worker: the result is here already");
    Slot here = find_datum(spec.key);
    report_held(here, true);
    actions_->push_back(action::Forget{spec.attempt});
    actions_->push_back(
        action::ReportFinished{spec.attempt, spec.key, data_[here].nbytes, Duration::zero()});
    return;
  }
  Slot slot = static_cast<Slot>(tasks_.size());
  if (free_tasks_.empty()) {
    tasks_.emplace_back();
  } else {
    slot = free_tasks_.back();
    free_tasks_.pop_back();
  }
  Slot output = datum(spec.key);
  Task& task = tasks_[slot];
  task.attempt = spec.attempt;
  task.priority = spec.priority;
  task.sequence = ++sequence_;
  task.resources = std::move(spec.resources);
  task.timeout = spec.timeout;
  task.output = output;
  attempts_.emplace(spec.attempt, slot);
  count_attempt(spec.attempt, true);
  data_[output].maker = slot;
  Place place = data_[output].place;
  if (place == Place::nowhere || place == Place::missing) set_place(output, Place::expected);
  add_inputs(slot, spec);
  if (spec.module) {
    task.module = spec.module;
    ++task.to_wait;
    modules_[spec.module].push_back({slot, task.sequence});
  }
  if (task.to_wait > 0) {
    released_to_waiting(slot);
  } else if (task.to_fetch > 0) {
    released_to_fetching(slot);
  } else {
    released_to_ready(slot);
  }
}

void State::add_inputs(Slot slot, const TaskSpec& spec) {
  Task& task = tasks_[slot];
  task.inputs.reserve(spec.dependencies.size());
  for (const Dependency& dependency : spec.dependencies) {
    if (dependency.inlined) continue;
    Slot input = datum(dependency.key);
    ++data_[input].needed;
    task.inputs.push_back(input);
    seek(input, dependency.holder, dependency.nbytes, spec.priority);
    Datum& data = data_[input];
    if (data.place == Place::memory) continue;
    data.waiters.push_back({slot, task.sequence});
    bool fetched = data.place == Place::queued || data.place == Place::in_flight;
    ++(fetched ? task.to_fetch : task.to_wait);
  }
}

void State::withdraw(Slot slot) {
  Task& task = tasks_[slot];
  count_attempt(task.attempt, false);
  Slot output = task.output;
  task.output = kNone;
  if (task.state == TaskState::executing) {
    task.cancelled = true;
    actions_->push_back(action::Abandon{task.attempt});
  } else {
    actions_->push_back(action::Forget{task.attempt});
    unstarted_to_released(slot);
  }
  if (data_[output].maker != slot) return;
  data_[output].maker = kNone;
  if (data_[output].place == Place::expected) lose(output);
  forget_if_unused(output);
}

// ---- transitions ----------------------------------------------------------------------------

void State::enter(Slot slot, TaskState from, TaskState to) {
  Task& task = tasks_[slot];
  if (task.state != from) {
    logging::write(logging::Level::error, "worker state",
                   fmt::format("attempt {:x} is {} and cannot go from {} to {} (stimulus {})\n{}",
                               task.attempt, name(task.state), name(from), name(to), stimulus_,
                               story(task.attempt)));
    TARTAN_ASSERT(task.state == from, "illegal transition of a worker task; its story is above");
  }
  task.state = to;
  Transition step{task.attempt, stimulus_, from, to};
  if (story_.size() < kStoryLength) {
    story_.push_back(step);
  } else {
    story_[story_next_] = step;
    story_next_ = (story_next_ + 1) % kStoryLength;
  }
}

void State::released_to_waiting(Slot slot) { enter(slot, TaskState::released, TaskState::waiting); }
void State::released_to_fetching(Slot slot) {
  enter(slot, TaskState::released, TaskState::fetching);
}
void State::released_to_ready(Slot slot) {
  enter(slot, TaskState::released, TaskState::ready);
  make_ready(slot);
}
void State::waiting_to_fetching(Slot slot) { enter(slot, TaskState::waiting, TaskState::fetching); }
void State::waiting_to_ready(Slot slot) {
  enter(slot, TaskState::waiting, TaskState::ready);
  make_ready(slot);
}
void State::fetching_to_waiting(Slot slot) { enter(slot, TaskState::fetching, TaskState::waiting); }
void State::fetching_to_ready(Slot slot) {
  enter(slot, TaskState::fetching, TaskState::ready);
  make_ready(slot);
}

void State::ready_to_executing(Slot slot) {
  enter(slot, TaskState::ready, TaskState::executing);
  Task& task = tasks_[slot];
  if (task.resources) {
    ready_resources_.erase({task.priority, task.sequence, slot});
    take_resources(task, 1);
  }
  ++running_;
  digest_.executing = running_;
  if (task.timeout > Duration::zero()) {
    task.expires = now_ + task.timeout;
    expiries_.emplace(task.expires, task.attempt);
  }
  actions_->push_back(action::Start{task.attempt});
  // From here on the execution itself holds its inputs.
  for (Slot input : task.inputs) unneed(input);
  task.inputs.clear();
}

void State::executing_to_memory(Slot slot, const event::Finished& finished) {
  enter(slot, TaskState::executing, TaskState::memory);
  leave_thread(slot);
  count_attempt(finished.attempt, false);
  Slot output = tasks_[slot].output;
  data_[output].maker = kNone;
  actions_->push_back(action::Keep{data_[output].key});
  actions_->push_back(action::ReportFinished{finished.attempt, data_[output].key, finished.nbytes,
                                             finished.duration});
  now_in_memory(output, finished.nbytes);
  drop_task(slot);
}

void State::executing_to_erred(Slot slot, Failure failure) {
  enter(slot, TaskState::executing, TaskState::erred);
  leave_thread(slot);
  AttemptId attempt = tasks_[slot].attempt;
  count_attempt(attempt, false);
  Slot output = tasks_[slot].output;
  data_[output].maker = kNone;
  if (data_[output].place == Place::expected) lose(output);
  forget_if_unused(output);
  drop_task(slot);
  actions_->push_back(action::ReportFailed{attempt, std::move(failure)});
}

void State::executing_to_released(Slot slot) {
  enter(slot, TaskState::executing, TaskState::released);
  leave_thread(slot);
  drop_task(slot);
}

void State::unstarted_to_released(Slot slot) {
  Task& task = tasks_[slot];
  TARTAN_ASSERT(task.state == TaskState::waiting || task.state == TaskState::fetching ||
                    task.state == TaskState::ready,
                "only an unstarted task can be dropped");
  if (task.state == TaskState::ready && task.resources) {
    ready_resources_.erase({task.priority, task.sequence, slot});
  }
  enter(slot, task.state, TaskState::released);
  std::vector<Slot> inputs = std::move(task.inputs);
  drop_task(slot);
  for (Slot input : inputs) unneed(input);
}

}  // namespace tartan::worker

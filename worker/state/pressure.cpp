// What follows from too little memory: tasks that do not start, and values that do not come back.

#include <algorithm>
#include <worker/state/state.hpp>

namespace tartan::worker {

void State::on(event::Pause& event) { pause_limit_ = event.one_by_one ? 1 : 0; }

void State::on(event::Resume&) { pause_limit_.reset(); }

void State::on(event::Lost& event) {
  for (Key key : event.keys) {
    Slot slot = find_datum(key);
    if (slot == kNone || data_[slot].place != Place::memory) continue;
    actions_->push_back(action::ReportDropped{key});
    give_back_dependents(slot);
    // The last of them may have let it go already.
    slot = find_datum(key);
    if (slot == kNone || data_[slot].place != Place::memory) continue;
    actions_->push_back(action::Drop{key});
    report_held(slot, false);
    lose(slot);
  }
}

/// Whoever gives the tasks out anew knows where the value will be by then.
void State::give_back_dependents(Slot datum) {
  std::vector<Slot> dependents;
  for (Slot slot = 0; slot < tasks_.size(); ++slot) {
    const std::vector<Slot>& inputs = tasks_[slot].inputs;
    if (std::find(inputs.begin(), inputs.end(), datum) != inputs.end()) dependents.push_back(slot);
  }
  for (Slot slot : dependents) {
    actions_->push_back(action::ReportRetracted{tasks_[slot].attempt, true});
    withdraw(slot);
  }
}

void State::on(event::Unstarted& event) {
  auto found = attempts_.find(event.attempt);
  if (found == attempts_.end() || tasks_[found->second].state != TaskState::executing) return;
  Slot slot = found->second;
  if (!tasks_[slot].cancelled) {
    actions_->push_back(action::ReportRetracted{event.attempt, true});
    withdraw(slot);
  }
  executing_to_released(slot);
}

}  // namespace tartan::worker

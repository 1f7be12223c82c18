#include <algorithm>
#include <scheduler/server/modules.hpp>
#include <scheduler/server/session.hpp>
#include <scheduler/server/signatures.hpp>
#include <utility>

namespace tartan::scheduler {

namespace {

// Far below the transport's limit for one frame; a long turn makes several.
constexpr std::size_t kEnvelopeBytes = std::size_t{4} << 20;
constexpr std::size_t kRecordTasks = 8192;
constexpr std::size_t kRecordBytes = std::size_t{1} << 20;

bool all_zero(const std::vector<std::uint64_t>& column) {
  return std::all_of(column.begin(), column.end(), [](std::uint64_t v) { return v == 0; });
}

/// Columns that say nothing stay at home.
void slim(wire::ComputeTasks& record) {
  for (auto* column :
       {&record.output_bytes, &record.scratch_bytes, &record.dep_nbytes, &record.timeouts_ns}) {
    if (all_zero(*column)) column->clear();
  }
  const auto none = [](std::uint32_t v) { return v == 0; };
  if (std::all_of(record.resources.begin(), record.resources.end(), none)) {
    record.resources.clear();
  }
  if (record.inline_values.bytes.empty()) record.inline_values = {};
}

}  // namespace

void Session::close() {
  if (!open_) return;
  open_ = false;
  if (!new_functions_.numbers.empty()) {
    writer_.add(wire::Message(std::exchange(new_functions_, {})));
  }
  if (!new_peers_.workers.empty()) writer_.add(wire::Message(std::exchange(new_peers_, {})));
  if (auto* tasks = std::get_if<wire::ComputeTasks>(&record_)) slim(*tasks);
  if (auto* ready = std::get_if<wire::KeysReady>(&record_)) ready->news = ++news_;
  if (auto* failed = std::get_if<wire::KeysFailed>(&record_)) {
    failed->news = ++news_;
    failed->submission = last_submission();
  }
  writer_.add(record_);
  record_ = wire::Beat{};  // its columns may be large
  resource_sets_.clear();
  cut_when_long();
}

void Session::cut_when_long() {
  if (writer_.size() >= kEnvelopeBytes) envelopes_.push_back({writer_.take(), {}, {}});
}

std::vector<net::Envelope> Session::take() {
  close();
  if (!writer_.empty()) envelopes_.push_back({writer_.take(), {}, {}});
  dirty = false;
  return std::exchange(envelopes_, {});
}

void Session::reset_knowledge() {
  take();
  introduce_again();
}

/// Functions and peers are named anew with the next record that needs them.
void Session::introduce_again() {
  close();
  functions_.clear();
  peers_.clear();
}

std::uint64_t Session::settle_news() {
  close();
  return news_before = news_;
}

void Session::introduce_function(const State& state, std::uint32_t number) {
  if (number >= functions_.size()) functions_.resize(number + std::size_t{1});
  if (functions_[number]) return;
  functions_[number] = true;
  new_functions_.numbers.push_back(number);
  const FunctionRef& function = state.function(number);
  new_functions_.functions.push_back(function);
  new_functions_.travels.push_back(modules_.travels(function.module) ? 1 : 0);
  new_functions_.signatures.push_back(signatures_.text(function.signature));
}

void Session::introduce_peer(const State& state, WorkerId id) {
  if (id >= peers_.size()) peers_.resize(id + std::size_t{1});
  if (peers_[id]) return;
  const Worker* other = state.worker(id);
  if (other == nullptr) return;
  peers_[id] = true;
  new_peers_.workers.push_back(id);
  new_peers_.addresses.push_back(other->address);
}

std::uint32_t Session::resource_set(const Graph& graph, const Task& task,
                                    wire::ComputeTasks& record) {
  if (task.restriction == 0) return 0;
  const auto& needs = graph.options[graph.option[task.row]].resources;
  if (needs.empty()) return 0;
  for (const auto& [restriction, set] : resource_sets_) {
    if (restriction == task.restriction) return set;
  }
  record.resource_sets.push_back(needs);
  const auto set = static_cast<std::uint32_t>(record.resource_sets.size());
  resource_sets_.emplace_back(task.restriction, set);
  return set;
}

void Session::assign(const State& state, const Assign& action) {
  auto* record = &open<wire::ComputeTasks>();
  if (record->size() >= kRecordTasks ||
      record->arguments.bytes.size() + record->inline_values.bytes.size() >= kRecordBytes) {
    close();
    record = &open<wire::ComputeTasks>();
  }
  const Task& task = state.task(action.task);
  const Block& block = state.block(action.task);
  const Graph& graph = block.graph;
  const std::uint32_t function = block.functions[graph.function[task.row]];
  introduce_function(state, function);
  record->attempts.push_back(action.attempt);
  record->keys.push_back(task.key);
  record->functions.push_back(function);
  record->priorities.push_back(task.priority);
  record->output_bytes.push_back(graph.output_bytes[task.row]);
  record->scratch_bytes.push_back(graph.scratch_bytes[task.row]);
  record->timeouts_ns.push_back(graph.options[graph.option[task.row]].timeout_ns);
  record->resources.push_back(resource_set(graph, task, *record));
  record->arguments.push_back(graph.arguments(task.row));
  if (record->dep_offsets.empty()) record->dep_offsets.push_back(0);
  if (task.dep_count > 0) add_dependencies(state, action, *record);
  record->dep_offsets.push_back(static_cast<std::uint32_t>(record->deps.size()));
}

void Session::add_dependencies(const State& state, const Assign& action,
                               wire::ComputeTasks& record) {
  state.sources(action.task, action.worker, sources_);
  for (const State::Source& source : sources_) {
    record.deps.push_back(source.key);
    record.dep_nbytes.push_back(source.nbytes);
    record.holders.push_back(source.holder);
    record.inline_values.push_back(source.inline_value);
    if (source.holder != kNoWorker) introduce_peer(state, source.holder);
  }
}

void Session::tell_holder(const State& state, const TellHolder& action) {
  auto& record = open<wire::UpdateHolders>();
  record.keys.push_back(action.key);
  record.holders.push_back(action.holder);
  if (action.holder != kNoWorker) introduce_peer(state, action.holder);
}

void Session::acquire(const State& state, const Acquire& action) {
  auto& record = open<wire::AcquireKeys>();
  const Task& task = state.task(action.task);
  record.keys.push_back(task.key);
  record.nbytes.push_back(task.nbytes);
  record.holders.push_back(action.holder);
  if (action.holder != kNoWorker) introduce_peer(state, action.holder);
}

void Session::ready(const State& state, TaskIndex task) {
  auto* record = &open<wire::KeysReady>();
  if (record->inline_values.bytes.size() >= kRecordBytes) {
    close();
    record = &open<wire::KeysReady>();
  }
  record->keys.push_back(state.task(task).key);
  record->nbytes.push_back(state.task(task).nbytes);
  record->inline_values.push_back(state.inline_value(task));
}

}  // namespace tartan::scheduler

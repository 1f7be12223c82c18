// The state machine against a crowd of workers and clients that do everything at the wrong time:
// messages are lost, repeated and late, workers die. validate() runs after every event; when the
// faults stop, everything must come to an end and be forgotten.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <scheduler/state/state.hpp>
#include <set>
#include <tartan/base/random.hpp>

namespace {

using namespace tartan;
using namespace tartan::scheduler;

/// What a worker has; the test's own idea of the truth.
struct FakeWorker {
  std::vector<AttemptId> attempts;
  std::set<Key> held;
};

class Crowd {
 public:
  explicit Crowd(std::uint64_t seed) : random_(seed), state_(config()) {
    for (ClientId client = 1; client <= 3; ++client) handle(ClientJoined{0, client, "c"});
    for (int i = 0; i < 3; ++i) join();
  }

  void step() {
    now_ += std::chrono::milliseconds(random_.below(50));
    switch (random_.below(17)) {
      case 0:
        return submit();
      case 1:
        return keys_event();
      case 2:
        return loss_of_a_worker();
      case 3:
        return scattered();
      case 4:
        return heartbeats();
      case 5:
        return handle(Tick{});
      case 6:
        return missing();
      case 7:
        return repeat();
      case 8:
        return operate();
      default:
        return progress();
    }
  }

  /// Faults stop: whatever is wanted gets done, and then nothing is left.
  void finish() {
    faults_ = false;
    // One that may run anything.
    WorkerJoined event;
    event.worker = next_worker_++;
    event.name = "w1";
    event.resources["gpu"] = 1;
    workers_[event.worker];
    handle(std::move(event));
    settle();
    REQUIRE(state_.active() == 0);
    REQUIRE(asked_.empty());
    for (ClientId client = 1; client <= 3; ++client) handle(ClientLeft{0, client});
    settle();
    REQUIRE(state_.active() == 0);
    REQUIRE(state_.inline_bytes() == 0);
    for (std::size_t i = 0; i < state_.slots(); ++i) {
      REQUIRE(state_.task(static_cast<TaskIndex>(i)).state == TaskState::forgotten);
    }
    for (const auto& [id, worker] : workers_) REQUIRE(worker.held.empty());
  }

 private:
  static StateConfig config() {
    StateConfig config;
    config.validate = true;
    config.grace = std::chrono::milliseconds(500);
    return config;
  }

  void settle() {
    for (int round = 0; round < 200; ++round) {
      now_ += std::chrono::milliseconds(500);
      for (int i = 0; i < 30; ++i) progress();
      heartbeats();
      handle(Tick{});
    }
  }

  bool lost() { return faults_ && random_.chance(0.05); }

  void handle(Event event) {
    if (random_.chance(0.2)) history_.push_back(event);
    // Copied: answering an action hands in the next event.
    const Actions actions = state_.handle(std::move(event), now_);
    for (const Action& action : actions) std::visit([this](const auto& a) { on(a); }, action);
    while (!reports_.empty()) {
      const auto [id, request] = reports_.back();
      reports_.pop_back();
      if (!workers_.contains(id) || lost()) continue;
      const FakeWorker& worker = workers_[id];
      Reported report{0, id, {}};
      report.report.request = request;
      report.report.attempts = worker.attempts;
      report.report.held.assign(worker.held.begin(), worker.held.end());
      report.report.nbytes.assign(worker.held.size(), 100000);
      handle(std::move(report));
    }
    while (!dismissed_.empty()) {
      const Dismiss dismiss = dismissed_.back();
      dismissed_.pop_back();
      leave(dismiss);
    }
  }

  void on(const Assign& a) {
    if (!workers_.contains(a.worker) || lost()) return;
    workers_[a.worker].attempts.push_back(a.attempt);
    keys_[a.attempt] = state_.task(a.task).key;
  }
  void on(const Retract& a) { retracts_.push_back(a); }
  void on(const CancelAttempt& a) {
    if (workers_.contains(a.worker) && !lost()) std::erase(workers_[a.worker].attempts, a.attempt);
  }
  void on(const FreeData& a) {
    if (!workers_.contains(a.worker) || lost()) return;
    workers_[a.worker].held.erase(a.key);
    std::erase(acquires_, std::pair(a.worker, a.key));
  }
  void on(const Acquire& a) {
    if (workers_.contains(a.worker) && !lost()) {
      acquires_.emplace_back(a.worker, state_.task(a.task).key);
    }
  }
  void on(const Dismiss& a) {
    if (!lost()) dismissed_.push_back(a);
  }
  void on(const Answer& a) { asked_.erase(a.answer.request); }
  void on(const AskReport& a) { reports_.push_back(a); }
  void on(const TellHolder&) {}
  void on(const KeyReady&) {}
  void on(const KeyFailed&) {}

  void join(WorkerId replaces = kNoWorker) {
    WorkerJoined event;
    event.replaces = replaces;
    event.nanny = random_.chance(0.5);
    event.worker = next_worker_++;
    event.name = "w" + std::to_string(event.worker % 4);
    event.nthreads = 1 + static_cast<std::uint32_t>(random_.below(3));
    if (random_.chance(0.5)) event.resources["gpu"] = 2;
    workers_[event.worker];
    handle(std::move(event));
  }
  /// A worker that may go does, unless it has what the scheduler does not know of.
  void leave(const Dismiss& dismiss) {
    const auto found = workers_.find(dismiss.worker);
    if (found == workers_.end()) return;
    std::uint64_t digest = 0;
    for (const Key& key : found->second.held) digest ^= digest_of(key);
    const Worker* known = state_.worker(dismiss.worker);
    const bool agrees = known != nullptr && found->second.attempts.empty() &&
                        known->held == found->second.held.size() && known->held_digest == digest;
    if (!dismiss.restart && !agrees) return;
    workers_.erase(found);
    handle(WorkerLost{0, dismiss.worker, false});
    if (dismiss.restart) join(dismiss.worker);
  }

  void operate() {
    OperationAsked event;
    event.client = any_client();
    wire::Administer& wish = event.wish;
    wish.request = ++operations_;
    wish.id = {8, wish.request};
    wish.what = static_cast<std::uint8_t>(random_.chance(0.05) ? 4 : 1 + random_.below(3));
    wish.timeout_ns = 1'000'000'000 * random_.below(20);
    wish.count = random_.below(4);
    if (wish.what == 1) wish.names = {"w" + std::to_string(random_.below(4))};
    for (auto count = random_.below(6); wish.what == 2 && count > 0; --count) {
      wish.keys.push_back(any_key());
    }
    asked_.insert(wish.request);
    handle(std::move(event));
  }

  /// A value arrives that a worker was told to fetch, if somebody has it.
  void acquire() {
    const auto [id, key] = acquires_.front();
    acquires_.erase(acquires_.begin());
    if (!workers_.contains(id)) return;
    for (const auto& [other, worker] : workers_) {
      if (!worker.held.contains(key)) continue;
      workers_[id].held.insert(key);
      if (!lost()) handle(ReplicasAdded{0, id, {key}, {100000}});
      return;
    }
  }

  WorkerId any_worker() {
    auto it = workers_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(random_.below(workers_.size())));
    return it->first;
  }
  Key any_key() { return Key{7, random_.below(60)}; }
  ClientId any_client() { return 1 + static_cast<ClientId>(random_.below(3)); }

  void submit() {
    GraphSubmitted event;
    event.client = any_client();
    Graph& graph = event.graph;
    graph.functions.push_back(FunctionRef{Key{1, 1}, "f", 1, false});
    graph.groups = {"g", "h"};
    graph.options.resize(4);
    graph.options[1].retries = 2;
    graph.options[2].workers = {"w1", "w2"};
    graph.options[3].resources["gpu"] = 1;
    // Distinct keys in ascending order, each depending on smaller ones: never a cycle, also
    // between graphs.
    const std::uint64_t first = random_.below(40);
    const auto size = static_cast<std::uint32_t>(1 + random_.below(20));
    graph.dep_offsets = {0};
    graph.arg_offsets.assign(size + 1, 0);
    for (std::uint32_t i = 0; i < size; ++i) {
      graph.keys.push_back(Key{7, first + i});
      graph.function.push_back(0);
      graph.group.push_back(static_cast<std::uint32_t>(random_.below(2)));
      graph.group_index.push_back(i);
      graph.option.push_back(static_cast<std::uint32_t>(random_.below(4)));
      graph.rank.push_back(i);
      graph.output_bytes.push_back(0);
      graph.scratch_bytes.push_back(0);
      for (std::uint32_t d = 0; d < i && d < 3; ++d) {
        if (random_.chance(0.4)) graph.deps.push_back(i - 1 - d);
      }
      if (first > 0 && random_.chance(0.1)) {
        graph.external_keys.push_back(Key{7, random_.below(first)});
        graph.deps.push_back(size + static_cast<std::uint32_t>(graph.external_keys.size()) - 1);
      }
      graph.dep_offsets.push_back(static_cast<std::uint32_t>(graph.deps.size()));
      if (random_.chance(0.3)) graph.wanted.push_back(i);
    }
    handle(std::move(event));
  }

  void keys_event() {
    std::vector<Key> keys;
    for (std::uint64_t n = 1 + random_.below(6); n > 0; --n) keys.push_back(any_key());
    switch (random_.below(6)) {
      case 0:
        return handle(KeysHeld{0, any_client(), keys});
      case 1:
        return handle(KeysCancelled{0, any_client(), keys});
      default:
        return handle(KeysReleased{0, any_client(), keys});
    }
  }

  void loss_of_a_worker() {
    if (!workers_.empty() && random_.chance(0.4)) {
      const WorkerId id = any_worker();
      workers_.erase(id);
      handle(WorkerLost{0, id, random_.chance(0.5)});
    }
    if (workers_.size() < 4) join();
  }

  void scattered() {
    if (workers_.empty()) return;
    const WorkerId id = any_worker();
    const Key key = any_key();
    if (random_.chance(0.5)) {
      workers_[id].held.insert(key);
      if (!lost()) handle(ReplicasAdded{0, id, {key}, {100000}});
    } else if (workers_[id].held.erase(key) > 0 && !lost()) {
      handle(ReplicasDropped{0, id, {key}});
    }
  }

  void missing() {
    if (workers_.empty()) return;
    const WorkerId id = any_worker();
    if (random_.chance(0.5)) {
      handle(ReplicasMissing{0, id, {any_key()}, {any_worker()}});
    } else {
      handle(FetchFailed{0, any_client(), {any_key()}, {any_worker()}});
    }
  }

  void repeat() {
    if (history_.empty() || !faults_) return;
    Event event = history_[random_.below(history_.size())];
    // Peers do not join twice, and a graph is submitted once: the node sees to that.
    if (std::holds_alternative<WorkerJoined>(event) || std::holds_alternative<ClientLeft>(event)) {
      return;
    }
    handle(std::move(event));
  }

  void heartbeats() {
    const auto copy = workers_;
    for (const auto& [id, worker] : copy) {
      Heartbeat event{0, id, {}};
      for (const AttemptId attempt : worker.attempts) {
        ++event.digest.attempts;
        event.digest.attempts_digest ^= digest_of(Key{0, attempt});
      }
      for (const Key& key : worker.held) {
        ++event.digest.held;
        event.digest.held_digest ^= digest_of(key);
      }
      handle(std::move(event));
    }
  }

  void progress() {
    if (!retracts_.empty() && random_.chance(0.5)) return answer_retract();
    if (!acquires_.empty() && random_.chance(0.3)) return acquire();
    if (workers_.empty()) return;
    const WorkerId id = any_worker();
    FakeWorker& worker = workers_[id];
    if (worker.attempts.empty()) return;
    if (faults_ && random_.chance(0.1)) {
      const AttemptId attempt = worker.attempts[random_.below(worker.attempts.size())];
      std::erase(worker.attempts, attempt);
      if (!lost()) handle(Failed{0, id, attempt, {}});
      return;
    }
    Finished event{0, id, {}};
    const std::size_t count = 1 + random_.below(worker.attempts.size());
    for (std::size_t i = 0; i < count; ++i) {
      const AttemptId attempt = worker.attempts.front();
      worker.attempts.erase(worker.attempts.begin());
      worker.held.insert(keys_[attempt]);
      event.tasks.attempts.push_back(attempt);
      const bool small = random_.chance(0.3);
      event.tasks.nbytes.push_back(small ? 8 : 100000);
      event.tasks.duration_ns.push_back(random_.chance(0.5) ? 1000 : 20000000);
      const std::byte value[8] = {};
      event.tasks.inline_values.push_back(small ? std::span<const std::byte>(value)
                                                : std::span<const std::byte>());
    }
    if (!lost()) handle(std::move(event));
  }

  void answer_retract() {
    const Retract retract = retracts_.back();
    retracts_.pop_back();
    if (!workers_.contains(retract.worker)) return;
    auto& attempts = workers_[retract.worker].attempts;
    const bool here =
        std::find(attempts.begin(), attempts.end(), retract.attempt) != attempts.end();
    const bool accepted = !here || random_.chance(0.5);
    if (accepted) std::erase(attempts, retract.attempt);
    RetractAnswered event{0, retract.worker, {}};
    event.answer.attempts.push_back(retract.attempt);
    event.answer.accepted.push_back(accepted ? 1 : 0);
    if (!lost()) handle(std::move(event));
  }

  Random random_;
  State state_;
  Time now_{};
  bool faults_ = true;
  WorkerId next_worker_ = 0;
  std::map<WorkerId, FakeWorker> workers_;
  std::map<AttemptId, Key> keys_;
  std::vector<Retract> retracts_;
  std::vector<AskReport> reports_;
  std::vector<std::pair<WorkerId, Key>> acquires_;
  std::vector<Dismiss> dismissed_;
  std::set<std::uint64_t> asked_;  ///< operations not answered yet
  std::uint64_t operations_ = 0;
  std::vector<Event> history_;
};

}  // namespace

TEST_CASE("whatever is lost, repeated or late, the invariants hold and all work ends") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    Crowd crowd(seed);
    for (int i = 0; i < 400; ++i) crowd.step();
    crowd.finish();
  }
}

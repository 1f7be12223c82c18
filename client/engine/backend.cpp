#include <algorithm>
#include <client/engine/backend.hpp>
#include <client/engine/task_wait.hpp>
#include <map>
#include <set>

namespace tartan::client {

// ---- Completions --------------------------------------------------------------------------

void Completions::complete(std::size_t number) {
  std::lock_guard lock(mutex_);
  done_.push_back(number);
  if (!waiting_for_all_ || done_.size() == expected_) changed_.notify_all();
}

void Completions::expect(std::size_t count) {
  std::lock_guard lock(mutex_);
  expected_ += count;
}

bool Completions::wait_all(std::optional<std::chrono::steady_clock::time_point> deadline) {
  std::unique_lock lock(mutex_);
  const auto over = [&] { return done_.size() >= expected_ || interrupted_; };
  waiting_for_all_ = true;
  if (!deadline) {
    changed_.wait(lock, over);
  } else {
    changed_.wait_until(lock, *deadline, over);
  }
  waiting_for_all_ = false;
  return done_.size() >= expected_;
}

bool Completions::all() const {
  std::lock_guard lock(mutex_);
  return done_.size() >= expected_;
}

bool Completions::any() const {
  std::lock_guard lock(mutex_);
  return has_next();
}

void Completions::interrupt() {
  std::lock_guard lock(mutex_);
  interrupted_ = true;
  changed_.notify_all();
}

std::optional<std::size_t> Completions::next(
    std::optional<std::chrono::steady_clock::time_point> deadline) {
  std::unique_lock lock(mutex_);
  const auto more = [&] { return has_next() || interrupted_; };
  if (!deadline) {
    changed_.wait(lock, more);
  } else {
    changed_.wait_until(lock, *deadline, more);
  }
  if (taken_ == done_.size()) return std::nullopt;
  return done_[taken_++];
}

// ---- FutureState --------------------------------------------------------------------------

FutureState::~FutureState() { backend->forget(*this); }

// ---- Backend ------------------------------------------------------------------------------

void Backend::forget(const FutureState& state) {
  {
    std::lock_guard lock(mutex_);
    const auto found = states_.find(state.key);
    if (found != states_.end() && found->second == &state) states_.erase(found);
  }
  release(state.key);
}

std::shared_ptr<FutureState> Backend::find(Key key) {
  std::lock_guard lock(mutex_);
  const auto found = states_.find(key);
  return found == states_.end() ? nullptr : found->second->weak_from_this().lock();
}

std::shared_ptr<FutureState> Backend::state_for(Key key, bool& fresh) {
  std::shared_ptr<FutureState> old = find(key);
  // A cancelled task may be asked for again; every other outcome is shared.
  if (old && old->phase.load(std::memory_order_acquire) == Phase::failed &&
      old->failure->code == Errc::cancelled) {
    old = nullptr;
  }
  fresh = old == nullptr;
  return old ? old : make_state(key);
}

std::shared_ptr<FutureState> Backend::make_state(Key key) {
  auto made = std::make_shared<FutureState>(key, shared_from_this());
  made->heard = runs_inline();
  std::lock_guard lock(mutex_);
  made->number = ++made_;
  states_[key] = made.get();
  if (ended_) fail(*made, *ended_);
  return made;
}

std::vector<AnyFuture> Backend::submit(GraphBuilder&& graph,
                                       std::span<const GraphBuilder::Ref> wanted) {
  std::vector<AnyFuture> futures;
  futures.reserve(wanted.size());
  std::vector<Key> fresh_keys;
  std::unique_lock order(submit_mutex_);
  for (const GraphBuilder::Ref ref : wanted) {
    bool fresh = false;
    const Key key = graph.key(ref);
    futures.emplace_back(state_for(key, fresh));
    if (!fresh) continue;
    graph.want(ref);
    fresh_keys.push_back(key);
  }
  Graph built = graph.build();
  if (built.wanted.size() != fresh_keys.size()) hold_outside(built, fresh_keys);
  if (built.size() != 0) start(std::move(built), order);
  return futures;
}

std::vector<AnyFuture> Backend::futures_of(const std::vector<Key>& keys, std::vector<Key>& fresh) {
  std::vector<AnyFuture> futures;
  futures.reserve(keys.size());
  std::unique_lock order(submit_mutex_);
  for (const Key key : keys) {
    bool is_fresh = false;
    futures.emplace_back(state_for(key, is_fresh));
    if (is_fresh) fresh.push_back(key);
  }
  return futures;
}

void Backend::hold_outside(const Graph& graph, const std::vector<Key>& keys) {
  std::set<Key> inside;
  for (const std::uint32_t task : graph.wanted) inside.insert(graph.keys[task]);
  for (const Key key : keys) {
    if (inside.count(key) == 0) hold(key);
  }
}

AnyFuture Backend::hold_key(Key key) {
  std::unique_lock order(submit_mutex_);
  bool fresh = false;
  AnyFuture future(state_for(key, fresh));
  if (fresh) hold(key);
  return future;
}

std::vector<AnyFuture> Backend::retry(std::span<const AnyFuture> futures) {
  std::vector<AnyFuture> result;
  std::vector<Key> keys;
  std::unique_lock order(submit_mutex_);
  for (const AnyFuture& future : futures) {
    const FutureState& state = *future.state();
    const bool failed = state.phase.load(std::memory_order_acquire) == Phase::failed;
    result.push_back(failed ? AnyFuture(make_state(state.key)) : future);
    if (failed) keys.push_back(state.key);
  }
  if (!keys.empty()) rerun(keys);
  return result;
}

void Backend::on_done(const AnyFuture& future, std::function<void(const AnyFuture&)> callback) {
  FutureState& state = *future.state();
  {
    std::lock_guard lock(mutex_);
    if (!state.reached(Moment::done)) {
      // The state holds itself by its callbacks, until it is done.
      state.callbacks.emplace_back([kept = future, callback = std::move(callback)](
                                       const AnyFuture& done) { callback(done); });
      return;
    }
  }
  callbacks_.post([future, callback = std::move(callback)] { callback(future); });
}

std::vector<AnyFuture> Backend::scatter(std::vector<std::pair<Key, Value>> values, bool broadcast) {
  std::vector<AnyFuture> futures;
  futures.reserve(values.size());
  std::vector<std::pair<Key, Value>> to_put;
  std::vector<Key> held_already;
  std::unique_lock order(submit_mutex_);
  for (auto& [key, value] : values) {
    bool fresh = false;
    futures.emplace_back(state_for(key, fresh));
    if (!fresh && !broadcast) continue;
    if (!fresh) held_already.push_back(key);
    to_put.emplace_back(key, std::move(value));
  }
  if (!to_put.empty()) put(std::move(to_put), broadcast, order);
  for (const Key key : held_already) release(key);
  return futures;
}

void Backend::move_on(FutureState& state, Phase phase) {
  state.phase.store(phase, std::memory_order_release);
  const auto over = [&](const Watch& watch) {
    if (!state.reached(watch.moment)) return false;
    if (const auto completions = watch.completions.lock()) completions->complete(watch.number);
    return true;
  };
  state.watches.erase(std::remove_if(state.watches.begin(), state.watches.end(), over),
                      state.watches.end());
  for (auto& callback : std::exchange(state.callbacks, {})) {
    state.backend->callbacks_.post([future = AnyFuture(state.shared_from_this()),
                                    callback = std::move(callback)] { callback(future); });
  }
}

void Backend::fail(FutureState& state, const Failure& failure) {
  const Phase now = state.phase.load(std::memory_order_relaxed);
  if (now == Phase::valued || now == Phase::failed) return;
  state.failure = std::make_unique<Failure>(failure);
  move_on(state, Phase::failed);
}

std::vector<Key> Backend::deliver(std::vector<KeyEvent>& events) {
  std::vector<Key> to_fetch;
  std::lock_guard lock(mutex_);
  for (KeyEvent& event : events) {
    const auto found = states_.find(event.key);
    if (found == states_.end()) continue;
    FutureState& state = *found->second;
    const Phase now = state.phase.load(std::memory_order_relaxed);
    if (now == Phase::valued || now == Phase::failed) continue;
    if (event.status == Status::failed) {
      if (state.heard || event.failure.code != Errc::cancelled) fail(state, event.failure);
      continue;
    }
    state.nbytes.store(event.nbytes, std::memory_order_relaxed);
    if (!event.value.empty()) {
      state.value = std::move(event.value);
      move_on(state, Phase::valued);
    } else if (now == Phase::pending) {
      if (state.value_wanted) to_fetch.push_back(state.key);
      move_on(state, Phase::ready);
    }
  }
  return to_fetch;
}

void Backend::hear(std::span<const Key> keys, std::uint64_t made) {
  std::lock_guard lock(mutex_);
  for (const Key key : keys) {
    const auto found = states_.find(key);
    if (found != states_.end() && found->second->number <= made) found->second->heard = true;
  }
}

std::uint64_t Backend::made() {
  std::lock_guard lock(mutex_);
  return made_;
}

void Backend::fail_all(const Failure& failure) {
  std::lock_guard lock(mutex_);
  if (!ended_) ended_ = failure;
  for (const auto& [key, state] : states_) fail(*state, failure);
}

std::optional<Failure> Backend::ended() {
  std::lock_guard lock(mutex_);
  return ended_;
}

void Backend::watch(FutureState& state, const std::shared_ptr<Completions>& completions,
                    std::size_t number, Moment moment) {
  std::lock_guard lock(mutex_);
  if (state.reached(moment)) {
    completions->complete(number);
    return;
  }
  const auto dead = [](const Watch& watch) { return watch.completions.expired(); };
  state.watches.erase(std::remove_if(state.watches.begin(), state.watches.end(), dead),
                      state.watches.end());
  state.watches.push_back({completions, number, moment});
}

void Backend::want_values(std::span<FutureState* const> states) {
  std::vector<Key> keys;
  {
    std::lock_guard lock(mutex_);
    for (FutureState* state : states) {
      if (std::exchange(state->value_wanted, true)) continue;
      if (state->phase.load(std::memory_order_relaxed) == Phase::ready) keys.push_back(state->key);
    }
  }
  if (!keys.empty()) fetch(keys);
}

bool Backend::wait(std::span<const AnyFuture> futures, Moment moment,
                   std::optional<std::chrono::steady_clock::time_point> deadline) {
  TaskWait::check_cancelled();
  std::map<Backend*, std::vector<FutureState*>> unfinished;
  std::size_t count = 0;
  for (const AnyFuture& future : futures) {
    if (!future.valid()) throw ValueError("an empty future is nothing to wait for");
    FutureState& state = *future.state();
    if (state.reached(moment)) continue;
    unfinished[state.backend.get()].push_back(&state);
    ++count;
  }
  if (count == 0) return true;
  const auto completions = std::make_shared<Completions>();
  completions->expect(count);
  for (const auto& [backend, states] : unfinished) {
    if (moment == Moment::valued) backend->want_values(states);
    for (FutureState* state : states) backend->watch(*state, completions, 0, moment);
  }
  if (completions->all()) return true;
  TaskWait wait([&] { completions->interrupt(); });
  const bool done = completions->wait_all(deadline);
  wait.end();
  return done;
}

Key content_key(const Value& value) {
  const Encoded encoded = value.encode();
  Key key = combine(hash_text("scattered"), encoded.type);
  for (const Buffer& frame : encoded.frames) key = combine(key, hash_bytes(frame.bytes()));
  return key;
}

}  // namespace tartan::client

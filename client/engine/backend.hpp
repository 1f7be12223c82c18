#pragma once

// What stands behind a Client: the table of its living futures, and one of two engines that bring
// them to an end (remote.hpp talks to a scheduler, inline.hpp runs tasks on the spot).
//
// Threads: everything public may be called from any thread. Locks are taken in this order:
// submit_mutex_, then mutex_, then a Completions' mutex.
//
// Invariants
// 1. There is at most one FutureState per key in the table, the latest made; a state takes itself
//    out when its last future goes, and then the engine is told that the key is released, once per
//    state.
// 2. A state's phase only moves forward: pending -> ready -> valued, or to failed. What a phase
//    promises (value, failure) was written before it, and never changes afterwards.
// 3. No FutureState is destroyed while mutex_ is held.

#include <atomic>
#include <client/engine/actor_call.hpp>
#include <client/engine/callbacks.hpp>
#include <client/engine/node.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <tartan/client/any_future.hpp>
#include <tartan/graph/graph.hpp>
#include <tsl/robin_map.h>
#include <utility>
#include <vector>

namespace tartan::value {
struct ModuleFile;
}

namespace tartan::client {

class Backend;
class CoordinationCall;

/// Collects the numbers of things that have ended, in order, for one waiting thread.
class Completions {
 public:
  void complete(std::size_t number);
  /// Expects `count` completions more.
  void expect(std::size_t count);
  /// Waits for all that are expected; false when the time was not enough.
  bool wait_all(std::optional<std::chrono::steady_clock::time_point> deadline);
  /// Whether all that are expected have come.
  bool all() const;
  /// Whether next() would return at once.
  bool any() const;
  /// Ends a wait before its time: wait_all() gives false and next() nothing.
  void interrupt();
  /// The next completed number, at most once each.
  std::optional<std::size_t> next(std::optional<std::chrono::steady_clock::time_point> deadline);

 private:
  bool has_next() const { return taken_ < done_.size() || taken_ >= expected_; }

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t expected_ = 0;
  std::vector<std::size_t> done_;
  std::size_t taken_ = 0;
  bool waiting_for_all_ = false;
  bool interrupted_ = false;
};

enum class Phase : std::uint8_t { pending, ready, valued, failed };
/// What a watcher waits for.
enum class Moment : std::uint8_t { done, valued };

struct Watch {
  std::weak_ptr<Completions> completions;
  std::size_t number = 0;
  Moment moment = Moment::done;
};

struct FutureState : std::enable_shared_from_this<FutureState> {
  FutureState(Key k, std::shared_ptr<Backend> b) : key(k), backend(std::move(b)) {}
  ~FutureState();
  FutureState(const FutureState&) = delete;
  FutureState& operator=(const FutureState&) = delete;

  bool reached(Moment moment) const {
    const Phase now = phase.load(std::memory_order_acquire);
    return now == Phase::valued || now == Phase::failed ||
           (now == Phase::ready && moment == Moment::done);
  }

  const Key key;
  const std::shared_ptr<Backend> backend;
  std::atomic<Phase> phase{Phase::pending};
  std::atomic<std::uint64_t> nbytes{0};
  Value value;
  std::unique_ptr<Failure> failure;
  // Guarded by the backend's mutex_.
  bool value_wanted = false;
  bool heard = false;        ///< the engine's thread knows of it; see Backend::hear
  std::uint64_t number = 0;  ///< in the order they were made
  std::vector<Watch> watches;
  std::vector<std::function<void(const AnyFuture&)>> callbacks;
};

class Backend : public std::enable_shared_from_this<Backend> {
 public:
  virtual ~Backend() = default;
  virtual const std::string& address() const = 0;
  /// Whether large arguments are cheap to pass as they are: no scattering then.
  virtual bool runs_inline() const { return false; }

  /// Submits what the wanted refs need; a key with a living future is shared, not made again.
  std::vector<AnyFuture> submit(GraphBuilder&& graph, std::span<const GraphBuilder::Ref> wanted);
  std::vector<AnyFuture> scatter(std::vector<std::pair<Key, Value>> values, bool broadcast);
  virtual void cancel(const std::vector<Key>& keys) = 0;
  virtual void detach(const std::vector<Key>& keys) = 0;
  /// New futures for those that failed; the same for the others.
  std::vector<AnyFuture> retry(std::span<const AnyFuture> futures);
  /// Returns when the callbacks posted so far have run.
  void finish_callbacks() { callbacks_.finish(); }
  /// A future of a key that exists already.
  AnyFuture hold_key(Key key);
  /// Calls call->actor, after the calls before; without a body complete_call follows. Returns the
  /// call's number.
  virtual std::uint64_t call_actor(const std::shared_ptr<ActorCallState>& call,
                                   std::optional<ActorCallBody> body) = 0;
  virtual void complete_call(const std::shared_ptr<ActorCallState>& call, std::uint64_t number,
                             std::variant<ActorCallBody, Failure> body) = 0;
  virtual std::string info(const std::string& topic) = 0;
  /// Asks for an operation on a named thing (client/engine/coordination_call.hpp) and returns the
  /// request's number. Throws when there is no scheduler.
  virtual std::uint64_t coordinate(wire::Coordinate question,
                                   std::shared_ptr<CoordinationCall> call) = 0;
  /// The call has been abandoned.
  virtual void withdraw(std::uint64_t request) = 0;
  /// Runs it on the client's thread for callbacks.
  void post_callback(std::function<void()> callback) { callbacks_.post(std::move(callback)); }
  /// Has the scheduler do it, and returns when that has come to an end. Waits as wait() does.
  virtual wire::Administered administer(wire::Administer wish) = 0;
  /// Returns when the scheduler has the module. Nothing to do where tasks run in this process.
  virtual void upload(const value::ModuleFile&) {}
  /// Why no future of this client can end well any more, if that is so.
  std::optional<Failure> ended();
  /// Calls it on the client's thread for callbacks once the state is done, perhaps at once. The
  /// future lives until then.
  void on_done(const AnyFuture& future, std::function<void(const AnyFuture&)> callback);
  /// Futures that are not fetched yet end with ConnectionError. Idempotent.
  virtual void close() = 0;

  /// Waits until every state has reached the moment; false when the time was not enough. Inside a
  /// task it gives up the thread meanwhile, and throws CancelledError when the task is cancelled.
  static bool wait(std::span<const AnyFuture> futures, Moment moment,
                   std::optional<std::chrono::steady_clock::time_point> deadline);
  /// completions gets the number as soon as the state has reached the moment, perhaps at once.
  void watch(FutureState& state, const std::shared_ptr<Completions>& completions,
             std::size_t number, Moment moment);
  /// Begins to fetch the values of those that have none.
  void want_values(std::span<FutureState* const> states);
  /// The living state of a key; null when there is none.
  std::shared_ptr<FutureState> find(Key key);

 protected:
  /// Hands a graph to the engine; order is the lock that keeps submissions in order, held.
  virtual void start(Graph graph, std::unique_lock<std::mutex>& order) = 0;
  virtual void put(std::vector<std::pair<Key, Value>> values, bool broadcast,
                   std::unique_lock<std::mutex>& order) = 0;
  virtual void hold(Key key) = 0;
  virtual void rerun(const std::vector<Key>& keys) = 0;
  virtual void release(Key key) = 0;
  virtual void fetch(const std::vector<Key>& keys) = 0;

  /// Moves the futures on; returns ready keys whose values are wanted but did not come along.
  std::vector<Key> deliver(std::vector<KeyEvent>& events);
  /// The engine's thread knows what was asked for these keys when the last future was `made`. A
  /// cancellation that it tells of before was of an earlier future of the key, whose successor may
  /// exist already.
  void hear(std::span<const Key> keys, std::uint64_t made);
  /// The number of the last future.
  std::uint64_t made();
  /// Futures of keys that the scheduler has named; the engine is to hold those that are fresh.
  std::vector<AnyFuture> futures_of(const std::vector<Key>& keys, std::vector<Key>& fresh);
  /// Everything unfetched, and all that is yet to come, fails so.
  void fail_all(const Failure& failure);

 private:
  friend struct FutureState;
  void forget(const FutureState& state);
  std::shared_ptr<FutureState> state_for(Key key, bool& fresh);
  /// Holds those of the keys that are not tasks of the graph.
  void hold_outside(const Graph& graph, const std::vector<Key>& keys);
  std::shared_ptr<FutureState> make_state(Key key);
  /// mutex_ is held.
  static void move_on(FutureState& state, Phase phase);
  static void fail(FutureState& state, const Failure& failure);

  Callbacks callbacks_;
  std::mutex submit_mutex_;
  std::mutex mutex_;
  tsl::robin_map<Key, FutureState*> states_;
  std::uint64_t made_ = 0;
  std::optional<Failure> ended_;
};

/// The key a value is scattered under: by content, so that the same value is one dataset.
Key content_key(const Value& value);

}  // namespace tartan::client

#pragma once

// Client: the way into a cluster. It submits tasks and holds on to their results by futures.
//
//   double add(double a, double b) { return a + b; }
//   tartan::Client client;                          // a scheduler and a worker in this process
//   auto three = client.submit<&add>(1.0, 2.0);     // Future<double>, starts now
//   auto four = client.submit<&add>(three, 1.0);    // depends on it
//   four.get();
//
// Any thread may use a Client. Futures may outlive it: what they have not fetched by then ends in
// ConnectionError.
//
// Tasks may submit tasks. Inside a task, Client::current() is a client of the scheduler that the
// task's worker belongs to: one per worker, made at the first use, closed when the worker ends.
//
//   long fib(long n) {
//     if (n < 2) return n;
//     auto& client = tartan::Client::current();
//     auto a = client.submit<&fib>(n - 1);
//     auto b = client.submit<&fib>(n - 2);
//     return a.get() + b.get();
//   }
//
// While a task waits (get, wait, gather, as_completed) another runs on its worker's thread; what it
// submitted comes before the tasks of clients outside, the newest first. It keeps its resources
// (Options::resources), so what it waits for must not need the same ones. Up to 4096 tasks of a
// worker may wait so; the next to wait fails. When a waiting task is cancelled its wait ends in
// CancelledError; when its worker dies, what it submitted is dropped, and it runs again elsewhere.

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <tartan/client/actor.hpp>
#include <tartan/client/call.hpp>
#include <tartan/client/delayed.hpp>
#include <tartan/client/future.hpp>
#include <tartan/client/operations.hpp>
#include <tartan/client/options.hpp>
#include <tartan/client/parcel.hpp>
#include <tartan/client/topic.hpp>
#include <tartan/graph/graph.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tartan {

class Client;
class LocalCluster;

namespace client {
class Backend;
std::shared_ptr<Backend> backend_of(const Client& client);
struct Dependency;
class NestedClients;
}  // namespace client

struct ClientOptions {
  std::string name = {};  ///< for people; empty: the program's name
  /// How long the first connection may take.
  std::chrono::nanoseconds connect_timeout{std::chrono::seconds(10)};
  /// Silence after which the scheduler is taken for gone.
  std::chrono::nanoseconds scheduler_lease{std::chrono::seconds(10)};
};

struct WorkerInfo {
  std::uint32_t id = 0;
  std::string name;
  std::string data_address;
  std::string host;
  std::uint32_t nthreads = 0;
  std::uint64_t memory_limit = 0;  ///< bytes; 0: unlimited
};

struct SchedulerInfo {
  std::string address;
  std::vector<WorkerInfo> workers;
  std::uint32_t nthreads() const;  ///< of all workers
};

class Client {
 public:
  /// An embedded cluster: a scheduler and one worker with a thread per core, in this process.
  Client();
  /// A cluster elsewhere: "tcp://host:8786". Throws ConnectionError when nobody answers there.
  explicit Client(const std::string& address, const ClientOptions& options = {});
  explicit Client(const LocalCluster& cluster, const ClientOptions& options = {});
  /// Runs every task on the thread that submits it, before submit returns. For debugging.
  static Client inline_executor();
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// The client made last of those living in this process; inside a task a client of the same
  /// cluster (an inline executor inside tasks of one, and in an InlineScope); the embedded cluster,
  /// started now, when there is none.
  static Client& current();

  /// Says goodbye. Futures not fetched yet end in ConnectionError; callbacks have run when it
  /// returns. Idempotent.
  void close();
  /// What it is connected to; "inline" for the inline executor.
  const std::string& address() const;

  // ---- typed ------------------------------------------------------------------------------

  /// Starts F(args...); tartan::Options may come first. Arguments: see call.hpp.
  template <auto F, class... Args>
  Future<client::ResultOf<F>> submit(Args&&... args) {
    return Future<client::ResultOf<F>>(submit(client::call_of<F>(std::forward<Args>(args)...)));
  }
  /// The same for a captureless lambda or another callable without state.
  template <class F, class... Args>
  requires client::Stateless<std::remove_cvref_t<F>>
  auto submit(F&&, Args&&... args) {
    return submit<std::remove_cvref_t<F>{}>(std::forward<Args>(args)...);
  }

  /// Makes a T(args...) that lives on a worker and keeps its state between calls (see actor.hpp);
  /// Options may come first: its workers and resources say where, resources being held while it is
  /// constructed. Arguments are as for submit. Returns at once; every call makes another actor,
  /// unless Options::key names one that lives already.
  template <class T, class... Args>
  Actor<T> actor(Args&&... args) {
    return Actor<T>(submit(client::actor_call<T>(std::forward<Args>(args)...)));
  }

  /// One task per element: vectors (of values or futures) whose elements fit the parameter are
  /// walked in step, and must be equally long; every other argument goes to all tasks. Options may
  /// come first. One message for all of them.
  template <auto F, class... Columns>
  std::vector<Future<client::ResultOf<F>>> map(const Columns&... columns);

  /// The results, in order. Waits; throws what the first failed one would.
  template <class T>
  std::vector<T> gather(const std::vector<Future<T>>& futures);

  /// Brings one value to a worker (every worker with broadcast) so that tasks can use it there.
  /// A std::vector<X> is one value too: see scatter_each.
  template <class T>
  requires(!std::is_same_v<T, Value> &&
           !std::is_same_v<T, std::vector<Value>>) Future<T> scatter(T value,
                                                                     bool broadcast = false) {
    return Future<T>(scatter(Value::of<T>(std::move(value)), broadcast));
  }
  /// Brings every element of the vector to some worker, a future for each.
  template <class T>
  std::vector<Future<T>> scatter_each(std::vector<T> values, bool broadcast = false);

  /// Submits delayed values as one graph and returns the results as a tuple.
  template <class... T>
  std::tuple<T...> compute(const Delayed<T>&... values);
  template <class T>
  std::vector<T> compute(const std::vector<Delayed<T>>& values) {
    return gather(persist(values));
  }
  template <class T>
  std::vector<Future<T>> persist(const std::vector<Delayed<T>>& values);

  /// Drops the tasks that have not finished; their futures, and what depends on them, end in
  /// CancelledError. A task that runs already finds TaskContext::is_cancelled() set, its next wait
  /// inside ends in CancelledError, and what it returns is thrown away.
  template <class T>
  void cancel(const std::vector<Future<T>>& futures) {
    cancel(std::span<const AnyFuture>(client::untyped(futures)));
  }
  void cancel(const AnyFuture& future) { cancel(std::span<const AnyFuture>(&future, 1)); }
  void cancel(std::span<const AnyFuture> futures);

  /// Runs failed tasks anew, with the failed ones they depend on. Futures that failed keep their
  /// failure: the new ones returned in their places bring the new outcome. Others are returned as
  /// they are.
  template <class T>
  std::vector<Future<T>> retry(const std::vector<Future<T>>& futures) {
    return client::typed<T>(retry(std::span<const AnyFuture>(client::untyped(futures))));
  }
  template <class T>
  Future<T> retry(const Future<T>& future) {
    const AnyFuture& plain = future;
    return Future<T>(retry(std::span<const AnyFuture>(&plain, 1)).front());
  }
  std::vector<AnyFuture> retry(std::span<const AnyFuture> futures);

  /// Runs F(args...) once on every worker; the results by the worker's name.
  template <auto F, class... Args>
  std::map<std::string, client::ResultOf<F>> run(const Args&... args);

  /// The names of the workers that hold each future's result, in order; a small result may also be
  /// with the scheduler alone.
  template <class T>
  std::vector<std::vector<std::string>> who_has(const std::vector<Future<T>>& futures) {
    return who_has(std::span<const AnyFuture>(client::untyped(futures)));
  }
  std::vector<std::vector<std::string>> who_has(std::span<const AnyFuture> futures);
  /// The keys of the values each worker holds, and the tasks each has been given, by its name.
  std::map<std::string, std::vector<Key>> has_what();
  std::map<std::string, std::vector<std::string>> processing();

  /// The workers as the scheduler knows them.
  SchedulerInfo scheduler_info();
  /// The scheduler's JSON about "workers", "tasks", "groups", "has_what", "processing", "modules",
  /// "clients", "coordination" or "identity".
  std::string info(const std::string& topic);
  /// Returns once that many workers have joined. Throws Exception(timeout).
  void wait_for_workers(std::size_t count,
                        std::chrono::nanoseconds timeout = std::chrono::seconds(30));
  /// Takes a task module (.so of tartan_add_task_module) along: functions of this program that the
  /// module has too travel with it from here on, and workers that lack them load it by themselves.
  /// Returns when the scheduler has the module. Throws Exception: io_error (unreadable), refused
  /// (no module, or workers may not take it), version_mismatch (built for another tartan or
  /// compiler), limit_exceeded (too large). Calls before this one are not affected. A .so that this
  /// program has loaded and that submits its own functions needs no call.
  void upload_module(const std::string& path);
  /// Threads of all workers together; 1 for the inline executor. Asked once a second at most.
  std::uint32_t nthreads();

  // ---- shared by name (coordination.hpp has locks, queues and more) ------------------------

  /// Keeps a Future, or a std::vector of them, under a name for every client, also when this one
  /// has ended. Throws Exception(refused) when the name is taken, unless it is to be replaced.
  template <class T>
  void publish_dataset(const std::string& name, const T& futures, bool replace = false);
  /// What was published: a Future<T>; for T = std::vector<Future<U>> that vector. Throws ValueError
  /// when there is no such dataset, TypeError when it has another number of futures.
  template <class T>
  typename client::DatasetOf<T>::type get_dataset(const std::string& name);
  std::vector<std::string> list_datasets();  ///< sorted
  /// Throws ValueError when there is no such dataset.
  void unpublish_dataset(const std::string& name);

  /// Adds a value of up to 1 MiB to a topic. The scheduler keeps a topic's last 1000 events, or its
  /// last MiB.
  template <class T>
  void log_event(const std::string& topic, const T& value);
  /// What the scheduler has of the topic, the oldest first. Throws TypeError for other types.
  template <class T>
  std::vector<TopicEvent<T>> get_events(const std::string& topic);
  /// Calls it for each event logged from now on, in order, on the thread for callbacks (see
  /// AnyFuture::on_done), until the Subscription goes or the client is closed. A callback too slow
  /// for what the scheduler keeps misses events; how many is logged.
  template <class T>
  Subscription subscribe(const std::string& topic,
                         std::function<void(const TopicEvent<T>&)> callback);
  // ---- operations on the running cluster --------------------------------------------------
  //
  // Each returns when it is done, and throws Exception with the scheduler's reason when it cannot
  // be done, Exception(timeout) when the time was not enough, ValueError for names there are not.

  /// The workers (by name or data address) get no more tasks; those not begun run elsewhere, others
  /// end first. Values that only they hold, scattered ones too, are copied to other workers; then
  /// their processes end, with exit code 0 and not to be restarted. A worker that cannot be emptied
  /// (no room elsewhere: out_of_memory; no time left) goes on working. Returns what became of each.
  std::map<std::string, std::string> retire_workers(const std::vector<std::string>& names,
                                                    const RetireOptions& options = {});
  /// At least so many copies of each result (0: one on every worker) on different workers, now and
  /// until the futures are released: the copies of workers that die are made again. Waits for
  /// results that are not there yet.
  void replicate(std::span<const AnyFuture> futures, std::size_t copies = 0,
                 std::chrono::nanoseconds timeout = std::chrono::minutes(5));
  template <class T>
  void replicate(const std::vector<Future<T>>& futures, std::size_t copies = 0,
                 std::chrono::nanoseconds timeout = std::chrono::minutes(5)) {
    replicate(std::span<const AnyFuture>(client::untyped(futures)), copies, timeout);
  }
  /// Moves values (these futures' results; without any, all there are) until the bytes that workers
  /// hold differ little from their mean. Returns what each holds now.
  std::map<std::string, std::string> rebalance(
      std::span<const AnyFuture> futures = {},
      std::chrono::nanoseconds timeout = std::chrono::minutes(5));
  /// Everybody's tasks are cancelled and forgotten: futures whose values have not been fetched end
  /// in CancelledError. Workers' processes are started anew by their parent processes; workers
  /// without one (threads of this process, --no-nanny) keep theirs, and a task that does not heed
  /// its cancellation runs on there until it returns. Throws Exception(timeout) with the names of
  /// workers that did not come back.
  std::map<std::string, std::string> restart(
      std::chrono::nanoseconds timeout = std::chrono::seconds(60));
  /// How far the tasks of each group have come.
  std::vector<GroupProgress> group_progress();

  // ---- untyped: what array and ml build on ------------------------------------------------

  /// Submits what the wanted tasks need and returns a future for each, in order. The builder is
  /// empty afterwards. A wanted external ref must belong to a living future of this client.
  std::vector<AnyFuture> submit(GraphBuilder&& graph, std::span<const GraphBuilder::Ref> wanted);
  AnyFuture submit(client::Call call);
  AnyFuture scatter(Value value, bool broadcast = false);
  std::vector<AnyFuture> scatter(std::vector<Value> values, bool broadcast = false);
  std::vector<AnyFuture> persist(std::span<const client::DelayedNodePtr> nodes);
  /// A ref for the node, whose own needs are added to the builder with it. keep gets the futures
  /// that must live until the graph has been submitted to this client.
  GraphBuilder::Ref lower(GraphBuilder& graph, const client::DelayedNodePtr& node,
                          std::vector<AnyFuture>& keep);
  GraphBuilder::Ref lower(GraphBuilder& graph, const client::Dependency& dependency,
                          std::vector<AnyFuture>& keep);
  /// The same future if it belongs to this client, else one of this client's with its value.
  AnyFuture adopt(const AnyFuture& future);
  /// The values, in order; waits and fetches all at once.
  std::vector<Value> gather(std::span<const AnyFuture> futures);
  static void wait(std::span<const AnyFuture> futures);
  /// False when the time was not enough.
  static bool wait(std::span<const AnyFuture> futures, std::chrono::nanoseconds timeout);

 private:
  struct Impl;
  friend class client::NestedClients;
  friend class client::Named;
  friend std::shared_ptr<client::Backend> client::backend_of(const Client& client);
  explicit Client(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The task behind the future runs to its end though its futures, or the client, go first. Nothing
/// tells how it ended. It does nothing for a task that is done.
void fire_and_forget(const AnyFuture& future);
void fire_and_forget(std::span<const AnyFuture> futures);

/// While one lives, Client::current() on its thread is an inline executor: what code written
/// against the current client submits runs here and now. For a task that is a whole piece of work
/// in itself, such as one fit among many, and would gain nothing from spreading over the cluster
/// again.
class InlineScope {
 public:
  InlineScope();
  ~InlineScope();
  InlineScope(const InlineScope&) = delete;
  InlineScope& operator=(const InlineScope&) = delete;
};

}  // namespace tartan

#include <tartan/client/client_impl.hpp>

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
#include <tartan/client/call.hpp>
#include <tartan/client/delayed.hpp>
#include <tartan/client/future.hpp>
#include <tartan/client/options.hpp>
#include <tartan/graph/graph.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tartan {

class LocalCluster;

namespace client {
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
  /// The scheduler's JSON about "workers", "tasks", "has_what", "processing", "modules", "clients"
  /// or "identity".
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

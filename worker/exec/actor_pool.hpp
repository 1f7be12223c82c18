#pragma once

// Threads that run the methods of actors, apart from those that run tasks: neither waits for the
// other. One thread (the server's) gives orders and takes what is done.
//
// An actor with calls to run is served by one thread at a time, in the order of its calls. Threads
// are made when there are more actors with work than idle threads, up to kMostThreads that run; a
// method that waits (secedes) keeps its thread, and another may be made in its place. A few idle
// ones are kept.
//
// Invariants
// 1. Every run of an actor that exists comes back through take_ran once, unless the actor is
//    destroyed first. One that runs then is told by its context, and woken when it waits.
// 2. An object is destroyed on a thread of the pool, or by stop().
// 3. wake() is called from pool threads, after the outcome is there to be taken.

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tartan/value/task_context.hpp>
#include <thread>
#include <vector>
#include <worker/exec/actor_run.hpp>

namespace tartan::worker {

class ActorPool final : public TaskHost {
 public:
  static constexpr std::size_t kMostThreads = 128;

  /// tasks: the pool whose shared object methods share too; it must outlive this one.
  ActorPool(std::string worker, std::string scheduler, TaskHost& tasks, std::function<void()> wake,
            Key incarnation = {});
  ~ActorPool() override;
  ActorPool(const ActorPool&) = delete;
  ActorPool& operator=(const ActorPool&) = delete;

  /// Performs them in order; the vector is left empty.
  void order(std::vector<ActorOrder>& orders);
  /// Appends what has ended since the last call.
  void take_ran(std::vector<ActorRan>& ran);
  /// Drops what has not started, waits for what runs, destroys all objects.
  void stop();
  /// Threads at present, for tests.
  std::size_t threads() const;

  void secede(const TaskContext& task, std::function<void()> wake) override;
  void rejoin(const TaskContext& task) override;
  std::shared_ptr<void> shared(const std::function<std::shared_ptr<void>()>& make) override;

 private:
  /// An actor; all but object and context are guarded by mutex_.
  struct Seat {
    Value object;
    TaskContext context;
    std::deque<ActorRun> queue;
    bool busy = false;  ///< a thread serves it, or is about to
    bool gone = false;
    std::atomic<bool> cancelled{false};
    std::function<void()> wake;  ///< set while its method waits
  };
  using SeatPtr = std::shared_ptr<Seat>;

  void perform(ActorCreate& create);
  void perform(ActorRun& run);
  void perform(ActorDestroy& destroy);
  void make_ready(const SeatPtr& seat);
  void ensure_thread();
  void work(std::list<std::thread>::iterator self);
  void serve(const SeatPtr& seat, std::unique_lock<std::mutex>& lock);
  void run(Seat& seat, ActorRun call);

  const std::string worker_;
  const std::string scheduler_;
  const Key incarnation_;
  TaskHost& tasks_;
  std::function<void()> wake_;

  mutable std::mutex mutex_;  // guards all down to ended_, and the seats' fields
  std::condition_variable work_;
  std::map<Key, SeatPtr> seats_;
  std::deque<SeatPtr> ready_;
  std::list<std::thread> threads_;
  std::list<std::thread> ended_;
  std::size_t idle_ = 0;
  std::size_t waiting_ = 0;
  bool stopping_ = false;

  std::mutex ran_mutex_;  // guards ran_
  std::vector<ActorRan> ran_;
};

}  // namespace tartan::worker

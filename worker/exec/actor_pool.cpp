#include <core/net/payloads.hpp>
#include <core/value/failure.hpp>
#include <core/wire/codec.hpp>
#include <fmt/format.h>
#include <pthread.h>
#include <system_error>
#include <tartan/base/config.hpp>
#include <tartan/base/log.hpp>
#include <tartan/value/actor.hpp>
#include <worker/exec/actor_pool.hpp>

namespace tartan::worker {

namespace {

/// Methods of one worker that may wait at the same time: each has a thread.
constexpr std::size_t kMostWaiting = 4096;
constexpr std::size_t kIdleKept = 4;
/// Of the message of an exception; it travels in a record.
constexpr std::size_t kMessageBytes = 16 << 10;
/// Calls of one actor before others that have some get the thread.
constexpr int kCallsInARow = 64;

ActorOutcome outcome_of(const Value& result) {
  if (result.empty()) throw ValueError("the method returned an empty Value");
  std::vector<std::byte> packed = wire::pack_value(result);
  if (packed.size() > net::kMostPayload) {
    throw Exception(
        Errc::limit_exceeded,
        fmt::format("the result has {}, but a call returns {} at most; return it in parts",
                    format_bytes(packed.size()), format_bytes(net::kMostPayload)));
  }
  const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(packed));
  return {Buffer(owner, *owner), std::nullopt};
}

}  // namespace

ActorPool::ActorPool(std::string worker, std::string scheduler, TaskHost& tasks,
                     std::function<void()> wake, Key incarnation)
    : worker_(std::move(worker)),
      scheduler_(std::move(scheduler)),
      incarnation_(incarnation),
      tasks_(tasks),
      wake_(std::move(wake)) {}

ActorPool::~ActorPool() { stop(); }

void ActorPool::order(std::vector<ActorOrder>& orders) {
  if (orders.empty()) return;
  std::lock_guard lock(mutex_);
  for (ActorOrder& order : orders) {
    std::visit([this](auto& one) { perform(one); }, order);
  }
  orders.clear();
}

void ActorPool::take_ran(std::vector<ActorRan>& ran) {
  std::lock_guard lock(ran_mutex_);
  std::move(ran_.begin(), ran_.end(), std::back_inserter(ran));
  ran_.clear();
}

void ActorPool::stop() {
  std::list<std::thread> threads;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const auto& [key, seat] : seats_) {
      seat->cancelled = true;
      seat->queue.clear();
      if (seat->wake) seat->wake();
    }
    // From here on no thread is added, and none leaves the list.
    threads.swap(threads_);
    threads.splice(threads.end(), ended_);
  }
  work_.notify_all();
  for (std::thread& thread : threads) thread.join();
  ready_.clear();
  seats_.clear();
}

std::size_t ActorPool::threads() const {
  std::lock_guard lock(mutex_);
  return threads_.size();
}

// ---- orders; mutex_ is held -------------------------------------------------------------------

void ActorPool::perform(ActorCreate& create) {
  if (stopping_) return;
  ActorDestroy destroy{create.actor};
  perform(destroy);
  auto seat = std::make_shared<Seat>();
  seat->object = std::move(create.object);
  seat->context.key = create.actor;
  seat->context.cancelled = &seat->cancelled;
  seat->context.worker = worker_;
  seat->context.scheduler = scheduler_;
  seat->context.incarnation = incarnation_;
  seat->context.host = this;
  seat->context.seat = seat.get();
  seats_.emplace(create.actor, std::move(seat));
}

void ActorPool::perform(ActorRun& run) {
  const auto found = seats_.find(run.id.actor);
  if (found == seats_.end()) return;
  found->second->queue.push_back(std::move(run));
  make_ready(found->second);
}

void ActorPool::perform(ActorDestroy& destroy) {
  const auto found = seats_.extract(destroy.actor);
  if (found.empty()) return;
  Seat& seat = *found.mapped();
  seat.gone = true;
  seat.queue.clear();
  seat.cancelled = true;
  if (seat.wake) seat.wake();
  make_ready(found.mapped());
}

void ActorPool::make_ready(const SeatPtr& seat) {
  if (seat->busy || stopping_) return;
  seat->busy = true;
  ready_.push_back(seat);
  ensure_thread();
}

void ActorPool::ensure_thread() {
  if (idle_ >= ready_.size()) {
    work_.notify_one();
    return;
  }
  if (threads_.size() >= kMostThreads + waiting_) return;
  for (std::thread& thread : ended_) thread.join();
  ended_.clear();
  const auto slot = threads_.emplace(threads_.end());
  try {
    *slot = std::thread([this, slot] { work(slot); });
  } catch (const std::system_error& error) {
    threads_.erase(slot);
    // Those there are serve all, more slowly; without any, calls wait for the next order.
    logging::warning("worker " + worker_, "gets no further thread for its actors, beside {}: {}",
                     threads_.size(), error.what());
    return;
  }
  pthread_setname_np(slot->native_handle(), "tartan-actor");
}

// ---- a thread of the pool ---------------------------------------------------------------------

void ActorPool::work(std::list<std::thread>::iterator self) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (!ready_.empty()) {
      const SeatPtr seat = std::move(ready_.front());
      ready_.pop_front();
      serve(seat, lock);
      continue;
    }
    if (idle_ >= kIdleKept) {
      ended_.splice(ended_.end(), threads_, self);
      return;
    }
    ++idle_;
    work_.wait(lock);
    --idle_;
  }
}

/// Runs some of the actor's calls; the lock is held at the beginning and the end.
void ActorPool::serve(const SeatPtr& seat, std::unique_lock<std::mutex>& lock) {
  for (int i = 0; i < kCallsInARow && !stopping_; ++i) {
    if (seat->gone) {
      Value dying = std::exchange(seat->object, {});
      lock.unlock();
      dying = {};  // runs the user's destructor
      lock.lock();
      return;
    }
    if (seat->queue.empty()) {
      seat->busy = false;
      return;
    }
    ActorRun call = std::move(seat->queue.front());
    seat->queue.pop_front();
    lock.unlock();
    run(*seat, std::move(call));
    lock.lock();
  }
  if (!stopping_) ready_.push_back(seat);
}

void ActorPool::run(Seat& seat, ActorRun call) {
  ActorRan ran;
  ran.id = call.id;
  if (call.method == nullptr) {
    ran.outcome.failure = std::move(call.problem);
  } else {
    seat.context.attempt = call.id.number;
    try {
      TaskScope scope(seat.context);
      Arguments arguments(call.arguments.bytes(), std::span(&seat.object, 1));
      ran.outcome = outcome_of(call.method->wrapper(arguments));
    } catch (const Exception& error) {
      ran.outcome.failure = current_failure();
      if (error.code() == Errc::limit_exceeded) ran.outcome.failure->code = error.code();
    } catch (...) {
      ran.outcome.failure = current_failure();
    }
  }
  if (ran.outcome.failure) {
    const std::string method = call.method == nullptr ? "a call" : call.method->name;
    ran.outcome.failure->task =
        fmt::format("{} of the actor {} {}", method, seat.object.get<ActorObject>().type,
                    call.id.actor.to_string());
  }
  if (ran.outcome.failure && ran.outcome.failure->message.size() > kMessageBytes) {
    ran.outcome.failure->message.replace(kMessageBytes, std::string::npos, " ...");
  }
  // What was sent is let go before the caller hears of the end.
  call = ActorRun{};
  bool first = false;
  {
    std::lock_guard lock(ran_mutex_);
    first = ran_.empty();
    ran_.push_back(std::move(ran));
  }
  if (first) wake_();
}

// ---- a method that waits ----------------------------------------------------------------------

void ActorPool::secede(const TaskContext& task, std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  if (waiting_ >= kMostWaiting) {
    throw Exception(Errc::limit_exceeded,
                    fmt::format("{} actors of worker {} wait inside a method, which is the most; "
                                "use more workers, or let fewer wait",
                                waiting_, worker_));
  }
  Seat& seat = *static_cast<Seat*>(task.seat);
  seat.wake = std::move(wake);
  ++waiting_;
  if (seat.cancelled) seat.wake();
  if (!ready_.empty() && !stopping_) ensure_thread();
}

void ActorPool::rejoin(const TaskContext& task) {
  std::lock_guard lock(mutex_);
  static_cast<Seat*>(task.seat)->wake = nullptr;
  --waiting_;
}

std::shared_ptr<void> ActorPool::shared(const std::function<std::shared_ptr<void>()>& make) {
  return tasks_.shared(make);
}

}  // namespace tartan::worker

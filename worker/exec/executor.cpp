#include <algorithm>
#include <fmt/format.h>
#include <pthread.h>
#include <system_error>
#include <tartan/base/exceptions.hpp>
#include <utility>
#include <worker/exec/executor.hpp>

// Present when the program links OpenBLAS; the kernels that do are not this room's business.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace tartan::worker {

namespace {

/// Tasks of one worker that may wait for others at the same time: each has a thread.
constexpr std::size_t kMostSeceded = 4096;
/// Idle threads kept beyond nthreads for the next task that waits.
constexpr std::size_t kSpares = 16;

}  // namespace

Executor::Executor(std::uint32_t nthreads, std::string worker, std::function<void()> wake,
                   std::string scheduler, Board* board, Key incarnation)
    : nthreads_(nthreads),
      worker_(std::move(worker)),
      scheduler_(std::move(scheduler)),
      wake_(std::move(wake)),
      board_(board),
      incarnation_(incarnation) {
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
  std::lock_guard lock(queue_mutex_);
  for (std::uint32_t i = 0; i < nthreads; ++i) add_thread();
}

Executor::~Executor() { stop(); }

void Executor::submit(std::vector<Execution>& executions) {
  if (executions.empty()) return;
  unfinished_.fetch_add(executions.size(), std::memory_order_relaxed);
  std::size_t calls = 0;
  {
    std::lock_guard lock(queue_mutex_);
    for (Execution& execution : executions) queue_.push_back(std::move(execution));
    calls = count_calls();
  }
  call_threads(calls);
  executions.clear();
}

void Executor::take_done(std::vector<Executed>& done) {
  std::size_t before = done.size();
  {
    std::lock_guard lock(done_mutex_);
    if (done.empty()) {
      done.swap(done_);
    } else {
      std::move(done_.begin(), done_.end(), std::back_inserter(done));
      done_.clear();
    }
  }
  unfinished_.fetch_sub(done.size() - before, std::memory_order_relaxed);
}

void Executor::take_waiting(std::vector<Waiting>& waiting) {
  std::lock_guard lock(done_mutex_);
  waiting.insert(waiting.end(), waiting_.begin(), waiting_.end());
  waiting_.clear();
}

void Executor::abandon(wire::AttemptId attempt) {
  std::lock_guard lock(queue_mutex_);
  for (Slot& slot : slots_) {
    if (slot.attempt != attempt) continue;
    slot.cancelled = true;
    if (slot.wake) slot.wake();
    return;
  }
  const auto same = [attempt](const Execution& queued) { return queued.attempt == attempt; };
  if (std::any_of(queue_.begin(), queue_.end(), same)) abandoned_.push_back(attempt);
}

void Executor::stop() {
  {
    std::lock_guard lock(queue_mutex_);
    stopping_ = true;
    unfinished_.fetch_sub(queue_.size(), std::memory_order_relaxed);
    queue_.clear();
    for (Slot& slot : slots_) {
      slot.cancelled = true;
      if (slot.wake) slot.wake();
    }
  }
  work_.notify_all();
  // From here on no thread is added: that takes a queue, or a task that may still secede.
  for (Slot& slot : slots_) {
    if (slot.thread.joinable()) slot.thread.join();
  }
  std::shared_ptr<void> last;
  std::lock_guard lock(shared_mutex_);
  last.swap(shared_);
}

std::size_t Executor::threads() const {
  std::lock_guard lock(queue_mutex_);
  return alive_;
}

// ---- threads; queue_mutex_ is held unless they are called ------------------------------------

void Executor::add_thread() {
  if (ended_ > 0) reap();
  Slot& slot = slots_.emplace_back();
  slot.number = take_number();
  slot.context.seat = &slot;
  slot.context.worker = worker_;
  slot.context.scheduler = scheduler_;
  slot.context.incarnation = incarnation_;
  slot.context.host = this;
  slot.context.cancelled = &slot.cancelled;
  try {
    slot.thread = std::thread([this, &slot] { run(slot); });
  } catch (...) {
    free_numbers_.push_back(slot.number);
    slots_.pop_back();
    throw;
  }
  pthread_setname_np(slot.thread.native_handle(),
                     fmt::format("tartan-{}", threads_made_++).c_str());
  ++alive_;
  ++sleeping_;
}

std::size_t Executor::take_number() {
  if (free_numbers_.empty()) return numbers_++;
  const std::size_t number = free_numbers_.back();
  free_numbers_.pop_back();
  return number;
}

void Executor::reap() {
  for (auto slot = slots_.begin(); slot != slots_.end();) {
    if (slot->ended) {
      slot->thread.join();
      free_numbers_.push_back(slot->number);
      slot = slots_.erase(slot);
      --ended_;
    } else {
      ++slot;
    }
  }
}

/// How many more sleeping threads are to be woken for the tasks that may run now.
std::size_t Executor::count_calls() {
  const std::size_t places = running_ < nthreads_ ? nthreads_ - running_ : 0;
  const std::size_t wanted = std::min({queue_.size(), places, sleeping_});
  if (wanted <= calls_) return 0;
  return wanted - std::exchange(calls_, wanted);
}

void Executor::call_threads(std::size_t calls) {
  for (; calls > 0; --calls) work_.notify_one();
}

/// Sleeps until there may be something to do; false when the thread is to end.
bool Executor::await_call(std::unique_lock<std::mutex>& lock) {
  work_.wait(lock, [this] { return calls_ > 0 || stopping_; });
  --sleeping_;
  if (calls_ > 0) --calls_;
  return !stopping_;
}

// ---- a thread of the pool -------------------------------------------------------------------

bool Executor::next(Slot& slot, Execution& execution) {
  std::unique_lock lock(queue_mutex_);
  if (slot.attempt) {
    slot.attempt.reset();
    --running_;
  } else if (!await_call(lock)) {
    return false;  // a new thread was counted as sleeping when it was made
  }
  while (!stopping_ && (queue_.empty() || running_ >= nthreads_)) {
    if (alive_ - seceded_ > nthreads_ + kSpares) return false;
    ++sleeping_;
    await_call(lock);
  }
  if (stopping_) return false;
  execution = std::move(queue_.front());
  queue_.pop_front();
  ++running_;
  slot.attempt = execution.attempt;
  slot.waited = Duration::zero();
  const bool unwanted = std::erase(abandoned_, execution.attempt) > 0;
  slot.cancelled.store(unwanted, std::memory_order_relaxed);
  return true;
}

void Executor::run(Slot& slot) {
  Execution execution;
  while (next(slot, execution)) {
    if (board_ != nullptr) board_->note(slot.number, execution.attempt);
    Executed executed = execute(execution, slot.context);
    if (board_ != nullptr) board_->note(slot.number, 0);
    executed.duration -= std::min(slot.waited, executed.duration);
    // What the task read is let go before its end is announced, so that freed memory is free.
    execution = Execution{};
    tell(std::move(executed));
  }
  std::lock_guard lock(queue_mutex_);
  --alive_;
  if (stopping_) return;
  slot.ended = true;
  ++ended_;
}

void Executor::tell(Executed executed) {
  bool first = false;
  {
    std::lock_guard lock(done_mutex_);
    first = done_.empty();
    done_.push_back(std::move(executed));
  }
  if (first) wake_();
}

void Executor::tell(Waiting waiting) {
  bool first = false;
  {
    std::lock_guard lock(done_mutex_);
    first = waiting_.empty();
    waiting_.push_back(waiting);
  }
  if (first) wake_();
}

// ---- a task that waits ----------------------------------------------------------------------

void Executor::secede(const TaskContext& task, std::function<void()> wake) {
  std::size_t calls = 0;
  {
    std::lock_guard lock(queue_mutex_);
    if (seceded_ >= kMostSeceded) {
      throw Exception(Errc::limit_exceeded,
                      fmt::format("{} tasks of worker {} wait inside for other tasks, which is the "
                                  "most; submit fewer at a time, or use more workers",
                                  seceded_, worker_));
    }
    if (!stopping_ && alive_ < seceded_ + 1 + nthreads_) {
      try {
        add_thread();
      } catch (const std::system_error& error) {
        throw Exception(Errc::limit_exceeded,
                        fmt::format("worker {} gets no thread to replace a task that waits, beside "
                                    "{} that do: {}; raise the limit of processes (ulimit -u)",
                                    worker_, seceded_, error.what()));
      }
    }
    Slot& slot = *static_cast<Slot*>(task.seat);
    slot.wake = std::move(wake);
    slot.seceded_at = Time::clock::now();
    ++seceded_;
    --running_;
    if (slot.cancelled) slot.wake();
    calls = count_calls();
  }
  call_threads(calls);
  tell(Waiting{task.attempt, true});
}

void Executor::rejoin(const TaskContext& task) {
  {
    std::lock_guard lock(queue_mutex_);
    Slot& slot = *static_cast<Slot*>(task.seat);
    slot.wake = nullptr;
    slot.waited += Time::clock::now() - slot.seceded_at;
    --seceded_;
    ++running_;
  }
  tell(Waiting{task.attempt, false});
}

std::shared_ptr<void> Executor::shared(const std::function<std::shared_ptr<void>()>& make) {
  std::lock_guard lock(shared_mutex_);
  if (!shared_) shared_ = make();
  return shared_;
}

}  // namespace tartan::worker

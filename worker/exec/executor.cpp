#include <fmt/format.h>
#include <pthread.h>
#include <worker/exec/executor.hpp>

// Present when the program links OpenBLAS; the kernels that do are not this room's business.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace tartan::worker {

Executor::Executor(std::uint32_t nthreads, std::string worker, std::function<void()> wake,
                   Board* board)
    : worker_(std::move(worker)), wake_(std::move(wake)), board_(board) {
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(1);
  for (std::uint32_t i = 0; i < nthreads; ++i) slots_.emplace_back();
  std::size_t number = 0;
  for (Slot& slot : slots_) {
    slot.number = number;
    slot.thread = std::thread([this, &slot] { run(slot); });
    pthread_setname_np(slot.thread.native_handle(), fmt::format("tartan-{}", number++).c_str());
  }
}

Executor::~Executor() { stop(); }

void Executor::submit(std::vector<Execution>& executions) {
  if (executions.empty()) return;
  unfinished_.fetch_add(executions.size(), std::memory_order_relaxed);
  std::size_t to_wake = 0;
  {
    std::lock_guard lock(queue_mutex_);
    for (Execution& execution : executions) queue_.push_back(std::move(execution));
    to_wake = std::min(sleeping_, executions.size());
    sleeping_ -= to_wake;
  }
  executions.clear();
  for (; to_wake > 0; --to_wake) work_.notify_one();
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

void Executor::abandon(wire::AttemptId attempt) {
  std::lock_guard lock(queue_mutex_);
  for (Slot& slot : slots_) {
    if (slot.attempt == attempt) slot.cancelled = true;
  }
}

void Executor::stop() {
  {
    std::lock_guard lock(queue_mutex_);
    stopping_ = true;
    unfinished_.fetch_sub(queue_.size(), std::memory_order_relaxed);
    queue_.clear();
    for (Slot& slot : slots_) slot.cancelled = true;
  }
  work_.notify_all();
  for (Slot& slot : slots_) {
    if (slot.thread.joinable()) slot.thread.join();
  }
}

bool Executor::next(Slot& slot, Execution& execution) {
  std::unique_lock lock(queue_mutex_);
  slot.attempt = 0;
  while (queue_.empty() && !stopping_) {
    ++sleeping_;
    work_.wait(lock);
  }
  if (stopping_) return false;
  execution = std::move(queue_.front());
  queue_.pop_front();
  slot.attempt = execution.attempt;
  slot.cancelled.store(false, std::memory_order_relaxed);
  return true;
}

void Executor::run(Slot& slot) {
  TaskContext context;
  context.worker = worker_;
  context.cancelled = &slot.cancelled;
  Execution execution;
  while (next(slot, execution)) {
    if (board_ != nullptr) board_->note(slot.number, execution.attempt);
    Executed executed = execute(execution, context);
    if (board_ != nullptr) board_->note(slot.number, 0);
    // What the task read is let go before its end is announced, so that freed memory is free.
    execution = Execution{};
    bool first = false;
    {
      std::lock_guard lock(done_mutex_);
      first = done_.empty();
      done_.push_back(std::move(executed));
    }
    if (first) wake_();
  }
}

}  // namespace tartan::worker

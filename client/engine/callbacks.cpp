#include <client/engine/callbacks.hpp>
#include <condition_variable>
#include <core/value/failure.hpp>
#include <deque>
#include <mutex>
#include <tartan/base/log.hpp>
#include <thread>
#include <utility>

namespace tartan::client {

struct Callbacks::Queue {
  std::mutex mutex;  ///< guards all of it
  std::condition_variable idle;
  std::deque<std::function<void()>> waiting;
  std::thread::id runner;  ///< none: no thread is at it

  void run();
};

void Callbacks::Queue::run() {
  std::unique_lock lock(mutex);
  while (!waiting.empty()) {
    std::function<void()> callback = std::move(waiting.front());
    waiting.pop_front();
    lock.unlock();
    try {
      callback();
    } catch (...) {
      const Failure failure = current_failure();
      logging::error("client", "a callback of a future threw {}: {}", failure.type,
                     failure.message);
    }
    callback = nullptr;
    lock.lock();
  }
  runner = {};
  idle.notify_all();
}

Callbacks::Callbacks() : queue_(std::make_shared<Queue>()) {}
Callbacks::~Callbacks() = default;

void Callbacks::post(std::function<void()> callback) {
  std::lock_guard lock(queue_->mutex);
  queue_->waiting.push_back(std::move(callback));
  if (queue_->runner != std::thread::id{}) return;
  std::thread thread([queue = queue_] { queue->run(); });
  queue_->runner = thread.get_id();
  thread.detach();
}

void Callbacks::finish() {
  std::unique_lock lock(queue_->mutex);
  if (queue_->runner == std::this_thread::get_id()) return;
  queue_->idle.wait(lock, [this] { return queue_->runner == std::thread::id{}; });
}

}  // namespace tartan::client

#pragma once

// as_completed(futures): the futures in the order in which they end, each as soon as it has.
//
//   for (auto& future : tartan::as_completed(futures)) std::cout << future.get() << '\n';

#include <chrono>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <span>
#include <tartan/client/future.hpp>
#include <utility>
#include <vector>

namespace tartan {
namespace client {

/// Says which futures have ended, in that order. More may be added at any time. One thread waits.
class CompletionQueue {
 public:
  CompletionQueue();
  ~CompletionQueue();
  CompletionQueue(const CompletionQueue&) = delete;
  CompletionQueue& operator=(const CompletionQueue&) = delete;

  /// Watches a future; its number is the count of those added before.
  void add(const AnyFuture& future);
  void add(std::span<const AnyFuture> futures);
  std::size_t added() const;
  /// The number of the next one that has ended; waits. Nothing when all have been returned.
  std::optional<std::size_t> pop();
  /// As pop(), but gives up after the time with nothing; see remaining().
  std::optional<std::size_t> pop(std::chrono::nanoseconds timeout);
  /// Added and not yet returned.
  std::size_t remaining() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace client

/// A single pass over futures by completion. Copies of the futures are held until it dies.
template <class F>
class AsCompleted {
 public:
  explicit AsCompleted(std::vector<F> futures)
      : futures_(std::move(futures)), queue_(std::make_unique<client::CompletionQueue>()) {
    for (const F& future : futures_) queue_->add(future);
  }

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = F;
    using difference_type = std::ptrdiff_t;
    using pointer = F*;
    using reference = F&;

    Iterator() = default;
    explicit Iterator(AsCompleted* owner) : owner_(owner) { ++*this; }
    F& operator*() const { return owner_->futures_[*current_]; }
    F* operator->() const { return &**this; }
    Iterator& operator++() {
      current_ = owner_->queue_->pop();
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.current_ == b.current_;
    }

   private:
    AsCompleted* owner_ = nullptr;
    std::optional<std::size_t> current_;
  };

  Iterator begin() { return Iterator(this); }
  Iterator end() { return Iterator(); }

 private:
  std::vector<F> futures_;
  std::unique_ptr<client::CompletionQueue> queue_;
};

template <class T>
AsCompleted<Future<T>> as_completed(std::vector<Future<T>> futures) {
  return AsCompleted<Future<T>>(std::move(futures));
}
inline AsCompleted<AnyFuture> as_completed(std::vector<AnyFuture> futures) {
  return AsCompleted<AnyFuture>(std::move(futures));
}

}  // namespace tartan

#pragma once

// delayed<&f>(args...) writes a task down without running it. Delayed objects are cheap handles
// on nodes of a graph; a node used twice runs once. compute() submits what is needed and returns
// the result, persist() returns a future at once.

#include <memory>
#include <tartan/client/call.hpp>
#include <tartan/client/future.hpp>
#include <type_traits>
#include <utility>

namespace tartan {

class Client;

namespace client {

DelayedNodePtr make_delayed(Call call);
/// Of the task the node will be, whoever submits it.
Key key_of(const DelayedNode& node);

}  // namespace client

template <class T>
class [[nodiscard]] Delayed {
 public:
  using value_type = T;

  Delayed() = default;
  explicit Delayed(client::DelayedNodePtr node) : node_(std::move(node)) {}

  /// Submits to the client (default: the current one), waits and returns the result.
  T compute() const { return persist().get(); }
  T compute(Client& client) const { return persist(client).get(); }
  /// Submits to the client (default: the current one) and returns the future.
  Future<T> persist() const;
  Future<T> persist(Client& client) const;

  Key key() const { return client::key_of(*node_); }
  const client::DelayedNodePtr& node() const { return node_; }

 private:
  client::DelayedNodePtr node_;
};

/// A task for later; Options may come first. Arguments as for Client::submit.
template <auto F, class... Args>
Delayed<client::ResultOf<F>> delayed(Args&&... args) {
  return Delayed<client::ResultOf<F>>(
      client::make_delayed(client::call_of<F>(std::forward<Args>(args)...)));
}
template <class F, class... Args>
requires client::Stateless<std::remove_cvref_t<F>>
auto delayed(F&&, Args&&... args) {
  return delayed<std::remove_cvref_t<F>{}>(std::forward<Args>(args)...);
}

}  // namespace tartan

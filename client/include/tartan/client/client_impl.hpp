#pragma once

// Templates of client.hpp, and the free functions on the current client.

#include <tartan/client/client.hpp>

namespace tartan {
namespace client {

/// Builds the tasks of one map. Arguments are appended item by item.
class MapBuilder {
 public:
  MapBuilder(Client& client, const FunctionInfo& function, const Options& options,
             std::size_t count);
  ~MapBuilder();
  MapBuilder(const MapBuilder&) = delete;
  MapBuilder& operator=(const MapBuilder&) = delete;

  /// The current item's next argument.
  void emplace_back(Argument argument);
  /// The same for a number, without a Value around it.
  template <class T>
  void inline_object(const T& number) {
    writer_.inline_object(number);
  }
  /// The current item is complete.
  void next();
  std::vector<AnyFuture> finish();

 private:
  struct Impl;
  ArgumentWriter writer_;  ///< of the current item
  std::unique_ptr<Impl> impl_;
};

[[noreturn]] void throw_map_lengths(std::size_t one, std::size_t other);

/// Whether map walks through an argument of type A for a parameter P, or gives it to every task.
template <class A, class P>
constexpr bool walked() {
  using Element = typename ElementOf<A>::type;
  if constexpr (std::is_void_v<Element>) {
    return false;
  } else if constexpr (std::is_void_v<P>) {
    return true;
  } else {
    return fits<Element, P>();
  }
}

template <class P, class A>
void measure_column(const A& column, std::size_t& count, bool& found) {
  if constexpr (walked<A, P>()) {
    if (found && column.size() != count) throw_map_lengths(count, column.size());
    count = column.size();
    found = true;
  }
}

/// A column's values for each task; what goes to every task is converted once.
template <class P, class A>
class MapColumn {
 public:
  explicit MapColumn(const A& column) : column_(column) {
    if constexpr (!walked<A, P>()) append_argument<P>(same_, column);
  }
  void append(MapBuilder& builder, std::size_t item) const {
    if constexpr (walked<A, P>()) {
      if constexpr (std::is_same_v<typename A::value_type, bool>) {
        append_argument<P>(builder, static_cast<bool>(column_[item]));
      } else {
        append_argument<P>(builder, column_[item]);
      }
    } else {
      for (const Argument& argument : same_) builder.emplace_back(argument);
    }
  }

 private:
  const A& column_;
  std::vector<Argument> same_;
};

template <auto F, class... Columns>
std::vector<AnyFuture> map_columns(Client& client, const Options& options,
                                   const Columns&... columns) {
  static_assert(kRawKernel<F> || sizeof...(Columns) == kParameters<F>,
                "the task function takes another number of arguments");
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    static_assert((walked<Columns, Parameter<F, I>>() || ...),
                  "map needs a vector whose elements fit the task function's parameter");
    std::size_t count = 0;
    bool found = false;
    (measure_column<Parameter<F, I>>(columns, count, found), ...);
    std::tuple<MapColumn<Parameter<F, I>, Columns>...> prepared{
        MapColumn<Parameter<F, I>, Columns>(columns)...};
    MapBuilder builder(client, task_function<F>(), options, count);
    for (std::size_t item = 0; item < count; ++item) {
      (std::get<I>(prepared).append(builder, item), ...);
      builder.next();
    }
    return builder.finish();
  }
  (std::index_sequence_for<Columns...>{});
}

}  // namespace client

template <auto F, class... Columns>
std::vector<Future<client::ResultOf<F>>> Client::map(const Columns&... columns) {
  if constexpr (client::starts_with_options<Columns...>()) {
    return client::typed<client::ResultOf<F>>(client::map_columns<F>(*this, columns...));
  } else {
    return client::typed<client::ResultOf<F>>(client::map_columns<F>(*this, Options{}, columns...));
  }
}

template <auto F, class... Args>
std::map<std::string, client::ResultOf<F>> Client::run(const Args&... args) {
  using Result = client::ResultOf<F>;
  static_assert(!std::is_void_v<Result>, "run needs a function that returns something");
  std::vector<std::pair<std::string, Future<Result>>> futures;
  for (const WorkerInfo& worker : scheduler_info().workers) {
    futures.emplace_back(worker.name,
                         submit<F>(Options{.workers = {worker.name}, .pure = false}, args...));
  }
  std::map<std::string, Result> results;
  for (const auto& [name, future] : futures) results.emplace(name, future.get());
  return results;
}

template <class T>
std::vector<T> Client::gather(const std::vector<Future<T>>& futures) {
  const std::vector<AnyFuture> plain = client::untyped(futures);
  const std::vector<Value> values = gather(std::span<const AnyFuture>(plain));
  std::vector<T> result;
  result.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const client::ReadingScope scope(futures[i]);
    if constexpr (std::is_same_v<T, Value>) {
      result.push_back(values[i]);
    } else {
      result.push_back(values[i].template get<T>());
    }
  }
  return result;
}

template <class T>
std::vector<Future<T>> Client::scatter_each(std::vector<T> values, bool broadcast) {
  std::vector<Value> plain;
  plain.reserve(values.size());
  for (T& value : values) plain.push_back(Value::of<T>(std::move(value)));
  return client::typed<T>(scatter(std::move(plain), broadcast));
}

template <class... T>
std::tuple<T...> Client::compute(const Delayed<T>&... values) {
  const client::DelayedNodePtr nodes[] = {values.node()...};
  const std::vector<AnyFuture> futures = persist(std::span<const client::DelayedNodePtr>(nodes));
  const std::vector<Value> results = gather(std::span<const AnyFuture>(futures));
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::tuple<T...>{results[I].template get<T>()...};
  }
  (std::index_sequence_for<T...>{});
}

template <class T>
std::vector<Future<T>> Client::persist(const std::vector<Delayed<T>>& values) {
  std::vector<client::DelayedNodePtr> nodes;
  nodes.reserve(values.size());
  for (const Delayed<T>& value : values) nodes.push_back(value.node());
  return client::typed<T>(persist(std::span<const client::DelayedNodePtr>(nodes)));
}

template <class T>
Future<T> Delayed<T>::persist() const {
  return persist(Client::current());
}
template <class T>
Future<T> Delayed<T>::persist(Client& client) const {
  return Future<T>(client.persist(std::span<const client::DelayedNodePtr>(&node_, 1)).front());
}

/// Computes delayed values together on the current client; what they share runs once.
template <class... T>
std::tuple<T...> compute(const Delayed<T>&... values) {
  return Client::current().compute(values...);
}
template <class T>
std::vector<T> compute(const std::vector<Delayed<T>>& values) {
  return Client::current().compute(values);
}

/// Waits until every future is done, however it ended.
template <class F>
void wait(const std::vector<F>& futures) {
  const auto& plain = client::untyped(futures);
  Client::wait(std::span<const AnyFuture>(plain));
}
/// False when the time was not enough.
template <class F>
bool wait(const std::vector<F>& futures, std::chrono::nanoseconds timeout) {
  const auto& plain = client::untyped(futures);
  return Client::wait(std::span<const AnyFuture>(plain), timeout);
}

}  // namespace tartan

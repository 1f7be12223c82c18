#pragma once

// How a C++ call becomes a task: the arguments of submit<&f>(...), map<&f>(...) and
// delayed<&f>(...) are matched against the parameters of f and turned into a Call.
//
// An argument for a parameter of type P is one of
//   a value that converts to P           sent with the task, or scattered first when it is large
//   Future<P>, Delayed<P>, AnyFuture     a dependency
//   std::vector of these, for a parameter std::vector<P>: gathered, in order
// A raw kernel, Value(Arguments&), takes any number of any of these.

#include <cstdint>
#include <memory>
#include <tartan/client/future.hpp>
#include <tartan/client/options.hpp>
#include <tartan/value/function.hpp>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tartan {

template <class T>
class Delayed;

namespace client {

struct DelayedNode;
using DelayedNodePtr = std::shared_ptr<const DelayedNode>;

/// The next `count` arguments form one container.
struct ListOf {
  std::uint32_t count = 0;
};
using Argument = std::variant<Value, AnyFuture, DelayedNodePtr, ListOf>;

/// One task to be.
struct Call {
  const FunctionInfo* function = nullptr;
  std::vector<Argument> arguments;
  Options options;
  bool actor = false;      ///< the result is an actor's object; the key is never derived
  std::string group = {};  ///< empty: the function's name
};

// ---- the parameters of a function ---------------------------------------------------------

template <auto F>
using ResultOf = std::conditional_t<std::is_void_v<typename FunctionTraits<F>::Return>, void,
                                    typename FunctionTraits<F>::Result>;
template <auto F>
inline constexpr bool kRawKernel = FunctionTraits<F>::kRaw;
template <auto F>
inline constexpr std::size_t kParameters = FunctionTraits<F>::kArity;

/// Parameter number I of F; void for raw kernels, which have no typed parameters.
template <auto F, std::size_t I>
struct ParameterAt {
  using type = typename FunctionTraits<F>::template Parameter<I>;
};
template <auto F, std::size_t I>
requires kRawKernel<F>
struct ParameterAt<F, I> {
  using type = void;
};
template <auto F, std::size_t I>
using Parameter = typename ParameterAt<F, I>::type;

/// Callables without state can be named by their type: captureless lambdas, std::plus<double>.
template <class F>
concept Stateless =
    std::is_class_v<F> && std::is_empty_v<F> && std::is_default_constructible_v<F> && requires {
  &F::operator();
};

// ---- arguments against parameters ---------------------------------------------------------

template <class T>
struct IsDelayed : std::false_type {};
template <class T>
struct IsDelayed<Delayed<T>> : std::true_type {};
template <class T>
inline constexpr bool kLazy = IsFuture<T>::value || IsDelayed<T>::value;

template <class T>
struct LazyElement : std::false_type {};
template <class T, class A>
struct LazyElement<std::vector<T, A>> : std::bool_constant<kLazy<T>> {};

template <class T>
struct ElementOf {
  using type = void;
};
template <class T, class A>
struct ElementOf<std::vector<T, A>> {
  using type = T;
};

/// Whether a lazy argument of type A (Future<X>, Delayed<X>, AnyFuture) yields a P.
template <class A, class P>
constexpr bool lazy_fits() {
  if constexpr (std::is_same_v<A, AnyFuture> || std::is_void_v<P>) {
    return true;
  } else {
    return std::is_same_v<typename A::value_type, P> ||
           std::is_same_v<typename A::value_type, Value>;
  }
}

/// Whether an argument of type A (without references) can be given for a parameter P.
template <class A, class P>
constexpr bool fits() {
  if constexpr (kLazy<A>) {
    return lazy_fits<A, P>();
  } else if constexpr (std::is_void_v<P> || std::is_same_v<A, Value>) {
    return true;
  } else if constexpr (LazyElement<A>::value) {
    using Element = typename ElementOf<P>::type;
    if constexpr (std::is_void_v<Element>) {
      return false;
    } else {
      return lazy_fits<typename A::value_type, Element>();
    }
  } else {
    return std::is_convertible_v<const A&, P>;
  }
}

template <class A>
Argument lazy_argument(const A& lazy) {
  if constexpr (IsDelayed<A>::value) {
    return lazy.node();
  } else if constexpr (requires { lazy.future(); }) {
    return lazy.future();
  } else {
    return static_cast<const AnyFuture&>(lazy);
  }
}

/// Appends one argument, as a P, to a list that has emplace_back(Argument).
template <class P, class A, class Sink>
void append_argument(Sink& sink, A&& argument) {
  using Plain = std::remove_cvref_t<A>;
  static_assert(fits<Plain, P>(), "an argument does not fit the task function's parameter");
  if constexpr (kLazy<Plain>) {
    sink.emplace_back(lazy_argument(argument));
  } else if constexpr (LazyElement<Plain>::value) {
    sink.emplace_back(ListOf{static_cast<std::uint32_t>(argument.size())});
    for (const auto& element : argument) sink.emplace_back(lazy_argument(element));
  } else if constexpr (std::is_same_v<Plain, Value>) {
    sink.emplace_back(Argument(std::forward<A>(argument)));
  } else if constexpr (std::is_void_v<P>) {
    sink.emplace_back(Argument(Value::of<Plain>(std::forward<A>(argument))));
  } else if constexpr (kPlain<P> && requires { sink.inline_object(P{}); }) {
    sink.inline_object(static_cast<P>(argument));
  } else {
    sink.emplace_back(Argument(Value::of<P>(static_cast<P>(std::forward<A>(argument)))));
  }
}

template <auto F, class... Args>
std::vector<Argument> arguments_of(Args&&... args) {
  static_assert(kRawKernel<F> || sizeof...(Args) == kParameters<F>,
                "the task function takes another number of arguments");
  std::vector<Argument> list;
  list.reserve(sizeof...(Args));
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (append_argument<Parameter<F, I>>(list, std::forward<Args>(args)), ...);
  }
  (std::index_sequence_for<Args...>{});
  return list;
}

/// The Call behind submit<F>(args...) and delayed<F>(args...); Options may come first.
template <auto F, class... Args>
Call make_call(Args&&... args) {
  return {&task_function<F>(), arguments_of<F>(std::forward<Args>(args)...), {}};
}
template <auto F, class... Args>
Call make_call_with(const Options& options, Args&&... args) {
  return {&task_function<F>(), arguments_of<F>(std::forward<Args>(args)...), options};
}

template <class... Args>
constexpr bool starts_with_options() {
  if constexpr (sizeof...(Args) == 0) {
    return false;
  } else {
    return std::is_same_v<std::remove_cvref_t<std::tuple_element_t<0, std::tuple<Args...>>>,
                          Options>;
  }
}

template <auto F, class... Args>
Call call_of(Args&&... args) {
  if constexpr (starts_with_options<Args...>()) {
    return make_call_with<F>(std::forward<Args>(args)...);
  } else {
    return make_call<F>(std::forward<Args>(args)...);
  }
}

}  // namespace client
}  // namespace tartan

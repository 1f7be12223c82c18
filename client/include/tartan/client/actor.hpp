#pragma once

// Actor<T>: one object of the user's class T that lives on a worker and keeps its state between
// calls.
//
//   struct Counter {
//     explicit Counter(std::int64_t start) : count(start) {}
//     std::int64_t add(std::int64_t n) { return count += n; }
//     std::int64_t count;
//   };
//   auto counter = client.actor<Counter>(std::int64_t{10});
//   counter.call<&Counter::add>(5).get();    // 15
//   counter.call<&Counter::count>().get();   // 15: public data members can be read
//
// Calls go straight to the worker. One runs at a time per actor; those of one client run in the
// order they were made, each once; those of different clients take turns. They run on threads of
// their own, so that no call waits for tasks and no task for calls. Inside a method
// Client::current() works, and waiting holds up this actor alone. An exception in a method reaches
// ActorFuture::get() as TaskError, and the actor lives on.
//
// The object is never copied, moved or written to disk, and its bytes are not counted. It dies when
// the last handle does, wherever that is: a handle given to a task or to a call as an argument
// keeps the object until that has ended, and one that is kept there (in another actor's object) for
// as long as it lives. A handle that a task returns keeps it while the worker that ran the task has
// its result, and so do handles got from that. Handles that two actors hold of each other keep
// both, for ever. What is held on a worker is let go when that worker dies.
//
// When the worker dies, or leaves, the object is lost: calls end in TaskError (code actor_lost)
// that names the worker and how it ended. It is never made again behind the caller's back, for its
// state would be another.

#include <chrono>
#include <memory>
#include <tartan/client/call.hpp>
#include <tartan/client/future.hpp>
#include <tartan/value/actor.hpp>
#include <tuple>
#include <typeinfo>

namespace tartan {

template <class T>
class Actor;

namespace client {

struct ActorCallState;
using ActorCallPtr = std::shared_ptr<ActorCallState>;

/// The arguments of a call, written down as they come; from the first future on they are kept, to
/// be written when they are there.
class MethodArguments {
 public:
  MethodArguments() { writer_.dependency(0); }
  void emplace_back(Argument argument);
  template <class T>
  void inline_object(const T& number) {
    if (rest_.empty()) {
      writer_.inline_object(number);
    } else {
      rest_.emplace_back(Value::of<T>(number));
    }
  }
  ArgumentWriter& writer() { return writer_; }
  std::vector<Argument>& rest() { return rest_; }

 private:
  ArgumentWriter writer_;
  std::vector<Argument> rest_;
};

ActorCallPtr start_call(const AnyFuture& actor, const FunctionInfo& method,
                        MethodArguments arguments);
bool wait_for_call(ActorCallState& call,
                   std::optional<std::chrono::steady_clock::time_point> deadline);
bool is_done(const ActorCallState& call);
/// Waits; throws what the call ended in.
Value result_of(ActorCallState& call);
[[noreturn]] void throw_empty_actor_future();

/// A future of the actor's, by which a handle that was decoded holds it: of the client that the
/// future being read belongs to, of the running task's, or the current one.
AnyFuture hold_actor(Key key);

template <auto M>
using MethodReturn = typename detail::Member<decltype(M)>::Return;
template <auto M>
using MethodResult =
    std::conditional_t<std::is_void_v<MethodReturn<M>>, void, std::remove_cvref_t<MethodReturn<M>>>;
template <auto M, std::size_t I>
using MethodParameter = std::tuple_element_t<I, typename detail::Member<decltype(M)>::Decayed>;

}  // namespace client

/// The result of a call of an actor. Copies share it.
template <class R>
class [[nodiscard]] ActorFuture {
 public:
  using value_type = R;

  ActorFuture() = default;
  explicit ActorFuture(client::ActorCallPtr call) : call_(std::move(call)) {}

  bool valid() const { return call_ != nullptr; }
  bool done() const { return client::is_done(checked()); }
  /// Waits for the call to end, however it ends.
  void wait() const { client::wait_for_call(checked(), std::nullopt); }
  /// False when the time was not enough.
  bool wait_for(std::chrono::nanoseconds timeout) const {
    return client::wait_for_call(checked(), std::chrono::steady_clock::now() + timeout);
  }
  /// Waits. Throws TaskError when the method threw, or the actor is lost (code actor_lost),
  /// CancelledError in a task that was cancelled, ConnectionError when the client is closed.
  R get() const {
    const Value value = client::result_of(checked());
    if constexpr (std::is_same_v<R, Value>) {
      return value;
    } else if constexpr (!std::is_void_v<R>) {
      return value.template get<R>();
    }
  }

 private:
  client::ActorCallState& checked() const {
    if (call_ == nullptr) client::throw_empty_actor_future();
    return *call_;
  }

  client::ActorCallPtr call_;
};

/// A handle. Copies share the object; any thread may use any copy.
template <class T>
class Actor {
 public:
  using value_type = Actor;  ///< a handle stands for itself among the arguments of a task

  Actor() = default;
  explicit Actor(AnyFuture future) : future_(std::move(future)) {}

  bool valid() const { return future_.valid(); }
  Key key() const { return future_.key(); }
  /// Of the task that makes the object; holds the actor.
  const AnyFuture& future() const { return future_; }
  /// Waits until the object exists. Throws what its constructor threw.
  void wait() const { future_.get_value(); }

  /// Calls M(args...), a method or a public data member of T, without waiting. Arguments are as for
  /// Client::submit, but for Delayed: futures are waited for before the call leaves, and later
  /// calls wait behind it. Up to 15 MiB of arguments, and of result, travel with a call; more is
  /// limit_exceeded. 1024 calls or 16 MiB may be under way, further ones wait here.
  template <auto M, class... Args>
  ActorFuture<client::MethodResult<M>> call(Args&&... args) const {
    using Member = detail::Member<decltype(M)>;
    static_assert(std::is_same_v<typename Member::Object, T>,
                  "the method belongs to another class than the actor's; one of a base class has "
                  "to be forwarded by the class itself");
    static_assert(sizeof...(Args) == Member::kArity,
                  "the method takes another number of arguments");
    client::MethodArguments list;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (client::append_argument<client::MethodParameter<M, I>>(list, std::forward<Args>(args)), ...);
    }
    (std::index_sequence_for<Args...>{});
    return ActorFuture<client::MethodResult<M>>(
        client::start_call(future_, actor_method<M>(), std::move(list)));
  }

 private:
  AnyFuture future_;
};

template <class T>
struct Codec<Actor<T>> {
  static std::string name() { return "tartan::Actor<" + detail::demangled(typeid(T).name()) + ">"; }
  static void encode(const Actor<T>& actor, Writer& writer) {
    const Key key = actor.key();
    writer.put(key.hi);
    writer.put(key.lo);
  }
  static Actor<T> decode(Reader& reader) {
    const auto hi = reader.get<std::uint64_t>();
    return Actor<T>(client::hold_actor({hi, reader.get<std::uint64_t>()}));
  }
};

namespace client {

template <class T>
struct IsFuture<Actor<T>> : std::true_type {};

/// Of the task that is running here.
Key current_key();

/// The task that makes an actor.
template <class T, class... A>
Value make_actor(const A&... arguments) {
  ActorObject made;
  made.object = std::make_shared<T>(arguments...);
  made.type = detail::demangled(typeid(T).name());
  made.handle = actor_handle(type_info<Actor<T>>().id, current_key());
  return Value::of<ActorObject>(std::move(made));
}

/// What a constructor is given for an argument of this type.
template <class A>
struct StoredAs {
  using type = std::decay_t<A>;
};
template <class A>
requires std::is_same_v < std::decay_t<A>,
const char* > || std::is_same_v<std::decay_t<A>, char*> struct StoredAs<A> {
  using type = std::string;
};
template <class A>
requires kLazy<std::remove_cvref_t<A>>
struct StoredAs<A> {
  using type = typename std::remove_cvref_t<A>::value_type;
};
template <class A>
requires LazyElement<std::remove_cvref_t<A>>::value struct StoredAs<A> {
  using type = std::vector<typename std::remove_cvref_t<A>::value_type::value_type>;
};

template <class T, class... Args>
Call actor_call_with(const Options& options, Args&&... args) {
  Call call = make_call_with<&make_actor<T, typename StoredAs<Args>::type...>>(
      options, std::forward<Args>(args)...);
  call.actor = true;
  call.group = detail::demangled(typeid(T).name());
  return call;
}

template <class T, class... Args>
Call actor_call(Args&&... args) {
  if constexpr (starts_with_options<Args...>()) {
    return actor_call_with<T>(std::forward<Args>(args)...);
  } else {
    return actor_call_with<T>(Options{}, std::forward<Args>(args)...);
  }
}

}  // namespace client

/// In a library or task module, where nothing calls Client::actor or Actor::call: registers a
/// constructor and methods. template struct tartan::ExportActor<Counter(std::int64_t),
/// &Counter::add>; constructors are matched by the exact types of their arguments.
template <class Constructor, auto... M>
struct ExportActor;
template <class T, class... A, auto... M>
struct [[gnu::visibility("hidden")]] ExportActor<T(A...), M...> {
  static inline const bool registered =
      detail::TaskEntry<&client::make_actor<T, A...>>::registered &&
      (true && ... && detail::MethodEntry<M>::registered);
};

}  // namespace tartan

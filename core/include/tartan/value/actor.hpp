#pragma once

// What an actor is to the machinery that keeps and calls it: an object, and methods that are found
// by name between processes as task functions are (see function.hpp).
//
// actor_method<&T::method>() registers the method by being named. Its wrapper reads arguments whose
// dependency 0 is the object, as an ActorObject; the others follow as those of a task do. A pointer
// to a public data member is a method without arguments that returns a copy.

#include <memory>
#include <string>
#include <tartan/value/function.hpp>

namespace tartan {

/// An actor's object as the task that constructs it returns it. It never leaves its process: who
/// runs the task keeps the object, and passes the handle on in its place.
struct ActorObject {
  std::shared_ptr<void> object;
  std::string type;  ///< "geo::Counter"
  Value handle;
};

template <>
struct Codec<ActorObject> {
  static std::string name() { return "tartan::ActorObject"; }
  /// Both throw Exception(refused).
  static void encode(const ActorObject& actor, Writer& writer);
  static ActorObject decode(Reader& reader);
  static std::size_t nbytes(const ActorObject& /*actor*/) { return 64; }
};

/// What the handle of an actor carries, and nothing else.
Value actor_handle(TypeId type, Key key);

/// The FunctionInfo of a method (or public data member) of an actor's class.
template <auto M>
const FunctionInfo& actor_method();

namespace detail {

template <class F>
struct Member;

template <class C, class R, class... P>
struct Member<R (C::*)(P...)> : Callable<R (*)(P...)> {
  using Object = C;
};
template <class C, class R, class... P>
struct Member<R (C::*)(P...) const> : Member<R (C::*)(P...)> {};
template <class C, class R, class... P>
struct Member<R (C::*)(P...) noexcept> : Member<R (C::*)(P...)> {};
template <class C, class R, class... P>
struct Member<R (C::*)(P...) const noexcept> : Member<R (C::*)(P...)> {};
template <class C, class R>
requires(!std::is_function_v<R>) struct Member<R C::*> : Callable<R (*)()> {
  using Object = C;
};

/// The object that the arguments begin with. Throws TypeError when it is no `wanted`.
void* actor_object(Arguments& arguments, const std::string& wanted, FunctionEntry& entry);

template <auto M>
struct [[gnu::visibility("hidden")]] MethodEntry {
  using Traits = Member<decltype(M)>;
  using Object = typename Traits::Object;
  static_assert(Traits::kReadOnly,
                "a method of an actor takes its arguments by const T& or by T: they are values "
                "that were sent to it");

  static std::string signature() {
    return name_of<Result>() + "(" +
           parameter_names(static_cast<typename Traits::Decayed*>(nullptr)) + ") of " +
           demangled(typeid(Object).name());
  }

  static Value call(Arguments & arguments) {
    const std::size_t given = arguments.size();
    if (given != Traits::kArity + 1) {
      wrong_argument_count(entry, Traits::kArity, given > 0 ? given - 1 : 0);
    }
    auto* object =
        static_cast<Object*>(actor_object(arguments, demangled(typeid(Object).name()), entry));
    return call_typed(*object, arguments, typename Traits::Declared(),
                      std::make_index_sequence<Traits::kArity>());
  }

  static inline constinit FunctionEntry entry{kModuleAbi, &typeid(FunctionTag<M>), __BASE_FILE__,
                                              &signature, &call};
  static inline const bool registered = (register_function(entry), true);

 private:
  using Return = typename Traits::Return;
  using Result =
      std::conditional_t<std::is_void_v<Return>, std::monostate, std::remove_cvref_t<Return>>;

  template <class... P, std::size_t... I>
  static Value call_typed(Object & object, [[maybe_unused]] Arguments & arguments, TypeList<P...>,
                          std::index_sequence<I...>) {
    std::tuple<Argument<std::remove_cvref_t<P>>...> held;
    (load_argument(std::get<I>(held), arguments, entry, I + 1), ...);
    if constexpr (std::is_member_object_pointer_v<decltype(M)>) {
      return Value::of<Result>(object.*M);
    } else if constexpr (std::is_void_v<Return>) {
      (object.*M)(std::get<I>(held).template pass<P>()...);
      return none_value();
    } else if constexpr (std::is_same_v<Result, Value>) {
      return (object.*M)(std::get<I>(held).template pass<P>()...);
    } else {
      return Value::of<Result>((object.*M)(std::get<I>(held).template pass<P>()...));
    }
  }
};

}  // namespace detail

template <auto M>
const FunctionInfo& actor_method() {
  // Taking the address is what makes the compiler emit the static initialiser.
  static_cast<void>(&detail::MethodEntry<M>::registered);
  auto& entry = detail::MethodEntry<M>::entry;
  if (const auto* info = entry.info.load(std::memory_order_acquire)) return *info;
  return detail::resolve(entry);
}

}  // namespace tartan

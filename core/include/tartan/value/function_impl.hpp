#pragma once

// How a function becomes a task: its traits, the wrapper that reads arguments and calls it, and
// the entry that registers the wrapper while its binary is loaded.
//
// Everything that belongs to one binary has hidden visibility: each executable or .so has its own
// entry for a function it names, even when several bring a function of the same name.

#include <atomic>
#include <optional>
#include <string>
#include <tartan/value/function.hpp>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <variant>

namespace tartan {

template <class... T>
struct TypeList {};

namespace detail {

template <class F>
struct Callable;  // has no call operator that is one function: not usable as a task

template <class R, class... P>
struct Callable<R (*)(P...)> {
  using Return = R;
  using Declared = TypeList<P...>;
  using Decayed = std::tuple<std::remove_cvref_t<P>...>;
  static constexpr std::size_t kArity = sizeof...(P);
  static constexpr bool kReadOnly =
      ((!std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>)&&...);
};
template <class R, class... P>
struct Callable<R (*)(P...) noexcept> : Callable<R (*)(P...)> {};
template <class R, class C, class... P>
struct Callable<R (C::*)(P...) const> : Callable<R (*)(P...)> {};
template <class R, class C, class... P>
struct Callable<R (C::*)(P...) const noexcept> : Callable<R (*)(P...)> {};

template <class F>
constexpr auto callable_of() {
  if constexpr (std::is_pointer_v<F> && std::is_function_v<std::remove_pointer_t<F>>) {
    return std::type_identity<Callable<F>>();
  } else if constexpr (requires { &F::operator(); }) {
    return std::type_identity<Callable<decltype(&F::operator())>>();
  } else {
    return std::type_identity<void>();
  }
}

}  // namespace detail

/// What there is to know of a task function at compile time.
template <auto F>
struct FunctionTraits {
 private:
  using Callable = typename decltype(detail::callable_of<std::remove_cv_t<decltype(F)>>())::type;
  static_assert(!std::is_void_v<Callable>,
                "a task is a pointer to a free function (submit<&f>) or a lambda that captures "
                "nothing and has no auto parameters");
  static_assert(Callable::kReadOnly,
                "a task takes its arguments by const T& or by T: results are shared between "
                "tasks, so none may change another's argument");

 public:
  using Return = typename Callable::Return;
  /// The result as a future holds it; std::monostate for a function returning void.
  using Result =
      std::conditional_t<std::is_void_v<Return>, std::monostate, std::remove_cvref_t<Return>>;
  using Declared = typename Callable::Declared;   ///< TypeList of the parameters as written
  using Parameters = typename Callable::Decayed;  ///< std::tuple of them without const and &
  template <std::size_t I>
  using Parameter = std::tuple_element_t<I, Parameters>;
  static constexpr std::size_t kArity = Callable::kArity;
  /// Value(Arguments&): reads its arguments itself, and takes any number of them.
  static constexpr bool kRaw = false;
};

template <auto F>
requires std::is_same_v < std::remove_cv_t<decltype(F)>, Value(*)
(Arguments&) > struct FunctionTraits<F> {
  using Return = Value;
  using Result = Value;
  using Declared = TypeList<>;
  using Parameters = std::tuple<>;
  static constexpr std::size_t kArity = 0;
  static constexpr bool kRaw = true;
};

/// Whether an object of type A may stand where a task wants a P: what an ordinary call accepts.
template <class P, class A>
inline constexpr bool kAcceptsArgument = std::is_convertible_v<A, P>;

/// Writes an argument for parameter I of F, converted to the parameter's type.
template <auto F, std::size_t I, class A>
void write_argument(ArgumentWriter& writer, const A& argument) {
  using P = typename FunctionTraits<F>::template Parameter<I>;
  static_assert(kAcceptsArgument<P, const A&>,
                "this argument does not convert to the task's parameter");
  if constexpr (std::is_same_v<A, P>) {
    writer.inline_object(argument);
  } else {
    writer.inline_object(static_cast<P>(argument));
  }
}

template <class T>
void ArgumentWriter::inline_object(const T& object) {
  if constexpr (std::is_same_v<T, Value>) {
    inline_value(object);
  } else {
    Writer writer;
    writer.put(object);
    entry(type_info<T>().id, writer.header(), writer.frames());
  }
}

namespace detail {

/// Grows with the layout of FunctionEntry and of Value: a module built for another one is refused.
inline constexpr std::uint32_t kModuleAbi = 1;

/// A function as its binary announces it. Constant-initialised, so that it is usable by whatever
/// static initialiser comes first.
struct FunctionEntry {
  std::uint32_t abi;
  const std::type_info* tag;
  const char* unit;            ///< the translation unit, for the message about duplicates
  std::string (*signature)();  ///< also registers the types it names
  TaskWrapper wrapper;
  std::atomic<const FunctionInfo*> info{nullptr};
  std::atomic<bool> known{false};
};

void register_function(FunctionEntry& entry);
const FunctionInfo& resolve(FunctionEntry& entry);
const Value& none_value();

[[noreturn]] void wrong_argument_count(FunctionEntry& entry, std::size_t wanted, std::size_t given);
[[noreturn]] void wrong_argument_type(FunctionEntry& entry, std::size_t number,
                                      const std::string& wanted, const std::string& given);
/// Adds the function and the argument's number to an exception thrown while it was decoded.
[[noreturn]] void broken_argument(FunctionEntry& entry, std::size_t number, const Exception& error);

template <auto F>
struct FunctionTag {};

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

template <class T>
std::string name_of() {
  if constexpr (std::is_same_v<T, Value>) {
    return "any";
  } else {
    return type_info<T>().name;
  }
}

template <class T>
T decode_entry(const Arguments::Entry& entry) {
  Reader reader(entry.header, entry.frames);
  T object = reader.get<T>();
  reader.finish();
  return object;
}

/// One argument while its task runs: a dependency's object, shared, or an object of its own.
template <class T>
class Argument {
 public:
  void load(Arguments& arguments, FunctionEntry& function, std::size_t number) {
    if (arguments.next_is_list()) {
      load_list(arguments, function, number);
      return;
    }
    auto entry = arguments.next_entry();
    if constexpr (std::is_same_v<T, Value>) {
      own_ = entry.value();
    } else if (entry.dependency != nullptr) {
      shared_ = &object_of(entry, function, number);
    } else {
      own_ = take(entry, function, number);
    }
  }

  /// As the declared parameter P wants it: by reference, or a copy that P may change.
  template <class P>
  decltype(auto) pass() {
    if constexpr (std::is_lvalue_reference_v<P>) {
      return shared_ != nullptr ? *shared_ : std::as_const(*own_);
    } else {
      if (!own_) own_.emplace(*shared_);
      return std::move(*own_);
    }
  }

 private:
  template <class U>
  static const U& object_in(const Value& value, FunctionEntry& function, std::size_t number) {
    if (!value.template holds<U>()) {
      wrong_argument_type(function, number, name_of<U>(), value.type_name());
    }
    return value.template get<U>();
  }
  static const T& object_of(const Arguments::Entry& entry, FunctionEntry& function,
                            std::size_t number) {
    return object_in<T>(*entry.dependency, function, number);
  }

  template <class U = T>
  static U take(const Arguments::Entry& entry, FunctionEntry& function, std::size_t number) {
    if constexpr (std::is_same_v<U, Value>) {
      return entry.value();
    } else {
      if (entry.dependency != nullptr) return object_in<U>(*entry.dependency, function, number);
      if (entry.type != type_info<U>().id) {
        wrong_argument_type(function, number, name_of<U>(), type_name(entry.type));
      }
      return decode_entry<U>(entry);
    }
  }

  void load_list(Arguments& arguments, FunctionEntry& function, std::size_t number) {
    if constexpr (kIsVector<T>) {
      const std::uint32_t count = arguments.enter_list();
      own_.emplace();
      own_->reserve(count);
      for (std::uint32_t i = 0; i < count; ++i) {
        own_->push_back(take<typename T::value_type>(arguments.next_entry(), function, number));
      }
    } else {
      wrong_argument_type(function, number, name_of<T>(), "list of arguments");
    }
  }

  const T* shared_ = nullptr;
  std::optional<T> own_;
};

template <class A>
void load_argument(A& argument, Arguments& arguments, FunctionEntry& entry, std::size_t number) {
  try {
    argument.load(arguments, entry, number);
  } catch (const TypeError&) {
    throw;
  } catch (const Exception& error) {
    broken_argument(entry, number, error);
  }
}

/// "float64,vector<float64>"
template <class... P>
std::string parameter_names(std::tuple<P...>*) {
  std::string text;
  ((text += (text.empty() ? "" : ",") + name_of<P>()), ...);
  return text;
}

template <auto F>
struct [[gnu::visibility("hidden")]] TaskEntry {
  using Traits = FunctionTraits<F>;

  static std::string signature() {
    if constexpr (Traits::kRaw) {
      return "any(...)";
    } else {
      return name_of<typename Traits::Result>() + "(" +
             parameter_names(static_cast<typename Traits::Parameters*>(nullptr)) + ")";
    }
  }

  static Value call(Arguments & arguments) {
    if constexpr (Traits::kRaw) {
      return F(arguments);
    } else {
      if (arguments.size() != Traits::kArity) {
        wrong_argument_count(entry, Traits::kArity, arguments.size());
      }
      return call_typed(arguments, typename Traits::Declared(),
                        std::make_index_sequence<Traits::kArity>());
    }
  }

  static inline constinit FunctionEntry entry{kModuleAbi, &typeid(FunctionTag<F>), __BASE_FILE__,
                                              &signature, &call};
  static inline const bool registered = (register_function(entry), true);

 private:
  template <class... P, std::size_t... I>
  static Value call_typed([[maybe_unused]] Arguments & arguments, TypeList<P...>,
                          std::index_sequence<I...>) {
    std::tuple<Argument<std::remove_cvref_t<P>>...> held;
    (load_argument(std::get<I>(held), arguments, entry, I + 1), ...);
    if constexpr (std::is_void_v<typename Traits::Return>) {
      F(std::get<I>(held).template pass<P>()...);
      return none_value();
    } else if constexpr (std::is_same_v<typename Traits::Result, Value>) {
      return F(std::get<I>(held).template pass<P>()...);
    } else {
      return Value::of<typename Traits::Result>(F(std::get<I>(held).template pass<P>()...));
    }
  }
};

}  // namespace detail

template <auto F>
const FunctionInfo& task_function() {
  // Taking the address is what makes the compiler emit the static initialiser.
  static_cast<void>(&detail::TaskEntry<F>::registered);
  auto& entry = detail::TaskEntry<F>::entry;
  if (const auto* info = entry.info.load(std::memory_order_acquire)) return *info;
  return detail::resolve(entry);
}

/// Registers functions by being instantiated: template struct tartan::ExportTasks<&f, &g>;
template <auto... F>
struct [[gnu::visibility("hidden")]] ExportTasks {
  static inline const bool registered = (... && detail::TaskEntry<F>::registered);
};

}  // namespace tartan

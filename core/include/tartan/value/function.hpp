#pragma once

// Functions become tasks by being named: task_function<&f>() registers f, with its symbol and a
// hash of its signature, before main runs, in an executable and in any .so loaded later. No macro.
//
// A function takes its arguments by `const T&` or `T` and returns a value with a Codec, or void.
// A function with the signature `Value(Arguments&)` is a raw kernel and reads its arguments itself.
// A parameter std::vector<T> accepts a list of arguments (a container of futures).
//
// A library or task module in which nothing calls submit registers its functions by name:
//   template struct tartan::ExportTasks<&count_words, &merge_counts>;
//
// Matching on a worker: equal module, symbol and signature; for functions with external linkage,
// an equal symbol and signature in any loaded module will do. Two different functions under one
// symbol in one module (anonymous namespaces in two files) abort at start-up, naming both.

#include <cstdint>
#include <span>
#include <string>
#include <tartan/base/error.hpp>
#include <tartan/base/key.hpp>
#include <tartan/value/value.hpp>
#include <vector>

namespace tartan {

/// A function's identity between processes.
struct FunctionRef {
  Key module;                   ///< content hash of the executable or .so that defines it
  std::string symbol;           ///< mangled, the same in every compiler for named functions
  std::uint64_t signature = 0;  ///< hash of the argument and result types' codec names
  bool local = false;           ///< a lambda or internal linkage: only in the very same module

  friend auto operator<=>(const FunctionRef&, const FunctionRef&) = default;
  Key hash() const;
};

/// The arguments of one task, read in order. Small ones are inline bytes; the others are results
/// of the task's dependencies.
class Arguments {
 public:
  /// blob as written by ArgumentWriter; dependencies in the order of the task's dependency list.
  Arguments(std::span<const std::byte> blob, std::span<const Value> dependencies);

  std::size_t size() const;
  /// The next argument as a value, decoding inline bytes. A list (container of futures) yields
  /// its elements through next_list.
  Value next();
  bool next_is_list() const;
  std::vector<Value> next_list();

  /// One entry as it stands, without decoding: what the typed wrappers read.
  struct Entry {
    const Value* dependency = nullptr;  ///< null for inline bytes
    TypeId type = 0;
    std::span<const std::byte> header;
    std::vector<Buffer> frames;  ///< views of the blob, without an owner
    Value value() const;
  };
  Entry next_entry();
  /// Enters the list that comes next and returns its number of entries.
  std::uint32_t enter_list();

 private:
  std::uint8_t tag();
  std::uint64_t number();
  std::span<const std::byte> take(std::uint64_t size);
  Entry read_entry(std::uint8_t tag, bool keep_frames);

  std::span<const std::byte> blob_;
  std::span<const Value> dependencies_;
  std::size_t offset_ = 0;
  std::size_t count_ = 0;
};

/// Writes the argument blob of one task.
class ArgumentWriter {
 public:
  /// Bytes of a small value, encoded in place.
  void inline_value(const Value& value);
  /// The same without making a Value first.
  template <class T>
  void inline_object(const T& object);
  /// The result of dependency number index of this task.
  void dependency(std::uint32_t index);
  /// The next `count` entries (inline or dependency) form one container argument.
  void list(std::uint32_t count);

  const std::vector<std::byte>& bytes() const { return bytes_; }
  void clear() { bytes_.clear(); }

 private:
  void number(std::uint64_t value);
  void entry(TypeId type, std::span<const std::byte> header, std::span<const Buffer> frames);

  std::vector<std::byte> bytes_;
};

using TaskWrapper = Value (*)(Arguments&);

struct FunctionInfo {
  FunctionRef ref;
  std::string name;       ///< demangled, without parameters: "norm"; the default group name
  std::string signature;  ///< "float64(vector<float64>)", in codec names, for messages
  TaskWrapper wrapper = nullptr;
};

/// The FunctionInfo of F; naming this is what registers F.
template <auto F>
const FunctionInfo& task_function();

/// The function behind a reference. unknown_function names the symbol, the loaded modules and
/// both signatures when only the signature differs.
Result<const FunctionInfo*> find_function(const FunctionRef& ref);

struct ModuleInfo {
  Key hash;
  std::string path;
};
/// Loads a task module (.so). Its functions can be found afterwards. It is never unloaded.
Result<ModuleInfo> load_module(const std::string& path);
/// The modules loaded so far: this executable, then those of load_module.
std::vector<ModuleInfo> loaded_modules();

}  // namespace tartan

#include <tartan/value/function_impl.hpp>

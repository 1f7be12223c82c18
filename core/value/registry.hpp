#pragma once

// The process's one table of task functions, by symbol. Thread-safe; filled by static
// initialisers, so it must work before main and from within dlopen.

#include <core/value/image.hpp>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <tartan/value/function.hpp>
#include <unordered_map>
#include <vector>

namespace tartan::value {

/// How an entry's binary came into the process.
enum class Origin {
  linked,  ///< with the program, or by a dlopen of its own
  loaded,  ///< by load_module
  exact,   ///< by load_module_as: its functions stand for no other module's
};

class FunctionRegistry {
 public:
  static FunctionRegistry& instance();

  /// Aborts when the entry's binary has another function under the same symbol.
  void add(detail::FunctionEntry& entry);
  /// All functions under a symbol, one per binary that brings it.
  std::vector<detail::FunctionEntry*> find(std::string_view symbol) const;
  std::vector<detail::FunctionEntry*> all() const;
  /// How many entries came from binaries built for another tartan.
  std::size_t rejected() const;
  Origin origin(const detail::FunctionEntry& entry) const;

  /// While one lives, what its thread loads is of this origin.
  class Loading {
   public:
    explicit Loading(Origin origin);
    ~Loading();
    Loading(const Loading&) = delete;
    Loading& operator=(const Loading&) = delete;

   private:
    Origin before_;
  };

 private:
  mutable std::mutex mutex_;
  std::unordered_map<const detail::FunctionEntry*, Origin> origins_;  ///< but for linked ones
  std::unordered_map<std::string_view, std::vector<detail::FunctionEntry*>> by_symbol_;
  std::size_t rejected_ = 0;
};

/// Content hash of a binary, computed once for each: a library's is that of its file, by which it
/// can be handed to others. Throws Exception when its file is gone.
Key module_hash(const Image& image);
/// The same when it is known.
void set_module_hash(const Image& image, Key hash);

/// How a task's function is looked up.
struct Search {
  bool exact = false;          ///< only in the module it names
  std::string signature = {};  ///< as the task has it, in words; empty: not known
};
Result<const FunctionInfo*> find_function(const FunctionRef& ref, const Search& search);
/// Whether a module of this hash is loaded, with all its functions, or is this executable.
bool has_module(Key hash);

/// What a module brings, as it is told to others.
struct Known {
  Key module;
  bool exact = false;
  const FunctionInfo* function = nullptr;
};
/// The functions of this process, without tartan's own.
std::vector<Known> known_functions();

/// Where a worker looks functions up. The simulator has many workers in one process, and gives each
/// a table of its own.
class FunctionTable {
 public:
  virtual ~FunctionTable() = default;
  /// As find_function, has_module and known_functions.
  virtual Result<const FunctionInfo*> find(const FunctionRef& ref, const Search& search) const = 0;
  virtual bool has_module(Key hash) const = 0;
  virtual std::vector<Known> known() const = 0;
};
/// What this process has, and comes to have.
const FunctionTable& process_functions();

}  // namespace tartan::value

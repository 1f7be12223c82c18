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

 private:
  mutable std::mutex mutex_;
  std::unordered_map<std::string_view, std::vector<detail::FunctionEntry*>> by_symbol_;
  std::size_t rejected_ = 0;
};

/// Content hash of a binary, computed once for each. Throws Exception when its file is gone.
Key module_hash(const Image& image);

}  // namespace tartan::value

#pragma once

// Task modules of the simulated cluster: bytes that travel as a real module's do, and bring the
// workload's task function under their hash. No code is loaded.

#include <core/value/registry.hpp>
#include <set>
#include <span>
#include <tartan/base/buffer.hpp>

namespace tartan::sim {

struct TaskModule {
  Key key;  ///< hash of the content
  Buffer content;
  FunctionInfo function;
};

/// The same in every run.
std::span<const TaskModule> task_modules();
/// Null when it is none of them.
const TaskModule* find_task_module(Key key);

/// What one worker process can run: what the simulator's own process can, and what it has loaded.
class LoadedFunctions : public value::FunctionTable {
 public:
  void load(Key module) { loaded_.insert(module); }
  Result<const FunctionInfo*> find(const FunctionRef& ref,
                                   const value::Search& search) const override;
  bool has_module(Key hash) const override;
  std::vector<value::Known> known() const override;

 private:
  std::set<Key> loaded_;
};

}  // namespace tartan::sim

#pragma once

// What the workers' functions look like, so that a graph made for others is refused when it is
// submitted and not when its tasks run. Only for that: a worker judges by itself in the end.

#include <core/wire/messages.hpp>
#include <functional>
#include <map>
#include <scheduler/state/ids.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tartan::scheduler {

class Signatures {
 public:
  void worker_joined(WorkerId worker) { silent_.insert(worker); }
  void worker_left(WorkerId worker);
  void learn(WorkerId worker, const wire::FunctionsKnown& known);
  /// Signatures in words, as clients say them; what does not hash to itself is not believed.
  void learn_texts(const std::vector<std::string>& texts);
  /// In words; empty when not known.
  const std::string& text(std::uint64_t signature) const;
  /// Why no worker can run one of the functions as the graph has it; empty when some can, or it
  /// cannot be told yet. What comes from a module that travels may be here soon.
  std::string objection(const std::vector<FunctionRef>& functions,
                        const std::function<bool(Key)>& travels) const;

 private:
  struct Function {
    std::uint64_t signature = 0;
    bool exact = false;
    std::set<WorkerId> workers;
  };

  std::string described(std::uint64_t signature) const;

  std::map<std::string, std::map<Key, Function>, std::less<>> by_symbol_;  ///< and module
  std::map<std::uint64_t, std::string> texts_;
  std::set<WorkerId> silent_;  ///< workers that have not told all they have
};

}  // namespace tartan::scheduler

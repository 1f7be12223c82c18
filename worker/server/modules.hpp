#pragma once

// The task modules this worker lacks and is given tasks of, without I/O: first the cache directory
// is looked into, then the scheduler is asked, piece after piece. The loader (module_loader.hpp)
// carries out the orders.
//
// Invariants
// 1. A module that is wanted settles some time: loaded, or with a reason why not. A question
//    without an answer is asked again, for two minutes; the answer may come twice, and may be that
//    the module is not here yet.
// 2. One module at a time is being fetched, with one piece under way, so that no more than one
//    module's bytes are in memory before they are on disk.
// 3. Only bytes that hash to the module's name are given to the loader.
// 4. A module that cannot be used because of what it is stays so; one that could not be had is
//    tried again when it is next wanted.

#include <core/wire/messages.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/time.hpp>
#include <vector>

namespace tartan::worker {

/// Load a module: from the cache, or these bytes by way of it.
struct ModuleOrder {
  Key module;
  std::shared_ptr<const std::vector<std::byte>> bytes;  ///< null: look into the cache
};

struct ModuleResult {
  enum class Outcome {
    loaded,
    absent,    ///< not in the cache
    unusable,  ///< and never will be: built for another tartan, ...
    failed,    ///< the disk is full, ...
  };
  Key module;
  Outcome outcome = Outcome::loaded;
  Error why = Error(Errc::unknown_function, "");
};

class ModuleFetcher {
 public:
  /// `most`: a larger module is not fetched.
  explicit ModuleFetcher(std::uint64_t most) : most_(most) {}

  /// Nothing happens when it is on its way already.
  void want(Key module);
  bool wants(Key module) const { return wanted_.contains(module); }
  /// Why the module is not here, when it settled so the last time.
  const Error* trouble(Key module) const;
  /// Why it can never be.
  const Error* unusable(Key module) const;
  void on_result(const ModuleResult& result, Time now);
  void on_piece(const wire::ModulePiece& piece, Time now);
  /// Asks again, or gives up. Only while the scheduler is heard of: its silence says nothing of a
  /// module.
  void tick(Time now);
  /// When tick is next needed; Time::max(): not at all.
  Time next_deadline() const;
  /// Another scheduler: what was wanted was wanted for tasks that are gone.
  void forget_wishes();

  std::vector<wire::ModuleWanted> take_questions() { return std::exchange(questions_, {}); }
  std::vector<ModuleOrder> take_orders() { return std::exchange(orders_, {}); }
  /// Modules that have settled since.
  std::vector<Key> take_settled() { return std::exchange(settled_, {}); }

 private:
  enum class Phase { looking, queued, fetching, loading };
  struct Fetch {
    Key module;
    std::uint64_t size = 0;
    std::shared_ptr<std::vector<std::byte>> bytes;
    Time asked{};
    Duration patience{};
    Duration waited{};  ///< for any word of it
    int in_vain = 0;    ///< questions in a row without an answer
    int damaged = 0;    ///< times all of it came and was not what was asked for
  };

  void start_next(Time now);
  void ask(Time now);
  bool fits(const wire::ModulePiece& piece) const;
  void finish(Time now);
  void give_up(Errc code, std::string why, Time now);
  void settle(Key module, std::optional<Error> why);

  std::uint64_t most_;
  std::map<Key, Phase> wanted_;
  std::deque<Key> queue_;
  std::optional<Fetch> fetch_;
  bool ignored_ = false;  ///< one was given up without a word, and there has been none since
  std::map<Key, Error> troubles_;
  std::map<Key, Error> unusable_;
  std::vector<wire::ModuleWanted> questions_;
  std::vector<ModuleOrder> orders_;
  std::vector<Key> settled_;
};

}  // namespace tartan::worker

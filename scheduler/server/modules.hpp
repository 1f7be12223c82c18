#pragma once

// The task modules that clients bring and workers ask for, without I/O. A graph names the modules
// its client can bring; when a worker wants one, the bytes are fetched from such a client, part by
// part, kept, and handed to every worker that asks.
//
// Invariants
// 1. One part at a time is asked of one client per module; who does not answer is passed over for
//    the next, and asked again in turn, but not for ever. Workers are only ever answered, so each
//    has one piece under way; one that asks again for what is not here yet is told so.
// 2. Bytes are handed out only when all are here and hash to the module's name. Modules that do
//    not are thrown away, and their client is not asked for them again.
// 3. The bytes kept, and those a transfer under way will come to, stay within total_bytes; the
//    least recently used make way. One module has at most module_bytes.
// 4. When no client is left that can bring a module, whoever wants it is told so.

#include <core/wire/messages.hpp>
#include <map>
#include <memory>
#include <scheduler/state/ids.hpp>
#include <set>
#include <string>
#include <tartan/base/time.hpp>
#include <vector>

namespace tartan::scheduler {

struct ModuleLimits {
  std::uint64_t module_bytes = std::uint64_t{256} << 20;
  std::uint64_t total_bytes = std::uint64_t{512} << 20;
  std::uint64_t piece_bytes = std::uint64_t{1} << 20;
  Duration patience{std::chrono::seconds(2)};  ///< before another client is asked
  /// Questions in a row without an answer after which a client is taken to be unable to bring a
  /// module. One that has gone is found out before, when its lease runs out.
  unsigned most_asked = 60;
};

class ModuleBook {
 public:
  explicit ModuleBook(const ModuleLimits& limits) : limits_(limits) {}

  /// The client's graph names the module.
  void name(Key module, ClientId client, const std::string& text);
  /// Whether some client has ever named it: a worker that lacks it may ask.
  bool travels(Key module) const { return modules_.contains(module); }
  /// A client wants it kept; answered by ModuleKept.
  void offer(ClientId client, const wire::ModulePart& offer, Time now);
  /// What a client was asked for.
  void take(ClientId client, const wire::ModulePart& part, Time now);
  void want(WorkerId worker, const wire::ModuleWanted& wanted, Time now);
  void client_left(ClientId client, Time now);
  void worker_left(WorkerId worker);
  /// Asks again where no answer came.
  void tick(Time now);

  struct Said {
    std::vector<std::pair<ClientId, wire::ModuleAsked>> asked = {};
    std::vector<std::pair<ClientId, wire::ModuleKept>> kept = {};
    std::vector<std::pair<WorkerId, wire::ModulePiece>> pieces = {};
  };
  Said take_said() { return std::exchange(said_, {}); }

  struct Summary {
    Key module;
    std::string name;
    std::uint64_t nbytes = 0;     ///< of the whole; 0: not known yet
    std::uint64_t held = 0;       ///< bytes here
    std::uint64_t uploads = 0;    ///< times all of it came from clients
    std::uint64_t downloads = 0;  ///< times its end went to a worker
    std::size_t clients = 0;      ///< that can bring it
  };
  std::vector<Summary> summary() const;
  /// Bytes kept or expected.
  std::uint64_t nbytes() const { return nbytes_; }

 private:
  using Bytes = std::shared_ptr<std::vector<std::byte>>;

  struct Module {
    std::string name;
    std::map<ClientId, unsigned> sources;  ///< and the questions in a row that each left open
    std::string why_not;                   ///< what the last client said that could not bring it
    std::uint64_t size = 0;
    Bytes bytes;  ///< null: none; `size` is booked as soon as there are some
    bool whole = false;
    ClientId supplier = 0;  ///< who sent what there is: parts of two clients are not mixed
    ClientId asked = 0;     ///< 0: nobody
    Time asked_at{};
    std::uint64_t used = 0;                               ///< when last, in uses
    std::map<WorkerId, std::uint64_t> wanted;             ///< at which offset
    std::set<std::pair<ClientId, std::uint64_t>> offers;  ///< requests to be answered
    std::uint64_t uploads = 0;
    std::uint64_t downloads = 0;

    bool is_wanted() const { return !wanted.empty() || !offers.empty(); }
  };

  Module& at(Key key);
  void ask(Key key, Module& module, ClientId after, Time now);
  void send_piece(Key key, Module& module, WorkerId worker, std::uint64_t offset);
  bool make_room(const Module& module, std::uint64_t size);
  void drop_bytes(Module& module);
  void complete(Key key, Module& module, ClientId from, Time now);
  void pass_over(Key key, Module& module, ClientId client, std::string why, Time now);
  void refuse(Key key, Module& module, const std::string& why);
  std::string nobody(Key key, const Module& module) const;
  std::string no_answer(ClientId client) const;
  void forget_old();

  ModuleLimits limits_;
  std::map<Key, Module> modules_;
  std::uint64_t nbytes_ = 0;
  std::uint64_t uses_ = 0;
  Said said_;
};

}  // namespace tartan::scheduler

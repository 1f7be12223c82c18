#pragma once

// The named things that programs share, as plain data, and what is remembered of each client.

#include <compare>
#include <core/wire/messages.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <scheduler/coordination/numbers.hpp>
#include <scheduler/state/ids.hpp>
#include <set>
#include <string>
#include <tartan/base/time.hpp>
#include <utility>
#include <vector>

namespace tartan::scheduler {

/// A client's request, and by that what it has acquired.
struct Ticket {
  ClientId client = 0;
  std::uint64_t request = 0;
  friend auto operator<=>(const Ticket&, const Ticket&) = default;
};
/// Who waits, in the order they came.
using Line = std::map<std::uint64_t, Ticket>;

/// A small value, or the keys of futures.
struct Parcel {
  Buffer value;
  std::vector<Key> keys;

  /// With what keeping it costs besides.
  std::size_t bytes() const { return value.size() + sizeof(Key) * keys.size() + 64; }
};

/// A semaphore; a lock is one with a single lease.
struct Leases {
  std::uint64_t limit = 1;
  std::uint64_t taken = 0;
  std::map<Ticket, std::uint64_t> holders;
  Line line;
};
struct SharedEvent {
  bool set = false;
  Line line;
};
struct SharedQueue {
  std::uint64_t maxsize = 0;  ///< 0: nobody has said one
  std::deque<Parcel> items;
  Line getters;
  Line putters;
};
struct SharedVariable {
  std::optional<Parcel> value;
  Line line;
};
struct Topic {
  struct Entry {
    std::uint64_t time_ns = 0;
    Parcel parcel;
  };
  std::deque<Entry> entries;
  std::uint64_t next = 1;  ///< the number of the next entry
  std::size_t bytes = 0;   ///< of the entries' values
  Line line;
};

/// A request that waits, or whose answer nobody has acknowledged.
struct Request {
  wire::Operation operation = wire::Operation::lock;
  std::string name;
  std::uint64_t amount = 0;
  std::uint64_t order = 0;                         ///< its place in a line
  std::optional<Time> deadline;                    ///< while it waits
  Parcel parcel;                                   ///< of a put that waits
  std::shared_ptr<const wire::Coordinated> reply;  ///< null while it waits
  Time said{};                                     ///< when the reply was last sent ...
  Duration patience{};                             ///< ... and how long after that it is again
  std::vector<Parcel> taken;                       ///< items that are the client's once it has read
  std::vector<Key> pinned;                         ///< keys that are held until then
};

struct Participant {
  struct Held {
    bool lock = false;
    std::string name;
  };
  std::string name;
  std::map<std::uint64_t, Request> requests;
  std::set<std::uint64_t> unread;      ///< those of them that are answered
  std::size_t unread_bytes = 0;        ///< of their replies
  Numbers done;                        ///< never to be done again
  std::map<std::uint64_t, Held> held;  ///< by acquisition
};

}  // namespace tartan::scheduler

#pragma once

// The values a worker holds, by key, in memory or on disk. It counts its bytes exactly as the
// values report them, and decides which are written out and which memory is let go; it does
// neither itself: its orders are taken by take_orders() and performed by a Spiller, in order.
//
// Used by the server thread (or the simulator) alone. Running tasks and transfers under way share
// the values they were given, so dropping one here frees its memory only when they end; inputs of
// running tasks are pinned, so that no work is spent on values whose memory stays anyway.
//
// A value never changes, so one that was brought back keeps its file and can leave memory again
// without being written. Values below kSmallest stay in memory: their files would cost more.
//
// Invariants
// 1. bytes() is the sum of nbytes() over the values in memory, spilled_bytes() over those that
//    are on disk alone, each counted as it was when it came.
// 2. digest() is the XOR of digest_of over the keys.
// 3. A value is in memory, on disk or both; it leaves memory only when its file is complete.
// 4. Least recently used is what was put, loaded, touched or unpinned longest ago.

#include <cstdint>
#include <map>
#include <tartan/base/key.hpp>
#include <tartan/value/value.hpp>
#include <tsl/robin_map.h>
#include <vector>
#include <worker/store/disk.hpp>

namespace tartan::worker {

class Store {
 public:
  static constexpr std::uint64_t kSmallest = 16 << 10;

  /// Keeps a value in memory from pin() to unpin().
  struct Pin {
    Key key;
    std::uint64_t serial = 0;  ///< of the value, which may have been replaced since
  };

  /// limit: bytes that may be held; 0 means no limit. put() does not refuse, fits() tells.
  explicit Store(std::uint64_t limit = 0) : limit_(limit) {}

  /// Takes the value; one under the same key is replaced.
  void put(Key key, Value value);
  /// Null when the key is not in memory. The pointer is good until the next change.
  const Value* get(Key key) const;
  /// In memory or on disk.
  bool contains(Key key) const { return values_.contains(key); }
  /// True when it was there.
  bool drop(Key key);
  /// It is used now.
  void touch(Key key);
  /// The key must be in memory.
  Pin pin(Key key);
  void unpin(const Pin& pin);

  /// Lets memory go, least recently used first, until no more than `cap` bytes would stay once
  /// the writes under way end. may_write: else only what has a file already.
  void make_room(std::uint64_t cap, bool may_write);
  /// The file of a value that is not in memory; 0 when it is, or is not here.
  std::uint64_t file_to_read(Key key) const;
  /// Asks for a value that file_to_read names.
  void read(Key key, std::uint64_t file) { orders_.push_back({DiskTask::read, key, file}); }
  /// What a write order came to.
  void on_written(const DiskResult& result);
  /// A value that was read comes back into memory, unless it has gone or come meanwhile.
  void on_read(Key key, std::uint64_t file, const Value& value);
  std::vector<DiskOrder> take_orders() { return std::exchange(orders_, {}); }

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t spilled_bytes() const { return spilled_bytes_; }
  /// Bytes whose writes are under way.
  std::uint64_t leaving_bytes() const { return leaving_bytes_; }
  std::uint64_t nbytes(Key key) const;
  std::uint64_t limit() const { return limit_; }
  std::size_t size() const { return values_.size(); }
  std::uint64_t digest() const { return digest_; }
  /// Whether so many more bytes stay below the limit.
  bool fits(std::uint64_t more) const {
    return limit_ == 0 || (bytes_ <= limit_ && more <= limit_ - bytes_);
  }

 private:
  struct Entry {
    Value value;  ///< empty: on disk alone
    std::uint64_t nbytes = 0;
    std::uint64_t serial = 0;
    std::uint64_t used = 0;     ///< its place in the order of use; 0: it cannot leave memory
    std::uint64_t file = 0;     ///< complete on disk
    std::uint64_t writing = 0;  ///< being written
    std::uint64_t before = 0;   ///< its place in the order of use before it was
    std::uint32_t pins = 0;
    bool unwritable = false;
  };
  using Order = std::map<std::uint64_t, Key>;

  Order& order_of(const Entry& entry) { return entry.file == 0 ? without_file_ : with_file_; }
  /// Among what may leave memory, if it may.
  void list(Key key, Entry& entry, std::uint64_t used);
  void unlist(Entry& entry);
  void evict(Entry& entry);
  /// Takes the entry out of all counts; its file goes.
  void forget(Key key, Entry& entry);

  tsl::robin_map<Key, Entry, std::hash<Key>> values_;
  Order without_file_;  ///< what may be written, by last use
  Order with_file_;     ///< what may be let go at once, by last use
  std::vector<DiskOrder> orders_;
  std::uint64_t limit_;
  std::uint64_t bytes_ = 0;
  std::uint64_t spilled_bytes_ = 0;
  std::uint64_t leaving_bytes_ = 0;
  std::uint64_t digest_ = 0;
  std::uint64_t next_number_ = 1;  ///< of serials, uses and files alike
  std::uint32_t writes_ = 0;       ///< under way
};

}  // namespace tartan::worker

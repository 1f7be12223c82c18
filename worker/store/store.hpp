#pragma once

// The values a worker holds, by key. It counts its bytes exactly as the values report them.
//
// Used by the server thread (or the simulator) alone. Running tasks and transfers under way share
// the values they were given, so dropping one here frees its memory only when they end.
//
// Values live in memory. All access goes through get, put and drop, which is where values on
// disk will be brought back and written out.
//
// Invariants
// 1. bytes() is the sum of nbytes() over the values, each counted as it was when it came.
// 2. digest() is the XOR of digest_of over the keys.

#include <cstdint>
#include <tartan/base/key.hpp>
#include <tartan/value/value.hpp>
#include <tsl/robin_map.h>

namespace tartan::worker {

class Store {
 public:
  /// limit: bytes that may be held; 0 means no limit. put() does not refuse, fits() tells.
  explicit Store(std::uint64_t limit = 0) : limit_(limit) {}

  /// Takes the value; one under the same key is replaced.
  void put(Key key, Value value);
  /// Null when the key is not here. The pointer is good until the next put or drop.
  const Value* get(Key key) const;
  /// True when it was there.
  bool drop(Key key);

  std::uint64_t bytes() const { return bytes_; }
  std::uint64_t limit() const { return limit_; }
  std::size_t size() const { return values_.size(); }
  std::uint64_t digest() const { return digest_; }
  /// Whether so many more bytes stay below the limit.
  bool fits(std::uint64_t more) const {
    return limit_ == 0 || (bytes_ <= limit_ && more <= limit_ - bytes_);
  }

 private:
  struct Entry {
    Value value;
    std::uint64_t nbytes = 0;
  };
  tsl::robin_map<Key, Entry, std::hash<Key>> values_;
  std::uint64_t limit_;
  std::uint64_t bytes_ = 0;
  std::uint64_t digest_ = 0;
};

}  // namespace tartan::worker

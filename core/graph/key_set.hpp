#pragma once

// A set of positions in a column of keys, found by key: how duplicates are noticed without
// storing any key twice. Not thread-safe; the column must outlive the set and stay where it is.
//
// The hash is mixed with a secret of this process, so that keys made up by a hostile peer cannot
// be chosen to collide. Nothing iterates over the set, so the secret never shows in a result.

#include <cstdint>
#include <functional>
#include <tartan/base/key.hpp>
#include <tsl/robin_set.h>
#include <vector>

namespace tartan::graph {

/// A secret fixed at the first call.
std::uint64_t hash_secret();

class KeySet {
 public:
  explicit KeySet(const std::vector<Key>* column)
      : positions_(0, Hash{column, hash_secret()}, Same{column}) {}

  void reserve(std::size_t count) { positions_.reserve(count); }
  void clear() { positions_.clear(); }

  /// Adds a position of the column; false when another one with the same key is here.
  bool insert(std::uint32_t position) { return positions_.insert(position).second; }

  /// The position holding the key, or nullptr.
  const std::uint32_t* find(Key key) const {
    const auto found = positions_.find(key);
    return found == positions_.end() ? nullptr : &*found;
  }
  bool contains(Key key) const { return find(key) != nullptr; }

 private:
  __extension__ typedef unsigned __int128 Wide;

  struct Hash {
    const std::vector<Key>* column;
    std::uint64_t secret;

    std::size_t operator()(Key key) const {
      const Wide product = static_cast<Wide>(key.hi ^ secret) *
                           (key.lo ^ 0x9E3779B97F4A7C15ULL ^ (secret << 32 | secret >> 32));
      return static_cast<std::size_t>(product >> 64) ^ static_cast<std::size_t>(product);
    }
    std::size_t operator()(std::uint32_t position) const { return (*this)((*column)[position]); }
  };
  struct Same {
    using is_transparent = void;
    const std::vector<Key>* column;

    bool operator()(std::uint32_t a, std::uint32_t b) const {
      return a == b || (*column)[a] == (*column)[b];
    }
    bool operator()(std::uint32_t a, Key b) const { return (*column)[a] == b; }
    bool operator()(Key a, std::uint32_t b) const { return a == (*column)[b]; }
  };

  tsl::robin_set<std::uint32_t, Hash, Same, std::allocator<std::uint32_t>, true> positions_;
};

}  // namespace tartan::graph

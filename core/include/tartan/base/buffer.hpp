#pragma once

// Bytes with a shared owner. A Buffer is immutable and cheap to copy; several may view parts of
// one allocation. Fresh memory comes from a recycling, 64-byte-aligned pool, because page faults
// on new pages cost more than the arithmetic done on them; blocks from 2 MiB up ask for huge
// pages. Thread-safe: buffers may be made, copied and dropped on any thread.

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace tartan {

inline constexpr std::size_t kBufferAlignment = 64;

class MutableBuffer;

class Buffer {
 public:
  Buffer() = default;
  /// A view of memory kept alive by owner.
  Buffer(std::shared_ptr<const void> owner, std::span<const std::byte> bytes)
      : owner_(std::move(owner)), bytes_(bytes) {}

  /// A pool block holding a copy of the bytes.
  static Buffer copy(std::span<const std::byte> bytes);
  static Buffer copy(std::string_view text);

  std::span<const std::byte> bytes() const { return bytes_; }
  const std::byte* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  bool empty() const { return bytes_.empty(); }
  std::string_view text() const {
    return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
  }
  const std::shared_ptr<const void>& owner() const { return owner_; }

  /// The bytes from offset, sharing the owner; offset + count <= size().
  Buffer slice(std::size_t offset, std::size_t count) const {
    return {owner_, bytes_.subspan(offset, count)};
  }

 private:
  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

/// A block of the pool while it is being written. freeze() turns it into a Buffer without a copy.
class MutableBuffer {
 public:
  MutableBuffer() = default;
  /// size bytes, 64-byte aligned, not initialised. Throws std::bad_alloc.
  explicit MutableBuffer(std::size_t size);

  std::byte* data() { return bytes_.data(); }
  const std::byte* data() const { return bytes_.data(); }
  std::size_t size() const { return bytes_.size(); }
  std::span<std::byte> bytes() { return bytes_; }
  template <class T>
  T* as() {
    return reinterpret_cast<T*>(bytes_.data());
  }
  Buffer freeze() &&;

 private:
  std::shared_ptr<void> block_;
  std::span<std::byte> bytes_;
};

/// What the pool holds, in bytes.
struct PoolStatistics {
  std::size_t in_use = 0;
  std::size_t cached = 0;
};
PoolStatistics pool_statistics();

/// Gives cached blocks back to the operating system.
void trim_pool();
/// How many bytes of free blocks are kept for the next buffers; 256 MiB unless set. New memory costs
/// more to touch for the first time than most tasks cost, so whoever knows how much memory the
/// process may have should let an eighth of it lie here.
void set_pool_limit(std::size_t bytes);
std::size_t pool_limit();

}  // namespace tartan

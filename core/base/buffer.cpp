#include <sys/mman.h>

#include <array>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <tartan/base/buffer.hpp>
#include <vector>

namespace tartan {
namespace {

// Size classes: eight per doubling from 1 KiB on, so at most 1/8 of a block is slack. Smaller
// blocks come from the allocator, which is as fast as a list of ours.
constexpr std::size_t kSmallest = 1024;
constexpr std::size_t kHuge = std::size_t{2} << 20;
constexpr std::size_t kUsualLimit = std::size_t{256} << 20;
constexpr int kClasses = 8 * 40;

int class_of(std::size_t size) {
  const int doubling = std::bit_width(size - 1) - 1;  // 2^doubling < size <= 2^(doubling + 1)
  const std::size_t step = (std::size_t{1} << doubling) / 8;
  const auto part = (size - (std::size_t{1} << doubling) + step - 1) / step;
  return (doubling - 10) * 8 + static_cast<int>(part) - 1;
}

std::size_t size_of(int index) {
  const int doubling = index / 8 + 10;
  const std::size_t step = (std::size_t{1} << doubling) / 8;
  const std::size_t size = (std::size_t{1} << doubling) + step * (index % 8 + 1);
  return (size + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

std::size_t mapped_size(std::size_t size) { return (size + kHuge - 1) / kHuge * kHuge; }

void* acquire_from_system(std::size_t size) {
  if (size < kHuge) {
    void* block = std::aligned_alloc(kBufferAlignment, size);
    if (block == nullptr) throw std::bad_alloc();
    return block;
  }
  // Over-map and cut off the ends, so that the block starts at a huge page.
  const std::size_t wanted = mapped_size(size);
  void* raw = ::mmap(nullptr, wanted + kHuge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                     -1, 0);
  if (raw == MAP_FAILED) throw std::bad_alloc();
  const auto begin = reinterpret_cast<std::uintptr_t>(raw);
  const std::uintptr_t aligned = (begin + kHuge - 1) / kHuge * kHuge;
  if (aligned != begin) ::munmap(raw, aligned - begin);
  const std::size_t tail = begin + kHuge - aligned;
  if (tail != 0) ::munmap(reinterpret_cast<void*>(aligned + wanted), tail);
  ::madvise(reinterpret_cast<void*>(aligned), wanted, MADV_HUGEPAGE);
  return reinterpret_cast<void*>(aligned);
}

void release_to_system(void* block, std::size_t size) {
  if (size < kHuge) {
    std::free(block);
  } else {
    ::munmap(block, mapped_size(size));
  }
}

class Pool {
 public:
  void* acquire(int index) {
    const std::size_t size = size_of(index);
    {
      const std::scoped_lock lock(mutex_);
      in_use_ += size;
      auto& list = free_[static_cast<std::size_t>(index)];
      if (!list.empty()) {
        void* block = list.back();
        list.pop_back();
        cached_ -= size;
        return block;
      }
    }
    return acquire_from_system(size);
  }

  void release(void* block, int index) {
    const std::size_t size = size_of(index);
    {
      const std::scoped_lock lock(mutex_);
      in_use_ -= size;
      if (cached_ + size <= limit_) {
        free_[static_cast<std::size_t>(index)].push_back(block);
        cached_ += size;
        return;
      }
    }
    release_to_system(block, size);
  }

  PoolStatistics statistics() {
    const std::scoped_lock lock(mutex_);
    return {in_use_, cached_};
  }

  void set_limit(std::size_t bytes) {
    const std::scoped_lock lock(mutex_);
    limit_ = bytes;
  }
  std::size_t limit() {
    const std::scoped_lock lock(mutex_);
    return limit_;
  }

  void trim() {
    std::array<std::vector<void*>, kClasses> lists;
    {
      const std::scoped_lock lock(mutex_);
      lists.swap(free_);
      cached_ = 0;
    }
    for (int index = 0; index < kClasses; ++index) {
      for (void* block : lists[static_cast<std::size_t>(index)]) {
        release_to_system(block, size_of(index));
      }
    }
  }

 private:
  std::mutex mutex_;  // guards everything below
  std::array<std::vector<void*>, kClasses> free_;
  std::size_t in_use_ = 0;
  std::size_t cached_ = 0;
  std::size_t limit_ = kUsualLimit;
};

// Never destroyed: buffers may outlive every static object.
Pool& pool() {
  static Pool& instance = *new Pool;
  return instance;
}

}  // namespace

MutableBuffer::MutableBuffer(std::size_t size) {
  if (size == 0) return;
  void* raw = nullptr;
  if (size <= kSmallest) {
    const std::size_t rounded =
        (size + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
    raw = acquire_from_system(rounded);
    block_ = std::shared_ptr<void>(raw, [](void* block) { std::free(block); });
  } else {
    if (size > (std::size_t{1} << 47)) throw std::bad_alloc();
    const int index = class_of(size);
    raw = pool().acquire(index);
    block_ = std::shared_ptr<void>(raw, [index](void* block) { pool().release(block, index); });
  }
  bytes_ = {static_cast<std::byte*>(raw), size};
}

Buffer MutableBuffer::freeze() && {
  const std::span<const std::byte> bytes = std::exchange(bytes_, {});
  return {std::move(block_), bytes};
}

Buffer Buffer::copy(std::span<const std::byte> bytes) {
  MutableBuffer block(bytes.size());
  if (!bytes.empty()) std::memcpy(block.data(), bytes.data(), bytes.size());
  return std::move(block).freeze();
}

Buffer Buffer::copy(std::string_view text) {
  return copy(std::as_bytes(std::span(text.data(), text.size())));
}

PoolStatistics pool_statistics() { return pool().statistics(); }

void trim_pool() { pool().trim(); }
void set_pool_limit(std::size_t bytes) { pool().set_limit(bytes); }
std::size_t pool_limit() { return pool().limit(); }

}  // namespace tartan

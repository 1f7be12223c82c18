#include "allocations.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::atomic<std::size_t> alive{0};
std::atomic<std::size_t> peak{0};

void* counted(void* block) {
  if (block == nullptr) throw std::bad_alloc();
  const std::size_t now = alive += malloc_usable_size(block);
  if (now > peak) peak = now;
  return block;
}

void drop(void* block) {
  if (block == nullptr) return;
  alive -= malloc_usable_size(block);
  std::free(block);
}

}  // namespace

namespace tartan::test {
std::size_t allocated_bytes() { return alive; }
std::size_t peak_bytes() { return peak; }
void reset_peak() { peak = alive.load(); }
}  // namespace tartan::test

void* operator new(std::size_t size) { return counted(std::malloc(size == 0 ? 1 : size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto a = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(a, (size + a - 1) / a * a));
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* block, const std::nothrow_t&) noexcept { drop(block); }
void operator delete(void* block) noexcept { drop(block); }
void operator delete(void* block, std::size_t) noexcept { drop(block); }
void operator delete(void* block, std::align_val_t) noexcept { drop(block); }
void operator delete(void* block, std::size_t, std::align_val_t) noexcept { drop(block); }

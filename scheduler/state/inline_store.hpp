#pragma once

// Packed results of at most wire::kInlineBytes, kept by the scheduler so that they can ride to
// clients and dependants. Slots come in power-of-two sizes carved from slabs; a value is named by
// a 32-bit number. Counts its bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tartan::scheduler {

class InlineStore {
 public:
  std::uint32_t put(std::span<const std::byte> bytes);
  void erase(std::uint32_t index);
  std::span<const std::byte> get(std::uint32_t index) const;

  std::size_t bytes() const { return bytes_; }
  /// Gives all memory back; only when empty.
  void reset();

 private:
  static constexpr std::size_t kSlabBytes = 1 << 16;
  static constexpr std::size_t kSmallest = 16;
  static constexpr std::size_t kClasses = 10;  // 16 bytes .. 8 KiB

  struct SizeClass {
    std::vector<std::unique_ptr<std::byte[]>> slabs;
    std::vector<std::uint32_t> sizes;  // bytes in use of every slot
    std::vector<std::uint32_t> free;
  };
  std::byte* slot(std::size_t size_class, std::uint32_t number) const;

  std::array<SizeClass, kClasses> classes_;
  std::size_t bytes_ = 0;
};

}  // namespace tartan::scheduler

#include <bit>
#include <cstring>
#include <scheduler/state/inline_store.hpp>
#include <tartan/base/assert.hpp>

namespace tartan::scheduler {

namespace {
// The size class stands in the low bits of a value's number.
constexpr std::uint32_t kClassBits = 4;
constexpr std::uint32_t kClassMask = (1U << kClassBits) - 1;
}  // namespace

std::byte* InlineStore::slot(std::size_t size_class, std::uint32_t number) const {
  const std::size_t slot_bytes = kSmallest << size_class;
  const std::size_t per_slab = kSlabBytes / slot_bytes;
  return classes_[size_class].slabs[number / per_slab].get() + (number % per_slab) * slot_bytes;
}

std::uint32_t InlineStore::put(std::span<const std::byte> bytes) {
  const auto units = static_cast<std::uint64_t>((bytes.size() + kSmallest - 1) / kSmallest);
  const auto size_class =
      units <= 1 ? std::size_t{0} : static_cast<std::size_t>(std::bit_width(units - 1));
  TARTAN_ASSERT(size_class < kClasses, "an inline value is larger than the largest slot");
  SizeClass& place = classes_[size_class];
  std::uint32_t number = 0;
  if (!place.free.empty()) {
    number = place.free.back();
    place.free.pop_back();
  } else {
    number = static_cast<std::uint32_t>(place.sizes.size());
    place.sizes.push_back(0);
    if (number / (kSlabBytes / (kSmallest << size_class)) == place.slabs.size()) {
      place.slabs.push_back(std::make_unique<std::byte[]>(kSlabBytes));
    }
  }
  place.sizes[number] = static_cast<std::uint32_t>(bytes.size());
  if (!bytes.empty()) std::memcpy(slot(size_class, number), bytes.data(), bytes.size());
  bytes_ += bytes.size();
  return (number << kClassBits) | static_cast<std::uint32_t>(size_class);
}

void InlineStore::erase(std::uint32_t index) {
  SizeClass& place = classes_[index & kClassMask];
  bytes_ -= place.sizes[index >> kClassBits];
  place.sizes[index >> kClassBits] = 0;
  place.free.push_back(index >> kClassBits);
}

std::span<const std::byte> InlineStore::get(std::uint32_t index) const {
  const std::size_t size_class = index & kClassMask;
  return {slot(size_class, index >> kClassBits), classes_[size_class].sizes[index >> kClassBits]};
}

void InlineStore::reset() {
  classes_ = {};
  bytes_ = 0;
}

}  // namespace tartan::scheduler

#pragma once

// DLPack: how array libraries hand memory to each other, in the same process and without a copy.
//
// The structures are those of dlpack.h 0.8 (the form before DLManagedTensorVersioned) under names
// of their own, so that a program may include dlpack.h as well: their pointers are cast to its
// DLManagedTensor* and back.

#include <cstdint>
#include <tartan/array/array.hpp>

namespace tartan {

struct DlpackTensor {
  void* data = nullptr;
  std::int32_t device_type = 1;  ///< 1: memory of the CPU
  std::int32_t device_id = 0;
  std::int32_t ndim = 0;
  std::uint8_t type_code = 0;  ///< 0 signed, 1 unsigned, 2 floating, 5 complex, 6 bool
  std::uint8_t type_bits = 0;  ///< of an element
  std::uint16_t type_lanes = 1;
  std::int64_t* shape = nullptr;
  std::int64_t* strides = nullptr;  ///< in elements; nullptr: C order
  std::uint64_t byte_offset = 0;    ///< of the first element behind data
};

struct ManagedDlpackTensor {
  DlpackTensor tensor;
  void* context = nullptr;
  void (*deleter)(ManagedDlpackTensor*) = nullptr;  ///< frees all of it; may be nullptr
};

/// Computes the array. The elements are shared, not copied, and must not be written to; whoever
/// takes the tensor calls its deleter.
ManagedDlpackTensor* to_dlpack(const Array& x);

/// Takes the tensor over: its deleter is called when nothing needs the elements any more, at once
/// when they are not in C order, as they are copied then. Until then they must not change. Throws
/// ValueError for memory of another device than the CPU and TypeError for element types that tartan
/// does not have; the tensor stays the caller's then.
Array from_dlpack(ManagedDlpackTensor* tensor, const ChunkSpec& chunks = {});

}  // namespace tartan

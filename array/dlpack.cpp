#include <array/kernels/strided.hpp>
#include <fmt/format.h>
#include <memory>
#include <tartan/array/creation.hpp>
#include <tartan/array/dlpack.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

std::uint8_t code_of(DType dtype) {
  if (is_signed_integer(dtype)) return 0;
  if (is_unsigned_integer(dtype)) return 1;
  if (is_floating(dtype)) return 2;
  return is_complex(dtype) ? 5 : 6;
}

DType dtype_of_tensor(const DlpackTensor& tensor) {
  for (std::uint8_t number = 0; number < kDTypeCount; ++number) {
    const auto dtype = static_cast<DType>(number);
    if (code_of(dtype) == tensor.type_code && 8 * itemsize(dtype) == tensor.type_bits &&
        tensor.type_lanes == 1) {
      return dtype;
    }
  }
  throw TypeError(fmt::format("from_dlpack: no dtype is type {} of {} bits and {} lanes",
                              tensor.type_code, tensor.type_bits, tensor.type_lanes));
}

/// The tensor with the chunk whose elements it shares.
struct Lent {
  ManagedDlpackTensor managed;
  Chunk chunk;
};

}  // namespace

ManagedDlpackTensor* to_dlpack(const Array& x) {
  auto lent = std::make_unique<Lent>();
  lent->chunk = x.compute_chunk();
  const DType dtype = lent->chunk.dtype;
  auto& tensor = lent->managed.tensor;
  tensor.data = const_cast<std::byte*>(lent->chunk.data.data());
  tensor.ndim = static_cast<std::int32_t>(lent->chunk.shape.size());
  tensor.type_code = code_of(dtype);
  tensor.type_bits = static_cast<std::uint8_t>(8 * itemsize(dtype));
  tensor.shape = lent->chunk.shape.data();
  lent->managed.context = lent.get();
  lent->managed.deleter = [](ManagedDlpackTensor* one) { delete static_cast<Lent*>(one->context); };
  return &lent.release()->managed;
}

Array from_dlpack(ManagedDlpackTensor* managed, const ChunkSpec& chunks) {
  if (managed == nullptr) throw ValueError("from_dlpack: the tensor is nullptr");
  const DlpackTensor& tensor = managed->tensor;
  if (tensor.device_type != 1) {
    throw ValueError(fmt::format(
        "from_dlpack: the elements are on a device of type {}; copy them to the CPU (1) first",
        tensor.device_type));
  }
  const DType dtype = dtype_of_tensor(tensor);
  const Shape shape(tensor.shape, tensor.shape + tensor.ndim);
  const auto in_order = array::contiguous_strides(shape);
  const auto size = element_count(shape);
  const auto* data = static_cast<const std::byte*>(tensor.data) + tensor.byte_offset;
  Shape strides = in_order;
  bool ordered = true;
  for (std::size_t axis = 0; tensor.strides != nullptr && axis < shape.size(); ++axis) {
    strides[axis] = tensor.strides[axis];
    ordered = ordered && (shape[axis] <= 1 || strides[axis] == in_order[axis]);
  }
  // The spec is looked at before the tensor is taken over, as it may be refused.
  const ChunkSpec resolved(chunks.resolve(shape, itemsize(dtype)));
  MutableChunk copy(dtype, ordered || size == 0 ? Shape(shape.size(), 0) : shape);
  const std::shared_ptr<const void> owner(managed, [](ManagedDlpackTensor* one) {
    if (one->deleter != nullptr) one->deleter(one);
  });
  if (ordered || size == 0) {
    const auto bytes = static_cast<std::size_t>(size) * itemsize(dtype);
    return from_chunk({dtype, shape, Buffer(owner, {data, bytes})}, resolved);
  }
  array::copy_strided(copy.data(), in_order, data, strides, shape, itemsize(dtype));
  return from_chunk(std::move(copy).freeze(), resolved);
}

}  // namespace tartan

#include <algorithm>
#include <array/kernels/create.hpp>
#include <array/kernels/dispatch.hpp>
#include <array/kernels/program.hpp>
#include <type_traits>

namespace tartan::array {
namespace {

template <class T>
inline constexpr bool kExact = std::is_integral_v<T> && !std::is_same_v<T, bool>;

/// start + i * step in the arithmetic of T's kind: wrapping 64-bit, float64 or complex128.
template <class T>
T progression(const Scalar& start, const Scalar& step, std::int64_t i) {
  if constexpr (kExact<T>) {
    // Exact where both are integers; otherwise the float64 value is cut, as NumPy does.
    if (start.is_floating() || step.is_floating()) {
      return Scalar(start.as<double>() + static_cast<double>(i) * step.as<double>()).as<T>();
    }
    return static_cast<T>(start.as<std::uint64_t>() +
                          static_cast<std::uint64_t>(i) * step.as<std::uint64_t>());
  } else if constexpr (detail::IsStdComplex<T>::value) {
    using C = std::complex<double>;
    return T(start.as<C>() + static_cast<double>(i) * step.as<C>());
  } else {
    return static_cast<T>(start.as<double>() + static_cast<double>(i) * step.as<double>());
  }
}

}  // namespace

Chunk full(const Shape& shape, const Scalar& value, DType dtype) {
  MutableChunk chunk(dtype, shape);
  visit_dtype(dtype, [&]<class T>(Type<T>) {
    const auto elements = chunk.view<T>();
    std::fill(elements.begin(), elements.end(), value.as<T>());
  });
  return std::move(chunk).freeze();
}

Chunk arange(const Scalar& start, const Scalar& step, std::int64_t offset, std::int64_t count,
             DType dtype) {
  MutableChunk chunk(dtype, {count});
  visit_dtype(dtype, [&]<class T>(Type<T>) {
    const auto elements = chunk.view<T>();
    for (std::int64_t i = 0; i < count; ++i) {
      elements[static_cast<std::size_t>(i)] = progression<T>(start, step, offset + i);
    }
  });
  return std::move(chunk).freeze();
}

Chunk linspace(const Scalar& start, const Scalar& stop, std::int64_t num, bool endpoint,
               std::int64_t offset, std::int64_t count, DType dtype) {
  using C = std::complex<double>;
  MutableChunk chunk(dtype, {count});
  const std::int64_t intervals = endpoint ? num - 1 : num;
  const C from = start.as<C>();
  const C to = stop.as<C>();
  const C step = intervals > 0 ? (to - from) / static_cast<double>(intervals) : C(0);
  visit_dtype(dtype, [&]<class T>(Type<T>) {
    const auto elements = chunk.view<T>();
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t index = offset + i;
      const bool last = endpoint && index == num - 1 && num > 1;
      const C value = last ? to : from + static_cast<double>(index) * step;
      elements[static_cast<std::size_t>(i)] =
          is_complex(dtype) ? Scalar(value).as<T>() : Scalar(value.real()).as<T>();
    }
  });
  return std::move(chunk).freeze();
}

Chunk eye(const Shape& shape, std::int64_t row, std::int64_t column, std::int64_t k, DType dtype) {
  MutableChunk chunk(dtype, shape);
  visit_dtype(dtype, [&]<class T>(Type<T>) {
    const auto elements = chunk.view<T>();
    std::fill(elements.begin(), elements.end(), T{});
    for (std::int64_t i = 0; i < shape[0]; ++i) {
      const std::int64_t j = row + i + k - column;
      if (j >= 0 && j < shape[1]) elements[static_cast<std::size_t>(i * shape[1] + j)] = T(1);
    }
  });
  return std::move(chunk).freeze();
}

}  // namespace tartan::array

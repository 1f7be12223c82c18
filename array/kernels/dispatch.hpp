#pragma once

// From a run-time dtype to a C++ element type: visit_dtype(dtype, []<class T>(Type<T>) { ... }).

#include <complex>
#include <cstdint>
#include <tartan/array/dtype.hpp>
#include <tartan/base/assert.hpp>
#include <utility>

namespace tartan::array {

template <class T>
struct Type {
  using type = T;
};

template <class F>
decltype(auto) visit_dtype(DType dtype, F&& f) {
  switch (dtype) {
    case DType::boolean:
      return f(Type<bool>{});
    case DType::int8:
      return f(Type<std::int8_t>{});
    case DType::int16:
      return f(Type<std::int16_t>{});
    case DType::int32:
      return f(Type<std::int32_t>{});
    case DType::int64:
      return f(Type<std::int64_t>{});
    case DType::uint8:
      return f(Type<std::uint8_t>{});
    case DType::uint16:
      return f(Type<std::uint16_t>{});
    case DType::uint32:
      return f(Type<std::uint32_t>{});
    case DType::uint64:
      return f(Type<std::uint64_t>{});
    case DType::float32:
      return f(Type<float>{});
    case DType::float64:
      return f(Type<double>{});
    case DType::complex64:
      return f(Type<std::complex<float>>{});
    case DType::complex128:
      return f(Type<std::complex<double>>{});
  }
  assertion_failed("is_dtype(dtype)", "a dtype outside the enum", __FILE__, __LINE__);
}

}  // namespace tartan::array

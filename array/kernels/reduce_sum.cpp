// Sums and products, minima and maxima: one field, one operation.

#include <array/kernels/reduce_loops.hpp>

namespace tartan::array {
namespace {

template <class S, class V>
struct Sum {
  using Source = S;
  using Value = V;
  static constexpr bool kCompares = false;
  static constexpr V kIdentity = V{0};
  template <class T>
  static TARTAN_INLINE T step(const T& a, const T& b) {
    return a + b;
  }
};
template <class S, class V>
struct Product {
  using Source = S;
  using Value = V;
  static constexpr bool kCompares = false;
  static constexpr V kIdentity = V{1};
  template <class T>
  static TARTAN_INLINE T step(const T& a, const T& b) {
    return a * b;
  }
};
/// The smaller or larger of two, NaN only when both are.
template <class T, bool kLargest>
struct NumberExtremum : Extremum<T, kLargest> {
  static constexpr T kIdentity = std::numeric_limits<T>::quiet_NaN();
  static TARTAN_INLINE T step(T a, T b) {
    const bool ahead = kLargest ? b > a : b < a;
    return (ahead | (a != a)) ? b : a;
  }
  static TARTAN_INLINE T branchless(T a, T b) { return step(a, b); }
};
/// any and all: bytes that are 0 or 1, also for no elements.
template <bool kLargest>
struct BoolExtremum : Extremum<std::uint8_t, kLargest> {
  static constexpr std::uint8_t kIdentity = kLargest ? 0 : 1;
};

/// Complex products have no lanes: the order is that of the elements.
struct ComplexProduct {
  using Value = Complex<double>;
  static TARTAN_INLINE Value step(Value a, Value b) {
    return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
  }
  static Value* values(State state) { return reinterpret_cast<Value*>(state.field[0]); }
  static void clear(State state, std::size_t width) {
    for (std::size_t j = 0; j < width; ++j) values(state)[j] = {1, 0};
  }
  static void runs(State state, const Rows& rows) {
    const Value* from = reinterpret_cast<const Value*>(rows.x);
    for (std::size_t r = 0; r < rows.rows; ++r, from += rows.width) {
      Value product{1, 0};
      for (std::size_t i = 0; i < rows.width; ++i) product = step(product, from[i]);
      values(state)[r] = product;
    }
  }
  static void rows(State state, std::int64_t, const Rows& rows) {
    const Value* from = reinterpret_cast<const Value*>(rows.x);
    for (std::size_t r = 0; r < rows.rows; ++r, from += rows.step) {
      for (std::size_t j = 0; j < rows.width; ++j) {
        values(state)[j] = step(values(state)[j], from[j]);
      }
    }
  }
  static void merge(State a, std::int64_t, State b, std::int64_t, std::size_t width) {
    for (std::size_t j = 0; j < width; ++j) values(a)[j] = step(values(a)[j], values(b)[j]);
  }
};

template <class P>
ReduceKernel fold_kernel(DType element, DType field, Isa isa) {
  constexpr bool kAll =
      sizeof(typename P::Value) == 8 || std::is_floating_point_v<typename P::Value>;
  ReduceKernel kernel = ReduceVariants<FoldLoops<P>, kAll>::pick(isa);
  kernel.element = element;
  kernel.fields = {field, field, field};
  return kernel;
}

template <class T>
ReduceKernel extremum_of(bool largest, DType element, Isa isa) {
  return largest ? fold_kernel<Extremum<T, true>>(element, element, isa)
                 : fold_kernel<Extremum<T, false>>(element, element, isa);
}

/// Signed and unsigned integers add and multiply alike.
template <template <class, class> class P>
ReduceKernel number_kernel(DType element, Isa isa) {
  using U = std::uint64_t;
  switch (element) {
    case DType::float32:
      return fold_kernel<P<float, double>>(element, DType::float64, isa);
    case DType::float64:
      return fold_kernel<P<double, double>>(element, element, isa);
    case DType::int64:
    case DType::uint64:
      return fold_kernel<P<U, U>>(element, element, isa);
    default:
      return ReduceKernel{.field_count = 0};
  }
}

}  // namespace

ReduceKernel sum_kernel(DType element, Isa isa) { return number_kernel<Sum>(element, isa); }

ReduceKernel product_kernel(DType element, Isa isa) {
  if (element != DType::complex128) return number_kernel<Product>(element, isa);
  ReduceKernel kernel;
  kernel.element = element;
  kernel.fields = {element, element, element};
  kernel.clear = &ComplexProduct::clear;
  kernel.runs = &ComplexProduct::runs;
  kernel.rows = &ComplexProduct::rows;
  kernel.merge = &ComplexProduct::merge;
  return kernel;
}

ReduceKernel number_extremum_kernel(bool largest, DType element, Isa isa) {
  const bool wide = element == DType::float64;
  if (!is_floating(element)) return extremum_kernel(largest, element, isa);
  if (largest) {
    return wide ? fold_kernel<NumberExtremum<double, true>>(element, element, isa)
                : fold_kernel<NumberExtremum<float, true>>(element, element, isa);
  }
  return wide ? fold_kernel<NumberExtremum<double, false>>(element, element, isa)
              : fold_kernel<NumberExtremum<float, false>>(element, element, isa);
}

ReduceKernel extremum_kernel(bool largest, DType element, Isa isa) {
  switch (element) {
    case DType::boolean:
      return largest ? fold_kernel<BoolExtremum<true>>(element, element, isa)
                     : fold_kernel<BoolExtremum<false>>(element, element, isa);
    case DType::uint8:
      return extremum_of<std::uint8_t>(largest, element, isa);
    case DType::uint16:
      return extremum_of<std::uint16_t>(largest, element, isa);
    case DType::uint32:
      return extremum_of<std::uint32_t>(largest, element, isa);
    case DType::uint64:
      return extremum_of<std::uint64_t>(largest, element, isa);
    case DType::int8:
      return extremum_of<std::int8_t>(largest, element, isa);
    case DType::int16:
      return extremum_of<std::int16_t>(largest, element, isa);
    case DType::int32:
      return extremum_of<std::int32_t>(largest, element, isa);
    case DType::int64:
      return extremum_of<std::int64_t>(largest, element, isa);
    case DType::float32:
      return extremum_of<float>(largest, element, isa);
    case DType::float64:
      return extremum_of<double>(largest, element, isa);
    default:
      return ReduceKernel{.field_count = 0};
  }
}

}  // namespace tartan::array

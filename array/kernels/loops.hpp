#pragma once

// The loops over tiles, compiled for every instruction set in one file: a body that is always
// inlined into three functions with different target attributes. No ifunc resolvers, which the
// sanitizers cannot start under, and no second compilation of a file, whose inline functions
// would leak new instructions into code for old machines.
//
// Sources that use this header are compiled with -O3 -ffp-contract=off in every build type.

#include <array/kernels/isa.hpp>
#include <array/kernels/tile.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#define TARTAN_INLINE __attribute__((always_inline)) inline
#define TARTAN_AVX2 __attribute__((target("arch=x86-64-v3")))
#define TARTAN_AVX512 __attribute__((target("arch=x86-64-v4,prefer-vector-width=512")))

namespace tartan::array {

/// A complex number without the library's special cases for infinities, which NumPy lacks too.
template <class T>
struct Complex {
  T re;
  T im;
};

/// out[i] = F{}(in0[i], in1[i], ...), with In... in and Out out.
template <class F, class Out, class... In>
struct Loop {
  template <std::size_t... I>
  static TARTAN_INLINE void body(std::byte* __restrict out, const std::byte* const* in,
                                 std::size_t n, std::index_sequence<I...>) {
    Out* __restrict target = reinterpret_cast<Out*>(out);
    body_typed(target, n, reinterpret_cast<const In*>(in[I])...);
  }
  static TARTAN_INLINE void body_typed(Out* __restrict out, std::size_t n, const In*... in) {
    for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<Out>(F{}(in[i]...));
  }
  static void baseline(std::byte* out, const std::byte* const* in, std::size_t n) {
    body(out, in, n, std::index_sequence_for<In...>{});
  }
  TARTAN_AVX2 static void avx2(std::byte* out, const std::byte* const* in, std::size_t n) {
    body(out, in, n, std::index_sequence_for<In...>{});
  }
  TARTAN_AVX512 static void avx512(std::byte* out, const std::byte* const* in, std::size_t n) {
    body(out, in, n, std::index_sequence_for<In...>{});
  }
  static TileKernel pick(Isa isa) {
    if (isa == Isa::avx512) return &avx512;
    return isa == Isa::avx2 ? &avx2 : &baseline;
  }
};

/// The same for operations no instruction set speeds up: one compilation only.
template <class F, class Out, class... In>
struct ScalarLoop {
  static TileKernel pick(Isa) { return &Loop<F, Out, In...>::baseline; }
};

// Choosing an instance by dtype. `Loops` is Loop or ScalarLoop; F maps (T, ...) to T.

template <template <class, class, class...> class Loops, class F, class T, int kArity>
TileKernel same_type(Isa isa) {
  if constexpr (kArity == 1) {
    return Loops<F, T, T>::pick(isa);
  } else {
    return Loops<F, T, T, T>::pick(isa);
  }
}

/// For operations whose bits do not depend on the sign: one instance per size of integer.
template <template <class, class, class...> class Loops, class F, int kArity>
TileKernel by_size(DType dtype, Isa isa) {
  switch (itemsize(dtype)) {
    case 1:
      return same_type<Loops, F, std::uint8_t, kArity>(isa);
    case 2:
      return same_type<Loops, F, std::uint16_t, kArity>(isa);
    case 4:
      return same_type<Loops, F, std::uint32_t, kArity>(isa);
    default:
      return same_type<Loops, F, std::uint64_t, kArity>(isa);
  }
}

template <template <class, class, class...> class Loops, class F, int kArity>
TileKernel for_integers(DType dtype, Isa isa) {
  switch (dtype) {
    case DType::int8:
      return same_type<Loops, F, std::int8_t, kArity>(isa);
    case DType::int16:
      return same_type<Loops, F, std::int16_t, kArity>(isa);
    case DType::int32:
      return same_type<Loops, F, std::int32_t, kArity>(isa);
    case DType::int64:
      return same_type<Loops, F, std::int64_t, kArity>(isa);
    case DType::uint8:
      return same_type<Loops, F, std::uint8_t, kArity>(isa);
    case DType::uint16:
      return same_type<Loops, F, std::uint16_t, kArity>(isa);
    case DType::uint32:
      return same_type<Loops, F, std::uint32_t, kArity>(isa);
    case DType::uint64:
      return same_type<Loops, F, std::uint64_t, kArity>(isa);
    default:
      return nullptr;
  }
}

template <template <class, class, class...> class Loops, class F, int kArity>
TileKernel for_floats(DType dtype, Isa isa) {
  if (dtype == DType::float32) return same_type<Loops, F, float, kArity>(isa);
  if (dtype == DType::float64) return same_type<Loops, F, double, kArity>(isa);
  return nullptr;
}

template <template <class, class, class...> class Loops, class F, int kArity>
TileKernel for_complex(DType dtype, Isa isa) {
  if (dtype == DType::complex64) return same_type<Loops, F, Complex<float>, kArity>(isa);
  if (dtype == DType::complex128) return same_type<Loops, F, Complex<double>, kArity>(isa);
  return nullptr;
}

}  // namespace tartan::array

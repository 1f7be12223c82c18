// SLEEF's AVX-512 variants bound to tile kernels. This file alone is compiled for that
// instruction set (see array/CMakeLists.txt), because sleef.h declares only what the compiler may
// use; it must not use inline functions of other headers, which would carry it elsewhere.

#include <array/kernels/math_functions.hpp>
#include <cstring>
#include <immintrin.h>
#include <sleef.h>

#define TARTAN_VECTOR_DOUBLE __m512d
#define TARTAN_VECTOR_FLOAT __m512
#define TARTAN_LOADU(kind) _mm512_loadu_##kind
#define TARTAN_STOREU(kind) _mm512_storeu_##kind
#define TARTAN_LANES_d 8
#define TARTAN_LANES_f 16
#define TARTAN_SLEEF_NAME(function, kind, lanes, accuracy) \
  Sleef_finz_##function##kind##lanes##_##accuracy##avx512f
#define TARTAN_SLEEF_EXPAND(...) TARTAN_SLEEF_NAME(__VA_ARGS__)
#define TARTAN_SLEEF(function, kind, accuracy) \
  TARTAN_SLEEF_EXPAND(function, kind, TARTAN_LANES_##kind, accuracy)
#define TARTAN_MATH_LOOKUP sleef_kernel_avx512
#define TARTAN_SINCOS_LOOKUP sincos_kernel_avx512

#include "math_loops.inl"

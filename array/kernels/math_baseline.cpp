// SLEEF's SSE2 variants bound to tile kernels.

#include <array/kernels/math_functions.hpp>
#include <cstring>
#include <immintrin.h>
#include <sleef.h>

#define TARTAN_VECTOR_DOUBLE __m128d
#define TARTAN_VECTOR_FLOAT __m128
#define TARTAN_LOADU(kind) _mm_loadu_##kind
#define TARTAN_STOREU(kind) _mm_storeu_##kind
#define TARTAN_LANES_d 2
#define TARTAN_LANES_f 4
#define TARTAN_SLEEF_NAME(function, kind, lanes, accuracy) \
  Sleef_cinz_##function##kind##lanes##_##accuracy##sse2
#define TARTAN_SLEEF_EXPAND(...) TARTAN_SLEEF_NAME(__VA_ARGS__)
#define TARTAN_SLEEF(function, kind, accuracy) \
  TARTAN_SLEEF_EXPAND(function, kind, TARTAN_LANES_##kind, accuracy)
#define TARTAN_MATH_LOOKUP sleef_kernel_baseline
#define TARTAN_SINCOS_LOOKUP sincos_kernel_baseline

#include "math_loops.inl"

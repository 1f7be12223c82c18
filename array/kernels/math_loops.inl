// The body of the three files that bind SLEEF's variants. It is included after
// these have been defined:
//   TARTAN_VECTOR_DOUBLE, TARTAN_VECTOR_FLOAT            the register types
//   TARTAN_LOADU(kind), TARTAN_STOREU(kind)              intrinsics, kind being pd or ps
//   TARTAN_SLEEF(function, kind, accuracy)               the variant's name, kind being d or f
//   TARTAN_MATH_LOOKUP, TARTAN_SINCOS_LOOKUP             the names of the functions it defines

namespace tartan::array {
namespace {

struct Double {
  using Scalar = double;
  using Vector = TARTAN_VECTOR_DOUBLE;
  static Vector load(const double* from) { return TARTAN_LOADU(pd)(from); }
  static void store(double* to, Vector value) { TARTAN_STOREU(pd)(to, value); }
};
struct Float {
  using Scalar = float;
  using Vector = TARTAN_VECTOR_FLOAT;
  static Vector load(const float* from) { return TARTAN_LOADU(ps)(from); }
  static void store(float* to, Vector value) { TARTAN_STOREU(ps)(to, value); }
};

#define TARTAN_X(operation, function, accuracy)                                          \
  struct operation##_double : Double {                                                   \
    static Vector call(Vector x) { return TARTAN_SLEEF(function, d, accuracy)(x); }      \
  };                                                                                     \
  struct operation##_float : Float {                                                     \
    static Vector call(Vector x) { return TARTAN_SLEEF(function, f, accuracy)(x); }      \
  };
TARTAN_SLEEF_UNARY(TARTAN_X)
#undef TARTAN_X

#define TARTAN_X(operation, function, accuracy)                                                   \
  struct operation##_double : Double {                                                            \
    static Vector call(Vector x, Vector y) { return TARTAN_SLEEF(function, d, accuracy)(x, y); }  \
  };                                                                                              \
  struct operation##_float : Float {                                                              \
    static Vector call(Vector x, Vector y) { return TARTAN_SLEEF(function, f, accuracy)(x, y); }  \
  };
TARTAN_SLEEF_BINARY(TARTAN_X)
#undef TARTAN_X

struct SinCosDouble : Double {
  static auto call(Vector x) { return TARTAN_SLEEF(sincos, d, u10)(x); }
};
struct SinCosFloat : Float {
  static auto call(Vector x) { return TARTAN_SLEEF(sincos, f, u10)(x); }
};

// The last, incomplete vector goes through a padded copy, so that an element's result never
// depends on where in the tile it lies.
template <class F>
void unary(std::byte* out, const std::byte* const* in, std::size_t n) {
  using T = typename F::Scalar;
  constexpr std::size_t kLanes = sizeof(typename F::Vector) / sizeof(T);
  auto* to = reinterpret_cast<T*>(out);
  const auto* x = reinterpret_cast<const T*>(in[0]);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) F::store(to + i, F::call(F::load(x + i)));
  if (i == n) return;
  T padded[kLanes] = {};
  std::memcpy(padded, x + i, (n - i) * sizeof(T));
  F::store(padded, F::call(F::load(padded)));
  std::memcpy(to + i, padded, (n - i) * sizeof(T));
}

template <class F>
void binary(std::byte* out, const std::byte* const* in, std::size_t n) {
  using T = typename F::Scalar;
  constexpr std::size_t kLanes = sizeof(typename F::Vector) / sizeof(T);
  auto* to = reinterpret_cast<T*>(out);
  const auto* x = reinterpret_cast<const T*>(in[0]);
  const auto* y = reinterpret_cast<const T*>(in[1]);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) F::store(to + i, F::call(F::load(x + i), F::load(y + i)));
  if (i == n) return;
  T left[kLanes] = {};
  T right[kLanes] = {};
  std::memcpy(left, x + i, (n - i) * sizeof(T));
  std::memcpy(right, y + i, (n - i) * sizeof(T));
  F::store(left, F::call(F::load(left), F::load(right)));
  std::memcpy(to + i, left, (n - i) * sizeof(T));
}

template <class F>
void sines_and_cosines(std::byte* sines, std::byte* cosines, const std::byte* in, std::size_t n) {
  using T = typename F::Scalar;
  constexpr std::size_t kLanes = sizeof(typename F::Vector) / sizeof(T);
  auto* sine = reinterpret_cast<T*>(sines);
  auto* cosine = reinterpret_cast<T*>(cosines);
  const auto* x = reinterpret_cast<const T*>(in);
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const auto both = F::call(F::load(x + i));
    F::store(sine + i, both.x);
    F::store(cosine + i, both.y);
  }
  if (i == n) return;
  T padded[kLanes] = {};
  std::memcpy(padded, x + i, (n - i) * sizeof(T));
  const auto both = F::call(F::load(padded));
  F::store(padded, both.x);
  std::memcpy(sine + i, padded, (n - i) * sizeof(T));
  F::store(padded, both.y);
  std::memcpy(cosine + i, padded, (n - i) * sizeof(T));
}

}  // namespace

PairKernel TARTAN_SINCOS_LOOKUP(DType dtype) {
  return dtype == DType::float64 ? &sines_and_cosines<SinCosDouble>
                                 : &sines_and_cosines<SinCosFloat>;
}

TileKernel TARTAN_MATH_LOOKUP(Operation operation, DType dtype) {
  const bool wide = dtype == DType::float64;
  switch (operation) {
#define TARTAN_X(operation, function, accuracy) \
  case Operation::operation:                    \
    return wide ? &unary<operation##_double> : &unary<operation##_float>;
    TARTAN_SLEEF_UNARY(TARTAN_X)
#undef TARTAN_X
#define TARTAN_X(operation, function, accuracy) \
  case Operation::operation:                    \
    return wide ? &binary<operation##_double> : &binary<operation##_float>;
    TARTAN_SLEEF_BINARY(TARTAN_X)
#undef TARTAN_X
    default: return nullptr;
  }
}

}  // namespace tartan::array

// Special functions, parts of floating-point numbers, and what only integers have.

#include <array/kernels/loops.hpp>
#include <cmath>
#include <numeric>
#include <type_traits>

namespace tartan::array {
namespace {

// Chebyshev coefficients of the modified Bessel function of order zero, from Cephes (Moshier):
// exp(-x) I0(x) on [0, 8], and exp(-x) sqrt(x) I0(x) on [8, inf] in 32 / x.
constexpr double kNear[] = {
    -4.41534164647933937950E-18, 3.33079451882223809783E-17,  -2.43127984654795469359E-16,
    1.71539128555513303061E-15,  -1.16853328779934516808E-14, 7.67618549860493561688E-14,
    -4.85644678311192946090E-13, 2.95505266312963983461E-12,  -1.72682629144155570723E-11,
    9.67580903537323691224E-11,  -5.18979560163526290666E-10, 2.65982372468238665035E-9,
    -1.30002500998624804212E-8,  6.04699502254191894932E-8,   -2.67079385394061173391E-7,
    1.11738753912010371815E-6,   -4.41673835845875056359E-6,  1.64484480707288970893E-5,
    -5.75419501008210370398E-5,  1.88502885095841655729E-4,   -5.76375574538582365885E-4,
    1.63947561694133579842E-3,   -4.32430999505057594430E-3,  1.05464603945949983183E-2,
    -2.37374148058994688156E-2,  4.93052842396707084878E-2,   -9.49010970480476444210E-2,
    1.71620901522208775349E-1,   -3.04682672343198398683E-1,  6.76795274409476084995E-1};
constexpr double kFar[] = {
    -7.23318048787475395456E-18, -4.83050448594418207126E-18, 4.46562142029675999901E-17,
    3.46122286769746109310E-17,  -2.82762398051658348494E-16, -3.42548561967721913462E-16,
    1.77256013305652638360E-15,  3.81168066935262242075E-15,  -9.55484669882830764870E-15,
    -4.15056934728722208663E-14, 1.54008621752140982691E-14,  3.85277838274214270114E-13,
    7.18012445138366623367E-13,  -1.79417853150680611778E-12, -1.32158118404477131188E-11,
    -3.14991652796324136454E-11, 1.18891471078464383424E-11,  4.94060238822496958910E-10,
    3.39623202570838634515E-9,   2.26666899049817806459E-8,   2.04891858946906374183E-7,
    2.89137052083475648297E-6,   6.88975834691682398426E-5,   3.36911647825569408990E-3,
    8.04490411014108831608E-1};

template <std::size_t N>
double chebyshev(double x, const double (&coefficients)[N]) {
  double b0 = coefficients[0];
  double b1 = 0;
  double b2 = 0;
  for (std::size_t i = 1; i < N; ++i) {
    b2 = b1;
    b1 = b0;
    b0 = x * b1 - b2 + coefficients[i];
  }
  return 0.5 * (b0 - b2);
}

struct BesselI0 {
  template <class T>
  T operator()(T a) const {
    const double x = std::abs(static_cast<double>(a));
    if (x <= 8) return static_cast<T>(std::exp(x) * chebyshev(x / 2 - 2, kNear));
    return static_cast<T>(std::exp(x) * chebyshev(32 / x - 2, kFar) / std::sqrt(x));
  }
};
struct Cbrt {
  template <class T>
  T operator()(T a) const {
    return std::cbrt(a);
  }
};
/// The power of two that leaves a fraction in [0.5, 1); 0 of zero, infinities and NaN.
struct Exponent {
  template <class T>
  T operator()(T a) const {
    if (!std::isfinite(a)) return T{0};
    int power = 0;
    static_cast<void>(std::frexp(a, &power));
    return static_cast<T>(power);
  }
};
/// The power comes as a floating-point number; beyond what any number survives it is cut off.
struct Ldexp {
  template <class T>
  T operator()(T a, T power) const {
    constexpr T kMost = 5000;
    if (!(power > -kMost)) power = -kMost;
    return std::ldexp(a, static_cast<int>(power < kMost ? power : kMost));
  }
};

/// |a| without overflow.
template <class T>
std::make_unsigned_t<T> magnitude(T a) {
  using U = std::make_unsigned_t<T>;
  return a < 0 ? static_cast<U>(U{0} - static_cast<U>(a)) : static_cast<U>(a);
}
struct Gcd {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(std::gcd(magnitude(a), magnitude(b)));
  }
};
struct Lcm {
  template <class T>
  T operator()(T a, T b) const {
    const auto x = magnitude(a);
    const auto y = magnitude(b);
    const auto common = std::gcd(x, y);
    return common == 0 ? T{0} : static_cast<T>(static_cast<std::uint64_t>(x / common) * y);
  }
};

}  // namespace

TileKernel special_kernel(Operation operation, DType dtype, Isa isa) {
  switch (operation) {
    case Operation::i0:
      return for_floats<ScalarLoop, BesselI0, 1>(dtype, isa);
    case Operation::cbrt:
      return for_floats<ScalarLoop, Cbrt, 1>(dtype, isa);
    case Operation::exponent:
      return for_floats<ScalarLoop, Exponent, 1>(dtype, isa);
    case Operation::ldexp:
      return for_floats<ScalarLoop, Ldexp, 2>(dtype, isa);
    case Operation::gcd:
      return for_integers<ScalarLoop, Gcd, 2>(dtype, isa);
    case Operation::lcm:
      return for_integers<ScalarLoop, Lcm, 2>(dtype, isa);
    default:
      return nullptr;
  }
}

}  // namespace tartan::array

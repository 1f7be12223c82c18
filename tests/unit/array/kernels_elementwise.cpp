#include <catch2/catch.hpp>
#include <complex>
#include <functional>
#include <tartan/base/exceptions.hpp>
#include <tests/unit/array/kernels_support.hpp>

namespace tartan::array::test {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Both operands of every pair of the values.
template <class T>
std::pair<Chunk, Chunk> all_pairs(const std::vector<T>& values) {
  std::vector<T> a;
  std::vector<T> b;
  for (const T& x : values) {
    for (const T& y : values) {
      a.push_back(x);
      b.push_back(y);
    }
  }
  const auto n = static_cast<std::int64_t>(a.size());
  return {chunk_of<T>({n}, a), chunk_of<T>({n}, b)};
}

template <class T>
std::vector<T> edge_integers() {
  using L = std::numeric_limits<T>;
  std::vector<T> values = {0, 1, 2, 3, 7, 100, L::max(), static_cast<T>(L::max() - 1), L::min()};
  if (std::is_signed_v<T>) {
    for (const int x : {-1, -2, -3, -7}) values.push_back(static_cast<T>(x));
  }
  return values;
}

__extension__ using Int128 = __int128;

/// Python's floor division in 128 bits; 0 for a divisor of 0.
template <class T>
Int128 floor_div(T a, T b) {
  if (b == 0) return 0;
  const Int128 quotient = static_cast<Int128>(a) / b;
  return quotient - (static_cast<Int128>(a) % b != 0 && (a < 0) != (b < 0));
}

TEMPLATE_TEST_CASE("integer arithmetic wraps, rounds down and survives division by zero", "",
                   std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t,
                   std::uint16_t, std::uint32_t, std::uint64_t) {
  using T = TestType;
  const auto [a, b] = all_pairs(edge_integers<T>());
  const auto x = a.template view<T>();
  const auto y = b.template view<T>();
  const auto check = [&](Operation operation, auto&& want) {
    const auto got = values_of<T>(applied(operation, {a, b}));
    for (std::size_t i = 0; i < got.size(); ++i) {
      INFO(name(operation) << " of " << +x[i] << " and " << +y[i]);
      CHECK(+got[i] == +static_cast<T>(want(x[i], y[i])));
    }
  };
  using U = std::uint64_t;
  check(Operation::add, [](T p, T q) { return U(p) + U(q); });
  check(Operation::subtract, [](T p, T q) { return U(p) - U(q); });
  check(Operation::multiply, [](T p, T q) { return U(p) * U(q); });
  check(Operation::floor_divide, [](T p, T q) { return floor_div(p, q); });
  check(Operation::remainder, [](T p, T q) -> T {
    return q == 0 ? T{0} : static_cast<T>(static_cast<Int128>(p) - floor_div(p, q) * q);
  });
  check(Operation::maximum, [](T p, T q) { return std::max(p, q); });
  check(Operation::minimum, [](T p, T q) { return std::min(p, q); });
  check(Operation::bitwise_and, [](T p, T q) { return p & q; });
  check(Operation::bitwise_xor, [](T p, T q) { return p ^ q; });
  constexpr int kWidth = 8 * sizeof(T);
  check(Operation::bitwise_left_shift,
        [](T p, T q) { return q < 0 || U(q) >= U{kWidth} ? U{0} : U(p) << q; });
  check(Operation::bitwise_right_shift, [](T p, T q) -> Int128 {
    const bool all = q < 0 || static_cast<U>(q) >= U{kWidth};
    return all ? (p < 0 ? -1 : 0) : static_cast<Int128>(p) >> q;
  });
}

TEST_CASE("a right shift within the width keeps the sign") {
  const auto got = applied(
      Operation::bitwise_right_shift,
      {chunk_of<std::int16_t>({3}, {-9, 9, 1024}), chunk_of<std::int16_t>({3}, {1, 1, 10})});
  CHECK(values_of<std::int16_t>(got) == std::vector<std::int16_t>{-5, 4, 1});
}

TEST_CASE("integer powers are exact and wrap; a negative exponent is refused") {
  const auto got = applied(Operation::pow, {chunk_of<std::int64_t>({5}, {3, -2, 0, 7, 10}),
                                            chunk_of<std::int64_t>({5}, {4, 63, 0, 1, 19})});
  CHECK(values_of<std::int64_t>(got) ==
        std::vector<std::int64_t>{81, INT64_MIN, 1, 7, -8446744073709551616LL});
  CHECK_THROWS_AS(applied(Operation::pow,
                          {chunk_of<std::int32_t>({1}, {2}), chunk_of<std::int32_t>({1}, {-1})}),
                  ValueError);
}

TEST_CASE("abs, sign and negative of the lowest integer wrap") {
  const Chunk x = chunk_of<std::int8_t>({4}, {-128, -5, 0, 9});
  CHECK(values_of<std::int8_t>(applied(Operation::abs, {x})) ==
        std::vector<std::int8_t>{-128, 5, 0, 9});
  CHECK(values_of<std::int8_t>(applied(Operation::sign, {x})) ==
        std::vector<std::int8_t>{-1, -1, 0, 1});
  CHECK(values_of<std::int8_t>(applied(Operation::negative, {x})) ==
        std::vector<std::int8_t>{-128, 5, 0, -9});
}

TEST_CASE("NaN passes through maximum, minimum, clip and sign, from either side") {
  const auto [a, b] = all_pairs<double>({kNan, 1, -2, kInf});
  const auto top = values_of<double>(applied(Operation::maximum, {a, b}));
  const auto bottom = values_of<double>(applied(Operation::minimum, {a, b}));
  for (std::size_t i = 0; i < top.size(); ++i) {
    const double x = a.view<double>()[i];
    const double y = b.view<double>()[i];
    const bool nan = std::isnan(x) || std::isnan(y);
    CHECK(ulps(top[i], nan ? kNan : std::max(x, y)) == 0);
    CHECK(ulps(bottom[i], nan ? kNan : std::min(x, y)) == 0);
  }
  const auto clipped = values_of<double>(
      applied(Operation::clip, {chunk_of<double>({4}, {-5, 0.5, 5, kNan}),
                                chunk_of<double>({}, {-1}), chunk_of<double>({}, {1})}));
  CHECK(clipped[0] == -1);
  CHECK(clipped[1] == 0.5);
  CHECK(clipped[2] == 1);
  CHECK(std::isnan(clipped[3]));
  CHECK(std::isnan(applied(Operation::sign, {chunk_of<double>({}, {kNan})}).view<double>()[0]));
}

TEST_CASE("floating-point division, floor division and remainder follow Python") {
  const auto check = [](double a, double b, double quotient, double rest) {
    INFO(a << " by " << b);
    const Chunk x = chunk_of<double>({}, {a});
    const Chunk y = chunk_of<double>({}, {b});
    CHECK(ulps(applied(Operation::floor_divide, {x, y}).view<double>()[0], quotient) == 0);
    CHECK(ulps(applied(Operation::remainder, {x, y}).view<double>()[0], rest) == 0);
  };
  check(7, 2, 3, 1);
  check(-7, 2, -4, 1);
  check(7, -2, -4, -1);
  check(-7, -2, 3, -1);
  check(6, 2, 3, 0);
  check(-6, 2, -3, 0);
  check(6, -2, -3, -0.0);
  check(1, 0.1, 9, std::fmod(1, 0.1));
  check(1, 0, kInf, kNan);
  check(0, 0, kNan, kNan);
  check(3, kInf, 0, 3);
  check(-3, kInf, -1, kInf);
  check(kInf, 3, kNan, kNan);
}

TEST_CASE("round goes to even, and infinities and signed zeros stay") {
  const Chunk x = chunk_of<double>({8}, {0.5, 1.5, 2.5, -0.5, -1.5, kInf, -0.0, 1e300});
  const std::vector<double> want = {0, 2, 2, -0.0, -2, kInf, -0.0, 1e300};
  const auto got = values_of<double>(applied(Operation::round, {x}));
  for (std::size_t i = 0; i < want.size(); ++i) CHECK(ulps(got[i], want[i]) == 0);
}

TEST_CASE("comparisons with NaN are false, except not_equal") {
  const Chunk nan = chunk_of<float>({}, {std::nanf("")});
  const Chunk one = chunk_of<float>({}, {1});
  for (const Operation operation : {Operation::equal, Operation::less, Operation::less_equal,
                                    Operation::greater, Operation::greater_equal}) {
    CHECK_FALSE(applied(operation, {nan, one}).view<bool>()[0]);
    CHECK_FALSE(applied(operation, {one, nan}).view<bool>()[0]);
  }
  CHECK(applied(Operation::not_equal, {nan, nan}).view<bool>()[0]);
  CHECK(applied(Operation::greater, {chunk_of<float>({}, {2}), one}).view<bool>()[0]);
  CHECK(applied(Operation::greater_equal, {one, one}).view<bool>()[0]);
}

TEST_CASE("questions about numbers are answered for every dtype") {
  const Chunk x = chunk_of<double>({4}, {kNan, kInf, -kInf, 1});
  CHECK(same_bits(applied(Operation::isnan, {x}), bools({4}, {true, false, false, false})));
  CHECK(same_bits(applied(Operation::isinf, {x}), bools({4}, {false, true, true, false})));
  CHECK(same_bits(applied(Operation::isfinite, {x}), bools({4}, {false, false, false, true})));
  const Chunk i = chunk_of<int>({2}, {0, 5});
  CHECK(same_bits(applied(Operation::isnan, {i}), bools({2}, {false, false})));
  CHECK(same_bits(applied(Operation::isfinite, {i}), bools({2}, {true, true})));
  CHECK(same_bits(applied(Operation::signbit, {chunk_of<double>({2}, {-0.0, 0.0})}),
                  bools({2}, {true, false})));
}

TEST_CASE("where chooses element by element in every size of element") {
  const Chunk condition = bools({3}, {true, false, true});
  const auto check = [&]<class T>(T) {
    const Chunk got = applied(Operation::where, {condition, chunk_of<T>({3}, {T(1), T(2), T(3)}),
                                                 chunk_of<T>({}, {T(9)})});
    CHECK(values_of<T>(got) == std::vector<T>{T(1), T(9), T(3)});
  };
  check(std::int8_t{});
  check(std::int16_t{});
  check(float{});
  check(double{});
  check(std::complex<double>{});
  CHECK(values_of<double>(
            applied(Operation::where, {chunk_of<double>({2}, {kNan, 0}), chunk_of<double>({}, {1}),
                                       chunk_of<int>({}, {2})})) == std::vector<double>{1, 2});
}

TEST_CASE("bools add as or, multiply as and, and invert logically") {
  const Chunk a = bools({4}, {false, false, true, true});
  const Chunk b = bools({4}, {false, true, false, true});
  CHECK(same_bits(applied(Operation::add, {a, b}), bools({4}, {false, true, true, true})));
  CHECK(same_bits(applied(Operation::multiply, {a, b}), bools({4}, {false, false, false, true})));
  CHECK(same_bits(applied(Operation::bitwise_xor, {a, b}), bools({4}, {false, true, true, false})));
  CHECK(same_bits(applied(Operation::bitwise_invert, {a}), bools({4}, {true, true, false, false})));
  CHECK(same_bits(applied(Operation::logical_and, {chunk_of<double>({4}, {0, -0.0, kNan, 2}), b}),
                  bools({4}, {false, false, false, true})));
}

template <class T>
void check_analysis(Operation operation, const std::function<long double(long double)>& reference,
                    const std::vector<T>& points) {
  const auto n = static_cast<std::int64_t>(points.size());
  const auto got = values_of<T>(applied(operation, {chunk_of<T>({n}, points)}));
  double worst = 0;
  T where = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double off = ulps(got[i], static_cast<T>(reference(points[i])));
    if (off > worst) {
      worst = off;
      where = points[i];
    }
  }
  INFO(name(operation) << "(" << where << ") of " << tartan::name(dtype_of<T>));
  CHECK(worst <= 1);
}

template <class T>
std::vector<T> analysis_points() {
  using L = std::numeric_limits<T>;
  std::vector<T> points = {0,
                           T(-0.0),
                           1,
                           -1,
                           2,
                           T(0.5),
                           L::infinity(),
                           -L::infinity(),
                           L::quiet_NaN(),
                           L::max(),
                           -L::max(),
                           L::min(),
                           -L::min(),
                           L::denorm_min(),
                           T(88.9),
                           T(-88.9),
                           T(710),
                           T(-710),
                           T(-745.2)};
  Random random(7);
  for (int i = 0; i < 3000; ++i) {
    const double u = 2 * random.uniform() - 1;
    points.push_back(static_cast<T>(u));
    points.push_back(static_cast<T>(100 * u));
    points.push_back(static_cast<T>(
        std::copysign(std::pow(10.0, (L::max_exponent10 - 1) * (2 * random.uniform() - 1)), u)));
  }
  return points;
}

TEMPLATE_TEST_CASE("the functions of analysis are within one unit in the last place", "", float,
                   double) {
  const auto points = analysis_points<TestType>();
  using R = long double;
  const std::vector<std::pair<Operation, R (*)(R)>> functions = {
      {Operation::exp, std::exp},     {Operation::expm1, std::expm1},
      {Operation::log, std::log},     {Operation::log1p, std::log1p},
      {Operation::log2, std::log2},   {Operation::log10, std::log10},
      {Operation::sin, std::sin},     {Operation::cos, std::cos},
      {Operation::tan, std::tan},     {Operation::asin, std::asin},
      {Operation::acos, std::acos},   {Operation::atan, std::atan},
      {Operation::sinh, std::sinh},   {Operation::cosh, std::cosh},
      {Operation::tanh, std::tanh},   {Operation::asinh, std::asinh},
      {Operation::acosh, std::acosh}, {Operation::atanh, std::atanh},
      {Operation::sqrt, std::sqrt}};
  for (const auto& [operation, reference] : functions) {
    check_analysis<TestType>(operation, reference, points);
  }
}

TEST_CASE("pow, atan2, hypot and logaddexp are right at the edges and between") {
  std::vector<double> values = {0,     -0.0, 1, -1,    2,    -2,   0.5,   kInf,
                                -kInf, kNan, 3, 1e308, -3.5, 1e-9, 5e-324};
  Random random(3);
  for (int i = 0; i < 40; ++i) values.push_back(20 * random.uniform() - 10);
  const auto [a, b] = all_pairs(values);
  const auto check = [&](Operation operation, auto&& reference, double tolerance) {
    const auto got = values_of<double>(applied(operation, {a, b}));
    for (std::size_t i = 0; i < got.size(); ++i) {
      const long double x = a.view<double>()[i];
      const long double y = b.view<double>()[i];
      INFO(name(operation) << "(" << double(x) << ", " << double(y) << ")");
      CHECK(ulps(got[i], static_cast<double>(reference(x, y))) <= tolerance);
    }
  };
  check(
      Operation::pow, [](long double x, long double y) { return std::pow(x, y); }, 1);
  check(
      Operation::atan2, [](long double x, long double y) { return std::atan2(x, y); }, 1);
  check(
      Operation::hypot, [](long double x, long double y) { return std::hypot(x, y); }, 1);
  check(
      Operation::copysign, [](long double x, long double y) { return std::copysign(x, y); }, 0);
  check(
      Operation::nextafter,
      [](long double x, long double y) {
        return std::nextafter(static_cast<double>(x), static_cast<double>(y));
      },
      0);
  const auto log = [](double x, double y) {
    return applied(Operation::logaddexp, {chunk_of<double>({}, {x}), chunk_of<double>({}, {y})})
        .view<double>()[0];
  };
  CHECK(log(1000, 1000) == Approx(1000 + std::log(2.0)).epsilon(1e-15));
  CHECK(log(-kInf, 3) == 3);
  CHECK(log(kInf, kInf) == kInf);
  CHECK(log(-kInf, -kInf) == -kInf);
  CHECK(std::isnan(log(kNan, 0)));
}

TEST_CASE("complex arithmetic agrees with the C++ library") {
  using C = std::complex<double>;
  const Chunk a = random_chunk<C>({200}, 1);
  const Chunk b = random_chunk<C>({200}, 2);
  const auto check = [&](Operation operation, auto&& want) {
    const auto got = values_of<C>(applied(operation, {a, b}));
    for (std::size_t i = 0; i < got.size(); ++i) {
      const C expected = want(a.view<C>()[i], b.view<C>()[i]);
      CHECK(std::abs(got[i] - expected) <= 1e-14 * (1 + std::abs(expected)));
    }
  };
  check(Operation::add, [](C x, C y) { return x + y; });
  check(Operation::multiply, [](C x, C y) { return x * y; });
  check(Operation::divide, [](C x, C y) { return x / y; });
  check(Operation::pow, [](C x, C y) { return std::pow(x, y); });
  const auto unary = [&](Operation operation, auto&& want) {
    const auto got = values_of<C>(applied(operation, {a}));
    for (std::size_t i = 0; i < got.size(); ++i) {
      CHECK(std::abs(got[i] - want(a.view<C>()[i])) <= 1e-14);
    }
  };
  unary(Operation::expm1, [](C z) { return std::exp(z) - 1.0; });
  unary(Operation::log1p, [](C z) { return std::log(1.0 + z); });
  unary(Operation::tanh, [](C z) { return std::tanh(z); });
  unary(Operation::conj, [](C z) { return std::conj(z); });
  CHECK(applied(Operation::abs, {chunk_of<C>({}, {C(3, 4)})}).view<double>()[0] == 5);
  CHECK(applied(Operation::imag, {chunk_of<C>({}, {C(3, 4)})}).view<double>()[0] == 4);
  CHECK(applied(Operation::imag, {chunk_of<double>({}, {3})}).view<double>()[0] == 0);
}

TEST_CASE("expm1, sign and tanh of complex numbers keep what infinite and undefined parts leave known") {
  using C = std::complex<double>;
  const auto one = [](Operation operation, C z) {
    return applied(operation, {chunk_of<C>({}, {z})}).view<C>()[0];
  };
  CHECK(one(Operation::expm1, {kInf, 0}) == C(kInf, 0));
  CHECK(one(Operation::expm1, {-kInf, kInf}) == C(-1, 0));
  CHECK(one(Operation::expm1, {kInf, kNan}).real() == kInf);
  CHECK(std::isnan(one(Operation::expm1, {kNan, 0}).real()));
  CHECK(one(Operation::expm1, {kNan, 0}).imag() == 0);
  CHECK_FALSE(std::signbit(one(Operation::expm1, {-0.0, 0}).real()));
  CHECK_FALSE(std::signbit(one(Operation::sign, {-0.0, 0}).real()));
  CHECK_FALSE(std::signbit(one(Operation::tanh, {kInf, 2}).imag()));
  CHECK(one(Operation::tanh, {-kInf, 2}) == C(-1, 0));
}

}  // namespace
}  // namespace tartan::array::test

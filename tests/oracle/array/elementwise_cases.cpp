// Cases of elementwise.hpp.

#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

struct Unary {
  const char* python;
  Array (*apply)(const Array&);
};
const std::vector<Unary> kUnary = {
    {"np.fabs", fabs},       {"np.rint", rint},         {"np.fix", fix},
    {"np.cbrt", cbrt},       {"np.exp2", exp2},         {"np.sinc", sinc},
    {"np.i0", i0},           {"np.spacing", spacing},   {"np.degrees", degrees},
    {"np.radians", radians}, {"np.isneginf", isneginf}, {"np.isposinf", isposinf},
    {"np.rad2deg", rad2deg}, {"np.deg2rad", deg2rad}};
const std::vector<Unary> kAnyUnary = {{"np.isreal", isreal}, {"np.iscomplex", iscomplex}};
const std::vector<Binary> kReal = {{"np.fmax", fmax},
                                   {"np.fmin", fmin},
                                   {"np.fmod", fmod},
                                   {"np.heaviside", heaviside},
                                   {"np.logaddexp2", logaddexp2}};
const std::vector<Binary> kWhole = {
    {"np.gcd", gcd}, {"np.lcm", lcm}, {"np.fmod", fmod}, {"np.fmax", fmax}};
const std::vector<DType> kIntegers = {int8, int16, int32, int64, uint8, uint16, uint32};
const std::vector<DType> kComplex = {complex64, complex128};
const std::vector<DType> kEvery = {boolean, int32, float32, float64, complex64, complex128};

Term one_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 0, 3);
  switch (random.below(9)) {
    case 5: {
      const auto decimals = between(random, -2, 3);
      const auto x = recorder.input(
          random, shape, pick<DType>(random, {int32, int64, float32, float64, complex128}));
      return {around(x.array * 7, static_cast<int>(decimals)),
              fmt::format("np.around({} * 7, {})", x.text, decimals)};
    }
    case 0: {
      const auto f = pick(random, kAnyUnary);
      const auto x = recorder.input(random, shape, pick(random, kEvery));
      return {f.apply(x.array), fmt::format("{}({})", f.python, x.text)};
    }
    case 1: {
      const auto degrees = random.chance(0.5);
      const auto x = recorder.input(
          random, shape, random.chance(0.5) ? pick(random, kComplex) : pick(random, kFloating));
      return {angle(x.array, degrees),
              fmt::format("np.angle({}, deg={})", x.text, degrees ? "True" : "False")};
    }
    case 2: {
      const auto x = recorder.input(
          random, shape, random.chance(0.3) ? pick(random, kComplex) : pick(random, kAnalytic));
      if (random.chance(0.5))
        return {nan_to_num(x.array), fmt::format("np.nan_to_num({})", x.text)};
      return {nan_to_num(x.array, {.nan = 2.5, .posinf = 7.0, .neginf = -3.0}),
              fmt::format("np.nan_to_num({}, nan=2.5, posinf=7.0, neginf=-3.0)", x.text)};
    }
    case 3: {
      const auto x = recorder.input(random, shape, pick(random, kFloating));
      const auto [fraction, whole] = modf(x.array);
      return {stack({fraction, whole}), fmt::format("np.stack(np.modf({}))", x.text)};
    }
    case 4: {
      const auto x = recorder.input(random, shape, pick(random, kFloating));
      const auto [fraction, power] = frexp(x.array);
      if (random.chance(0.5)) return {fraction, fmt::format("np.frexp({})[0]", x.text)};
      // What frexp says of numbers that are not finite is left open.
      return {where(isfinite(x.array), power, 0),
              fmt::format("np.where(np.isfinite({0}), np.frexp({0})[1], np.int32(0))", x.text)};
    }
    default: {
      const auto f = pick(random, kUnary);
      const auto x = recorder.input(random, shape, pick(random, kFloating));
      // NumPy 1.24 makes sinc of float32 float64 where numbers are weak.
      return {f.apply(x.array), fmt::format("(lambda r: r if r.dtype == bool else r.astype('{}'))"
                                            "({}({}))",
                                            name(x.array.dtype()), f.python, x.text)};
    }
  }
}

Term two_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 0, 3);
  const auto other = broadcastable(random, shape);
  const auto kind = random.below(6);
  if (kind == 0) {
    const auto x = recorder.input(random, shape, pick(random, kIntegers));
    return apply(pick(random, kWhole), x, recorder.input(random, other, pick(random, kIntegers)));
  }
  if (kind == 1) {
    const auto x = recorder.input(random, shape, pick(random, kFloating));
    const auto y = recorder.input(random, other, pick<DType>(random, {int8, int32, int64}));
    return {ldexp(x.array, y.array), fmt::format("np.ldexp({}, {})", x.text, y.text)};
  }
  const auto x = recorder.input(random, shape, pick(random, kFloating));
  const auto y = recorder.input(random, other, pick(random, kFloating));
  switch (kind) {
    case 2: {
      const auto [quotient, rest] = divmod(x.array, y.array);
      return {stack({quotient, rest}), fmt::format("np.stack(np.divmod({}, {}))", x.text, y.text)};
    }
    case 3: {
      const auto base = fabs(x.array);
      return {float_power(base, y.array),
              fmt::format("np.float_power(np.fabs({}), {})", x.text, y.text), 100};
    }
    case 4: {
      const bool nan = random.chance(0.5);
      const auto near = where(y.array > 0, x.array, y.array);
      const CloseOptions options{.rtol = 0.1, .atol = 0.01, .equal_nan = nan};
      const auto text = fmt::format(
          "{0}, np.where({1} > 0, {0}, {1}), rtol=0.1, atol=0.01, "
          "equal_nan={2}",
          x.text, y.text, nan ? "True" : "False");
      if (random.chance(0.3)) {
        return {allclose(x.array, near, options), fmt::format("np.allclose({})", text)};
      }
      return {isclose(x.array, near, options), fmt::format("np.isclose({})", text)};
    }
    default:
      return apply(pick(random, kReal), x, y);
  }
}

Term several_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 0, 3);
  const auto x = recorder.input(random, shape, pick(random, kFloating));
  const auto y = recorder.input(random, broadcastable(random, shape), float64);
  switch (random.below(3)) {
    case 0: {
      const auto index = recorder.input(random, broadcastable(random, shape), int64);
      const auto mode = pick<std::string>(random, {"wrap", "clip", "raise"});
      const auto inside = mode == "raise" ? remainder(index.array, 2) : index.array;
      const auto how = mode == "wrap"   ? OutOfRange::wrap
                       : mode == "clip" ? OutOfRange::clip
                                        : OutOfRange::raise;
      return {choose(inside, {x.array, y.array}, how),
              fmt::format("np.choose({}{}, np.broadcast_arrays({}, {}), mode='{}')", index.text,
                          mode == "raise" ? " % 2" : "", x.text, y.text, mode)};
    }
    case 1:
      return {select({x.array > 1, y.array > 0}, {x.array, y.array}, 2.5),
              fmt::format("np.select([{0} > 1, {1} > 0], [{0}, {1}], 2.5)", x.text, y.text)};
    default:
      return {piecewise(x.array, {x.array > 1, x.array < 0},
                        {[](const Array& v) { return v * 2; }, 5.0,
                         [](const Array& v) { return v + 1; }}),
              fmt::format("np.piecewise({0}, [{0} > 1, {0} < 0], [lambda v: v * 2, 5.0, "
                          "lambda v: v + 1])",
                          x.text)};
  }
}

}  // namespace

const std::vector<CaseKind>& elementwise_kinds() {
  static const std::vector<CaseKind> kinds = {
      {"of-one", one_case}, {"of-two", two_case}, {"of-several", several_case}};
  return kinds;
}

}  // namespace tartan::oracle

// Names of the Array API standard that the other families have no need for.

#include "cases.hpp"

namespace tartan::oracle {
namespace {

const std::vector<DType> kIntegers = {int8, int16, int32, int64, uint8, uint16, uint32};
const std::vector<DType> kComplex = {complex64, complex128};

Term bits_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 0, 3);
  const bool logical = random.chance(0.2);
  const auto dtype = logical ? boolean : pick(random, kIntegers);
  const auto x = recorder.input(random, shape, dtype);
  const auto y = recorder.input(random, broadcastable(random, shape), dtype);
  static const std::vector<Binary> kBits = {{"np.bitwise_and", bitwise_and},
                                            {"np.bitwise_or", bitwise_or},
                                            {"np.bitwise_xor", bitwise_xor}};
  switch (logical ? random.below(3) : random.below(5)) {
    case 0: return {bitwise_invert(x.array), fmt::format("np.invert({})", x.text)};
    case 1:
    case 2: return apply(pick(random, kBits), x, y);
    case 3: {
      const Term by{remainder(y.array, 8), fmt::format("({} % np.{}(8))", y.text, name(dtype))};
      return apply({"np.left_shift", bitwise_left_shift}, x, by);
    }
    default: {
      const Term by{remainder(y.array, 8), fmt::format("({} % np.{}(8))", y.text, name(dtype))};
      return apply({"np.right_shift", bitwise_right_shift}, x, by);
    }
  }
}

Term parts_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 0, 3);
  const auto z = recorder.input(random, shape, pick(random, kComplex));
  switch (random.below(6)) {
    case 0: return {real(z.array), fmt::format("{}.real", z.text)};
    case 1: return {imag(z.array), fmt::format("{}.imag", z.text)};
    case 2: return {conj(z.array), fmt::format("np.conj({})", z.text)};
    case 3: return {positive(z.array), fmt::format("np.positive({})", z.text)};
    case 4: return {negative(z.array), fmt::format("np.negative({})", z.text)};
    default:
      return {real(z.array * conj(z.array)), fmt::format("({0} * {0}.conj()).real", z.text)};
  }
}

Term neighbour_case(Recorder& recorder, Random& random) {
  const auto shape = random_shape(random, 0, 3);
  const auto dtype = pick(random, kFloating);
  const auto x = recorder.input(random, shape, dtype);
  const auto y = recorder.input(random, broadcastable(random, shape), dtype);
  if (random.chance(0.5)) return apply({"np.greater_equal", greater_equal}, x, y);
  // The step alone and made large: as it is, it would be within the tolerance.
  constexpr double kLarge = 0x1p52;
  return {(nextafter(x.array, y.array) - x.array) * kLarge,
          fmt::format("(np.nextafter({0}, {1}) - {0}) * {2}", x.text, y.text, kLarge)};
}

Term like_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 0, 3), pick(random, kNumeric));
  switch (random.below(5)) {
    case 0: return {ones_like(x.array), fmt::format("np.ones_like({})", x.text)};
    case 1: return {full_like(x.array, 7), fmt::format("np.full_like({}, 7)", x.text)};
    case 2: return {empty_like(x.array), fmt::format("np.zeros_like({})", x.text)};
    case 3:
      return {empty(x.array.shape(), {.dtype = x.array.dtype()}),
              fmt::format("np.zeros({0}.shape, {0}.dtype)", x.text)};
    default: return {zeros_like(x.array), fmt::format("np.zeros_like({})", x.text)};
  }
}

Term triangle_indices_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 2, 2), int8);
  const auto k = between(random, -4, 4);
  const auto rows = x.array.shape()[0];
  const auto columns = x.array.shape()[1];
  const auto which = random.below(2);
  switch (random.below(4)) {
    case 0:
      return {tril_indices(rows, k, columns)[which],
              fmt::format("np.tril_indices({}, {}, {})[{}]", rows, k, columns, which)};
    case 1:
      return {triu_indices(rows, k, columns)[which],
              fmt::format("np.triu_indices({}, {}, {})[{}]", rows, k, columns, which)};
    case 2:
      return {tril_indices_from(x.array, k)[which],
              fmt::format("np.tril_indices_from({}, {})[{}]", x.text, k, which)};
    default:
      return {triu_indices_from(x.array, k)[which],
              fmt::format("np.triu_indices_from({}, {})[{}]", x.text, k, which)};
  }
}

Term counted_repeat_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
  const auto axis = between(random, 0, static_cast<std::int64_t>(x.array.ndim()) - 1);
  const auto given = recorder.input(random, {x.array.shape(axis)}, int16);
  const Term counts{remainder(given.array, 3), fmt::format("({} % np.int16(3))", given.text)};
  return {repeat(x.array, counts.array, axis),
          fmt::format("np.repeat({}, {}, {})", x.text, counts.text, axis)};
}

}  // namespace

const std::vector<CaseKind>& standard_kinds() {
  static const std::vector<CaseKind> kinds = {{"bits", bits_case},
                                              {"complex parts", parts_case},
                                              {"neighbours", neighbour_case},
                                              {"likes", like_case},
                                              {"triangle indices", triangle_indices_case},
                                              {"counted repeat", counted_repeat_case}};
  return kinds;
}

}  // namespace tartan::oracle

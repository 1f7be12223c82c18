// Cases whose lengths follow from the elements.

#include "cases.hpp"

namespace tartan::oracle {
namespace {

/// x, and a mask over its first axes in chunks of its own.
std::pair<Term, Term> masked(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
  auto shape = x.array.shape();
  shape.resize(static_cast<std::size_t>(between(random, 1, static_cast<std::int64_t>(shape.size()))));
  return {x, recorder.input(random, shape, boolean)};
}

Term mask_case(Recorder& recorder, Random& random) {
  const auto [x, mask] = masked(recorder, random);
  const Term chosen{x.array[mask.array], fmt::format("{}[{}]", x.text, mask.text)};
  switch (random.below(6)) {
    case 0: return chosen;
    case 1: return {chosen.array * 2 + 1, fmt::format("{} * 2 + 1", chosen.text)};
    case 2: return {chosen.array - chosen.array, fmt::format("{} - {}", chosen.text, chosen.text)};
    case 3:
      return {chosen.array + 0 * mean(chosen.array.astype(float64), 0),
              fmt::format("{0} + 0 * {0}.astype(float).mean(0)", chosen.text)};
    case 4: return {flip(chosen.array, 0), fmt::format("np.flip({}, 0)", chosen.text)};
    default: {
      Shape shape{mask.array.size()};
      const auto& from = x.array.shape();
      shape.insert(shape.end(), from.begin() + static_cast<std::ptrdiff_t>(mask.array.ndim()),
                   from.end());
      return {concatenate({chosen.array, x.array.reshape(shape)}, 0),
              fmt::format("np.concatenate([{}, {}.reshape({})])", chosen.text, x.text,
                          tuple_of(shape))};
    }
  }
}

Term mask_reduce_case(Recorder& recorder, Random& random) {
  const auto [x, mask] = masked(recorder, random);
  const auto chosen = x.array[mask.array];
  const auto text = fmt::format("{}[{}]", x.text, mask.text);
  const auto axis = between(random, 0, static_cast<std::int64_t>(chosen.ndim()) - 1);
  switch (random.below(9)) {
    case 0: return {sum(chosen), fmt::format("np.sum({})", text)};
    case 1: return {mean(chosen), fmt::format("np.mean({})", text)};
    case 2:
      return {sum(chosen * chosen, axis), fmt::format("np.sum({0} * {0}, {1})", text, axis)};
    case 3: return {stddev(chosen, axis), fmt::format("np.std({}, {})", text, axis)};
    case 4:
      return {count_nonzero(chosen, axis), fmt::format("np.count_nonzero({}, {})", text, axis)};
    case 5: return {mean(chosen, axis), fmt::format("np.mean({}, {})", text, axis), 10};
    case 6: {
      const auto numbers = where(chosen == 0, NAN, chosen.astype(float64));
      return {nanmean(numbers), fmt::format("np.nanmean(np.where({0} == 0, np.nan, "
                                            "{0}.astype('float64')))", text), 10};
    }
    case 7:
      return {var(chosen, {}, {.ddof = 1}), fmt::format("np.var({}, ddof=1)", text), 50};
    default: return {all(chosen > 0, axis), fmt::format("np.all({} > 0, {})", text, axis)};
  }
}

Term nonzero_case(Recorder& recorder, Random& random) {
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
  const auto axis = between(random, 0, static_cast<std::int64_t>(x.array.ndim()) - 1);
  switch (random.below(5)) {
    case 0: {
      const auto all = nonzero(x.array);
      return {all[static_cast<std::size_t>(axis)], fmt::format("np.nonzero({})[{}]", x.text, axis)};
    }
    case 1: return {argwhere(x.array), fmt::format("np.argwhere({})", x.text)};
    case 2: return {flatnonzero(x.array), fmt::format("np.flatnonzero({})", x.text)};
    case 3: {
      const auto test = recorder.input(random, x.array.shape(), int8);
      return {extract(test.array, x.array), fmt::format("np.extract({}, {})", test.text, x.text)};
    }
    default: {
      const auto test = recorder.input(random, {x.array.shape(axis)}, boolean);
      return {compress(test.array, x.array, axis),
              fmt::format("np.compress({}, {}, {})", test.text, x.text, axis)};
    }
  }
}

}  // namespace

const std::vector<CaseKind>& masking_kinds() {
  static const std::vector<CaseKind> kinds = {
      {"mask", mask_case}, {"mask reduce", mask_reduce_case}, {"nonzero", nonzero_case}};
  return kinds;
}

}  // namespace tartan::oracle

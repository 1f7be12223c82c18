#include <ml/base/rows.hpp>
#include <ml/linear_model/classify.hpp>
#include <ml/linear_model/least_squares.hpp>

namespace tartan::ml::linear {

Array decision(const Array& rows, const xt::xarray<double>& coef,
               const xt::xarray<double>& intercept) {
  Array scores = linear_predictor(rows, coef, intercept);
  return coef.shape(0) == 1 ? squeeze(scores, 1) : scores;
}

Array classify(const Array& decision, const Chunk& classes) {
  const Array codes = decision.ndim() == 1 ? (decision > 0).astype(DType::int32)
                                           : argmax(decision, {1}).astype(DType::int32);
  return decode_classes(classes, codes);
}

Array expit(const Array& x) { return 1.0 / (1.0 + exp(-x)); }

Array both_probabilities(const Array& second) {
  Array both = stack({1.0 - second, second}, 1);
  return both.rechunk({both.chunks()[0], {2}});
}

Array softmax(const Array& x) {
  const Array powers = exp(x - max(x, {1}, {.keepdims = true}));
  return powers / sum(powers, {1}, {.keepdims = true});
}

}  // namespace tartan::ml::linear

#pragma once

// What linear classifiers do with their decision function. All of it is lazy.

#include <tartan/array.hpp>

namespace tartan::ml::linear {

/// x coef' + intercept: 1-D for one row of coef, else rows x classes; of x's dtype.
Array decision(const Array& rows, const xt::xarray<double>& coef,
               const xt::xarray<double>& intercept);
/// The class with the largest decision, or the second of two where it is positive.
Array classify(const Array& decision, const Chunk& classes);
/// 1 / (1 + exp(-x)).
Array expit(const Array& x);
/// rows x 2 of the probabilities of the second class.
Array both_probabilities(const Array& second);
/// Along the rows of x.
Array softmax(const Array& x);

}  // namespace tartan::ml::linear

#pragma once

// Linear models. x: rows x features; y: one target per row, or several in 2-D (where said). Fits
// read the data where it lies and bring small matrices here.

#include <tartan/ml/linear_model/glm.hpp>
#include <tartan/ml/linear_model/least_squares.hpp>
#include <tartan/ml/linear_model/logistic.hpp>
#include <tartan/ml/linear_model/sgd.hpp>

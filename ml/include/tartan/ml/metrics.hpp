#pragma once

// How good a result is: scikit-learn's metrics, on arrays of any size.
//
// Every score computes, in one pass over the rows or a few, and brings home what it is made of:
// counts by pairs of labels, sums. Curves are sorted by the array layer. Nothing gathers the rows.
// Labels are 1-D arrays of integers, bools, or floating numbers without fractions; what is n x 1
// counts as 1-D. A sample_weight that is not given is an Array() that is not valid(). Arrays that
// do not fit each other, or have no rows, throw ValueError naming the metric.

#include <tartan/ml/metrics/classification.hpp>
#include <tartan/ml/metrics/clustering.hpp>
#include <tartan/ml/metrics/pairwise.hpp>
#include <tartan/ml/metrics/ranking.hpp>
#include <tartan/ml/metrics/regression.hpp>

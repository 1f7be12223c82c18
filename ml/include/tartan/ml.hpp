#pragma once

// The machine-learning room: estimators, metrics and data sets on tartan::Array.

#include <tartan/array.hpp>
#include <tartan/ml/any_estimator.hpp>
#include <tartan/ml/compose.hpp>
#include <tartan/ml/datasets.hpp>
#include <tartan/ml/decomposition.hpp>
#include <tartan/ml/impute.hpp>
#include <tartan/ml/kmeans.hpp>
#include <tartan/ml/linear_model.hpp>
#include <tartan/ml/meta.hpp>
#include <tartan/ml/metrics.hpp>
#include <tartan/ml/naive_bayes.hpp>
#include <tartan/ml/pipeline.hpp>
#include <tartan/ml/preprocessing.hpp>
#include <tartan/ml/search.hpp>
#include <tartan/ml/split.hpp>
#include <tartan/ml/svm.hpp>

#pragma once

// The estimators this process knows by name: tartan's own, and those that somebody's code has put
// into an AnyEstimator.

#include <string_view>
#include <tartan/ml/param_value.hpp>

namespace tartan::ml {

/// The parameters of an estimator made without any; empty for one that cannot be.
ParamMap default_params(std::string_view estimator);

}  // namespace tartan::ml

#pragma once

#include <tartan/base/exceptions.hpp>

namespace tartan {

/// What is being thrown right now, as a Failure with type and message. Call it inside a catch
/// block.
Failure current_failure();

}  // namespace tartan

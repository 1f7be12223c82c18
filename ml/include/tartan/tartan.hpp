#pragma once

// Everything: client, arrays and machine learning.

#include <tartan/array.hpp>
#include <tartan/client.hpp>
#include <tartan/ml.hpp>

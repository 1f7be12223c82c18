#pragma once

// Everything of the array room; see <tartan/array/array.hpp> for what an Array is.

#include <tartan/array/apply.hpp>
#include <tartan/array/array.hpp>
#include <tartan/array/blockwise.hpp>
#include <tartan/array/construct.hpp>
#include <tartan/array/creation.hpp>
#include <tartan/array/delayed.hpp>
#include <tartan/array/dlpack.hpp>
#include <tartan/array/dtypes.hpp>
#include <tartan/array/elementwise.hpp>
#include <tartan/array/fft.hpp>
#include <tartan/array/files.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/histograms.hpp>
#include <tartan/array/indexing.hpp>
#include <tartan/array/linalg.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/array/map_blocks.hpp>
#include <tartan/array/masking.hpp>
#include <tartan/array/overlap.hpp>
#include <tartan/array/quantiles.hpp>
#include <tartan/array/random.hpp>
#include <tartan/array/rearrange.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/array/scans.hpp>
#include <tartan/array/searching.hpp>
#include <tartan/array/sets.hpp>
#include <tartan/array/sketches.hpp>
#include <tartan/array/sorting.hpp>
#include <tartan/array/special.hpp>
#include <tartan/array/stats.hpp>
#include <tartan/array/store.hpp>
#include <tartan/array/tensordot.hpp>
#include <tartan/array/xtensor.hpp>

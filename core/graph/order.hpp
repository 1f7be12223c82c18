#pragma once

#include <cstdint>
#include <span>
#include <tartan/base/error.hpp>
#include <vector>

namespace tartan {

/// depth_first_rank (graph.hpp) of a graph whose results have so many bytes, 0 where nobody knows.
Result<std::vector<std::uint32_t>> depth_first_rank(std::span<const std::uint32_t> dep_offsets,
                                                    std::span<const std::uint32_t> deps,
                                                    std::span<const std::uint64_t> bytes);

}  // namespace tartan

#pragma once

// The ways to find initial centres (see KMeansInit). Each returns n_clusters rows of the data, or
// for k-means|| means of candidates, as a chunk of the data's dtype.

#include <cstdint>
#include <ml/base/blocks.hpp>
#include <tartan/array/chunk.hpp>
#include <tartan/client/client.hpp>
#include <tartan/ml/kmeans.hpp>

namespace tartan::ml::cluster {

Chunk initial_centers(Client& client, const Blocks& x, const KMeansParams& params,
                      std::uint64_t seed);

}  // namespace tartan::ml::cluster

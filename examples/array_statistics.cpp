// Statistics of an array that is never in one piece: a million points in five dimensions, made,
// standardised and summed up block by block on an embedded cluster.

#include <iostream>
#include <tartan/array.hpp>
#include <tartan/client/client.hpp>
#include <xtensor/xio.hpp>

int main() {
  tartan::Client client;  // a scheduler and a worker with a thread per core, in this process

  // Nothing is computed here: an Array is a description.
  const auto noise = tartan::random::normal({1'000'000, 5}, {.chunks = {50'000, 5}, .seed = 0});
  const auto x = noise * tartan::arange(1, 6) + 10;

  // What is used more than once is kept on the workers; the rest of the chain is fused into one
  // task per block.
  const auto kept = x.persist();
  const auto z = (kept - mean(kept, 0)) / stddev(kept, 0);
  const auto covariance = tartan::matmul(z.T(), z) / static_cast<double>(z.shape(0));

  std::cout << z << "\n\n" << z.explain() << '\n';
  std::cout << "mean        " << mean(kept, 0).compute<double>() << '\n'
            << "stddev      " << stddev(kept, 0).compute<double>() << '\n'
            << "largest |z| " << max(abs(z)).item<double>() << '\n'
            << "beyond 3    " << sum(abs(z) > 3).item<std::int64_t>() << '\n'
            << "first rows  " << z.slice({{0, 2}}).compute<double>() << '\n'
            << "correlation " << covariance.compute<double>() << '\n';
}

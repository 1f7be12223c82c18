// What an Array is: an expression over chunks, which runs when somebody asks for elements. The same
// seed gives the same numbers and the same chunks the same bits, however many workers there are.

#include <filesystem>
#include <iostream>
#include <tartan/array.hpp>
#include <tartan/client/client.hpp>
#include <xtensor/xio.hpp>

int main() {
  tartan::Client client;  // in this process; client("tcp://host:8786") for a cluster

  // Written down, not computed: two axes, in twenty chunks of 50,000 x 5.
  const auto x = tartan::random::normal({1'000'000, 5}, {.chunks = {50'000, 5}, .seed = 0});
  const auto y = sqrt(abs(x)) * 2 + x;
  std::cout << y << '\n';  // Array(shape=(1000000, 5), dtype=float64, chunks=(20 x 50000, 5))

  // Elementwise operations and the reduction behind them are one pass over each chunk.
  const auto means = mean(y, 0);
  std::cout << means.explain();                   // tasks, bytes, what moves, what is fused
  std::cout << means.compute<double>() << '\n';   // runs it: xt::xarray<double>
  std::cout << max(y).item<double>() << '\n';     // one number
  std::cout << y.slice({{0, 2}, 0}).compute<double>() << '\n';  // makes the first chunk only

  // What is used often is computed once and stays with the workers, on disk when memory is short.
  const auto kept = y.persist();
  const auto [low, high] = std::pair{min(kept), max(kept)};
  const auto both = tartan::compute_chunks({low, high});  // one graph: what they share runs once
  std::cout << both[0].view<double>()[0] << " to " << both[1].view<double>()[0] << '\n';

  // Chunks are the unit of work and of memory; operations that need others change them.
  const auto columns = kept.rechunk({-1, 1});  // -1: the whole axis
  std::cout << median(columns, 0).compute<double>() << '\n';

  // Files are read and written by the workers, block by block.
  const auto path = std::filesystem::temp_directory_path() / "tartan_array_chunks.npy";
  tartan::to_npy(path, kept);
  const auto back = tartan::from_npy(path, {.chunks = {100'000, 5}});
  std::cout << "the file has what was computed: " << all(back == y).item<bool>() << '\n';
  std::filesystem::remove(path);
}

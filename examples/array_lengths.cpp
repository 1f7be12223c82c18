// Lengths that follow from elements, indexing by lists and masks, and assignment, which makes a new
// array.

#include <iostream>
#include <tartan/array.hpp>
#include <tartan/client/client.hpp>
#include <xtensor/xio.hpp>

int main() {
  tartan::Client client;
  const auto x = tartan::random::normal({1'000'000}, {.chunks = {50'000}, .seed = 0});

  // How many there are is found out by the graph that runs anyway.
  const auto positive = x[x > 0];
  std::cout << "mean of the positive " << mean(positive).item<double>() << '\n';
  // Whoever needs the length computes it; the blocks stay with the workers.
  std::cout << "there are " << positive.shape(0) << '\n';
  const auto [values, counts] = tartan::unique_counts(round(x));
  std::cout << values.compute<double>() << '\n' << counts.compute<std::int64_t>() << '\n';

  // Slices as in NumPy, and a list of indices or a mask beside them.
  const auto table = x.reshape({1'000, 1'000}, {250, 500});
  const auto part = table.slice({tartan::positions({7, 0, 7}), {0, 6, 2}});
  std::cout << part << '\n' << part.compute<double>() << '\n';
  const auto taken = take(table, argmax(table, 0), 0);  // indices that are computed
  std::cout << "shape " << tartan::to_string(taken.shape()) << '\n';

  // Assignment: the array as it would be afterwards. Only chunks that are met are made anew.
  auto y = set_item(table, {{{}, {}, -2}, 0}, 100.0);               // every second row, column 0
  y = set_item(y, {tartan::positions({3, 3, 5})}, y.slice({{0, 3}}));  // the last one wins
  y = set_item(y, y < 0, 0.0);                                      // where a mask holds
  std::cout << "least " << min(y).item<double>() << ", largest " << max(y).item<double>() << '\n';
  std::cout << "row 3 is row 1: " << all(y[3] == y[1]).item<bool>() << '\n';
}

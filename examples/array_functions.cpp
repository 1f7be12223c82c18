// Functions of your own on arrays: block by block, on blocks paired by letters, on whole axes, as
// a reduction, and into a target of your own.

#include <atomic>
#include <iostream>
#include <tartan/array.hpp>
#include <tartan/client/client.hpp>
#include <xtensor/xmath.hpp>

using Matrix = xt::xtensor<double, 2>;
using Vector = xt::xtensor<double, 1>;

xt::xarray<double> soft(const xt::xarray<double>& block, double t) {
  return xt::sign(block) * xt::maximum(xt::abs(block) - t, 0.0);
}
/// Row sums of products: the blocks of both along the contracted letter come as lists.
Vector dot_rows(const std::vector<Matrix>& a, const std::vector<Matrix>& b) {
  Vector sums = xt::sum(a[0] * b[0], {1});
  for (std::size_t i = 1; i < a.size(); ++i) sums += xt::sum(a[i] * b[i], {1});
  return sums;
}
double spread(const Vector& row) { return xt::amax(row)() - xt::amin(row)(); }

using Moments = std::vector<double>;  // how many, their sum
Moments first(const xt::xarray<double>& block, const std::vector<std::int64_t>&) {
  return {static_cast<double>(block.size()), xt::sum(block)()};
}
Moments merge(const std::vector<Moments>& parts) {
  Moments all{0, 0};
  for (const auto& one : parts) all = {all[0] + one[0], all[1] + one[1]};
  return all;
}
xt::xarray<double> last(const Moments& moments) { return {moments[1] / moments[0]}; }

std::atomic<std::int64_t> stored = 0;
void put(const xt::xarray<double>& block, const tartan::Shape& /*offset*/) {
  stored += static_cast<std::int64_t>(block.size());  // a data base, say
}

int main() {
  tartan::Client client;
  const auto x = tartan::random::normal({4'000, 600}, {.chunks = {1'000, 200}, .seed = 1});

  const auto y = tartan::map_blocks<&soft>(x, 0.5);
  const auto products = tartan::blockwise<&dot_rows>("i", x, "ij", y, "ij");
  const auto spreads = tartan::apply_gufunc<&spread>("(i)->()", x);  // the last axis whole
  const auto mean_of_all = tartan::reduction<&first, &merge, &last>(x);
  std::cout << products << '\n' << spreads << '\n';
  std::cout << "largest product " << max(products).item<double>() << ", widest row "
            << max(spreads).item<double>() << ", mean " << mean_of_all.item<double>() << '\n';

  tartan::store<&put>(y);  // on the workers, where the blocks are
  std::cout << "stored " << stored << '\n';
}

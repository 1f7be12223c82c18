#include <iostream>
#include <tartan/tartan.hpp>

double add(double a, double b) { return a + b; }

int main() {
  tartan::Client client;
  const double three = client.submit<&add>(1.0, 2.0).get();
  const double sum = tartan::sum(tartan::ones({1000}, {.chunks = {100}})).item<double>();
  tartan::ml::KMeans kmeans({.n_clusters = 2});
  kmeans.fit(tartan::ml::make_blobs({.n_samples = 100}).x);
  std::cout << three << ' ' << sum << ' ' << kmeans.n_iter() << '\n';
  return three == 3 && sum == 1000 && kmeans.n_iter() > 0 ? 0 : 1;
}

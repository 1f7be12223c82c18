// The README's program: tasks, a lazy array, and k-means.

#include <iostream>
#include <tartan/tartan.hpp>

double square(double x) { return x * x; }
double add(double a, double b) { return a + b; }

int main() {
  tartan::Client client;  // in this process; client("tcp://host:8786") for a cluster

  auto nine = client.submit<&square>(3.0);    // Future<double>, starts now
  auto ten = client.submit<&add>(nine, 1.0);  // depends on it
  std::cout << ten.get() << '\n';

  auto x = tartan::random::normal({1'000'000, 20}, {.chunks = {50'000, 20}, .seed = 0});
  auto z = (x - mean(x, 0)) / stddev(x, 0);   // lazy; fused when it runs
  std::cout << max(abs(z)).item<double>() << '\n' << z.explain();

  tartan::ml::KMeans kmeans({.n_clusters = 8, .random_state = 1});
  kmeans.fit(z);
  std::cout << kmeans.inertia() << " after " << kmeans.n_iter() << " iterations\n";
}

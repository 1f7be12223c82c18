// Tasks, futures and lazy graphs on a cluster inside this program, or on the one whose address is
// given: hello [tcp://host:8786]

#include <cmath>
#include <iostream>
#include <numeric>
#include <optional>
#include <tartan/client.hpp>
#include <vector>

double norm(const std::vector<double>& v) {
  return std::sqrt(std::inner_product(v.begin(), v.end(), v.begin(), 0.0));
}
double add(double a, double b) { return a + b; }
double sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

int main(int argc, char** argv) {
  tartan::init(argc, argv);  // lets this program serve as a worker: hello --tartan-worker ADDRESS
  try {
    std::optional<tartan::Client> client;
    argc > 1 ? client.emplace(argv[1]) : client.emplace();

    auto a = client->submit<&norm>(std::vector{3.0, 4.0});  // Future<double>, starts now
    auto b = client->submit<&add>(a, 1.0);                  // depends on a
    std::cout << "norm + 1 = " << b.get() << '\n';

    auto many = client->map<&add>(std::vector{1.0, 2.0, 3.0}, b);  // one task an element
    std::cout << "sum of a map = " << client->submit<&sum>(many).get() << '\n';

    auto total = tartan::delayed<&add>(tartan::delayed<&norm>(std::vector{1.0, 2.0, 2.0}), 1.0);
    std::cout << "a lazy graph = " << total.compute() << '\n';  // nothing has run before this
  } catch (const tartan::Exception& error) {
    std::cerr << "hello: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

// Arrays for test_arrays.py, on the cluster at ADDRESS:
//
//   rechunk ADDRESS ROWS COLUMNS CHUNK      rows of blocks to columns and back; "right" or "wrong"
//   anomaly ADDRESS ROWS COLUMNS CHUNK      the deviation from the mean of every column
//   bits ADDRESS                            results as hexadecimal digits of their bytes

#include <fmt/format.h>
#include <iostream>
#include <string>
#include <tartan/tartan.hpp>
#include <vector>

namespace {

using namespace tartan;
using Words = std::vector<std::string>;

/// Elements that tell where they are; cut into blocks of `rows` by `columns`.
Array places(std::int64_t n, std::int64_t m, std::int64_t rows, std::int64_t columns) {
  const auto down = arange(n).astype<double>().reshape({n, 1}, {rows, 1});
  const auto across = arange(m).astype<double>().reshape({1, m}, {1, columns});
  return (down * 7 + across * 13) % 101;
}

void rechunk(const Words& words) {
  const auto n = std::stoll(words[0]);
  const auto m = std::stoll(words[1]);
  const auto size = std::stoll(words[2]);
  const auto tall = places(n, m, size, m);
  const auto wide = tall.rechunk({n, size});
  bool right = all(wide == places(n, m, n, size)).item<bool>();
  const auto back = places(n, m, n, size).rechunk({size, m});
  right = right && all(back == places(n, m, size / 2, m)).item<bool>();
  std::cout << (right ? "right" : "wrong") << std::endl;
}

void anomaly(const Words& words) {
  const auto n = std::stoll(words[0]);
  const auto m = std::stoll(words[1]);
  const auto x = random::normal({n, m}, {.chunks = {std::stoll(words[2]), m}, .seed = 1});
  std::cout << fmt::format("deviation {:.6f}", stddev(x - mean(x, 0)).item<double>()) << std::endl;
}

void bits(const Words&) {
  const auto x = random::normal({3000, 700}, {.chunks = {250, 300}, .seed = 3});
  const auto y =
      random::uniform({700, 400}, {.chunks = {300, 150}, .seed = 4, .dtype = DType::float32});
  const auto results = compute_chunks({sum(x), sum(x, 0), mean(x, 1), var(x), stddev(x, 0), sum(y),
                                       matmul(x, y.astype<double>()), sum(x[x > 0.5]),
                                       mean(exp(x) / (1 + x * x), 0)});
  for (const auto& chunk : results) std::cout << hash_bytes(chunk.data.bytes()).to_string() << ' ';
  std::cout << std::endl;
}

}  // namespace

int main(int argc, char** argv) {
  const Words words(argv + 1, argv + argc);
  Client client(words.at(1));
  const Words rest(words.begin() + 2, words.end());
  const auto& what = words.front();
  if (what == "rechunk") rechunk(rest);
  if (what == "anomaly") anomaly(rest);
  if (what == "bits") bits(rest);
}

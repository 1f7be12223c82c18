#include <algorithm>
#include <array/kernels/linalg.hpp>
#include <array/kernels/linalg_panels.hpp>
#include <array/kernels/linalg_support.hpp>
#include <array/kernels/matmul.hpp>
#include <atomic>
#include <catch2/catch.hpp>
#include <complex>
#include <cstring>
#include <thread>
#include <vector>

using namespace tartan;
using namespace tartan::array;

// LAPACK's ormqr puts ones on the diagonal of the reflectors it is given and takes them out again,
// where R's diagonal is that others read.
TEST_CASE("a panel does not change while its reflectors are applied by several threads") {
  std::vector<double> numbers;
  for (int i = 0; i < 3 * 40; ++i) numbers.push_back((i * 37 % 101) - 50);
  const auto block = make_chunk<double>({3, 40}, numbers);
  const auto panel = qr_panel(block, 0);
  const auto before = make_chunk<double>(panel[0].shape, panel[0].view<double>());
  std::atomic<int> changed = 0;
  const auto apply = [&] {
    for (int i = 0; i < 20000; ++i) {
      qr_apply(panel[0], panel[1], block, 0, true);
      if (std::memcmp(panel[0].data.data(), before.data.data(), before.nbytes()) != 0) ++changed;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(apply);
  for (auto& thread : threads) thread.join();
  CHECK(changed == 0);
}

TEMPLATE_TEST_CASE("matrices that are factored by halves have an orthonormal Q, and A is Q R", "",
                   float, double, std::complex<float>, std::complex<double>) {
  using T = TestType;
  for (const auto& [m, n] : std::vector<std::pair<std::int64_t, std::int64_t>>{
           {200, 31}, {200, 32}, {70, 70}, {300, 100}, {260, 256}, {260, 257}}) {
    std::vector<T> numbers;
    for (std::int64_t i = 0; i < 2 * m * n; ++i) {
      numbers.push_back(static_cast<T>(static_cast<float>(i * 37 % 1009) / 1009.0F - 0.5F));
      if constexpr (kIsComplex<T>) numbers.back() *= T(1, static_cast<float>(i % 7));
    }
    const Chunk a = make_chunk<T>({2, m, n}, numbers);
    const std::vector<Chunk> factors = qr(a, false);
    const Chunk back = matmul(factors[0], factors[1]);
    const auto q = factors[0].view<T>();
    const auto r = factors[1].view<T>();
    const Chunk r_alone = qr_r(a);
    const double tolerance = sizeof(std::abs(T(0))) == sizeof(float) ? 1e-4 : 1e-12;
    double worst = 0;
    int below = 0;
    for (std::int64_t i = 0; i < a.size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      worst = std::max(worst, double(std::abs(back.view<T>()[at] - a.view<T>()[at])));
    }
    for (std::int64_t i = 0; i < factors[1].size(); ++i) {
      const auto at = static_cast<std::size_t>(i);
      worst = std::max(worst, double(std::abs(r[at] - r_alone.view<T>()[at])));
      below += i % n < i / n % n && r[at] != T(0) ? 1 : 0;
    }
    for (std::int64_t i = 0; i < n; i += 13) {
      for (std::int64_t j = 0; j < n; ++j) {
        T dot(0);
        for (std::int64_t k = 0; k < m; ++k) {
          dot += conjugate(q[static_cast<std::size_t>(k * n + i)]) *
                 q[static_cast<std::size_t>(k * n + j)];
        }
        worst = std::max(worst, double(std::abs(dot - T(i == j ? 1 : 0))));
      }
    }
    CAPTURE(m, n);
    CHECK(below == 0);
    CHECK(worst < tolerance * 40);
  }
}

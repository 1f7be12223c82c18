#include <array/kernels/linalg_panels.hpp>
#include <atomic>
#include <catch2/catch.hpp>
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

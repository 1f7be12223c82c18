#include <array/expr/node.hpp>
#include <array/kernels/fft.hpp>
#include <array/kernels/fft_plan.hpp>
#include <cmath>
#include <numbers>
#include <tests/unit/array/kernels_support.hpp>
#include <thread>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
using Complex128 = std::complex<double>;

namespace {

/// The transform by its definition.
std::vector<Complex128> by_definition(const std::vector<Complex128>& x) {
  const auto n = x.size();
  std::vector<Complex128> y(n);
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t j = 0; j < n; ++j) {
      const auto angle = -2 * std::numbers::pi * static_cast<double>(j * k % n) / double(n);
      y[k] += x[j] * std::polar(1.0, angle);
    }
  }
  return y;
}

double distance(const std::vector<Complex128>& a, const std::vector<Complex128>& b) {
  double difference = 0;
  double size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += std::norm(a[i] - b[i]);
    size += std::norm(b[i]);
  }
  return std::sqrt(difference / size);
}

Array noise(const Shape& shape, const ChunkSpec& chunks = {}) {
  return random::normal(shape, {.chunks = chunks, .seed = 5});
}

}  // namespace

TEST_CASE("a transform is its definition, whichever algorithm its length takes") {
  Inline run;
  for (std::int64_t n = 1; n <= 140; ++n) {
    const auto x = noise({n}).astype(DType::complex128);
    INFO("n = " << n);
    CHECK(distance(values<Complex128>(fft::fft(x)), by_definition(values<Complex128>(x))) < 2e-14);
  }
  for (const std::int64_t n : {1, 2, 3, 4, 6, 30, 31, 64, 134, 1024}) {
    const auto x = noise({n});
    const auto z = x.astype(DType::complex128);
    INFO("n = " << n << ", of real numbers");
    CHECK(distance(values<Complex128>(fft::fft(x)), by_definition(values<Complex128>(z))) < 1e-13);
    CHECK(distance(values<Complex128>(fft::ifft(x)), values<Complex128>(fft::ifft(z))) < 1e-14);
  }
  // Steps, odd radices, matrices, a convolution of each, a prime above all of them.
  for (const std::int64_t n : {200, 201, 256, 367, 720, 961, 1009, 3721}) {
    const auto x = noise({n}).astype(DType::complex128);
    INFO("n = " << n);
    CHECK(distance(values<Complex128>(fft::fft(x)), by_definition(values<Complex128>(x))) < 1e-13);
  }
}

TEST_CASE("transforms do not depend on how the other axes are cut") {
  Inline run;
  for (const std::int64_t n : {30, 256, 1009}) {
    const Shape shape{n, 9};
    for (const std::int64_t axis : {0, 1}) {
      const auto whole = fft::fft(noise(shape), {.axis = axis}).compute_chunk();
      for (const ChunkSpec& chunks : {ChunkSpec{n, 9}, ChunkSpec{7, 2}, ChunkSpec{n, 1}}) {
        const auto cut = fft::fft(noise(shape).rechunk(chunks), {.axis = axis});
        CHECK(array::test::same_bits(cut.compute_chunk(), whole));
      }
    }
  }
}

TEST_CASE("every instruction set transforms to the same bits") {
  Inline run;
  for (const std::int64_t n : {49, 60, 64, 1000, 1009}) {
    const auto x = noise({20, n}).compute_chunk();
    const array::FftLine line{array::FftKind::complex, 1, n, false, 1};
    const auto best = array::fft(x, line);
    array::test::at_every_isa(
        [&](array::Isa) { CHECK(array::test::same_bits(array::fft(x, line), best)); });
  }
}

TEST_CASE("inverse transforms give back what went in") {
  Inline run;
  const auto x = noise({6, 35}, {2, 8});
  const auto close = [&x](const Array& y) { return max(abs(y - x)).item<double>() < 1e-14; };
  for (const auto norm : {fft::Norm::backward, fft::Norm::ortho, fft::Norm::forward}) {
    CHECK(close(real(fft::ifft(fft::fft(x, {.norm = norm}), {.norm = norm}))));
    CHECK(close(fft::irfft(fft::rfft(x, {.norm = norm}), {.n = 35, .norm = norm})));
    CHECK(close(fft::hfft(fft::ihfft(x, {.norm = norm}), {.n = 35, .norm = norm})));
    CHECK(close(real(fft::ifftn(fft::fftn(x, {.norm = norm}), {.norm = norm}))));
    CHECK(close(fft::irfft2(fft::rfft2(x, {.norm = norm}), {.s = Shape{6, 35}, .norm = norm})));
  }
  CHECK(values<double>(fft::ifftshift(fft::fftshift(x))) == values<double>(x));
}

TEST_CASE("an axis of several chunks becomes one, and blocks do not grow") {
  const auto y = fft::fft(zeros({1000, 1000}, {.chunks = {100, 100}}), {.axis = 1});
  CHECK(y.chunks()[1] == std::vector<std::int64_t>{1000});
  CHECK(y.chunks()[0].size() == 100);
  // Nothing is moved between two axes that are whole.
  const auto both = fft::fft2(zeros({4, 8, 8}, {.chunks = {1, -1, -1}}));
  CHECK(both.grid() == Shape{4, 1, 1});
  CHECK(both.node()->inputs[0]->as<array::RechunkNode>() == nullptr);
}

TEST_CASE("threads that ask for a plan at once share it or have equal ones") {
  std::vector<std::shared_ptr<const array::FftPlan<double>>> plans(4);
  {
    std::vector<std::jthread> threads;
    for (auto& plan : plans) {
      threads.emplace_back([&plan] {
        for (std::size_t n = 2; n < 200; ++n) plan = array::fft_plan<double>(n);
      });
    }
  }
  for (const auto& plan : plans) CHECK(plan->length() == 199);
}

TEST_CASE("roots of unity are the nearest numbers") {
  for (const std::size_t n : {8, 12, 1000, 1009}) {
    const auto roots = array::unit_roots<double>(n, n);
    for (std::size_t k = 0; k < n; ++k) {
      const auto angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(k) /
                         static_cast<long double>(n);
      CHECK(std::abs(roots.re[k] - static_cast<double>(std::cos(angle))) <= 0x1p-53);
      CHECK(std::abs(roots.im[k] + static_cast<double>(std::sin(angle))) <= 0x1p-53);
    }
    CHECK(roots.im[n / 2] == (n % 2 == 0 ? 0 : roots.im[n / 2]));
  }
}

TEST_CASE("transforms that cannot be are refused when they are written") {
  const auto x = zeros({4, 0});
  CHECK_THROWS_WITH(fft::fft(x), Contains("fft") && Contains("0 points") && Contains("axis 1"));
  CHECK_THROWS_WITH(fft::ifft(x, {.n = -3}), Contains("ifft") && Contains("-3 points"));
  CHECK_THROWS_WITH(fft::irfft(zeros({1})), Contains("irfft") && Contains("0 points"));
  CHECK_THROWS_WITH(fft::rfft(x, {.axis = 2}), Contains("rfft") && Contains("axis 2"));
  const auto z = zeros({4, 4}, {.dtype = DType::complex64});
  CHECK_THROWS_WITH(fft::rfft(z), Contains("rfft") && Contains("complex64") && Contains("real"));
  CHECK_THROWS_WITH(fft::ihfft(z), Contains("ihfft") && Contains("complex64"));
  CHECK_THROWS_WITH(fft::rfftn(z), Contains("rfftn") && Contains("complex64"));
  CHECK_THROWS_WITH(fft::fftn(z, {.s = Shape{2}, .axes = {{0, 1}}}),
                    Contains("1 lengths") && Contains("2 axes"));
  CHECK_THROWS_WITH(fft::fft2(z, {.axes = {{0}}}), Contains("fft2") && Contains("1 axes"));
  CHECK_THROWS_WITH(fft::irfft2(zeros({4})), Contains("irfft2") && Contains("axis -2"));
  CHECK_THROWS_WITH(fft::irfftn(zeros({})), Contains("irfftn") && Contains("no axis"));
  CHECK_THROWS_WITH(fft::fftfreq(0), Contains("fftfreq") && Contains("n is 0"));
  CHECK_THROWS_WITH(fft::rfftfreq(4, {.d = 0}), Contains("distance"));
  CHECK_THROWS_WITH(fft::fftfreq(4, {.dtype = DType::int32}), Contains("int32"));
  CHECK_THROWS_WITH(fft::fftshift(z, 2), Contains("fftshift") && Contains("axis 2"));
}

#include <catch2/catch.hpp>
#include <random>
#include <tartan/value/value.hpp>
#include <tartan/value/xtensor.hpp>

using namespace tartan;

namespace {

template <class A>
void check_travels(const A& array) {
  const Value back = Value::from_encoded(Value::of(array).encode());
  const A& copy = back.get<A>();
  CHECK(copy.shape() == array.shape());
  CHECK(std::equal(copy.storage().begin(), copy.storage().end(), array.storage().begin(),
                   array.storage().end()));
}

template <class A>
Errc decode_error(const std::vector<std::uint8_t>& header) {
  Encoded encoded{type_info<A>().id, {Buffer::copy(std::as_bytes(std::span(header)))}};
  try {
    static_cast<void>(Value::from_encoded(std::move(encoded)).get<A>());
  } catch (const Exception& error) {
    return error.code();
  }
  return Errc{};
}

}  // namespace

TEST_CASE("xtensor containers come back with their shape, elements and layout") {
  check_travels(xt::xarray<double>{{1, 2, 3}, {4, 5, 6}});
  check_travels(xt::xarray<double>(3.5));
  check_travels(xt::xarray<float>::from_shape({0, 7}));
  check_travels(xt::xarray<bool>{true, false});
  check_travels(xt::xarray<std::complex<float>>(std::complex<float>(1, 2)));
  check_travels(xt::xtensor<int, 2>{{1, 2}, {3, 4}});
  check_travels(xt::xarray<double, xt::layout_type::column_major>{{1, 2, 3}, {4, 5, 6}});
  xt::xarray<double> large = xt::xarray<double>::from_shape({100, 50});
  large.fill(2.5);
  check_travels(large);
}

TEST_CASE("an xarray is sent from its own memory") {
  xt::xarray<double> array = xt::xarray<double>::from_shape({100, 50});
  array.fill(1);
  const Value value = Value::of(array);
  const Encoded encoded = value.encode();
  REQUIRE(encoded.frames.size() == 2);
  CHECK(static_cast<const void*>(encoded.frames[1].data()) ==
        value.get<xt::xarray<double>>().data());
  CHECK(value.nbytes() >= 100 * 50 * 8);
}

TEST_CASE("xtensor types have names without a compiler's spelling") {
  CHECK(type_info<xt::xarray<double>>().name == "xarray<float64>");
  CHECK(type_info<xt::xtensor<float, 2>>().name == "xtensor<float32,2>");
  CHECK(type_info<std::complex<double>>().name == "complex128");
  CHECK(type_info<xt::xarray<int, xt::layout_type::column_major>>().name ==
        "xarray<int32,column_major>");
}

TEST_CASE("a shape that overflows or lacks its elements is refused") {
  using A = xt::xarray<double>;
  CHECK(decode_error<A>({1, 5}) == Errc::malformed);
  CHECK(decode_error<A>({9, 1}) == Errc::malformed);
  CHECK(decode_error<A>({2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF,
                         0xFF, 0xFF, 0xFF, 0x7F}) == Errc::malformed);
  CHECK(decode_error<A>({2, 0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01}) ==
        Errc::malformed);
  CHECK(decode_error<xt::xtensor<double, 2>>({1, 0}) == Errc::malformed);
  CHECK(decode_error<xt::xarray<bool>>({1, 1, 2}) == Errc::malformed);
}

TEST_CASE("mutated xarray headers are read or refused, and never more") {
  xt::xarray<float> array = xt::xarray<float>::from_shape({3, 4, 5});
  array.fill(0);
  const Encoded good = Value::of(array).encode();
  std::mt19937 random(5);
  int refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string bytes(good.frames[0].text());
    bytes[random() % (round % 2 == 0 ? bytes.size() : 5)] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
    Encoded bad = good;
    bad.frames[0] = Buffer::copy(bytes);
    try {
      static_cast<void>(Value::from_encoded(bad).get<xt::xarray<float>>());
    } catch (const Exception&) {
      ++refused;
    }
  }
  CHECK(refused > 500);
}

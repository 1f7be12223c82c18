#include <catch2/catch.hpp>
#include <string>
#include <tartan/array/dtype.hpp>
#include <tartan/array/scalar.hpp>
#include <tartan/base/exceptions.hpp>
#include <vector>

namespace tartan {
namespace {

DType dtype(std::string_view name) { return parse_dtype(name).value(); }

TEST_CASE("dtypes have the names, sizes and kinds of the Array API standard") {
  struct Row {
    const char* name;
    std::size_t size;
  };
  const std::vector<Row> rows = {
      {"bool", 1},    {"int8", 1},      {"int16", 2},      {"int32", 4},  {"int64", 8},
      {"uint8", 1},   {"uint16", 2},    {"uint32", 4},     {"uint64", 8}, {"float32", 4},
      {"float64", 8}, {"complex64", 8}, {"complex128", 16}};
  REQUIRE(rows.size() == kDTypeCount);
  for (const Row& row : rows) {
    CHECK(name(dtype(row.name)) == row.name);
    CHECK(itemsize(dtype(row.name)) == row.size);
  }
  CHECK_FALSE(parse_dtype("float16"));
  CHECK(dtype_of<long> == DType::int64);
  CHECK(dtype_of<const unsigned char> == DType::uint8);
  CHECK(dtype_of<std::complex<float>> == DType::complex64);
}

// The standard's tables, and NumPy's answers where integers meet floating-point numbers.
TEST_CASE("two dtypes promote as the standard's tables say, in either order") {
  const std::vector<std::vector<std::string>> rows = {{"bool", "int8", "int8"},
                                                      {"bool", "complex64", "complex64"},
                                                      {"int8", "int16", "int16"},
                                                      {"int8", "int64", "int64"},
                                                      {"uint8", "uint32", "uint32"},
                                                      {"int8", "uint8", "int16"},
                                                      {"int8", "uint16", "int32"},
                                                      {"int8", "uint32", "int64"},
                                                      {"int16", "uint8", "int16"},
                                                      {"int32", "uint16", "int32"},
                                                      {"int64", "uint32", "int64"},
                                                      {"int32", "uint32", "int64"},
                                                      {"float32", "float64", "float64"},
                                                      {"float32", "complex64", "complex64"},
                                                      {"float32", "complex128", "complex128"},
                                                      {"float64", "complex64", "complex128"},
                                                      {"complex64", "complex128", "complex128"},
                                                      {"int16", "float32", "float32"},
                                                      {"uint16", "float32", "float32"},
                                                      {"int32", "float32", "float64"},
                                                      {"int64", "float32", "float64"},
                                                      {"uint64", "float64", "float64"},
                                                      {"int8", "complex64", "complex64"},
                                                      {"int64", "complex64", "complex128"}};
  for (const auto& row : rows) {
    INFO(row[0] << " with " << row[1]);
    CHECK(name(result_type(dtype(row[0]), dtype(row[1]))) == row[2]);
    CHECK(name(result_type(dtype(row[1]), dtype(row[0]))) == row[2]);
  }
}

TEST_CASE("every dtype promotes with itself to itself") {
  for (std::uint8_t i = 0; i < kDTypeCount; ++i) {
    CHECK(result_type(static_cast<DType>(i), static_cast<DType>(i)) == static_cast<DType>(i));
  }
}

TEST_CASE("uint64 with a signed integer is refused, naming both") {
  for (const char* other : {"int8", "int16", "int32", "int64"}) {
    try {
      (void)result_type(DType::uint64, dtype(other));
      FAIL("accepted " << other);
    } catch (const TypeError& error) {
      CHECK_THAT(error.what(), Catch::Contains("uint64") && Catch::Contains(other));
    }
  }
  CHECK_FALSE(can_cast(DType::uint64, DType::int64));
}

TEST_CASE("a scalar is weak: only its kind counts") {
  CHECK(result_type(DType::float32, 2.5) == DType::float32);
  CHECK(result_type(DType::float32, 7) == DType::float32);
  CHECK(result_type(DType::int8, 7) == DType::int8);
  CHECK(result_type(DType::int8, true) == DType::int8);
  CHECK(result_type(DType::int32, 2.5) == DType::float64);
  CHECK(result_type(DType::boolean, 3) == DType::int64);
  CHECK(result_type(DType::boolean, 0.5) == DType::float64);
  CHECK(result_type(DType::float32, std::complex<double>(0, 1)) == DType::complex64);
  CHECK(result_type(DType::int16, std::complex<double>(0, 1)) == DType::complex128);
}

TEST_CASE("an integer scalar that does not fit the dtype is refused") {
  CHECK_THROWS_AS(result_type(DType::int8, 300), ValueError);
  CHECK_THROWS_AS(result_type(DType::uint8, -1), ValueError);
  CHECK(result_type(DType::uint64, ~std::uint64_t{0}) == DType::uint64);
}

TEST_CASE("scalars convert to every element type with a defined result") {
  CHECK(Scalar(2.9).as<int>() == 2);
  CHECK(Scalar(-2.9).as<std::int8_t>() == -2);
  CHECK(Scalar(1e300).as<std::int64_t>() == INT64_MIN);
  CHECK(Scalar(1.8e19).as<std::uint64_t>() == 18000000000000000000ULL);
  CHECK(Scalar(std::complex<double>(3, 4)).as<float>() == 3.0F);
  CHECK(Scalar(-1).as<std::uint8_t>() == 255);
  CHECK(Scalar(0.5).as<bool>());
  CHECK(Scalar(std::complex<double>(1, 2)).to_string() == "(1+2j)");
}

}  // namespace
}  // namespace tartan

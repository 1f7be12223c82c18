#include <array/kernels/npy.hpp>
#include <array/kernels/npy_stack.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <tests/unit/array/kernels_support.hpp>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

/// A directory that goes with the test.
struct Directory {
  fs::path path;
  Directory() {
    std::string name = (fs::temp_directory_path() / "tartan-files-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  ~Directory() { fs::remove_all(path); }
  fs::path operator/(const char* name) const { return path / name; }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::recursive_directory_iterator(path), fs::recursive_directory_iterator()));
  }
};

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

std::string npy(const std::string& dict, const std::string& elements) {
  std::string text = "\x93NUMPY";
  text += {'\x01', '\x00', static_cast<char>(dict.size()), '\x00'};
  return text + dict + elements;
}

std::string bytes_of(const std::vector<std::int16_t>& list) {
  return {reinterpret_cast<const char*>(list.data()), 2 * list.size()};
}

bool same(const Array& a, const Array& b) {
  return array::test::same_bits(a.compute_chunk(), b.compute_chunk());
}

}  // namespace

TEST_CASE("an array comes back from a .npy file in any chunks") {
  Inline run;
  const Directory directory;
  const auto path = directory / "x.npy";
  for (const auto dtype : {DType::boolean, DType::int16, DType::float64, DType::complex64}) {
    for (const Shape& shape : {Shape{}, Shape{0, 3}, Shape{7}, Shape{5, 6, 7}}) {
      const auto x = counting(shape, {}, dtype);
      Chunks some;
      for (const auto length : shape) some.push_back(cut_axis(length, 3));
      to_npy(path, x.rechunk(some));
      CHECK(same(from_npy(path), x));
      CHECK(same(from_npy(path, {.chunks = some}), x));
      CHECK(from_npy(path, {.chunks = some}).chunks() == some);
    }
  }
  CHECK(directory.files() == 1);  // and no draft
}

TEST_CASE("long rows are read and written too, alone and in narrow columns") {
  Inline run;
  const Directory directory;
  const auto x = counting({40, 30000}, {});
  to_npy(directory / "x.npy", x.rechunk({7, 11000}));
  CHECK(same(from_npy(directory / "x.npy", {.chunks = {40, 7}}).slice({all_of_axis, {0, 70}}),
             x.slice({all_of_axis, {0, 70}})));
  CHECK(same(from_npy(directory / "x.npy", {.chunks = {3, 30000}}), x));
}

TEST_CASE("Fortran order and big-endian numbers are read") {
  Inline run;
  const Directory directory;
  const auto path = directory / "x.npy";
  write(path, npy("{'descr': '<i2', 'fortran_order': True, 'shape': (2, 3), }\n",
                  bytes_of({0, 3, 1, 4, 2, 5})));
  const auto x = from_npy(path, {.chunks = {1, 2}});
  CHECK(x.chunks() == Chunks{{1, 1}, {2, 1}});
  CHECK(same(x, counting({2, 3}, {}, DType::int16)));
  write(path,
        npy("{'shape': (3,), 'fortran_order': False, 'descr': '>i2'}", bytes_of({0, 256, 512})));
  CHECK(same(from_npy(path), counting({3}, {}, DType::int16)));
}

TEST_CASE("nothing is read before it is computed, and a file that changed is refused then") {
  Inline run;
  const Directory directory;
  const auto path = directory / "x.npy";
  to_npy(path, counting({4}, {}));
  const auto x = from_npy(path);
  const auto key = x.key();
  to_npy(path, counting({4}, {}) + 1);
  // Clocks of file systems tick a few milliseconds apart.
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(1));
  CHECK(from_npy(path).key() != key);
  CHECK_THROWS_WITH(x.compute_chunk(), Contains(path.string()) && Contains("has changed"));
  const auto y = from_npy(path);
  fs::remove(path);
  CHECK_THROWS_WITH(y.compute_chunk(),
                    Contains(path.string()) && Contains("host") && Contains("on every worker"));
}

TEST_CASE("what is no .npy file is refused with its path and what is wrong") {
  const Directory directory;
  const auto path = directory / "x.npy";
  CHECK_THROWS_WITH(from_npy(path), Contains(path.string()) && Contains("No such file"));
  CHECK_THROWS_AS(from_npy(directory.path), Exception);
  for (const auto* text : {"", "PK\x03\x04 something else", "\x93NUMPZ0000000000"}) {
    write(path, text);
    CHECK_THROWS_WITH(from_npy(path), Contains("is not a .npy file"));
  }
  write(path, std::string("\x93NUMPY\x01\x00\x40\x00{'descr'", 18));
  CHECK_THROWS_WITH(from_npy(path), Contains("within its header"));
  write(path, std::string("\x93NUMPY\x09\x00\x01\x00{        ", 18));
  CHECK_THROWS_WITH(from_npy(path), Contains("version 9"));
  for (const auto* dict :
       {"{'descr': '<i2', 'shape': (2,)}", "{'descr': '<i2', 'fortran_order': 1, 'shape': (2,)}",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (-2,)}", "['descr']", "{'descr'",
        "{'descr': '<i2', 'fortran_order': False, 'shape': (2,), 'more': 1}"}) {
    write(path, npy(dict, bytes_of({1, 2})));
    CHECK_THROWS_WITH(from_npy(path), Contains("header of") && Contains(path.string()));
  }
  write(path, npy("{'descr': '<i2', 'fortran_order': False, 'shape': (9,)}", bytes_of({1, 2})));
  CHECK_THROWS_WITH(from_npy(path), Contains("has 4 bytes") && Contains("take 18"));
  for (const auto* type : {"'<f2'", "'<U5'", "'|O'", "'<M8[ns]'", "[('a', '<i2')]", "'<c32'"}) {
    write(path, npy(std::string("{'descr': ") + type + ", 'fortran_order': False, 'shape': (2,)}",
                    bytes_of({1, 2})));
    CHECK_THROWS_AS(from_npy(path), TypeError);
  }
}

TEST_CASE("plain elements are read from an offset, and a file that is too short is refused") {
  Inline run;
  const Directory directory;
  const auto path = directory / "x";
  write(path, "head" + bytes_of({0, 1, 2, 3, 4, 5}));
  const auto x = from_raw(path, DType::int16, {3, 2}, {.offset = 4, .chunks = {2, 1}});
  CHECK(same(x, counting({3, 2}, {}, DType::int16)));
  CHECK_THROWS_WITH(from_raw(path, DType::int16, {7}, {.offset = 4}),
                    Contains("from_raw") && Contains("has 12 bytes") && Contains("take 14"));
  CHECK_THROWS_WITH(from_raw(path, DType::int16, {1}, {.offset = -1}), Contains("offset is -1"));
  CHECK_THROWS_AS(from_raw(path, DType::int16, {-1}), ValueError);
}

TEST_CASE("who fails to write leaves what was there, and no draft") {
  Inline run;
  const Directory directory;
  const auto path = directory / "x.npy";
  const auto x = counting({6}, {2});
  to_npy(path, x);
  const auto gone = directory / "gone.npy";
  to_npy(gone, x);
  const auto broken = from_npy(gone, {.chunks = {2}});
  fs::remove(gone);
  CHECK_THROWS_AS(to_npy(path, broken), Exception);
  CHECK(same(from_npy(path), x));
  CHECK(directory.files() == 1);
  CHECK_THROWS_WITH(to_npy(directory / "no/such/x.npy", x), Contains("no/such/x.npy"));
  // A file may be replaced by what is computed of it.
  to_npy(path, from_npy(path, {.chunks = {2}}) * 2);
  CHECK(same(from_npy(path), x * 2));
}

TEST_CASE("a stack has a file per chunk and comes back") {
  Inline run;
  const Directory directory;
  for (const std::int64_t axis : {0, 1, -1}) {
    const auto x = counting({5, 6, 4}, {2, 4, 3});
    to_npy_stack(directory / "stack", x, axis);
    const auto y = from_npy_stack(directory / "stack");
    CHECK(same(y, x));
    CHECK(y.grid()[static_cast<std::size_t>(axis < 0 ? 2 : axis)] == (axis == 0 ? 3 : 2));
  }
  fs::remove(directory / "stack/1.npy");
  CHECK_THROWS_WITH(from_npy_stack(directory / "stack"), Contains("1.npy"));
  to_npy(directory / "stack/1.npy", zeros({2}));
  CHECK_THROWS_WITH(from_npy_stack(directory / "stack"), Contains("shape (2,)"));
  CHECK_THROWS_WITH(from_npy_stack(directory / "none"), Contains("none/info"));
  CHECK_THROWS_WITH(to_npy_stack(directory / "stack", zeros({2}), 1), Contains("axis 1"));
  write(directory / "stack/info", "cos\nsystem\n(X\4\0\0\0trueR.");
  CHECK_THROWS_WITH(from_npy_stack(directory / "stack"), Contains("not the info"));
}

TEST_CASE("the info of a stack survives being cut and spoilt anywhere") {
  const auto whole = array::write_stack_info({{{3, 2}, {7}}, 0}, DType::float32);
  CHECK(array::read_stack_info(whole, "info").chunks == Chunks{{3, 2}, {7}});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CHECK_THROWS_AS(array::read_stack_info(std::string_view(whole).substr(0, at), "info"),
                    ValueError);
    for (const char byte : {'\0', '(', 't', 'h', '.', '\x94', '\xFF'}) {
      auto spoilt = whole;
      spoilt[at] = byte;
      try {
        static_cast<void>(array::read_stack_info(spoilt, "info"));
      } catch (const ValueError&) {
      }
    }
  }
}

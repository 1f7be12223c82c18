#include <catch2/catch.hpp>
#include <worker/server/limits.hpp>

using namespace tartan::worker;

namespace {
constexpr std::uint64_t kGiB = 1ull << 30;
const Machine kMachine{16 * kGiB, 8};
std::uint64_t limit(std::string_view text, std::uint32_t nthreads = 8) {
  auto parsed = parse_memory_limit(text, nthreads, kMachine);
  REQUIRE(parsed);
  return *parsed;
}
}  // namespace

TEST_CASE("auto gives a worker the machine's memory by its share of the cores") {
  CHECK(limit("auto") == 16 * kGiB);
  CHECK(limit("auto", 2) == 4 * kGiB);
  CHECK(limit("auto", 64) == 16 * kGiB);
}

TEST_CASE("memory limits are fractions of the machine's memory, sizes, or none") {
  CHECK(limit("0.5") == 8 * kGiB);
  CHECK(limit("1") == 16 * kGiB);
  CHECK(limit("1.0") == 16 * kGiB);
  CHECK(limit("4GiB") == 4 * kGiB);
  CHECK(limit("2GB") == 2'000'000'000);
  CHECK(limit("1048576") == 1048576);
  CHECK(limit("none") == 0);
  CHECK(limit("0") == 0);
}

TEST_CASE("a memory limit that is not understood is an error that quotes it") {
  for (std::string_view text : {"", "much", "-1", "0.0", "4 elephants", "nan", "GiB"}) {
    auto parsed = parse_memory_limit(text, 1, kMachine);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message().find(std::string(text)) != std::string::npos);
    CHECK(parsed.error().code() == tartan::Errc::config);
  }
}

TEST_CASE("resources are amounts by name") {
  auto parsed = parse_resources("gpu=2,licence=0.5");
  REQUIRE(parsed);
  CHECK(*parsed == std::map<std::string, double>{{"gpu", 2}, {"licence", 0.5}});
  CHECK(parse_resources("")->empty());
  for (std::string_view text : {"gpu", "gpu=", "=2", "gpu=x", "gpu=-1", "gpu=2,,"}) {
    CHECK_FALSE(parse_resources(text));
  }
}

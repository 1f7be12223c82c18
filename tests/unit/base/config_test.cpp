#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <tartan/base/config.hpp>

using tartan::Config;

namespace {

Config declared() {
  Config config;
  config.declare("scheduler.port", "8786");
  config.declare("worker.memory-limit", "auto");
  return config;
}

std::string write_file(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() / "tartan-config-test.yaml";
  std::ofstream(path) << text;
  return path.string();
}

}  // namespace

TEST_CASE("a flag wins over the environment, which wins over the file and the default") {
  Config config = declared();
  CHECK(config.integer("scheduler.port").value() == 8786);
  REQUIRE(config.load_file(write_file("scheduler:\n  port: 1\n")));
  CHECK(config.integer("scheduler.port").value() == 1);
  ::setenv("TARTAN_SCHEDULER__PORT", "2", 1);
  ::setenv("TARTAN_WORKER__MEMORY_LIMIT", "4GiB", 1);
  REQUIRE(config.load_environment());
  CHECK(config.integer("scheduler.port").value() == 2);
  CHECK(config.origin("scheduler.port") == "TARTAN_SCHEDULER__PORT");
  CHECK(config.text("worker.memory-limit") == "4GiB");
  REQUIRE(config.set("scheduler.port", "3"));
  CHECK(config.integer("scheduler.port").value() == 3);
  ::unsetenv("TARTAN_SCHEDULER__PORT");
  ::unsetenv("TARTAN_WORKER__MEMORY_LIMIT");
}

TEST_CASE("an unknown setting is an error that lists the known ones") {
  Config config = declared();
  const auto outcome = config.load_file(write_file("scheduler:\n  prot: 1\n"));
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().message().find("scheduler.prot") != std::string::npos);
  CHECK(outcome.error().message().find("scheduler.port") != std::string::npos);
}

TEST_CASE("one file may serve the scheduler and the worker") {
  Config config;
  config.declare("scheduler.port", "8786");
  REQUIRE(config.load_file(write_file("worker:\n  nthreads: 4\nscheduler:\n  port: 9\n")));
  CHECK(config.integer("scheduler.port").value() == 9);
  CHECK_FALSE(config.load_file(write_file("wroker:\n  nthreads: 4\n")));
}

TEST_CASE("a misspelt environment variable of our section is an error") {
  Config config = declared();
  ::setenv("TARTAN_SCHEDULER__PROT", "2", 1);
  const auto outcome = config.load_environment();
  ::unsetenv("TARTAN_SCHEDULER__PROT");
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().message().find("TARTAN_SCHEDULER__PROT") != std::string::npos);
}

TEST_CASE("a file that is missing or broken is named") {
  Config config = declared();
  CHECK(config.load_file("/no/such/file.yaml").error().code() == tartan::Errc::io_error);
  CHECK(config.load_file(write_file("a: [unclosed")).error().code() == tartan::Errc::config);
  CHECK(config.load_file(write_file("just text")).error().code() == tartan::Errc::config);
  CHECK(config.load_file(write_file("")));
}

TEST_CASE("an unusable value says where it came from and what is expected") {
  Config config = declared();
  REQUIRE(config.set("scheduler.port", "eight"));
  const auto outcome = config.integer("scheduler.port");
  REQUIRE_FALSE(outcome);
  CHECK(outcome.error().message() ==
        "scheduler.port is 'eight' (from flag), but must be a whole number");
}

TEST_CASE("amounts of memory and time are read with their units") {
  CHECK(tartan::parse_bytes("4GiB").value() == 4ULL << 30);
  CHECK(tartan::parse_bytes("1.5KiB").value() == 1536);
  CHECK(tartan::parse_bytes("2GB").value() == 2'000'000'000ULL);
  CHECK(tartan::parse_bytes("17").value() == 17);
  CHECK_FALSE(tartan::parse_bytes("4 gigs"));
  CHECK_FALSE(tartan::parse_bytes("-1"));
  CHECK_FALSE(tartan::parse_bytes("nan"));
  CHECK(tartan::parse_seconds("250ms").value() == Approx(0.25));
  CHECK(tartan::parse_seconds("5m").value() == 300);
  CHECK(tartan::parse_seconds("30").value() == 30);
  CHECK_FALSE(tartan::parse_seconds("soon"));
  CHECK(tartan::format_bytes(1023) == "1023 B");
  CHECK(tartan::format_bytes(3ULL << 30) == "3.0 GiB");
}

#include <catch2/catch.hpp>
#include <core/net/address.hpp>

using namespace tartan;
using namespace tartan::net;

namespace {

std::string complaint(const std::string& text) {
  const auto address = parse_address(text);
  REQUIRE_FALSE(address.has_value());
  CHECK(address.error().code() == Errc::invalid_argument);
  return address.error().message();
}

}  // namespace

TEST_CASE("an address is read and written back the same") {
  for (const std::string text : {"tcp://127.0.0.1:8786", "tcp://node-7.cluster:0", "tcp://[::1]:80",
                                 "ipc:///run/user/1/tartan.sock", "local://scheduler"}) {
    const auto address = parse_address(text);
    REQUIRE(address.has_value());
    CHECK(address->to_string() == text);
  }
}

TEST_CASE("an unusable address says which part is missing or wrong") {
  using Catch::Matchers::Contains;
  CHECK_THAT(complaint("127.0.0.1:8786"), Contains("write tcp://127.0.0.1:8786"));
  CHECK_THAT(complaint("tcp://127.0.0.1"), Contains("has no port"));
  CHECK_THAT(complaint("tcp://[::1]"), Contains("has no port"));
  CHECK_THAT(complaint("tcp://::1:8786"), Contains("brackets"));
  CHECK_THAT(complaint("tcp://[::1:8786"), Contains("never closed"));
  CHECK_THAT(complaint("tcp://:8786"), Contains("has no host"));
  CHECK_THAT(complaint("tcp://a b:1"), Contains("host"));
  CHECK_THAT(complaint("tcp://host:port"), Contains("port"));
  CHECK_THAT(complaint("tcp://host:65536"), Contains("65535"));
  CHECK_THAT(complaint("tcp://host:-1"), Contains("port"));
  CHECK_THAT(complaint("tcp://host:"), Contains("port"));
  CHECK_THAT(complaint("tls://host:1"), Contains("unknown scheme \"tls\""));
  CHECK_THAT(complaint("ipc://@hidden"), Contains("abstract"));
  CHECK_THAT(complaint("ipc://"), Contains("no path"));
  CHECK_THAT(complaint("ipc://" + std::string(200, 'x')), Contains("200 bytes"));
  CHECK_THAT(complaint("local://"), Contains("no name"));
  CHECK_THAT(complaint(""), Contains("no scheme"));
  CHECK_THAT(complaint(std::string("tcp://a\0b:1", 11)), Contains("zero byte"));
  CHECK_THAT(complaint(std::string(5000, 'x')), Contains("too long"));
}

TEST_CASE("loopback is recognised however it is written") {
  for (const char* host : {"127.0.0.1", "127.8.9.10", "localhost", "::1", "127.1", "0x7f000001"}) {
    const auto found = resolve_for_bind(host);
    REQUIRE(found.has_value());
    CHECK(found->loopback);
    CHECK_FALSE(found->wildcard);
  }
  for (const char* host : {"0.0.0.0", "*", "::", "0"}) {
    const auto found = resolve_for_bind(host);
    REQUIRE(found.has_value());
    CHECK_FALSE(found->loopback);
    CHECK(found->wildcard);
  }
  CHECK_FALSE(resolve_for_bind("8.8.8.8")->loopback);
  // An IPv4 loopback inside IPv6 is not taken for one: refusing too much is the safe side.
  CHECK_FALSE(resolve_for_bind("::ffff:127.0.0.1")->loopback);
}

TEST_CASE("whether an address is on this host alone") {
  for (const char* here : {"tcp://127.0.0.1:1", "tcp://127.3.2.1:1", "tcp://[::1]:1",
                           "tcp://localhost:1", "ipc:///tmp/socket", "local://name"}) {
    INFO(here);
    CHECK(net::is_on_this_host(here));
  }
  for (const char* elsewhere : {"tcp://10.0.0.1:1", "tcp://0.0.0.0:1", "tcp://[fe80::1]:1",
                                "tcp://192.0.2.1:1", "nonsense"}) {
    INFO(elsewhere);
    CHECK_FALSE(net::is_on_this_host(elsewhere));
  }
}

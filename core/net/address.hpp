#pragma once

// Addresses as people write them: tcp://host:port, tcp://[::1]:port, ipc:///path, local://name.
// Parsing says what is missing rather than that something is. Pure functions, except
// resolve_for_bind, which asks the resolver.

#include <cstdint>
#include <string>
#include <string_view>
#include <tartan/base/error.hpp>

namespace tartan::net {

enum class Scheme { tcp, ipc, local };

struct Address {
  Scheme scheme = Scheme::tcp;
  std::string host;        ///< tcp: a name or a number, without brackets
  std::uint16_t port = 0;  ///< tcp
  std::string path;        ///< ipc: the socket's file; local: the name

  bool is_v6() const { return host.find(':') != std::string::npos; }
  std::string to_string() const;
};

/// invalid_argument says which part is missing or wrong.
Result<Address> parse_address(std::string_view text);

/// What a tcp listener binds: numeric, with names looked up and "*" meaning every interface.
struct BindHost {
  std::string host;       ///< numeric
  bool loopback = false;  ///< only this machine can reach it
  bool wildcard = false;  ///< every interface
};
Result<BindHost> resolve_for_bind(const std::string& host);

/// Whether who listens there is on this host and nowhere else: loopback, ipc or local. What does
/// not resolve is not.
bool is_on_this_host(std::string_view address);

}  // namespace tartan::net

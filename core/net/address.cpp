#include <arpa/inet.h>
#include <charconv>
#include <core/net/address.hpp>
#include <cstring>
#include <fmt/format.h>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace tartan::net {

namespace {

constexpr std::size_t kMaxIpcPath = sizeof(sockaddr_un::sun_path) - 1;
constexpr std::size_t kMaxText = 1024;

Error bad(std::string_view text, std::string_view problem) {
  return {Errc::invalid_argument, fmt::format("address \"{}\" {}", text.substr(0, 200), problem)};
}

Result<std::uint16_t> parse_port(std::string_view text, std::string_view port) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc{} || end != port.data() + port.size() || number > 65535) {
    return bad(text, fmt::format("has the port \"{}\"; a port is a number from 0 to 65535", port));
  }
  return static_cast<std::uint16_t>(number);
}

Result<Address> parse_tcp(std::string_view text, std::string_view rest) {
  Address address;
  std::string_view port;
  if (!rest.empty() && rest.front() == '[') {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return bad(text, "opens a [ that is never closed");
    address.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
    if (rest.empty() || rest.front() != ':') {
      return bad(text, "has no port; write tcp://[host]:port");
    }
    port = rest.substr(1);
  } else {
    const auto colon = rest.rfind(':');
    if (colon == std::string_view::npos) {
      return bad(text, fmt::format("has no port; write tcp://{}:8786, say", rest));
    }
    address.host = rest.substr(0, colon);
    port = rest.substr(colon + 1);
    if (address.is_v6()) {
      return bad(text, "has a bare IPv6 host; put it in brackets: tcp://[::1]:8786");
    }
  }
  if (address.host.empty()) return bad(text, "has no host; write tcp://host:port");
  for (const char c : address.host) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '/' || c == ';' || c == '@') {
      return bad(text, "has a character in its host that no host name has");
    }
  }
  auto number = parse_port(text, port);
  if (!number) return number.error();
  address.port = *number;
  return address;
}

Result<Address> parse_ipc(std::string_view text, std::string_view path) {
  if (path.empty()) return bad(text, "has no path; write ipc:///directory/file");
  if (path.front() == '@') {
    return bad(text,
               "is an abstract socket, which every user of this machine could open; name a "
               "file in a directory of yours");
  }
  if (path.front() == '*') return bad(text, "is a wildcard; name the socket's file");
  if (path.size() > kMaxIpcPath) {
    return bad(text, fmt::format("has a path of {} bytes; the system allows {}", path.size(),
                                 kMaxIpcPath));
  }
  Address address;
  address.scheme = Scheme::ipc;
  address.path = path;
  return address;
}

}  // namespace

std::string Address::to_string() const {
  switch (scheme) {
    case Scheme::tcp:
      return is_v6() ? fmt::format("tcp://[{}]:{}", host, port)
                     : fmt::format("tcp://{}:{}", host, port);
    case Scheme::ipc:
      return "ipc://" + path;
    case Scheme::local:
      return "local://" + path;
  }
  return {};
}

Result<Address> parse_address(std::string_view text) {
  if (text.size() > kMaxText) return bad(text, "is too long to be one");
  if (text.find('\0') != std::string_view::npos) return bad(text, "contains a zero byte");
  const auto separator = text.find("://");
  if (separator == std::string_view::npos) {
    return bad(text,
               fmt::format("has no scheme; write tcp://{}", text.empty() ? "host:8786" : text));
  }
  const auto scheme = text.substr(0, separator);
  const auto rest = text.substr(separator + 3);
  if (scheme == "tcp") return parse_tcp(text, rest);
  if (scheme == "ipc") return parse_ipc(text, rest);
  if (scheme == "local") {
    if (rest.empty()) return bad(text, "has no name; write local://name");
    Address address;
    address.scheme = Scheme::local;
    address.path = rest;
    return address;
  }
  return bad(text, fmt::format("has the unknown scheme \"{}\"; use tcp, ipc or local", scheme));
}

Result<BindHost> resolve_for_bind(const std::string& host) {
  if (host == "*") return BindHost{"0.0.0.0", false, true};
  addrinfo hints{};
  hints.ai_family = host.find(':') == std::string::npos ? AF_INET : AF_INET6;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failure = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (failure != 0) {
    return Error(Errc::invalid_argument,
                 fmt::format("cannot listen on \"{}\": {}; give an address of this machine, e.g. "
                             "127.0.0.1",
                             host, gai_strerror(failure)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  BindHost result;
  char text[INET6_ADDRSTRLEN] = {};
  if (found->ai_family == AF_INET) {
    sockaddr_in address;
    std::memcpy(&address, found->ai_addr, sizeof address);
    inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    const auto number = ntohl(address.sin_addr.s_addr);
    result.loopback = (number >> 24) == 127;
    result.wildcard = number == INADDR_ANY;
  } else {
    sockaddr_in6 address;
    std::memcpy(&address, found->ai_addr, sizeof address);
    inet_ntop(AF_INET6, &address.sin6_addr, text, sizeof text);
    result.loopback = IN6_IS_ADDR_LOOPBACK(&address.sin6_addr);
    result.wildcard = IN6_IS_ADDR_UNSPECIFIED(&address.sin6_addr);
  }
  result.host = text;
  return result;
}

bool is_on_this_host(std::string_view text) {
  const auto address = parse_address(text);
  if (!address) return false;
  if (address->scheme != Scheme::tcp) return true;
  const auto host = resolve_for_bind(address->host);
  return host && host->loopback;
}

}  // namespace tartan::net

#pragma once

// Errors inside tartan are values: a function that can fail returns Result<T>, and the caller
// must look at it. Exceptions appear only at the client API (tartan/base/exceptions.hpp) and
// around user code. The catalogue of kinds is errors.def.

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace tartan {

enum class Errc : std::uint16_t {
#define TARTAN_ERROR(name, number, meaning) name = number,
#include <tartan/base/errors.def>
#undef TARTAN_ERROR
};

/// The catalogue's name of an error kind, e.g. "version_mismatch"; "unknown_error" for a number
/// that is not in it (it may come from a newer peer).
std::string_view name(Errc code);

/// The catalogue's sentence for an error kind.
std::string_view meaning(Errc code);

/// What happened, to what, and what to do about it.
class [[nodiscard]] Error {
 public:
  Error(Errc code, std::string message) : code_(code), message_(std::move(message)) {}

  Errc code() const { return code_; }
  const std::string& message() const { return message_; }
  /// "version_mismatch: the scheduler speaks protocol 2, this worker 1; ..."
  std::string to_string() const;

  friend bool operator==(const Error&, const Error&) = default;

 private:
  Errc code_;
  std::string message_;
};

template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
};

}  // namespace tartan

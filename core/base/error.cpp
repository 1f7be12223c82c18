#include <fmt/format.h>

#include <tartan/base/error.hpp>

namespace tartan {

std::string_view name(Errc code) {
  switch (code) {
#define TARTAN_ERROR(name, number, meaning) \
  case Errc::name:                          \
    return #name;
#include <tartan/base/errors.def>
#undef TARTAN_ERROR
  }
  return "unknown_error";
}

std::string_view meaning(Errc code) {
  switch (code) {
#define TARTAN_ERROR(name, number, meaning) \
  case Errc::name:                          \
    return meaning;
#include <tartan/base/errors.def>
#undef TARTAN_ERROR
  }
  return "an error this version does not know";
}

std::string Error::to_string() const { return fmt::format("{}: {}", name(code_), message_); }

}  // namespace tartan

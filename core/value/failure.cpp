#include <core/value/failure.hpp>
#include <cxxabi.h>
#include <exception>
#include <tartan/value/codec.hpp>

namespace tartan {

Failure current_failure() {
  Failure failure;
  const std::type_info* type = abi::__cxa_current_exception_type();
  failure.type = type == nullptr ? "unknown" : detail::demangled(type->name());
  try {
    throw;
  } catch (const std::exception& error) {
    failure.message = error.what();
  } catch (const std::string& text) {
    failure.message = text;
  } catch (const char* text) {
    failure.message = text;
  } catch (...) {
    failure.message = "an object that is not a std::exception was thrown";
  }
  return failure;
}

}  // namespace tartan

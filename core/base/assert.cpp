#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <tartan/base/assert.hpp>

namespace tartan {

void assertion_failed(const char* condition, const char* sentence, const char* file, int line) {
  fmt::print(stderr, "tartan: internal error at {}:{}: {} ({})\n", file, line, sentence, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace tartan

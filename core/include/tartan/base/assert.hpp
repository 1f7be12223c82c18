#pragma once

// For our own mistakes, never for input. Always on: a wrong state is worse than a stopped one.

namespace tartan {
[[noreturn]] void assertion_failed(const char* condition, const char* sentence, const char* file,
                                   int line);
}

#define TARTAN_ASSERT(condition, sentence) \
  ((condition) ? static_cast<void>(0)      \
               : ::tartan::assertion_failed(#condition, sentence, __FILE__, __LINE__))

#pragma once

// Marks a rare branch, so that the simulator can say whether it was ever taken: a proof that never
// went there proves nothing about it. TARTAN_PROBE("what happened here") costs one test of a flag
// that only the simulator sets, before it starts; counting is for its one thread alone.

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace tartan::probes {

struct Probe {
  explicit Probe(const char* what);
  const char* sentence;
  std::uint64_t count = 0;
  Probe* next;  ///< of all that the program contains, in no order
};

/// Counts from here on.
void enable();
bool enabled();
Probe* first();

template <std::size_t Size>
struct Text {
  // NOLINTNEXTLINE(google-explicit-constructor): made from a literal in the macro below.
  constexpr Text(const char (&text)[Size]) { std::copy_n(text, Size, chars); }
  char chars[Size];
};

/// One per sentence, known before main() because it is a static member.
template <Text Sentence>
struct Site {
  static inline Probe probe{Sentence.chars};
};

template <Text Sentence>
void reached() {
  Probe& probe = Site<Sentence>::probe;
  if (enabled()) ++probe.count;
}

}  // namespace tartan::probes

#define TARTAN_PROBE(sentence) ::tartan::probes::reached<sentence>()

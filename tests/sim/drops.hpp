#pragma once

// Every kind of record, and what is promised when all of that kind are lost for ever. Each run must
// end: no client waits for ever. Most kinds can do without; for the rest the table says why not.

#include <span>
#include <string_view>

namespace tartan::sim {

struct Drop {
  std::string_view kind;
  bool errors = false;  ///< clients may get errors instead of results
  bool leaves = false;  ///< values or tasks nobody needs may stay behind
  std::string_view why;
};

std::span<const Drop> drops();
/// Null for a kind that is never dropped or does not exist.
const Drop* find_drop(std::string_view kind);

}  // namespace tartan::sim

#pragma once

// What raw kernels of arrays read from their arguments. Wrong types throw, as the arguments come from
// another process.

#include <array/expr/words.hpp>
#include <tartan/array/chunk.hpp>
#include <tartan/value/function.hpp>
#include <vector>

namespace tartan::array {

using Words = std::vector<std::int64_t>;

inline Words next_words(Arguments& arguments) { return arguments.next().get<Words>(); }
inline Chunk next_chunk(Arguments& arguments) { return arguments.next().get<Chunk>(); }

inline std::vector<Chunk> next_chunks(Arguments& arguments) {
  std::vector<Chunk> chunks;
  for (const auto& value : arguments.next_list()) chunks.push_back(value.get<Chunk>());
  return chunks;
}

}  // namespace tartan::array

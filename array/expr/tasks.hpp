#pragma once

// The raw kernels array tasks run: they read words, programs and chunks from the task's
// arguments and call array/kernels. They live in a library that every worker links whole, so
// graphs of arrays need no user code. The order of the arguments is written down at each.

#include <array/expr/words.hpp>
#include <tartan/array/chunk.hpp>
#include <tartan/value/function.hpp>

namespace tartan::array {

struct Node;

/// How a block of a generator is described to a task: its kind, dtype, place and parameters.
Value generator_value(const Node& node, const Shape& origin, const Shape& shape);

/// With it begin the words that announce a product among the sources of a program.
inline constexpr std::int64_t kProductWord = -2;

namespace tasks {

/// A generator's description -> Chunk.
Value generate(Arguments& arguments);
/// A chunk -> the same.
Value literal(Arguments& arguments);
/// Words (block shape), program, then per source a chunk, a generator's description, words (a view
/// of the chunk that follows) and a chunk, or words (kProductWord, then as for matmul) and its two
/// lists -> Chunk.
Value evaluate(Arguments& arguments);
/// Words (operation, axes, finishing, block shape, whole shape, offset), program, sources as for
/// evaluate -> Partial, or Chunk when it is the only block and finishing is asked for.
Value reduce(Arguments& arguments);
/// Words (operation, axes, finishing), list of partials -> Partial or Chunk.
Value combine(Arguments& arguments);
/// Words (ranges, shape), chunk -> Chunk.
Value slice(Arguments& arguments);
/// Words (axes), chunk -> Chunk.
Value transpose(Arguments& arguments);
/// Words (whole shape before, whole shape after, offset, shape, offset of every source), list of
/// chunks -> Chunk.
Value reshape(Arguments& arguments);
/// Words (dtype, shape, per source: its offset, shape and offset in the result), list -> Chunk.
Value assemble(Arguments& arguments);
/// Words (whether those of a are turned, and of b), list of blocks of a, list of blocks of b -> the sum
/// of their products in order. Without blocks of b: of those of a with their own transposes.
Value matmul(Arguments& arguments);
/// Words (number), std::vector<Chunk> -> the chunk with that number.
Value part(Arguments& arguments);
/// Words (dtype, shape), chunk -> the same chunk, or a TypeError or ValueError.
Value check(Arguments& arguments);

}  // namespace tasks
}  // namespace tartan::array

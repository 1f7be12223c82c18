#pragma once

// Arrays made from nothing and from memory. The first cost nothing until they are computed, and
// the same arguments give the same elements whatever the chunks; inside a chain of elementwise
// operations they are made in its task. Results of tasks: delayed.hpp.
//
// Chunks are those of the options, or of about kDefaultChunkBytes. ValueError for negative lengths,
// for arrays of more than 2^63 bytes and for chunks that do not fit the shape.

#include <tartan/array/array.hpp>
#include <vector>

namespace tartan {

struct CreateOptions {
  DType dtype = DType::float64;
  ChunkSpec chunks = {};
};

Array zeros(const Shape& shape, const CreateOptions& options = {});
Array ones(const Shape& shape, const CreateOptions& options = {});
/// Zeros too: memory that was not written would make two runs differ.
Array empty(const Shape& shape, const CreateOptions& options = {});

struct FullOptions {
  std::optional<DType> dtype = {};  ///< none: the value's own (int64, float64, bool, complex128)
  ChunkSpec chunks = {};
};
/// The value everywhere.
Array full(const Shape& shape, const Scalar& value, const FullOptions& options = {});

/// With the shape, dtype and chunks of another array; full_like casts the value to that dtype.
Array zeros_like(const Array& like);
Array ones_like(const Array& like);
Array empty_like(const Array& like);
Array full_like(const Array& like, const Scalar& value);

/// start, start + step, ... below stop. int64 when all three are integers, else float64.
Array arange(const Scalar& start, const Scalar& stop, const Scalar& step = 1,
             const FullOptions& options = {});
inline Array arange(const Scalar& stop) { return arange(0, stop); }

struct LinspaceOptions {
  bool endpoint = true;
  DType dtype = DType::float64;
  ChunkSpec chunks = {};
};
/// count numbers from start to stop (without it when endpoint is false).
Array linspace(const Scalar& start, const Scalar& stop, std::int64_t count,
               const LinspaceOptions& options = {});

struct EyeOptions {
  std::int64_t columns = -1;  ///< -1: as many as rows
  std::int64_t k = 0;         ///< the diagonal with the ones: column - row
  DType dtype = DType::float64;
  ChunkSpec chunks = {};
};
/// A matrix with ones on a diagonal and zeros elsewhere.
Array eye(std::int64_t rows, const EyeOptions& options = {});

/// The elements on and below the k-th diagonal (column - row <= k) of the last two axes, zeros above
/// it. Throws ValueError below two axes.
Array tril(const Array& x, std::int64_t k = 0);
/// Those on and above it.
Array triu(const Array& x, std::int64_t k = 0);

enum class Indexing {
  xy,  ///< the first two axes exchanged, as for pictures
  ij,
};
/// For vectors of lengths n0, n1, ... arrays of the shape (n0, n1, ...), the i-th of which has the
/// i-th vector along its axis i. Throws ValueError for other than 1-d arrays.
std::vector<Array> meshgrid(const std::vector<Array>& vectors, Indexing indexing = Indexing::xy);

/// The elements of a chunk; large ones are sent to the workers when they are first needed.
Array from_chunk(Chunk chunk, const ChunkSpec& chunks = {});
/// An array whose blocks are these futures of Chunks, in C order over the grid of the chunks.
/// Dtypes and shapes are taken on trust.
Array from_futures(std::vector<AnyFuture> blocks, const Shape& shape, DType dtype,
                   const ChunkSpec& chunks);

}  // namespace tartan

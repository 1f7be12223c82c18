#pragma once

// Quantiles of the rows of a chunk, by selection; and the steps of a selection over many chunks.

#include <cstdint>
#include <span>
#include <tartan/array/chunk.hpp>
#include <tartan/array/quantiles.hpp>
#include <vector>

namespace tartan::array {

struct QuantileRule {
  bool median = false;  ///< then method and q are not used
  QuantileMethod method = QuantileMethod::linear;
  bool skip_nan = false;
  std::vector<double> q = {};

  std::size_t count() const { return median ? 1 : q.size(); }
  DType result(DType element) const;
};

/// (number of q, rows) of the chunk's rows along the last axis.
Chunk row_quantiles(const Chunk& rows, const QuantileRule& rule);

/// The selection of ranks among all chunks after some digits of the images are settled: the numbers
/// that can be meant share their leading bits with one of `prefixes`.
struct Narrowing {
  std::int64_t valid = 0;               ///< elements that count
  int bits = 0;                         ///< how many leading bits are settled
  std::vector<std::uint64_t> prefixes;  ///< ascending, all different
  std::vector<std::int64_t> bracket;    ///< per rank: which prefix
  std::vector<std::int64_t> rank;       ///< per rank: its number among the elements with it
};
inline constexpr int kDigitOfRound = 13;
/// How many rounds settle all bits of a dtype.
int narrowing_rounds(DType dtype);
/// A bound of the brackets: every quantile lies between two elements.
std::int64_t most_brackets(const QuantileRule& rule);

/// int64 (prefixes, values of the next digit + 1): how many elements of the chunk have them; in the
/// last column of the first round, the number of NaNs.
Chunk count_digits(const Chunk& chunk, const Narrowing& narrowing);
/// With the counts of all chunks added, one digit further. In the first round the ranks are made.
Narrowing narrow(const Narrowing& narrowing, const Chunk& counts, DType dtype,
                 const QuantileRule& rule);
/// The quantiles, when all bits are settled.
Chunk finish_quantiles(const Narrowing& narrowing, DType dtype, const QuantileRule& rule);

}  // namespace tartan::array

namespace tartan {
template <>
struct Codec<array::Narrowing> {
  static std::string name() { return "tartan::array::Narrowing"; }
  static void encode(const array::Narrowing& narrowing, Writer& writer) {
    writer.put(narrowing.valid);
    writer.put(narrowing.bits);
    writer.put(narrowing.prefixes);
    writer.put(narrowing.bracket);
    writer.put(narrowing.rank);
  }
  static array::Narrowing decode(Reader& reader) {
    array::Narrowing narrowing;
    narrowing.valid = reader.get<std::int64_t>();
    narrowing.bits = reader.get<int>();
    narrowing.prefixes = reader.get<std::vector<std::uint64_t>>();
    narrowing.bracket = reader.get<std::vector<std::int64_t>>();
    narrowing.rank = reader.get<std::vector<std::int64_t>>();
    return narrowing;
  }
  static std::size_t nbytes(const array::Narrowing& narrowing) {
    return sizeof(narrowing) + 24 * narrowing.rank.size();
  }
};
}  // namespace tartan

#pragma once

// Data ready for an estimator: checked, in blocks of rows, x, y and weights cut alike.

#include <string_view>
#include <tartan/array.hpp>

namespace tartan::ml {

struct RowsOptions {
  /// More passes than one will be made: arrays that fit into the workers' memory are kept there.
  bool many_passes = true;
  std::int64_t min_rows = 1;
  bool allow_nan = false;  ///< infinities are refused all the same
};

struct Rows {
  Array x;       ///< rows x features, floating, no cut between features
  Array y;       ///< first axis as x; not valid when there are no targets
  Array weight;  ///< float64, 1-D; not valid when every row counts once
  std::int64_t count = 0;
  std::int64_t features = 0;
};

/// x as an estimator reads it: 2-D, floating (integers and bools become float64), a chunk of rows
/// per block. Lazy. Throws ValueError naming the estimator and what is wrong, TypeError for complex
/// numbers.
Array as_rows(const Array& x, std::string_view estimator);
/// The same, and as many features as the model was fitted with.
Array as_rows(const Array& x, std::string_view estimator, std::int64_t features);

/// For fits: computes, to see that everything is finite. Throws ValueError for too few rows, for y
/// or weights of another length or more dimensions, for what is not finite.
Rows fit_rows(const Array& x, const Array& y, const Array& sample_weight,
              std::string_view estimator, const RowsOptions& options = {});

/// The classes of a target, and each row's number among them.
struct Classes {
  Chunk values;  ///< 1-D, sorted, of y's dtype
  Array codes;   ///< int32, cut as y

  std::int64_t count() const { return values.shape.front(); }
};
/// Computes. Throws ValueError for targets that are no labels: fractions, NaN, more than 1-D; and
/// for fewer classes than wanted.
Classes encode_classes(const Array& y, std::string_view estimator, std::int64_t least = 2);
/// The class each code (an integer array) stands for, lazily.
Array decode_classes(const Chunk& classes, const Array& codes);

}  // namespace tartan::ml

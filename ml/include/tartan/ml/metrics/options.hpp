#pragma once

// What the metrics' options have in common.

#include <tartan/array/array.hpp>
#include <tartan/ml/param_value.hpp>
#include <vector>

namespace tartan::ml {

struct ScoreOptions {
  /// What each row counts for; not given: 1.
  Array sample_weight = {};

  /// The weights and nothing else: stands where any metric's own options are wanted.
  template <class Options>
  requires(!std::is_same_v<Options, ScoreOptions> &&
           requires(Options options) { options.sample_weight; })
  operator Options() const {  // NOLINT: that is what it is for
    Options options;
    options.sample_weight = sample_weight;
    return options;
  }
};

/// First argument of a metric whose parts are wanted and not their average: one number per class,
/// or per target. scikit-learn's average=None and multioutput="raw_values".
struct RawValues {};
inline constexpr RawValues raw_values{};

/// How scores of classes become one.
enum class ClassAverage : std::uint8_t {
  binary,    ///< the score of pos_label alone; there are at most two classes
  micro,     ///< of all decisions together
  macro,     ///< the mean over the classes
  weighted,  ///< the mean weighted by how often each class is true
};
template <>
struct EnumNames<ClassAverage> {
  static constexpr std::array values{
      std::pair{ClassAverage::binary, "binary"}, std::pair{ClassAverage::micro, "micro"},
      std::pair{ClassAverage::macro, "macro"}, std::pair{ClassAverage::weighted, "weighted"}};
};

}  // namespace tartan::ml

#pragma once

// Ways to divide rows into those to fit with and those to score with. A splitter gives the numbers
// of the rows of every fold; with the same random_state the same ones as scikit-learn's.

#include <cstdint>
#include <optional>
#include <string_view>
#include <tartan/array/array.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace tartan::ml {

struct Split {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> test;

  static constexpr std::string_view kCodec = "tartan::ml::Split";
  static void fields(auto& self, auto&& field) { field(self.train, self.test); }
};
using Splits = std::vector<Split>;

struct KFold {
  std::int64_t n_splits = 5;
  bool shuffle = false;
  std::uint64_t random_state = 0;  ///< of shuffle
};
/// Every fold has about the same part of each class.
struct StratifiedKFold {
  std::int64_t n_splits = 5;
  bool shuffle = false;
  std::uint64_t random_state = 0;
};
/// Rows of one group are never in different folds.
struct GroupKFold {
  std::int64_t n_splits = 5;
};
/// Tests come after what is fitted: for rows in the order of time.
struct TimeSeriesSplit {
  std::int64_t n_splits = 5;
  std::optional<std::int64_t> max_train_size = {};
  std::optional<std::int64_t> test_size = {};  ///< none: rows / (n_splits + 1)
  std::int64_t gap = 0;                        ///< rows left out before each test
};
/// Drawn anew each time, so that tests may overlap.
struct ShuffleSplit {
  std::int64_t n_splits = 10;
  /// A fraction of the rows if a double, else their number. Neither given: a tenth is for the test.
  std::optional<std::variant<std::int64_t, double>> test_size = {};
  std::optional<std::variant<std::int64_t, double>> train_size = {};
  std::uint64_t random_state = 0;
};

using Splitter =
    std::variant<KFold, StratifiedKFold, GroupKFold, TimeSeriesSplit, ShuffleSplit, Splits>;

/// The rows of each fold. y is needed by StratifiedKFold (1-D labels), groups (1-D) by GroupKFold;
/// both are brought here. Splits given are checked and handed on. Throws ValueError for fewer rows
/// (of a class, or groups) than folds and for sizes that do not go with the rows.
Splits split_rows(const Splitter& splitter, std::int64_t rows, const Array& y = {},
                  const Array& groups = {});

struct TrainTestSplitOptions {
  /// A fraction of the rows if a double, else their number. Neither given: a quarter is for the
  /// test.
  std::optional<std::variant<std::int64_t, double>> test_size = {};
  std::optional<std::variant<std::int64_t, double>> train_size = {};
  bool shuffle = true;
  std::uint64_t random_state = 0;
  /// Labels of which both parts are to have the same shares.
  Array stratify = {};
};
/// For every array its rows for fitting, then those for testing: {x_train, x_test, y_train,
/// y_test}. Lazy but for `stratify`, which is brought here. All must have as many rows.
std::vector<Array> train_test_split(const std::vector<Array>& arrays,
                                    const TrainTestSplitOptions& options = {});

}  // namespace tartan::ml

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <functional>
#include <map>
#include <ml/model_selection/numpy_random.hpp>
#include <numeric>
#include <tartan/array.hpp>
#include <tartan/ml/split.hpp>

namespace tartan::ml {
namespace {

using Rows = std::vector<std::int64_t>;
using Size = std::optional<std::variant<std::int64_t, double>>;

void require(bool holds, const std::string& message) {
  if (!holds) throw ValueError(message);
}

/// The distinct values sorted, and the number of each row's among them.
struct Coded {
  Rows codes;
  Rows counts;
};

Coded encode(const Array& labels, std::int64_t rows, std::string_view what) {
  require(labels.valid(), fmt::format("{} is needed to split the rows so", what));
  require(labels.ndim() == 1 && labels.shape(0) == rows,
          fmt::format("{} must be 1-D with {} entries, one per row, but has the shape {}", what,
                      rows, to_string(labels.shape())));
  const auto unique = unique_inverse(labels);
  const auto chunks = compute_chunks({unique.inverse_indices.astype(DType::int64)});
  const auto view = chunks[0].view<std::int64_t>();
  Coded coded{{view.begin(), view.end()}, {}};
  for (const std::int64_t code : coded.codes) {
    if (code >= static_cast<std::int64_t>(coded.counts.size())) {
      coded.counts.resize(static_cast<std::size_t>(code) + 1);
    }
    ++coded.counts[static_cast<std::size_t>(code)];
  }
  return coded;
}

/// Splits whose tests are the rows of each fold.
Splits by_fold(const Rows& fold_of_row, std::int64_t folds) {
  Splits splits(static_cast<std::size_t>(folds));
  for (std::size_t row = 0; row < fold_of_row.size(); ++row) {
    for (std::size_t fold = 0; fold < splits.size(); ++fold) {
      auto& part = fold == static_cast<std::size_t>(fold_of_row[row]) ? splits[fold].test
                                                                      : splits[fold].train;
      part.push_back(static_cast<std::int64_t>(row));
    }
  }
  return splits;
}

void check_folds(std::int64_t folds, std::int64_t most, std::string_view what) {
  require(folds >= 2, fmt::format("n_splits is {}, but there must be at least 2 folds", folds));
  require(folds <= most,
          fmt::format("n_splits is {}, which is more than the {} {}", folds, most, what));
}

Splits split(const KFold& k, std::int64_t rows, const Array&, const Array&) {
  check_folds(k.n_splits, rows, "rows");
  Rows order(static_cast<std::size_t>(rows));
  std::iota(order.begin(), order.end(), 0);
  if (k.shuffle) NumpyRandom(k.random_state).shuffle(order);
  Rows fold_of_row(order.size());
  std::int64_t next = 0;
  for (std::int64_t fold = 0; fold < k.n_splits; ++fold) {
    const std::int64_t size = rows / k.n_splits + (fold < rows % k.n_splits ? 1 : 0);
    for (std::int64_t i = 0; i < size; ++i) {
      fold_of_row[static_cast<std::size_t>(order[static_cast<std::size_t>(next++)])] = fold;
    }
  }
  return by_fold(fold_of_row, k.n_splits);
}

/// Codes renumbered as they first appear.
Coded by_appearance(Coded coded) {
  Rows renumbered(coded.counts.size(), -1);
  Rows counts;
  for (std::int64_t& code : coded.codes) {
    std::int64_t& number = renumbered[static_cast<std::size_t>(code)];
    if (number < 0) {
      number = static_cast<std::int64_t>(counts.size());
      counts.push_back(coded.counts[static_cast<std::size_t>(code)]);
    }
    code = number;
  }
  return {std::move(coded.codes), std::move(counts)};
}

Splits split(const StratifiedKFold& k, std::int64_t rows, const Array& y, const Array&) {
  const Coded coded = by_appearance(encode(y, rows, "y"));
  check_folds(k.n_splits, *std::max_element(coded.counts.begin(), coded.counts.end()),
              "rows of every class");
  // Row i of the sorted classes goes to fold i mod n: so many of each class has every fold.
  NumpyRandom random(k.random_state);
  Rows fold_of_row(coded.codes.size());
  std::int64_t first = 0;
  for (std::size_t code = 0; code < coded.counts.size(); ++code) {
    Rows of_fold(static_cast<std::size_t>(k.n_splits), 0);
    for (std::int64_t i = 0; i < coded.counts[code]; ++i) {
      ++of_fold[static_cast<std::size_t>((first + i) % k.n_splits)];
    }
    first += coded.counts[code];
    Rows folds;
    for (std::size_t fold = 0; fold < of_fold.size(); ++fold) {
      folds.insert(folds.end(), static_cast<std::size_t>(of_fold[fold]),
                   static_cast<std::int64_t>(fold));
    }
    if (k.shuffle) random.shuffle(folds);
    auto next = folds.begin();
    for (std::size_t row = 0; row < coded.codes.size(); ++row) {
      if (coded.codes[row] == static_cast<std::int64_t>(code)) fold_of_row[row] = *next++;
    }
  }
  return by_fold(fold_of_row, k.n_splits);
}

Splits split(const GroupKFold& k, std::int64_t rows, const Array&, const Array& groups) {
  const Coded coded = encode(groups, rows, "groups");
  check_folds(k.n_splits, static_cast<std::int64_t>(coded.counts.size()), "groups");
  std::vector<std::size_t> order(coded.counts.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return coded.counts[a] < coded.counts[b]; });
  // The largest groups first, each to the fold that has the fewest rows.
  Rows rows_of_fold(static_cast<std::size_t>(k.n_splits), 0);
  Rows fold_of_group(order.size());
  for (auto group = order.rbegin(); group != order.rend(); ++group) {
    const auto lightest = std::min_element(rows_of_fold.begin(), rows_of_fold.end());
    *lightest += coded.counts[*group];
    fold_of_group[*group] = lightest - rows_of_fold.begin();
  }
  Rows fold_of_row;
  fold_of_row.reserve(coded.codes.size());
  for (const std::int64_t code : coded.codes) {
    fold_of_row.push_back(fold_of_group[static_cast<std::size_t>(code)]);
  }
  return by_fold(fold_of_row, k.n_splits);
}

Rows range(std::int64_t first, std::int64_t last) {
  Rows rows(static_cast<std::size_t>(last - first));
  std::iota(rows.begin(), rows.end(), first);
  return rows;
}

Splits split(const TimeSeriesSplit& t, std::int64_t rows, const Array&, const Array&) {
  check_folds(t.n_splits, rows - 1, "rows less one");
  require(t.gap >= 0, fmt::format("gap is {}, but must not be negative", t.gap));
  const std::int64_t size = t.test_size.value_or(rows / (t.n_splits + 1));
  require(size >= 1 && rows - t.gap - size * t.n_splits > 0,
          fmt::format("{} rows are too few for {} tests of {} rows and a gap of {}", rows,
                      t.n_splits, size, t.gap));
  Splits splits;
  for (std::int64_t test = rows - t.n_splits * size; test < rows; test += size) {
    const std::int64_t end = test - t.gap;
    const std::int64_t most = t.max_train_size.value_or(end);
    splits.push_back({range(std::max<std::int64_t>(0, end - most), end), range(test, test + size)});
  }
  return splits;
}

struct Sizes {
  std::int64_t train = 0;
  std::int64_t test = 0;
};

/// The number of rows a size stands for: fractions are rounded up for tests, down for fits.
std::optional<std::int64_t> rows_for(const Size& size, std::int64_t rows, bool up,
                                     std::string_view name) {
  if (!size) return std::nullopt;
  if (const auto* count = std::get_if<std::int64_t>(&*size)) {
    require(*count > 0 && *count < rows,
            fmt::format("{} is {}, but must be between 1 and {}, or a fraction", name, *count,
                        rows - 1));
    return *count;
  }
  const double fraction = std::get<double>(*size);
  require(fraction > 0 && fraction < 1,
          fmt::format("{} is {}, but a fraction must be between 0 and 1", name, fraction));
  const double exact = fraction * static_cast<double>(rows);
  return static_cast<std::int64_t>(up ? std::ceil(exact) : std::floor(exact));
}

Sizes sizes_of(const Size& train_size, Size test_size, std::int64_t rows, double usual) {
  if (!train_size && !test_size) test_size = usual;
  const auto train = rows_for(train_size, rows, false, "train_size");
  const auto test = rows_for(test_size, rows, true, "test_size");
  const Sizes sizes{train ? *train : rows - *test, test ? *test : rows - *train};
  require(sizes.train + sizes.test <= rows,
          fmt::format("train_size and test_size take {} and {} rows, but there are {}", sizes.train,
                      sizes.test, rows));
  require(sizes.train > 0, fmt::format("of {} rows none would be left to fit with", rows));
  return sizes;
}

Splits split(const ShuffleSplit& s, std::int64_t rows, const Array&, const Array&) {
  require(s.n_splits >= 1, fmt::format("n_splits is {}, but must be at least 1", s.n_splits));
  const Sizes sizes = sizes_of(s.train_size, s.test_size, rows, 0.1);
  NumpyRandom random(s.random_state);
  Splits splits;
  for (std::int64_t i = 0; i < s.n_splits; ++i) {
    const Rows order = random.permutation(rows);
    const auto middle = order.begin() + sizes.test;
    splits.push_back({Rows(middle, middle + sizes.train), Rows(order.begin(), middle)});
  }
  return splits;
}

Splits split(const Splits& given, std::int64_t rows, const Array&, const Array&) {
  require(!given.empty(), "no split is given");
  for (const Split& each : given) {
    require(!each.train.empty() && !each.test.empty(), "a split has no rows to fit or score with");
    for (const Rows* part : {&each.train, &each.test}) {
      for (const std::int64_t row : *part) {
        require(row >= 0 && row < rows,
                fmt::format("a split names row {}, but there are {} rows", row, rows));
      }
    }
  }
  return given;
}

/// How many of each class a draw of `draws` rows has: rounded down, then the largest remainders
/// first, ties by chance.
Rows shares(const Rows& counts, std::int64_t draws, NumpyRandom& random) {
  const auto total = static_cast<double>(std::accumulate(counts.begin(), counts.end(), 0LL));
  Rows result;
  std::map<double, Rows, std::greater<>> remainders;
  for (std::size_t code = 0; code < counts.size(); ++code) {
    const double exact = static_cast<double>(counts[code]) / total * static_cast<double>(draws);
    result.push_back(static_cast<std::int64_t>(std::floor(exact)));
    remainders[exact - std::floor(exact)].push_back(static_cast<std::int64_t>(code));
  }
  std::int64_t missing = draws - std::accumulate(result.begin(), result.end(), 0LL);
  for (const auto& [remainder, codes] : remainders) {
    if (missing == 0) break;
    const Rows order = random.permutation(static_cast<std::int64_t>(codes.size()));
    for (std::size_t i = 0; i < order.size() && missing > 0; ++i, --missing) {
      ++result[static_cast<std::size_t>(codes[static_cast<std::size_t>(order[i])])];
    }
  }
  return result;
}

Split stratified(const Array& labels, std::int64_t rows, Sizes sizes, std::uint64_t seed) {
  const Coded coded = encode(labels, rows, "stratify");
  const auto classes = static_cast<std::int64_t>(coded.counts.size());
  require(*std::min_element(coded.counts.begin(), coded.counts.end()) >= 2,
          "stratify has a class with a single row, which cannot be in both parts");
  require(
      sizes.train >= classes && sizes.test >= classes,
      fmt::format("both parts must have a row of each of the {} classes, but have {} and {} rows",
                  classes, sizes.train, sizes.test));
  std::vector<Rows> of_class(coded.counts.size());
  for (std::size_t row = 0; row < coded.codes.size(); ++row) {
    of_class[static_cast<std::size_t>(coded.codes[row])].push_back(static_cast<std::int64_t>(row));
  }
  NumpyRandom random(seed);
  const Rows train_of = shares(coded.counts, sizes.train, random);
  Rows left = coded.counts;
  for (std::size_t code = 0; code < left.size(); ++code) left[code] -= train_of[code];
  const Rows test_of = shares(left, sizes.test, random);
  Split result;
  for (std::size_t code = 0; code < of_class.size(); ++code) {
    const Rows order = random.permutation(coded.counts[code]);
    for (std::int64_t i = 0; i < train_of[code] + test_of[code]; ++i) {
      auto& part = i < train_of[code] ? result.train : result.test;
      part.push_back(of_class[code][static_cast<std::size_t>(order[static_cast<std::size_t>(i)])]);
    }
  }
  random.shuffle(result.train);
  random.shuffle(result.test);
  return result;
}

Array rows_of(const Array& array, const Rows& rows) {
  const auto indices = make_chunk<std::int64_t>({static_cast<std::int64_t>(rows.size())}, rows);
  return take(array, Array(indices), 0);
}

}  // namespace

Splits split_rows(const Splitter& splitter, std::int64_t rows, const Array& y,
                  const Array& groups) {
  return std::visit([&](const auto& each) { return split(each, rows, y, groups); }, splitter);
}

std::vector<Array> train_test_split(const std::vector<Array>& arrays,
                                    const TrainTestSplitOptions& options) {
  require(!arrays.empty(), "train_test_split: there are no arrays");
  const std::int64_t rows = arrays.front().shape(0);
  for (const Array& each : arrays) {
    require(each.shape(0) == rows,
            fmt::format("train_test_split: the arrays have {} and {} rows", rows, each.shape(0)));
  }
  const Sizes sizes = sizes_of(options.train_size, options.test_size, rows, 0.25);
  std::vector<Array> result;
  if (!options.shuffle) {
    require(!options.stratify.valid(), "train_test_split: stratify goes with shuffle only");
    for (const Array& each : arrays) {
      result.push_back(each.slice({{0, sizes.train}}));
      result.push_back(each.slice({{sizes.train, sizes.train + sizes.test}}));
    }
    return result;
  }
  Split parts;
  if (options.stratify.valid()) {
    parts = stratified(options.stratify, rows, sizes, options.random_state);
  } else {
    const Rows order = NumpyRandom(options.random_state).permutation(rows);
    const auto middle = order.begin() + sizes.test;
    parts = {Rows(middle, middle + sizes.train), Rows(order.begin(), middle)};
  }
  for (const Array& each : arrays) {
    result.push_back(rows_of(each, parts.train));
    result.push_back(rows_of(each, parts.test));
  }
  return result;
}

}  // namespace tartan::ml

// The small tables that come with scikit-learn.

#include <charconv>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <tartan/array/chunk.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/ml/datasets.hpp>
#include <zlib.h>

namespace tartan::ml {
namespace {

/// All lines of a file, which may be compressed.
std::vector<std::string> lines_of(const std::string& path) {
  struct Close {
    void operator()(gzFile_s* file) const { gzclose(file); }
  };
  const std::unique_ptr<gzFile_s, Close> file(gzopen(path.c_str(), "rb"));
  if (!file) {
    throw ValueError(
        fmt::format("cannot read '{}'; on Debian the package python3-sklearn brings it", path));
  }
  std::string text;
  std::vector<char> buffer(1 << 16);
  int got = 0;
  while ((got = gzread(file.get(), buffer.data(), static_cast<unsigned>(buffer.size()))) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (got < 0) throw ValueError(fmt::format("'{}' ends early or is damaged", path));
  std::vector<std::string> lines;
  for (std::size_t first = 0; first < text.size();) {
    const std::size_t end = std::min(text.find('\n', first), text.size());
    std::string line = text.substr(first, end - first);
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
    first = end + 1;
  }
  return lines;
}

std::vector<std::string> fields_of(const std::string& line, char separator) {
  std::vector<std::string> fields;
  for (std::size_t first = 0; first <= line.size();) {
    const std::size_t end = std::min(line.find(separator, first), line.size());
    fields.push_back(line.substr(first, end - first));
    first = end + 1;
  }
  return fields;
}

double number_of(const std::string& field, const std::string& path) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) {
    throw ValueError(fmt::format("'{}' has '{}' where a number should be", path, field));
  }
  return value;
}

struct Numbers {
  std::vector<double> values;  ///< in C order
  std::int64_t rows = 0;
  std::int64_t columns = 0;

  double at(std::int64_t row, std::int64_t column) const {
    return values[static_cast<std::size_t>(row * columns + column)];
  }
};

Numbers numbers_of(const std::vector<std::string>& lines, std::size_t first, char separator,
                   const std::string& path) {
  Numbers numbers;
  for (std::size_t i = first; i < lines.size(); ++i) {
    const auto fields = fields_of(lines[i], separator);
    const auto columns = static_cast<std::int64_t>(fields.size());
    if (numbers.rows > 0 && columns != numbers.columns) {
      throw ValueError(
          fmt::format("'{}' has lines of {} and of {} numbers", path, numbers.columns, columns));
    }
    numbers.columns = columns;
    numbers.rows += 1;
    for (const std::string& field : fields) numbers.values.push_back(number_of(field, path));
  }
  if (numbers.rows == 0) throw ValueError(fmt::format("'{}' has no rows", path));
  return numbers;
}

Array chunked(const Chunk& chunk, const TableParams& params) {
  const std::int64_t rows = params.chunk_rows > 0 ? params.chunk_rows : -1;
  return chunk.shape.size() == 1 ? from_chunk(chunk, {rows}) : from_chunk(chunk, {rows, -1});
}

/// The last column are labels, of which those below `classes` stay.
Table labelled(const Numbers& numbers, std::int64_t classes, const TableParams& params) {
  std::vector<double> x;
  std::vector<std::int64_t> y;
  const std::int64_t features = numbers.columns - 1;
  for (std::int64_t i = 0; i < numbers.rows; ++i) {
    const auto label = static_cast<std::int64_t>(numbers.at(i, features));
    if (label >= classes) continue;
    y.push_back(label);
    for (std::int64_t j = 0; j < features; ++j) x.push_back(numbers.at(i, j));
  }
  const auto rows = static_cast<std::int64_t>(y.size());
  return {chunked(make_chunk<double>({rows, features}, std::span<const double>(x)), params),
          chunked(make_chunk<std::int64_t>({rows}, std::span<const std::int64_t>(y)), params),
          {},
          {}};
}

/// A file whose first line says rows, features and the labels' names.
Table load_csv(const std::string& file, const TableParams& params,
               std::vector<std::string> feature_names) {
  const std::string path = params.directory + "/" + file;
  const auto lines = lines_of(path);
  if (lines.empty()) throw ValueError(fmt::format("'{}' is empty", path));
  const auto head = fields_of(lines.front(), ',');
  const Numbers numbers = numbers_of(lines, 1, ',', path);
  const auto features = static_cast<std::int64_t>(feature_names.size());
  if (head.size() < 3 || numbers.columns != features + 1 ||
      number_of(head[0], path) != static_cast<double>(numbers.rows)) {
    throw ValueError(fmt::format("'{}' has not the rows and columns it is known for", path));
  }
  Table table = labelled(numbers, static_cast<std::int64_t>(head.size()) - 2, params);
  table.feature_names = std::move(feature_names);
  table.target_names.assign(head.begin() + 2, head.end());
  return table;
}

/// Means 0 and sums of squares 1, as scikit-learn's scale() and its division make them.
void scale(Numbers& numbers) {
  const auto rows = static_cast<double>(numbers.rows);
  for (std::int64_t j = 0; j < numbers.columns; ++j) {
    double mean = 0;
    for (std::int64_t i = 0; i < numbers.rows; ++i) mean += numbers.at(i, j) / rows;
    double squares = 0;
    for (std::int64_t i = 0; i < numbers.rows; ++i) {
      squares += (numbers.at(i, j) - mean) * (numbers.at(i, j) - mean);
    }
    for (std::int64_t i = 0; i < numbers.rows; ++i) {
      double& value = numbers.values[static_cast<std::size_t>(i * numbers.columns + j)];
      value = (value - mean) / std::sqrt(squares);
    }
  }
}

}  // namespace

Table load_iris(const TableParams& params) {
  return load_csv(
      "iris.csv", params,
      {"sepal length (cm)", "sepal width (cm)", "petal length (cm)", "petal width (cm)"});
}

Table load_wine(const TableParams& params) {
  return load_csv("wine_data.csv", params,
                  {"alcohol", "malic_acid", "ash", "alcalinity_of_ash", "magnesium",
                   "total_phenols", "flavanoids", "nonflavanoid_phenols", "proanthocyanins",
                   "color_intensity", "hue", "od280/od315_of_diluted_wines", "proline"});
}

Table load_breast_cancer(const TableParams& params) {
  std::vector<std::string> names;
  names.reserve(30);
  const std::vector<std::string> measures{
      "radius",      "texture",   "perimeter",      "area",     "smoothness",
      "compactness", "concavity", "concave points", "symmetry", "fractal dimension"};
  for (const std::string& measure : measures) names.push_back("mean " + measure);
  for (const std::string& measure : measures) names.push_back(measure + " error");
  for (const std::string& measure : measures) names.push_back("worst " + measure);
  return load_csv("breast_cancer.csv", params, std::move(names));
}

Table load_digits(std::int64_t n_class, const TableParams& params) {
  if (n_class < 1 || n_class > 10) {
    throw ValueError(fmt::format("load_digits: n_class is {}, but there are 10 digits", n_class));
  }
  const std::string path = params.directory + "/digits.csv.gz";
  Table table = labelled(numbers_of(lines_of(path), 0, ',', path), n_class, params);
  table.feature_names.reserve(64);
  for (int row = 0; row < 8; ++row) {
    for (int column = 0; column < 8; ++column) {
      table.feature_names.push_back(fmt::format("pixel_{}_{}", row, column));
    }
  }
  table.target_names = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  return table;
}

Table load_diabetes(bool scaled, const TableParams& params) {
  const std::string path = params.directory + "/diabetes_data_raw.csv.gz";
  const std::string target_path = params.directory + "/diabetes_target.csv.gz";
  Numbers x = numbers_of(lines_of(path), 0, ' ', path);
  const Numbers y = numbers_of(lines_of(target_path), 0, ' ', target_path);
  if (x.rows != y.rows || y.columns != 1) {
    throw ValueError(fmt::format("'{}' and '{}' do not fit each other", path, target_path));
  }
  if (scaled) scale(x);
  return {
      chunked(make_chunk<double>({x.rows, x.columns}, std::span<const double>(x.values)), params),
      chunked(make_chunk<double>({y.rows}, std::span<const double>(y.values)), params),
      {"age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"},
      {}};
}

}  // namespace tartan::ml

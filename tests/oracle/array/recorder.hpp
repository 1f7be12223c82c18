#pragma once

// What one case computes, as an Array and as the Python text of the same; and the files both are
// compared by: NAME.npy per array and one JSON line per case.

#include <filesystem>
#include <fstream>
#include <string>
#include <tartan/array.hpp>
#include <tartan/base/random.hpp>
#include <vector>

namespace tartan::oracle {

struct Term {
  Array array;
  std::string text;  ///< in Python, over the inputs' names
  double loosened = 1;  ///< how many times the usual tolerance NumPy's result may be away
};

/// Writes cases into a directory. Inputs belong to the case that is finished next.
class Recorder {
 public:
  explicit Recorder(const std::filesystem::path& directory);

  /// Random elements as a literal array in random chunks, under the next free name.
  Term input(Random& random, const Shape& shape, DType dtype);
  /// The same with elements of the case's own.
  Term input(Random& random, const Chunk& chunk);
  /// Computes the term and writes everything down. Returns the case's number.
  void finish(const std::string& kind, const Term& term);

 private:
  void write(const std::string& name, const Chunk& chunk);

  std::filesystem::path directory_;
  std::ofstream lines_;
  std::size_t number_ = 0;
  std::vector<std::string> inputs_;
};

/// Random chunk sizes that sum to the shape.
ChunkSpec random_chunks(Random& random, const Shape& shape);

}  // namespace tartan::oracle

#pragma once

// Arguments of array tasks that are plain numbers, as one vector of 64-bit words: cheap to write,
// and read back with every count checked, since they arrive from another process.

#include <array/kernels/shape.hpp>
#include <bit>
#include <cstdint>
#include <span>
#include <string_view>
#include <tartan/array/chunk.hpp>
#include <tartan/array/scalar.hpp>
#include <tartan/base/key.hpp>
#include <vector>

namespace tartan {
class Value;
}

namespace tartan::array {

class WordWriter {
 public:
  void put(std::int64_t word) { words_.push_back(word); }
  void put(int word) { words_.push_back(word); }
  void put(double number) { words_.push_back(std::bit_cast<std::int64_t>(number)); }
  void put(const Scalar& scalar);
  void put(const std::vector<std::int64_t>& list);
  void put(const std::vector<int>& list);
  void put(const std::vector<AxisRange>& ranges);
  void put(std::string_view text);
  void put(Key key);
  /// What tells the value from others: hashes of its bytes.
  void put_hash(const Value& value);

  const std::vector<std::int64_t>& words() const { return words_; }

 private:
  std::vector<std::int64_t> words_;
};

/// Every getter throws Exception(malformed) when the words end early.
class WordReader {
 public:
  explicit WordReader(std::span<const std::int64_t> words) : words_(words) {}

  std::int64_t word();
  bool flag() { return word() != 0; }
  double number() { return std::bit_cast<double>(word()); }
  DType dtype();
  Scalar scalar();
  std::vector<std::int64_t> list();
  std::vector<int> small_list();
  std::vector<AxisRange> ranges();
  /// A shape: no dimension is negative.
  Shape shape();

 private:
  std::span<const std::int64_t> words_;
  std::size_t next_ = 0;
};

}  // namespace tartan::array

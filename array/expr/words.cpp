#include <array/expr/words.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/value.hpp>
#include <variant>

namespace tartan::array {
namespace {

[[noreturn]] void malformed(const char* what) {
  throw Exception(Errc::malformed, std::string("the arguments of an array task ") + what +
                                       "; the sender runs another version or is broken");
}

}  // namespace

void WordWriter::put(const Scalar& scalar) {
  put(static_cast<std::int64_t>(scalar.variant().index()));
  if (scalar.is_complex()) {
    const auto value = scalar.as<std::complex<double>>();
    put(value.real());
    put(value.imag());
  } else if (scalar.is_floating()) {
    put(scalar.as<double>());
    put(std::int64_t{0});
  } else {
    put(scalar.as<std::int64_t>());
    put(std::int64_t{0});
  }
}

void WordWriter::put(const std::vector<std::int64_t>& list) {
  put(static_cast<std::int64_t>(list.size()));
  words_.insert(words_.end(), list.begin(), list.end());
}

void WordWriter::put(const std::vector<int>& list) {
  put(static_cast<std::int64_t>(list.size()));
  words_.insert(words_.end(), list.begin(), list.end());
}

void WordWriter::put(const std::vector<AxisRange>& ranges) {
  put(static_cast<std::int64_t>(ranges.size()));
  for (const auto& range : ranges) {
    put(range.start);
    put(range.count);
    put(range.step);
  }
}

void WordWriter::put(std::string_view text) {
  put(static_cast<std::int64_t>(text.size()));
  for (char c : text) put(static_cast<std::int64_t>(static_cast<unsigned char>(c)));
}

void WordWriter::put(Key key) {
  put(static_cast<std::int64_t>(key.hi));
  put(static_cast<std::int64_t>(key.lo));
}

void WordWriter::put_hash(const Value& value) {
  for (const auto& frame : value.encode().frames) put(hash_bytes(frame.bytes()));
}

std::int64_t WordReader::word() {
  if (next_ == words_.size()) malformed("end too early");
  return words_[next_++];
}

DType WordReader::dtype() {
  const auto number = word();
  if (number < 0 || number >= static_cast<std::int64_t>(kDTypeCount)) malformed("name no dtype");
  return static_cast<DType>(number);
}

Scalar WordReader::scalar() {
  const auto kind = word();
  const auto first = word();
  const auto second = word();
  switch (kind) {
    case 0: return Scalar(first != 0);
    case 1: return Scalar(first);
    case 2: return Scalar(static_cast<std::uint64_t>(first));
    case 3: return Scalar(std::bit_cast<double>(first));
    case 4:
      return Scalar(
          std::complex<double>(std::bit_cast<double>(first), std::bit_cast<double>(second)));
    default: malformed("hold an unknown kind of scalar");
  }
}

std::vector<std::int64_t> WordReader::list() {
  const auto count = word();
  if (count < 0 || count > static_cast<std::int64_t>(words_.size() - next_)) {
    malformed("hold a list longer than themselves");
  }
  const auto from = words_.begin() + static_cast<std::ptrdiff_t>(next_);
  next_ += static_cast<std::size_t>(count);
  return {from, from + count};
}

std::vector<int> WordReader::small_list() {
  std::vector<int> result;
  for (auto value : list()) {
    if (value < -1 || value > 1 << 16) malformed("hold an axis out of range");
    result.push_back(static_cast<int>(value));
  }
  return result;
}

std::vector<AxisRange> WordReader::ranges() {
  const auto count = word();
  if (count < 0 || count > static_cast<std::int64_t>(words_.size() - next_) / 3) {
    malformed("hold a list longer than themselves");
  }
  std::vector<AxisRange> result(static_cast<std::size_t>(count));
  for (auto& range : result) {
    range.start = word();
    range.count = word();
    range.step = word();
  }
  return result;
}

Shape WordReader::shape() {
  Shape result = list();
  for (auto length : result) {
    if (length < 0) malformed("hold a negative length");
  }
  return result;
}

}  // namespace tartan::array

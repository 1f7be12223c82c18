#include <algorithm>
#include <array/kernels/npy.hpp>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <optional>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
/// Headers of arrays without fields are far shorter.
constexpr std::int64_t kLongestHeader = 1 << 20;

constexpr const char* kTypes[kDTypeCount] = {"|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2",
                                             "<u4", "<u8", "<f4", "<f8", "<c8", "<c16"};

/// Reads the header's dict: strings, True, False and tuples of integers.
class HeaderText {
 public:
  HeaderText(std::string_view text, const std::string& path) : text_(text), path_(path) {}

  NpyHeader read() {
    std::optional<bool> fortran;
    std::optional<Shape> shape;
    std::string type;
    expect('{');
    while (!accept('}')) {
      const auto name = string();
      expect(':');
      if (name == "descr") {
        if (peek() == '[') {
          throw TypeError(
              fmt::format("{} holds records with fields, which arrays do not have", path_));
        }
        type = string();
      } else if (name == "fortran_order") {
        fortran = flag();
      } else if (name == "shape") {
        shape = tuple();
      } else {
        malformed();
      }
      if (!accept(',') && peek() != '}') malformed();
    }
    if (!fortran || !shape || type.empty()) malformed();
    NpyHeader header;
    header.fortran = *fortran && shape->size() > 1;
    header.layout.shape = *shape;
    if (header.fortran) std::reverse(header.layout.shape.begin(), header.layout.shape.end());
    set_type(header.layout, type);
    return header;
  }

  [[noreturn]] void malformed() const {
    throw ValueError(fmt::format("the header of {} is not one of a .npy file", path_));
  }

 private:
  void set_type(FileLayout& layout, const std::string& type) const {
    for (std::size_t i = 0; i < kDTypeCount; ++i) {
      if (std::string_view(kTypes[i]).substr(1) != std::string_view(type).substr(1)) continue;
      layout.dtype = static_cast<DType>(i);
      layout.swapped = type[0] == '>' && itemsize(layout.dtype) > 1;
      return;
    }
    throw TypeError(
        fmt::format("{} holds elements of type '{}', which arrays do not have; convert "
                    "them with NumPy first",
                    path_, type));
  }

  char peek() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
    if (at_ == text_.size()) malformed();
    return text_[at_];
  }
  bool accept(char wanted) {
    if (peek() != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) malformed();
  }
  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') malformed();
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) malformed();
    std::string result(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return result;
  }
  bool flag() {
    static_cast<void>(peek());
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    malformed();
  }
  Shape tuple() {
    Shape result;
    expect('(');
    while (!accept(')')) {
      static_cast<void>(peek());
      std::int64_t number = -1;
      const auto [end, error] =
          std::from_chars(text_.data() + at_, text_.data() + text_.size(), number);
      if (error != std::errc() || number < 0) malformed();
      at_ = static_cast<std::size_t>(end - text_.data());
      result.push_back(number);
      accept('L');  // Python 2's long
      if (!accept(',') && peek() != ')') malformed();
    }
    return result;
  }

  std::string_view text_;
  const std::string& path_;
  std::size_t at_ = 0;
};

}  // namespace

NpyHeader read_npy_header(const File& file, const std::string& path) {
  const auto bytes = file.stamp().bytes;
  unsigned char start[12] = {};
  const auto known = std::min<std::int64_t>(bytes, sizeof start);
  file.read(std::as_writable_bytes(std::span(start)).first(static_cast<std::size_t>(known)), 0);
  if (known < 10 || std::memcmp(start, kMagic.data(), kMagic.size()) != 0) {
    throw ValueError(fmt::format("{} is not a .npy file", path));
  }
  const int version = start[6];
  if (version < 1 || version > 3) {
    throw ValueError(
        fmt::format("{} is a .npy file of version {}; 1 to 3 are known", path, version));
  }
  std::int64_t length = start[8] | start[9] << 8;
  if (version > 1) length |= std::int64_t{start[10]} << 16 | std::int64_t{start[11]} << 24;
  const std::int64_t before = version > 1 ? 12 : 10;
  if (length > kLongestHeader || before + length > bytes) {
    throw ValueError(fmt::format("{} is cut short: it ends within its header", path));
  }
  std::string text(static_cast<std::size_t>(length), ' ');
  file.read(std::as_writable_bytes(std::span(text)), before);
  auto header = HeaderText(text, path).read();
  header.layout.start = before + length;
  return header;
}

std::string npy_type(DType dtype) { return kTypes[static_cast<std::size_t>(dtype)]; }

std::string npy_header(DType dtype, const Shape& shape) {
  std::string lengths;
  for (const auto length : shape) lengths += fmt::format("{}, ", length);
  if (shape.size() > 1) lengths.resize(lengths.size() - 2);
  if (shape.size() == 1) lengths.resize(lengths.size() - 1);
  auto text = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                          npy_type(dtype), lengths);
  // The elements begin at a multiple of 64.
  text.resize((text.size() + 11 + 63) / 64 * 64 - 11, ' ');
  text += '\n';
  std::string result(kMagic);
  result +=
      {'\x01', '\x00', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return result + text;
}

}  // namespace tartan::array

// Messages as short, deterministic text for logs and traces: sizes of columns, the first entries.

#include <algorithm>
#include <core/wire/codec.hpp>
#include <core/wire/fields.hpp>
#include <fmt/format.h>
#include <iterator>

namespace tartan::wire {
namespace {

constexpr std::size_t kShownEntries = 3;
constexpr std::size_t kShownText = 60;

class Printer {
 public:
  explicit Printer(std::string& out) : out_(out) {}

  template <class... Fields>
  void operator()([[maybe_unused]] std::string_view names, const Fields&... values) {
    out_ += '{';
    (field(names, values), ...);
    if (out_.back() == ' ') out_.pop_back();
    out_ += '}';
  }

 private:
  /// Takes the first name off the list.
  template <class T>
  void field(std::string_view& names, const T& value) {
    const std::size_t end = std::min(names.find(' '), names.size());
    out_ += names.substr(0, end);
    out_ += '=';
    names.remove_prefix(std::min(end + 1, names.size()));
    put(value);
    out_ += ' ';
  }

  template <class T>
  void put(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      fmt::format_to(std::back_inserter(out_), "{}", static_cast<std::uint64_t>(value));
    } else if constexpr (std::is_arithmetic_v<T>) {
      fmt::format_to(std::back_inserter(out_), "{}", value);
    } else {
      fields(*this, value);
    }
  }
  void put(Errc code) { out_ += name(code); }
  void put(std::byte byte) { put(std::to_integer<unsigned>(byte)); }
  void put(const Key& key) { out_ += key.to_string().substr(0, 8); }
  void put(const Buffer& buffer) {
    fmt::format_to(std::back_inserter(out_), "<{} bytes>", buffer.size());
  }
  void put(const BlobColumn& column) {
    fmt::format_to(std::back_inserter(out_), "<{} blobs of {} bytes>", column.size(),
                   column.bytes.size());
  }
  void put(const std::string& text) {
    out_ += '"';
    for (const char c : std::string_view(text).substr(0, kShownText)) {
      out_ += c >= ' ' && c < '\x7f' ? c : '?';  // text from a peer must not break a log line
    }
    out_ += text.size() > kShownText ? "...\"" : "\"";
  }
  void put(const std::map<std::string, double>& map) {
    out_ += '{';
    for (const auto& [name, value] : map) {
      put(name);
      fmt::format_to(std::back_inserter(out_), ":{} ", value);
    }
    if (out_.back() == ' ') out_.pop_back();
    out_ += '}';
  }
  template <class T>
  void put(const std::vector<T>& column) {
    fmt::format_to(std::back_inserter(out_), "{}[", column.size());
    for (std::size_t i = 0; i < std::min(column.size(), kShownEntries); ++i) {
      if (i > 0) out_ += ' ';
      put(column[i]);
    }
    out_ += column.size() > kShownEntries ? " ...]" : "]";
  }

  std::string& out_;
};

}  // namespace

std::string_view kind_name(const Message& message) {
  return std::visit([](const auto& m) { return Kind<std::remove_cvref_t<decltype(m)>>::name; },
                    message);
}

std::string to_string(const Message& message) {
  std::string out(kind_name(message));
  Printer printer(out);
  std::visit([&](const auto& m) { fields(printer, m); }, message);
  return out;
}

}  // namespace tartan::wire

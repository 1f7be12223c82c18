#include <cctype>
#include <core/value/symbol.hpp>
#include <tartan/value/codec.hpp>

namespace tartan::value {

namespace {

constexpr std::string_view kTagPrefix = "tartan::detail::FunctionTag<";
constexpr std::string_view kMangledPrefix = "N6tartan6detail11FunctionTagI";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Removes what a bracket opens, at any depth, from the text: "f<int>(double)" gives "f".
std::string without_brackets(std::string_view text) {
  std::string kept;
  int depth = 0;
  for (const char c : text) {
    if (c == '<' || c == '(') ++depth;
    if (depth == 0) kept += c;
    if (c == '>' || c == ')') --depth;
  }
  return kept;
}

/// gcc marks the names of types with internal linkage by a star, which name() hides.
struct RawName : std::type_info {
  static const char* of(const std::type_info& type) { return type.*(&RawName::__name); }
};

/// Walks the tokens of a mangled name just far enough to tell names of functions from literals.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  bool finds_local() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (is_digit(c)) {
        if (source_name_is_local()) return true;
      } else if (c == 'L') {
        if (internal_name()) return true;
      } else if (c == 'S' || c == 'T') {
        skip_substitution();
      } else if (c == 'U' && at_ + 1 < text_.size() && text_[at_ + 1] == 'l') {
        return true;
      } else {
        ++at_;
      }
    }
    return false;
  }

 private:
  std::size_t number() {
    std::size_t value = 0;
    while (at_ < text_.size() && is_digit(text_[at_]) && value < text_.size()) {
      value = value * 10 + static_cast<std::size_t>(text_[at_++] - '0');
    }
    return value;
  }

  bool source_name_is_local() {
    const std::size_t length = number();
    const std::string_view word = text_.substr(std::min(at_, text_.size()), length);
    if (word.starts_with("_GLOBAL__N_") || word.starts_with("$_")) return true;
    at_ = std::min(at_ + length, text_.size());
    return false;
  }

  /// L before a name is internal linkage (_ZL4stati, N2nsL2stE); before a type, a literal.
  bool internal_name() {
    const bool follows_mangling = at_ >= 2 && text_.substr(at_ - 2, 2) == "_Z";
    ++at_;
    if (at_ >= text_.size() || text_[at_] == '_') return false;
    if (!is_digit(text_[at_])) {
      skip_literal();
      return false;
    }
    const std::size_t length = number();
    std::size_t next = std::min(at_ + length, text_.size());
    const std::size_t digits = next;
    while (next < text_.size() && (is_digit(text_[next]) || text_[next] == 'n')) ++next;
    const bool enumerator = next > digits && next < text_.size() && text_[next] == 'E';
    if (follows_mangling || !enumerator) return true;
    at_ = next;
    return false;
  }

  void skip_literal() {
    // Li3E, Lb1E, Ln5E: a builtin type and a number. LN2ns1EE is walked as any other name.
    if (std::islower(static_cast<unsigned char>(text_[at_])) == 0) return;
    while (at_ < text_.size() && text_[at_] != 'E') ++at_;
  }

  void skip_substitution() {
    ++at_;
    while (at_ < text_.size() && (is_digit(text_[at_]) || std::isupper(text_[at_]) != 0)) ++at_;
    if (at_ < text_.size()) ++at_;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string full_name(std::string_view symbol) {
  std::string text = detail::demangled(std::string(symbol).c_str());
  std::string_view name = text;
  if (!name.starts_with(kTagPrefix) || !name.ends_with('>')) return text;
  name.remove_prefix(kTagPrefix.size());
  name.remove_suffix(1);
  if (name.starts_with("&(") && name.ends_with(')')) {
    name.remove_prefix(2);
    name.remove_suffix(1);
  } else if (name.starts_with('&')) {
    name.remove_prefix(1);
  }
  if (name.ends_with("{}")) name.remove_suffix(2);
  return std::string(name);
}

std::string short_name(std::string_view symbol) {
  const std::string full = full_name(symbol);
  if (full.find("{lambda") != std::string::npos || full.find("$_") != std::string::npos) {
    return "lambda";
  }
  // "(anonymous namespace)::" would go with the brackets, its colons then end the name.
  std::string name = without_brackets(full);
  if (const auto abi = name.find("[abi:"); abi != std::string::npos) name.resize(abi);
  while (!name.empty() && name.back() == ' ') name.pop_back();
  if (const auto colon = name.rfind("::"); colon != std::string::npos) name.erase(0, colon + 2);
  if (const auto space = name.rfind(' '); space != std::string::npos) name.erase(0, space + 1);
  return name.empty() ? full : name;
}

bool is_local(const std::type_info& tag) {
  return RawName::of(tag)[0] == '*' || is_local_symbol(tag.name());
}

bool is_local_symbol(std::string_view symbol) {
  if (symbol.starts_with(kMangledPrefix)) symbol.remove_prefix(kMangledPrefix.size());
  return Scan(symbol).finds_local();
}

}  // namespace tartan::value

#include <core/wire/decoder.hpp>
#include <fmt/format.h>

namespace tartan::wire {

std::uint32_t Decoder::kind() {
  if (tokens_.size() < 2 || tokens_[0].type != Token::Type::array ||
      tokens_[1].type != Token::Type::positive || tokens_[1].bits > 0xFFFFFFFF) {
    return 0;
  }
  next_ = 2;
  record_fields_ = tokens_[0].length - 1;
  return static_cast<std::uint32_t>(tokens_[1].bits);
}

const Token* Decoder::expect(Token::Type type) {
  if (failed()) return nullptr;
  if (next_ == tokens_.size()) {
    fail(Errc::malformed, "is not there");
    return nullptr;
  }
  const Token& token = tokens_[next_];
  if (token.type != type) {
    fail(Errc::malformed, fmt::format("is {} instead of {}", name(token.type), name(type)));
    return nullptr;
  }
  ++next_;
  return &token;
}

bool Decoder::open(Token::Type type, std::uint32_t& count) {
  const Token* token = expect(type);
  if (token == nullptr) return false;
  count = token->length;
  return true;
}

void Decoder::get(Key& key) {
  const Token* token = expect(Token::Type::bin);
  if (token == nullptr) return;
  if (token->length != sizeof(Key)) {
    fail(Errc::malformed, fmt::format("has {} bytes, but a key has 16", token->length));
    return;
  }
  std::memcpy(&key, token->bytes, sizeof(Key));
}

void Decoder::get(Buffer& buffer) {
  const Token* token = expect(Token::Type::bin);
  if (token == nullptr || token->length == 0) return;
  const auto* begin = reinterpret_cast<const std::byte*>(token->bytes);
  buffer = frame_.slice(static_cast<std::size_t>(begin - frame_.data()), token->length);
}

void Decoder::get(std::string& text) {
  const Token* token = expect(Token::Type::text);
  if (token == nullptr || !charge(token->length, 1)) return;
  text.assign(token->bytes, token->length);
}

void Decoder::get(std::map<std::string, double>& map) {
  constexpr std::size_t kNodeBytes = 96;  // a node of the tree, by any standard library
  std::uint32_t count = 0;
  if (!open(Token::Type::map, count) || !charge(count, kNodeBytes)) return;
  for (std::uint32_t i = 0; i < count && !failed(); ++i) {
    std::string key;
    get(key);
    double value = 0;
    get(value);
    if (!failed()) map.insert_or_assign(std::move(key), value);
  }
}

const Token* Decoder::column_bytes(std::size_t size_of_one) {
  const Token* token = expect(Token::Type::bin);
  if (token == nullptr) return nullptr;
  if (token->length % size_of_one != 0) {
    fail(Errc::malformed,
         fmt::format("has {} bytes, no whole number of entries of {}", token->length, size_of_one));
    return nullptr;
  }
  return charge(token->length, 1) ? token : nullptr;
}

double Decoder::real() {
  if (failed() || next_ == tokens_.size()) {
    fail(Errc::malformed, "is not there");
    return 0;
  }
  const Token& token = tokens_[next_];
  switch (token.type) {
    case Token::Type::real:
      ++next_;
      return token.real;
    case Token::Type::positive:
      ++next_;
      return static_cast<double>(token.bits);
    case Token::Type::negative:
      ++next_;
      return static_cast<double>(token.integer);
    default:
      expect(Token::Type::real);
      return 0;
  }
}

std::uint64_t Decoder::integer(std::int64_t smallest, std::uint64_t largest) {
  if (!failed() && next_ < tokens_.size() && tokens_[next_].type == Token::Type::negative) {
    const std::int64_t value = tokens_[next_++].integer;
    if (value < smallest) fail(Errc::malformed, fmt::format("is {}, out of range", value));
    return static_cast<std::uint64_t>(value);
  }
  const Token* token = expect(Token::Type::positive);
  if (token == nullptr) return 0;
  if (token->bits > largest) fail(Errc::malformed, fmt::format("is {}, out of range", token->bits));
  return token->bits;
}

void Decoder::skip() {
  std::uint64_t pending = 1;
  while (pending > 0 && next_ < tokens_.size()) {
    const Token& token = tokens_[next_++];
    --pending;
    if (token.type == Token::Type::array) pending += token.length;
    if (token.type == Token::Type::map) pending += std::uint64_t{token.length} * 2;
  }
}

bool Decoder::charge(std::uint64_t count, std::size_t size_of_one) {
  if (budget_.charge(count, size_of_one)) return true;
  fail(Errc::limit_exceeded,
       fmt::format("exceeds the frame's budget of {} bytes", budget_.limit()));
  return false;
}

void Decoder::fail(Errc code, std::string complaint) {
  if (failed()) return;
  code_ = code;
  complaint_ = std::move(complaint);
}

void Decoder::name_field(std::string_view names, std::size_t place) {
  for (; place > 0; --place) names.remove_prefix(names.find(' ') + 1);
  const std::string_view field = names.substr(0, names.find(' '));
  const bool nested = complaint_.starts_with("field ");
  complaint_ = nested ? fmt::format("field {}.{}", field, complaint_.substr(6))
                      : fmt::format("field {} {}", field, complaint_);
}

}  // namespace tartan::wire

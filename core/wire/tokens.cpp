#include <algorithm>
#include <core/wire/tokens.hpp>
#include <fmt/format.h>
#include <msgpack.hpp>

namespace tartan::wire {
namespace {

constexpr std::uint64_t kMiB = 1 << 20;

class TokenVisitor : public msgpack::null_visitor {
 public:
  TokenVisitor(Budget& budget, std::vector<Token>& tokens) : budget_(budget), tokens_(tokens) {}

  bool visit_nil() {
    add(Token::Type::nil);
    return true;
  }
  bool visit_boolean(bool value) {
    add(Token::Type::boolean).bits = value ? 1 : 0;
    return true;
  }
  bool visit_positive_integer(std::uint64_t value) {
    add(Token::Type::positive).bits = value;
    return true;
  }
  bool visit_negative_integer(std::int64_t value) {
    add(Token::Type::negative).integer = value;
    return true;
  }
  bool visit_float32(float value) { return visit_float64(static_cast<double>(value)); }
  bool visit_float64(double value) {
    add(Token::Type::real).real = value;
    return true;
  }
  bool visit_str(const char* bytes, std::uint32_t size) {
    add(Token::Type::text, size).bytes = bytes;
    return true;
  }
  bool visit_bin(const char* bytes, std::uint32_t size) {
    add(Token::Type::bin, size).bytes = bytes;
    return true;
  }
  bool visit_ext(const char*, std::uint32_t) {
    return refuse(Errc::malformed, "an extension type stands where none is allowed");
  }
  bool start_array(std::uint32_t count) { return open(Token::Type::array, count, count); }
  bool start_map(std::uint32_t pairs) {
    return open(Token::Type::map, pairs, std::uint64_t{pairs} * 2);
  }
  bool end_array() { return close(); }
  bool end_map() { return close(); }
  void parse_error(std::size_t, std::size_t) {
    refuse(Errc::malformed, "a byte that starts no msgpack object stands in the record");
  }
  void insufficient_bytes(std::size_t, std::size_t) {
    refuse(Errc::malformed, "the frame ends inside the record");
  }

  Errc code() const { return code_; }
  const std::string& complaint() const { return complaint_; }

 private:
  Token& add(Token::Type type, std::uint32_t length = 0) {
    Token& token = tokens_.emplace_back();
    token.type = type;
    token.length = length;
    return token;
  }
  bool open(Token::Type type, std::uint32_t count, std::uint64_t elements) {
    if (++depth_ > kMaxDepth) {
      return refuse(Errc::limit_exceeded,
                    fmt::format("arrays and maps are nested deeper than {}", kMaxDepth));
    }
    if (!budget_.charge(elements, sizeof(Token))) {
      return refuse(
          Errc::limit_exceeded,
          fmt::format("{} of {} entries exceeds the frame's budget of {} bytes",
                      type == Token::Type::map ? "a map" : "an array", count, budget_.limit()));
    }
    add(type, count);
    return true;
  }
  bool close() {
    --depth_;
    return true;
  }
  bool refuse(Errc code, std::string complaint) {
    if (complaint_.empty()) {
      code_ = code;
      complaint_ = std::move(complaint);
    }
    return false;
  }

  Budget& budget_;
  std::vector<Token>& tokens_;
  int depth_ = 0;
  Errc code_ = Errc::malformed;
  std::string complaint_;
};

}  // namespace

Budget Budget::for_frame(std::size_t frame_size) {
  const std::uint64_t size = frame_size;
  return Budget(std::min(4 * kMiB + 32 * size, 256 * kMiB + 2 * size));
}

std::string_view name(Token::Type type) {
  switch (type) {
    case Token::Type::nil:
      return "nil";
    case Token::Type::boolean:
      return "a boolean";
    case Token::Type::positive:
      return "an unsigned integer";
    case Token::Type::negative:
      return "a negative integer";
    case Token::Type::real:
      return "a real number";
    case Token::Type::text:
      return "text";
    case Token::Type::bin:
      return "bytes";
    case Token::Type::array:
      return "an array";
    case Token::Type::map:
      return "a map";
  }
  return "nothing";
}

Result<> parse_tokens(std::span<const std::byte> frame, std::size_t& offset, Budget& budget,
                      std::vector<Token>& tokens) {
  TokenVisitor visitor(budget, tokens);
  const std::size_t begin = offset;
  const auto* bytes = reinterpret_cast<const char*>(frame.data());
  if (msgpack::parse(bytes, frame.size(), offset, visitor)) return {};
  return Error(visitor.code(), fmt::format("record at byte {} of {}: {}", begin, frame.size(),
                                           visitor.complaint()));
}

}  // namespace tartan::wire

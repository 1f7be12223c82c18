#pragma once

// The archive that reads the tokens of one record into message structs. After the first thing
// that does not fit it does nothing more; the caller looks at failed() once, at the end.

#include <core/wire/fields.hpp>
#include <core/wire/tokens.hpp>
#include <cstring>
#include <limits>

namespace tartan::wire {

class Decoder {
 public:
  /// The tokens point into the frame.
  Decoder(const Buffer& frame, std::span<const Token> tokens, Budget& budget)
      : frame_(frame), tokens_(tokens), budget_(budget) {}

  /// The record's kind, or 0 when it does not start with one.
  std::uint32_t kind();

  /// After kind(): the record's fields.
  template <class M>
  void record(M& message) {
    in_record_ = true;
    fields(*this, message);
  }

  /// A struct that stands on its own.
  template <class M>
  void object(M& object) {
    fields(*this, object);
  }

  template <class... Fields>
  void operator()([[maybe_unused]] std::string_view names, Fields&... values) {
    std::uint32_t count = record_fields_;
    if (in_record_) {
      in_record_ = false;
    } else if (!open(Token::Type::array, count)) {
      return;
    }
    if (count < sizeof...(values)) {
      fail(Errc::malformed, "has too few fields");
      return;
    }
    std::size_t place = 0;
    (take(names, place++, values), ...);
    for (std::size_t extra = sizeof...(values); extra < count && !failed(); ++extra) skip();
  }

  bool failed() const { return !complaint_.empty(); }
  Errc code() const { return code_; }
  /// E.g. "field keys: 17 bytes are no whole number of entries of 16".
  const std::string& complaint() const { return complaint_; }

 private:
  template <class T>
  void take(std::string_view names, std::size_t place, T& value) {
    if (failed()) return;
    get(value);
    if (failed()) name_field(names, place);
  }

  template <class T>
  void get(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      if (const Token* token = expect(Token::Type::boolean)) value = token->bits != 0;
    } else if constexpr (std::is_enum_v<T>) {
      std::underlying_type_t<T> number{};
      get(number);
      value = static_cast<T>(number);
    } else if constexpr (std::is_floating_point_v<T>) {
      value = real();
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(integer(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    } else {
      fields(*this, value);
    }
  }
  void get(Key& key);
  void get(Buffer& buffer);
  void get(std::string& text);
  void get(std::map<std::string, double>& map);

  template <class T>
  void get(std::vector<T>& column) {
    if constexpr (kIsColumnElement<T>) {
      const Token* token = column_bytes(sizeof(T));
      if (token == nullptr || token->length == 0) return;
      column.resize(token->length / sizeof(T));
      std::memcpy(column.data(), token->bytes, token->length);
    } else {
      std::uint32_t count = 0;
      if (!open(Token::Type::array, count) || !charge(count, sizeof(T))) return;
      column.resize(count);
      for (std::size_t i = 0; i < count && !failed(); ++i) get(column[i]);
    }
  }

  const Token* expect(Token::Type type);
  bool open(Token::Type type, std::uint32_t& count);
  /// A bin token with a whole number of entries, charged; nullptr when it is not one.
  const Token* column_bytes(std::size_t size_of_one);
  double real();
  /// As 64 bits of two's complement; the caller narrows to the type whose limits it gave.
  std::uint64_t integer(std::int64_t smallest, std::uint64_t largest);
  void skip();
  bool charge(std::uint64_t count, std::size_t size_of_one);
  void fail(Errc code, std::string complaint);
  void name_field(std::string_view names, std::size_t place);

  const Buffer& frame_;
  std::span<const Token> tokens_;
  Budget& budget_;
  std::size_t next_ = 0;
  std::uint32_t record_fields_ = 0;
  bool in_record_ = false;
  Errc code_ = Errc::malformed;
  std::string complaint_;
};

}  // namespace tartan::wire

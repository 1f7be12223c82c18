#pragma once

// A Value is the immutable result of a task: a type, a shared owner and a codec. Inside one
// process it is passed by pointer and never copied; between processes it travels encoded and is
// decoded at the first get<T>().
//
// Invariants
// 1. A Value never changes. Copying one copies a pointer; any thread may read it.
// 2. It is born decoded (an object and its TypeInfo) or encoded (Encoded bytes and a type id), and
//    makes the other form when asked. Only one of the two is kept when both would cost memory.
// 3. nbytes() is what the stores count: the codec's estimate for a value born decoded, the exact
//    size for one born encoded. It stays the same for the value's life.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <tartan/base/buffer.hpp>
#include <tartan/base/error.hpp>
#include <tartan/value/codec.hpp>
#include <vector>

namespace tartan {

class Value {
 public:
  Value() = default;
  /// Takes the object over. T needs a Codec.
  template <class T>
  static Value of(T object) {
    return from_object(std::make_shared<const T>(std::move(object)), type_info<T>());
  }
  static Value from_object(std::shared_ptr<const void> object, const TypeInfo& type);
  static Value from_encoded(Encoded encoded);

  bool empty() const { return rep_ == nullptr; }
  TypeId type() const;
  /// The type's registered name, or its id in hexadecimal when no codec is known here.
  std::string type_name() const;
  std::size_t nbytes() const;

  /// The object; valid as long as any copy of this Value lives. Throws TypeError when the value
  /// holds another type, Exception(malformed) when its bytes do not decode.
  template <class T>
  const T& get() const {
    return *static_cast<const T*>(object(type_info<T>()));
  }
  /// The same, sharing ownership.
  template <class T>
  std::shared_ptr<const T> share() const {
    return std::static_pointer_cast<const T>(shared_object(type_info<T>()));
  }
  template <class T>
  bool holds() const {
    return !empty() && type() == type_info<T>().id;
  }
  /// The encoded form; bulk frames alias the object's own memory.
  Encoded encode() const;

 private:
  struct Rep;
  const void* object(const TypeInfo& type) const;
  std::shared_ptr<const void> shared_object(const TypeInfo& type) const;

  std::shared_ptr<Rep> rep_;
};

}  // namespace tartan

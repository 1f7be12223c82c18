#include <atomic>
#include <fmt/format.h>
#include <mutex>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/value.hpp>

namespace tartan {

namespace {

/// Encoded forms with larger headers are made again when asked for instead of being kept: the
/// header is a copy of the object, while bulk frames alias it.
constexpr std::size_t kKeptHeaderBytes = 4096;

}  // namespace

struct Value::Rep {
  TypeId type = 0;
  std::size_t nbytes = 0;

  // Set once, object last: who sees a non-null `ready` may read type_info and object unlocked.
  std::atomic<const void*> ready{nullptr};
  const TypeInfo* type_info = nullptr;
  std::shared_ptr<const void> object;

  std::mutex mutex;
  Encoded encoded;  // guarded by mutex; no frames when it is not kept

  void adopt(std::shared_ptr<const void> made, const TypeInfo& info) {
    type_info = &info;
    object = std::move(made);
    ready.store(object.get(), std::memory_order_release);
  }
  void decode(const TypeInfo& info);
  [[noreturn]] void wrong_type(const TypeInfo& wanted) const;
};

void Value::Rep::decode(const TypeInfo& info) {
  const std::scoped_lock lock(mutex);
  if (ready.load(std::memory_order_relaxed) != nullptr) return;
  adopt(info.decode(encoded), info);
  // What the object still needs of the frames it owns itself; small ones spare a second encoding.
  if (encoded.nbytes() > kKeptHeaderBytes) encoded.frames.clear();
}

void Value::Rep::wrong_type(const TypeInfo& wanted) const {
  throw TypeError(fmt::format("the value is a {}, but a {} was asked for", tartan::type_name(type),
                              wanted.name));
}

Value Value::from_object(std::shared_ptr<const void> object, const TypeInfo& type) {
  Value value;
  value.rep_ = std::make_shared<Rep>();
  value.rep_->type = type.id;
  value.rep_->nbytes = type.nbytes(object.get());
  value.rep_->adopt(std::move(object), type);
  return value;
}

Value Value::from_encoded(Encoded encoded) {
  Value value;
  if (encoded.type == 0 && encoded.frames.empty()) return value;
  value.rep_ = std::make_shared<Rep>();
  value.rep_->type = encoded.type;
  value.rep_->nbytes = encoded.nbytes();
  value.rep_->encoded = std::move(encoded);
  return value;
}

TypeId Value::type() const { return rep_ ? rep_->type : 0; }

std::string Value::type_name() const { return rep_ ? tartan::type_name(rep_->type) : "empty"; }

std::size_t Value::nbytes() const { return rep_ ? rep_->nbytes : 0; }

const void* Value::object(const TypeInfo& type) const {
  if (!rep_) throw TypeError(fmt::format("the value is empty, but a {} was asked for", type.name));
  if (rep_->type != type.id) rep_->wrong_type(type);
  if (const void* ready = rep_->ready.load(std::memory_order_acquire)) return ready;
  rep_->decode(type);
  return rep_->ready.load(std::memory_order_acquire);
}

std::shared_ptr<const void> Value::shared_object(const TypeInfo& type) const {
  static_cast<void>(object(type));
  return rep_->object;
}

Encoded Value::encode() const {
  if (!rep_) return {};
  const std::scoped_lock lock(rep_->mutex);
  if (!rep_->encoded.frames.empty() || rep_->type_info == nullptr) return rep_->encoded;
  Encoded made = rep_->type_info->encode(rep_->object, rep_->type);
  if (made.frames.front().size() <= kKeptHeaderBytes) rep_->encoded = made;
  return made;
}

}  // namespace tartan

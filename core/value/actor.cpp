#include <core/value/symbol.hpp>
#include <fmt/format.h>
#include <tartan/value/actor.hpp>

namespace tartan {

namespace {

[[noreturn]] void refuse_to_travel() {
  throw Exception(Errc::refused,
                  "the object of an actor stays where it is; pass the Actor handle instead");
}

}  // namespace

void Codec<ActorObject>::encode(const ActorObject&, Writer&) { refuse_to_travel(); }
ActorObject Codec<ActorObject>::decode(Reader&) { refuse_to_travel(); }

Value actor_handle(TypeId type, Key key) {
  Writer writer;
  writer.put(key.hi);
  writer.put(key.lo);
  return Value::from_encoded(std::move(writer).finish(type));
}

namespace detail {

void* actor_object(Arguments& arguments, const std::string& wanted, FunctionEntry& entry) {
  const Arguments::Entry first = arguments.next_entry();
  if (first.dependency == nullptr || !first.dependency->holds<ActorObject>()) {
    throw TypeError(
        fmt::format("{} was called without an object", value::full_name(entry.tag->name())));
  }
  const ActorObject& actor = first.dependency->get<ActorObject>();
  if (actor.type != wanted) {
    throw TypeError(fmt::format("{} belongs to {}, but the actor is a {}",
                                value::full_name(entry.tag->name()), wanted, actor.type));
  }
  return actor.object.get();
}

}  // namespace detail

}  // namespace tartan

#include <cstdio>
#include <cstdlib>
#include <cxxabi.h>
#include <fmt/format.h>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <tartan/base/key.hpp>
#include <tartan/value/codec.hpp>
#include <unordered_map>

namespace tartan {

namespace {

struct Registry {
  std::shared_mutex mutex;
  std::unordered_map<TypeId, const TypeInfo*> types;
};

// Never destroyed: values may be dropped by static destructors and by threads that outlive main.
Registry& registry() {
  static auto* instance = new Registry;
  return *instance;
}

}  // namespace

const TypeInfo* find_type(TypeId id) {
  Registry& all = registry();
  const std::shared_lock lock(all.mutex);
  const auto found = all.types.find(id);
  return found == all.types.end() ? nullptr : found->second;
}

std::string type_name(TypeId id) {
  const TypeInfo* info = find_type(id);
  return info != nullptr ? info->name : fmt::format("type {:#x}", id);
}

namespace detail {

TypeId type_id(const std::string& name) { return hash_text(name).lo | 1; }

const TypeInfo& register_type(TypeInfo info) {
  // Kept per C++ type, since two of them may share one name (long and long long).
  const auto* kept = new TypeInfo(std::move(info));
  Registry& all = registry();
  const std::unique_lock lock(all.mutex);
  const auto [entry, fresh] = all.types.emplace(kept->id, kept);
  if (!fresh && entry->second->name != kept->name) {
    fmt::print(
        stderr,
        "tartan: the codec names \"{}\" and \"{}\" hash to one type id; rename one of them\n",
        entry->second->name, kept->name);
    std::abort();
  }
  return *kept;
}

std::string demangled(const char* mangled) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(mangled, nullptr, nullptr, &status), &std::free);
  return status == 0 && text ? text.get() : mangled;
}

}  // namespace detail

}  // namespace tartan

#include <core/value/image.hpp>
#include <core/value/registry.hpp>
#include <core/value/symbol.hpp>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tartan {

namespace value {

FunctionRegistry& FunctionRegistry::instance() {
  // Never destroyed: static destructors of modules and late threads may still ask.
  static auto* registry = new FunctionRegistry;
  return *registry;
}

namespace {

const void* address_of(const detail::FunctionEntry& entry) { return &entry; }

[[noreturn]] void abort_on_duplicate(const detail::FunctionEntry& first,
                                     const detail::FunctionEntry& second, const std::string& path) {
  const std::string name = full_name(first.tag->name());
  fmt::print(stderr,
             "tartan: {} has two different task functions named {}: one from {}, one from {}. "
             "A worker could not tell them apart. Rename one, or give it external linkage (no "
             "static, no anonymous namespace; `inline` in a header).\n",
             path, name, first.unit, second.unit);
  std::abort();
}

}  // namespace

void FunctionRegistry::add(detail::FunctionEntry& entry) {
  const std::scoped_lock lock(mutex_);
  if (entry.abi != detail::kModuleAbi) {
    ++rejected_;
    return;
  }
  if (entry.known.exchange(true)) return;
  auto& same_symbol = by_symbol_[entry.tag->name()];
  for (const detail::FunctionEntry* other : same_symbol) {
    const Image image = image_at(address_of(entry));
    if (image.base == image_at(address_of(*other)).base) {
      abort_on_duplicate(*other, entry, image.path);
    }
  }
  same_symbol.push_back(&entry);
}

std::vector<detail::FunctionEntry*> FunctionRegistry::find(std::string_view symbol) const {
  const std::scoped_lock lock(mutex_);
  const auto found = by_symbol_.find(symbol);
  return found == by_symbol_.end() ? std::vector<detail::FunctionEntry*>() : found->second;
}

std::vector<detail::FunctionEntry*> FunctionRegistry::all() const {
  const std::scoped_lock lock(mutex_);
  std::vector<detail::FunctionEntry*> entries;
  for (const auto& [symbol, same] : by_symbol_) {
    entries.insert(entries.end(), same.begin(), same.end());
  }
  return entries;
}

std::size_t FunctionRegistry::rejected() const {
  const std::scoped_lock lock(mutex_);
  return rejected_;
}

Key module_hash(const Image& image) {
  static auto* mutex = new std::mutex;
  static auto* hashes = new std::unordered_map<const void*, Key>;
  const std::scoped_lock lock(*mutex);
  const auto found = hashes->find(image.base);
  if (found != hashes->end()) return found->second;
  const Result<Key> hash = hash_image(image);
  if (!hash) throw Exception(hash.error());
  return hashes->emplace(image.base, *hash).first->second;
}

}  // namespace value

Key FunctionRef::hash() const {
  return combine(combine(module, hash_text(symbol)), signature * 2 + (local ? 1 : 0));
}

namespace detail {

void register_function(FunctionEntry& entry) { value::FunctionRegistry::instance().add(entry); }

const FunctionInfo& resolve(FunctionEntry& entry) {
  if (const auto* info = entry.info.load(std::memory_order_acquire)) return *info;
  register_function(entry);
  auto made = std::make_unique<FunctionInfo>();
  made->ref.module = value::module_hash(value::image_at(&entry));
  made->ref.symbol = entry.tag->name();
  made->ref.local = value::is_local(*entry.tag);
  made->name = value::short_name(made->ref.symbol);
  made->signature = entry.signature();
  made->ref.signature = hash_text(made->signature).lo;
  made->wrapper = entry.wrapper;
  const FunctionInfo* current = nullptr;
  // Of two threads that come here at once, one keeps its work; it stays for good.
  if (entry.info.compare_exchange_strong(current, made.get(), std::memory_order_acq_rel)) {
    return *made.release();
  }
  return *current;
}

const Value& none_value() {
  static const Value value = Value::of(std::monostate());
  return value;
}

void wrong_argument_count(FunctionEntry& entry, std::size_t wanted, std::size_t given) {
  throw TypeError(fmt::format("{} takes {} argument{}, but {} {} given",
                              value::full_name(entry.tag->name()), wanted, wanted == 1 ? "" : "s",
                              given, given == 1 ? "was" : "were"));
}

void wrong_argument_type(FunctionEntry& entry, std::size_t number, const std::string& wanted,
                         const std::string& given) {
  throw TypeError(fmt::format("argument {} of {} is a {}, but it was given a {}", number,
                              value::full_name(entry.tag->name()), wanted, given));
}

void broken_argument(FunctionEntry& entry, std::size_t number, const Exception& error) {
  throw Exception(error.code(), fmt::format("argument {} of {} cannot be read: {}", number,
                                            value::full_name(entry.tag->name()), error.what()));
}

}  // namespace detail

namespace {

Error unknown(const FunctionRef& ref, const std::vector<detail::FunctionEntry*>& candidates) {
  const std::string name = value::full_name(ref.symbol);
  std::vector<std::string> paths;
  for (const ModuleInfo& module : loaded_modules()) paths.push_back(module.path);
  for (detail::FunctionEntry* entry : candidates) {
    const FunctionInfo& info = detail::resolve(*entry);
    if (info.ref.signature == ref.signature) continue;
    return {Errc::unknown_function,
            fmt::format("the function {} has the signature {} here (hash {:016x}), but the task "
                        "was made for one with hash {:016x}; build the program and the module "
                        "from the same sources",
                        name, info.signature, info.ref.signature, ref.signature)};
  }
  if (ref.local || !candidates.empty()) {
    return {Errc::unknown_function,
            fmt::format("the function {} is a lambda or has internal linkage, so it exists only in "
                        "the very binary that submitted it (module {}), which is not among: {}. "
                        "Make it a function with external linkage in a task module, or run the "
                        "submitting program itself as the worker",
                        name, ref.module.to_string(), fmt::join(paths, ", "))};
  }
  return {Errc::unknown_function,
          fmt::format("no loaded module has the function {} (symbol {}); looked in: {}. Start the "
                      "worker with --module and the .so that defines it",
                      name, ref.symbol, fmt::join(paths, ", "))};
}

}  // namespace

Result<const FunctionInfo*> find_function(const FunctionRef& ref) {
  const auto candidates = value::FunctionRegistry::instance().find(ref.symbol);
  const FunctionInfo* equivalent = nullptr;
  for (detail::FunctionEntry* entry : candidates) {
    const FunctionInfo& info = detail::resolve(*entry);
    if (info.ref.signature != ref.signature) continue;
    if (info.ref.module == ref.module) return &info;
    if (!ref.local && !info.ref.local && equivalent == nullptr) equivalent = &info;
  }
  if (equivalent != nullptr) return equivalent;
  return unknown(ref, candidates);
}

}  // namespace tartan

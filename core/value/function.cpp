#include <algorithm>
#include <core/value/image.hpp>
#include <core/value/module_file.hpp>
#include <core/value/registry.hpp>
#include <core/value/symbol.hpp>
#include <cstdio>
#include <cstdlib>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <tuple>
#include <utility>

namespace tartan {

namespace value {

FunctionRegistry& FunctionRegistry::instance() {
  // Never destroyed: static destructors of modules and late threads may still ask.
  static auto* registry = new FunctionRegistry;
  return *registry;
}

namespace {

thread_local Origin loading = Origin::linked;

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
  if (loading != Origin::linked) origins_.emplace(&entry, loading);
}

FunctionRegistry::Loading::Loading(Origin origin) : before_(std::exchange(loading, origin)) {}
FunctionRegistry::Loading::~Loading() { loading = before_; }

Origin FunctionRegistry::origin(const detail::FunctionEntry& entry) const {
  const std::scoped_lock lock(mutex_);
  const auto found = origins_.find(&entry);
  return found == origins_.end() ? Origin::linked : found->second;
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

namespace {

struct Hashes {
  std::mutex mutex;
  std::unordered_map<const void*, Key> by_base;
};

Hashes& hashes() {
  static auto* instance = new Hashes;
  return *instance;
}

Result<Key> hash_of(const Image& image) {
  if (image.base == image_at(nullptr).base) return hash_image(image);
  auto file = open_module(image.path);
  if (!file) return hash_image(image);
  note_module(*file);
  return file->hash;
}

/// The library that a function of the executable comes from: one that was loaded with the program
/// and registers it too. The executable's own image when there is none.
Image origin_of(const detail::FunctionEntry& entry) {
  const Image own = image_at(address_of(entry));
  const Image executable = image_at(nullptr);
  if (own.base != executable.base || is_local(*entry.tag)) return own;
  auto& registry = FunctionRegistry::instance();
  for (const detail::FunctionEntry* other : registry.find(entry.tag->name())) {
    const Image image = image_at(address_of(*other));
    if (image.base != executable.base && registry.origin(*other) == Origin::linked) return image;
  }
  return own;
}

}  // namespace

Key module_hash(const Image& image) {
  Hashes& all = hashes();
  {
    const std::scoped_lock lock(all.mutex);
    const auto found = all.by_base.find(image.base);
    if (found != all.by_base.end()) return found->second;
  }
  const Result<Key> hash = hash_of(image);
  if (!hash) throw Exception(hash.error());
  const std::scoped_lock lock(all.mutex);
  return all.by_base.emplace(image.base, *hash).first->second;
}

void set_module_hash(const Image& image, Key hash) {
  Hashes& all = hashes();
  const std::scoped_lock lock(all.mutex);
  all.by_base.insert_or_assign(image.base, hash);
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
  made->ref.module = value::module_hash(value::origin_of(entry));
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

Error other_signature(const FunctionRef& ref, const FunctionInfo& here, const std::string& wanted) {
  const std::string theirs =
      wanted.empty() ? fmt::format("one with hash {:016x}", ref.signature) : wanted;
  return {Errc::unknown_function,
          fmt::format("the function {} has the signature {} here (hash {:016x}), but the task was "
                      "made for {} (hash {:016x}); build the program and the module from the same "
                      "sources",
                      value::full_name(ref.symbol), here.signature, here.ref.signature, theirs,
                      ref.signature)};
}

Error unknown(const FunctionRef& ref, bool known_elsewhere) {
  const std::string name = value::full_name(ref.symbol);
  std::vector<std::string> paths;
  for (const ModuleInfo& module : loaded_modules()) paths.push_back(module.path);
  if (ref.local || known_elsewhere) {
    return {Errc::unknown_function,
            fmt::format("the function {} is a lambda or has internal linkage, so it exists only in "
                        "the very binary that submitted it (module {}), which is not among: {}. "
                        "Make it a function with external linkage in a task module, or run the "
                        "submitting program itself as the worker",
                        name, ref.module.to_string(), fmt::join(paths, ", "))};
  }
  return {Errc::unknown_function,
          fmt::format("no loaded module has the function {} (symbol {}); looked in: {}. It is "
                      "compiled into the program that submitted it, which cannot travel: put it "
                      "into a task module (tartan_add_task_module in CMake) and name that with "
                      "Client::upload_module, or start the workers from the program itself "
                      "(tartan::init, --tartan-worker), or with --module and the .so",
                      name, ref.symbol, fmt::join(paths, ", "))};
}

Error not_registered(const FunctionRef& ref, const std::string& path) {
  return {
      Errc::unknown_function,
      fmt::format("the module {} ({}) does not register the function {} (symbol {}); name it in "
                  "one of the module's sources: template struct tartan::ExportTasks<&f>;",
                  path, ref.module.to_string(), value::full_name(ref.symbol), ref.symbol)};
}

std::string path_of_module(Key hash) {
  for (const ModuleInfo& module : loaded_modules()) {
    if (module.hash == hash) return module.path;
  }
  return {};
}

}  // namespace

namespace value {

bool has_module(Key hash) {
  if (!path_of_module(hash).empty()) return true;
  // One that is just being loaded is on the list above only when it is done.
  auto& registry = FunctionRegistry::instance();
  for (detail::FunctionEntry* entry : registry.all()) {
    const bool linked = registry.origin(*entry) == Origin::linked;
    if (linked && detail::resolve(*entry).ref.module == hash) return true;
  }
  return false;
}

Result<const FunctionInfo*> find_function(const FunctionRef& ref, const Search& search) {
  auto& registry = FunctionRegistry::instance();
  const auto candidates = registry.find(ref.symbol);
  const FunctionInfo* equivalent = nullptr;
  const FunctionInfo* other = nullptr;
  bool elsewhere = false;
  for (detail::FunctionEntry* entry : candidates) {
    const FunctionInfo& info = detail::resolve(*entry);
    const bool same_module = info.ref.module == ref.module;
    if (same_module && info.ref.signature == ref.signature) return &info;
    if (same_module) return other_signature(ref, info, search.signature);
    if (search.exact || registry.origin(*entry) == Origin::exact) continue;
    if (info.ref.signature != ref.signature) {
      other = &info;
    } else if (ref.local || info.ref.local) {
      elsewhere = true;
    } else if (equivalent == nullptr) {
      equivalent = &info;
    }
  }
  if (equivalent != nullptr) return equivalent;
  if (other != nullptr) return other_signature(ref, *other, search.signature);
  if (const std::string path = path_of_module(ref.module); search.exact && !path.empty()) {
    return not_registered(ref, path);
  }
  return unknown(ref, elsewhere);
}

std::vector<Known> known_functions() {
  std::vector<Known> known;
  auto& registry = FunctionRegistry::instance();
  for (detail::FunctionEntry* entry : registry.all()) {
    if (full_name(entry->tag->name()).rfind("tartan::", 0) == 0) continue;
    const FunctionInfo& info = detail::resolve(*entry);
    known.push_back({info.ref.module, registry.origin(*entry) == Origin::exact, &info});
  }
  std::sort(known.begin(), known.end(), [](const Known& a, const Known& b) {
    return std::tie(a.module, a.function->ref.symbol) < std::tie(b.module, b.function->ref.symbol);
  });
  return known;
}

namespace {

class ProcessFunctions : public FunctionTable {
 public:
  Result<const FunctionInfo*> find(const FunctionRef& ref, const Search& search) const override {
    return find_function(ref, search);
  }
  bool has_module(Key hash) const override { return value::has_module(hash); }
  std::vector<Known> known() const override { return known_functions(); }
};

}  // namespace

const FunctionTable& process_functions() {
  static const ProcessFunctions functions;
  return functions;
}

}  // namespace value

Result<const FunctionInfo*> find_function(const FunctionRef& ref) {
  return value::find_function(ref, {});
}

}  // namespace tartan

#include <core/value/image.hpp>
#include <core/value/module_file.hpp>
#include <core/value/registry.hpp>
#include <dlfcn.h>
#include <filesystem>
#include <fmt/format.h>
#include <link.h>

// A module takes tartan from the program that loads it and links no copy of its own: there must be
// one registry, one buffer pool and one current task per process. This address tells whose is
// whose.
extern "C" {
extern const char tartan_core_anchor;
const char tartan_core_anchor = 0;
}

namespace tartan {

namespace {

struct Modules {
  std::mutex mutex;
  std::vector<ModuleInfo> loaded;
};

Modules& modules() {
  static auto* instance = new Modules;
  return *instance;
}

value::Image image_of(void* handle) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return {};
  return value::image_at(map->l_ld);
}

Error load_error(const std::string& path, const std::string& reason) {
  std::string advice;
  if (reason.find("undefined symbol") != std::string::npos) {
    advice = reason.find("6tartan", reason.find("undefined symbol")) != std::string::npos
                 ? "; modules take tartan's symbols from the program that loads them: pass it to "
                   "tartan_load_modules() in CMake, and build both against the same tartan"
                 : "; link the library that defines it into the module (LINK of "
                   "tartan_add_task_module)";
  }
  return {Errc::io_error, fmt::format("cannot load the module {}: {}{}", path, reason, advice)};
}

Error no_functions(const std::string& path, void* handle) {
  const void* theirs = dlsym(handle, "tartan_core_anchor");
  if (theirs != nullptr && theirs != &tartan_core_anchor) {
    return {Errc::refused,
            fmt::format("the module {} carries its own copy of tartan, so its functions are not "
                        "seen by this program; build it with tartan_add_task_module(), without "
                        "linking tartan's libraries",
                        path)};
  }
  return {Errc::refused,
          fmt::format("the module {} registers no task functions; name them in one of its sources: "
                      "template struct tartan::ExportTasks<&f, &g>;",
                      path)};
}

std::size_t functions_of(const void* base) {
  std::size_t count = 0;
  for (const detail::FunctionEntry* entry : value::FunctionRegistry::instance().all()) {
    if (value::image_at(entry).base == base) ++count;
  }
  return count;
}

}  // namespace

namespace {

void remember(const ModuleInfo& info) {
  Modules& all = modules();
  const std::scoped_lock lock(all.mutex);
  for (const ModuleInfo& known : all.loaded) {
    if (known.hash == info.hash) return;
  }
  all.loaded.push_back(info);
}

/// Its functions are in the registry when it returns.
Result<value::Image> load_image(const std::string& path, const std::string& absolute,
                                value::Origin origin) {
  auto& registry = value::FunctionRegistry::instance();
  const std::size_t rejected = registry.rejected();
  const value::FunctionRegistry::Loading loading(origin);
  void* handle = dlopen(absolute.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const char* reason = dlerror();
    return load_error(path, reason != nullptr ? reason : "the loader gives no reason");
  }
  if (registry.rejected() != rejected) {
    return Error(Errc::version_mismatch,
                 fmt::format("the module {} was built against another version of tartan; build it "
                             "again with this one",
                             path));
  }
  const value::Image image = image_of(handle);
  if (functions_of(image.base) == 0) return no_functions(path, handle);
  return image;
}

}  // namespace

Result<ModuleInfo> load_module(const std::string& path) {
  std::error_code failed;
  const auto absolute = std::filesystem::canonical(path, failed);
  if (failed) {
    return Error(Errc::io_error,
                 fmt::format("cannot load the module {}: {}", path, failed.message()));
  }
  // Loading runs its code: one that says it was built for something else is not even tried.
  const auto described = value::describe_module_file(absolute.string());
  if (described && !described->tag.empty()) {
    if (auto fits = value::check_module_tag(*described, path); !fits) return fits.error();
  }
  auto image = load_image(path, absolute.string(), value::Origin::loaded);
  if (!image) return image.error();
  const ModuleInfo info{value::module_hash(*image), absolute.string()};
  remember(info);
  return info;
}

Result<ModuleInfo> value::load_module_as(const std::string& path, Key hash) {
  auto image = load_image(path, path, Origin::exact);
  if (!image) return image.error();
  set_module_hash(*image, hash);
  note_module({hash, path, std::filesystem::file_size(path)});
  const ModuleInfo info{hash, path};
  remember(info);
  return info;
}

std::vector<ModuleInfo> loaded_modules() {
  const value::Image executable = value::image_at(nullptr);
  std::vector<ModuleInfo> result;
  result.push_back({value::module_hash(executable), executable.path});
  Modules& all = modules();
  const std::scoped_lock lock(all.mutex);
  result.insert(result.end(), all.loaded.begin(), all.loaded.end());
  return result;
}

}  // namespace tartan

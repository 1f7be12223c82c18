#include <algorithm>
#include <atomic>
#include <cerrno>
#include <core/value/image.hpp>
#include <core/value/module_file.hpp>
#include <core/value/registry.hpp>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fmt/format.h>
#include <link.h>
#include <map>
#include <memory>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <tartan/base/config.hpp>
#include <tartan/value/module_tag.hpp>
#include <unistd.h>
#include <vector>

namespace tartan::value {

namespace {

/// How the mangled tag of every task function begins: it stands in the file, as its typeid's name.
constexpr std::string_view kSymbolStart = "N6tartan6detail11FunctionTagI";
constexpr std::string_view kTagStart = TARTAN_TAG_START;
constexpr char kOwnTag[] = TARTAN_MODULE_TAG;
constexpr std::size_t kLongest = 64 << 10;  ///< of a symbol

/// The C string at a place of the text; nothing when it does not end.
std::optional<std::string_view> string_at(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at, kLongest);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  return rest.substr(0, end);
}

bool is_library(std::span<const std::byte> bytes) {
  ElfW(Ehdr) header;
  if (bytes.size() < sizeof header) return false;
  std::memcpy(&header, bytes.data(), sizeof header);
  return std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 && header.e_type == ET_DYN;
}

/// A file of this process, mapped for reading.
class Mapping {
 public:
  static Result<Mapping> open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (fd < 0 || ::fstat(fd, &status) != 0) return failed(path, fd);
    if (!S_ISREG(status.st_mode)) {
      ::close(fd);
      return Error(Errc::io_error, fmt::format("cannot read the module {}: it is no file", path));
    }
    const auto size = static_cast<std::size_t>(status.st_size);
    if (size > kModuleBytes) {
      ::close(fd);
      return Error(Errc::limit_exceeded,
                   fmt::format("the module {} has {}; at most {} travel to workers. Strip it "
                               "(strip --strip-debug), or start the workers with --module",
                               path, format_bytes(size), format_bytes(kModuleBytes)));
    }
    void* address = size == 0 ? nullptr : ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED) return failed(path, fd);
    ::close(fd);
    Mapping mapping;
    mapping.owner_ = std::shared_ptr<const void>(address, [size](const void* at) {
      if (at != nullptr) ::munmap(const_cast<void*>(at), size);
    });
    mapping.bytes_ = {static_cast<const std::byte*>(address), size};
    return mapping;
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  static Error failed(const std::string& path, int fd) {
    Error error(Errc::io_error,
                fmt::format("cannot read the module {}: {}", path, std::strerror(errno)));
    if (fd >= 0) ::close(fd);
    return error;
  }

  std::shared_ptr<const void> owner_;
  std::span<const std::byte> bytes_;
};

struct Files {
  std::mutex mutex;
  std::map<Key, ModuleFile> by_hash;
  std::atomic<bool> any{false};
};

Files& files() {
  static auto* instance = new Files;
  return *instance;
}

/// What functions were before they were renamed: whoever asked for it then has it for good.
void keep(std::unique_ptr<const FunctionInfo> former) {
  static std::mutex mutex;
  static auto* all = new std::vector<std::unique_ptr<const FunctionInfo>>;
  const std::scoped_lock lock(mutex);
  all->push_back(std::move(former));
}

/// Functions of the executable go by the module's name from here on. What was asked for before
/// keeps the old one: a FunctionInfo never changes.
void rename_functions(const std::set<std::string>& symbols, Key module) {
  auto& registry = FunctionRegistry::instance();
  const Image executable = image_at(nullptr);
  for (const std::string& symbol : symbols) {
    for (detail::FunctionEntry* entry : registry.find(symbol)) {
      if (image_at(entry).base != executable.base) continue;
      const FunctionInfo& before = detail::resolve(*entry);
      if (before.ref.local || before.ref.module == module) continue;
      auto renamed = std::make_unique<FunctionInfo>(before);
      renamed->ref.module = module;
      keep(std::unique_ptr<const FunctionInfo>(
          entry->info.exchange(renamed.release(), std::memory_order_acq_rel)));
    }
  }
}

}  // namespace

std::string ModuleFile::name() const { return std::filesystem::path(path).filename().string(); }

std::string_view own_module_tag() { return std::string_view(kOwnTag).substr(kTagStart.size()); }

Result<ModuleDescription> describe_module(std::span<const std::byte> bytes,
                                          const std::string& path) {
  if (!is_library(bytes)) {
    return Error(Errc::refused, fmt::format("{} is no task module: it is not a shared library of "
                                            "this machine; build one with tartan_add_task_module()",
                                            path));
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  ModuleDescription module;
  if (const std::size_t at = text.find(kTagStart); at != std::string_view::npos) {
    module.tag = string_at(text, at + kTagStart.size()).value_or("");
  }
  for (std::size_t at = text.find(kSymbolStart); at != std::string_view::npos;
       at = text.find(kSymbolStart, at + kSymbolStart.size())) {
    if (const auto symbol = string_at(text, at)) module.symbols.emplace(*symbol);
  }
  if (module.symbols.empty()) {
    return Error(Errc::refused,
                 fmt::format("the module {} registers no task functions; name them in one of its "
                             "sources: template struct tartan::ExportTasks<&f, &g>;",
                             path));
  }
  return module;
}

Result<ModuleDescription> describe_module_file(const std::string& path) {
  auto mapping = Mapping::open(path);
  if (!mapping) return mapping.error();
  return describe_module(mapping->bytes(), path);
}

Result<> check_module_tag(const ModuleDescription& module, const std::string& path) {
  if (module.tag == own_module_tag()) return {};
  if (module.tag.empty()) {
    return Error(Errc::version_mismatch,
                 fmt::format("the module {} does not say what it was built for; build it with "
                             "tartan_add_task_module() of this tartan ({})",
                             path, own_module_tag()));
  }
  return Error(Errc::version_mismatch,
               fmt::format("the module {} was built for {}, but this process is {}; build both "
                           "with the same tartan and compiler",
                           path, module.tag, own_module_tag()));
}

Result<ModuleFile> open_module(const std::string& path) {
  std::error_code failed;
  const auto absolute = std::filesystem::canonical(path, failed);
  auto mapping = Mapping::open(failed ? path : absolute.string());
  if (!mapping) return mapping.error();
  return ModuleFile{hash_bytes(mapping->bytes()), absolute.string(), mapping->bytes().size()};
}

Result<Buffer> read_module(const ModuleFile& file, std::uint64_t offset, std::uint64_t count) {
  const auto failed = [&](const char* why) {
    return Error(Errc::io_error, fmt::format("cannot read the module {}: {}", file.path, why));
  };
  const int fd = ::open(file.path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return failed(std::strerror(errno));
  const std::unique_ptr<const int, void (*)(const int*)> closed(
      &fd, [](const int* at) { ::close(*at); });
  struct stat status {};
  if (::fstat(fd, &status) != 0) return failed(std::strerror(errno));
  if (static_cast<std::uint64_t>(status.st_size) != file.size) {
    return failed("it was replaced since this program started using it; start the program again");
  }
  if (offset > file.size) return failed("its end was passed");
  MutableBuffer block(std::min(count, file.size - offset));
  for (std::size_t done = 0; done < block.size();) {
    const ssize_t got =
        ::pread(fd, block.data() + done, block.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(std::strerror(errno));
    if (got == 0) return failed("it became shorter while it was read");
    done += static_cast<std::size_t>(got);
  }
  return std::move(block).freeze();
}

Result<ModuleFile> offer_module(const std::string& path) {
  auto file = open_module(path);
  if (!file) return file;
  auto module = describe_module_file(file->path);
  if (!module) return module.error();
  if (auto fits = check_module_tag(*module, path); !fits) return fits.error();
  note_module(*file);
  rename_functions(module->symbols, file->hash);
  return file;
}

void note_module(ModuleFile file) {
  Files& all = files();
  const std::scoped_lock lock(all.mutex);
  all.by_hash.insert_or_assign(file.hash, std::move(file));
  all.any.store(true, std::memory_order_release);
}

std::optional<ModuleFile> find_module(Key hash) {
  Files& all = files();
  const std::scoped_lock lock(all.mutex);
  const auto found = all.by_hash.find(hash);
  return found == all.by_hash.end() ? std::nullopt : std::optional(found->second);
}

bool has_modules() { return files().any.load(std::memory_order_acquire); }

}  // namespace tartan::value

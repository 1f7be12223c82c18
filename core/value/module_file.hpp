#pragma once

// Task modules as files: what can be told of one by reading it, and the modules that this process
// can hand to others. A module is named by its content hash (XXH3-128 of the file).
//
// Thread-safe.

#include <optional>
#include <set>
#include <string>
#include <tartan/base/buffer.hpp>
#include <tartan/base/error.hpp>
#include <tartan/value/function.hpp>
#include <vector>

namespace tartan::value {

/// No module larger than this travels.
inline constexpr std::uint64_t kModuleBytes = std::uint64_t{256} << 20;

struct ModuleDescription {
  std::string tag;                ///< what it was built for; empty: it does not say
  std::set<std::string> symbols;  ///< of the functions it registers
};

/// What the bytes of a module say of it, without loading it. `path` is for messages: refused when
/// they are no shared library, or register no functions.
Result<ModuleDescription> describe_module(std::span<const std::byte> bytes,
                                          const std::string& path);
/// The same of a file; io_error, or limit_exceeded above kModuleBytes.
Result<ModuleDescription> describe_module_file(const std::string& path);
/// version_mismatch, with both tags, when this process cannot load such a module.
Result<> check_module_tag(const ModuleDescription& module, const std::string& path);
/// The tag of this process.
std::string_view own_module_tag();

/// A module that this process has as a file.
struct ModuleFile {
  Key hash;
  std::string path;
  std::uint64_t size = 0;
  std::string name() const;  ///< the path's last part
};

/// Reads the file and names it by its hash. io_error, or limit_exceeded above kModuleBytes.
Result<ModuleFile> open_module(const std::string& path);
/// Bytes of the file; io_error also when it is not as long as it was.
Result<Buffer> read_module(const ModuleFile& file, std::uint64_t offset, std::uint64_t count);

/// From here on this process can hand the module to others, and functions of its executable that
/// the module registers too are named by it. Errors: io_error, limit_exceeded, refused,
/// version_mismatch.
Result<ModuleFile> offer_module(const std::string& path);
/// The same for a library that is loaded anyway, of which nothing is checked.
void note_module(ModuleFile file);
/// A module that this process can hand to others.
std::optional<ModuleFile> find_module(Key hash);
/// Whether there is any; cheap.
bool has_modules();

/// Loads a module that was named by its hash: its functions are found under that hash alone, never
/// in place of another module's.
Result<ModuleInfo> load_module_as(const std::string& path, Key hash);

}  // namespace tartan::value

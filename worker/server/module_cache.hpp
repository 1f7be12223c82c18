#pragma once

// Task modules on disk: a directory of this user's own, shared by all workers of the host, with a
// file <hash>.so for each module. A file is trusted only after its content has been hashed.
//
// Invariants
// 1. The directory belongs to this user and nobody else may enter it; otherwise nothing is read
//    from it or written to it.
// 2. A file appears under its name whole or not at all; workers that write the same one do not
//    get in each other's way.
// 3. A module that was being loaded when its process died, three times, is not loaded again.
// 4. Together the files have at most `most` bytes and one module; the least recently used go.

#include <optional>
#include <span>
#include <string>
#include <tartan/base/error.hpp>
#include <tartan/base/key.hpp>
#include <vector>

namespace tartan::worker {

class ModuleCache {
 public:
  /// Below `parent` (empty: $TMPDIR, or /tmp). The directory is made when it is first used.
  explicit ModuleCache(const std::string& parent, std::uint64_t most = std::uint64_t{2} << 30);

  /// The path of the module's file; nothing when it is not there, or was damaged and is removed.
  /// refused or io_error when the directory cannot be used.
  Result<std::optional<std::string>> find(Key module);
  /// Writes the module and returns its path.
  Result<std::string> store(Key module, std::span<const std::byte> bytes);
  /// Around the loading of a module, which runs its static initialisers: refused when earlier
  /// processes died of them.
  Result<> begin_loading(Key module);
  void end_loading(Key module);
  const std::string& directory() const { return directory_; }

 private:
  Result<> open_directory() const;
  std::string path_of(Key module) const;
  std::string marker_of(Key module, int pid) const;
  std::vector<std::string> markers_of_dead(Key module) const;
  void prune(const std::string& keep) const;

  std::string directory_;
  std::uint64_t most_;
};

/// Where files go when nothing was said: $TMPDIR, or /tmp.
std::string temporary_directory(const std::string& given);

}  // namespace tartan::worker

#include <core/value/image.hpp>
#include <cstring>
#include <elf.h>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <link.h>

namespace tartan::value {

namespace {

struct Search {
  std::uintptr_t address = 0;
  Image image;
};

bool contains(const dl_phdr_info& info, std::uintptr_t address) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info.dlpi_phdr[i];
    const std::uintptr_t start = info.dlpi_addr + segment.p_vaddr;
    if (segment.p_type == PT_LOAD && address >= start && address - start < segment.p_memsz) {
      return true;
    }
  }
  return false;
}

/// Notes are {name size, description size, type} and then both, padded to four bytes.
std::vector<std::byte> build_id_in(const std::byte* notes, std::size_t size) {
  constexpr auto padded = [](std::size_t n) { return (n + 3) & ~std::size_t{3}; };
  while (size >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) note;
    std::memcpy(&note, notes, sizeof note);
    const std::size_t whole = sizeof note + padded(note.n_namesz) + padded(note.n_descsz);
    if (whole > size) break;
    const std::byte* description = notes + sizeof note + padded(note.n_namesz);
    if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
        std::memcmp(notes + sizeof note, "GNU", 4) == 0) {
      return {description, description + note.n_descsz};
    }
    notes += whole;
    size -= whole;
  }
  return {};
}

std::vector<std::byte> build_id_of(const dl_phdr_info& info) {
  for (int i = 0; i < info.dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = info.dlpi_phdr[i];
    if (segment.p_type != PT_NOTE) continue;
    // The loader gives addresses as integers.
    const auto* notes = reinterpret_cast<const std::byte*>(info.dlpi_addr + segment.p_vaddr);
    auto id = build_id_in(notes, segment.p_memsz);
    if (!id.empty()) return id;
  }
  return {};
}

int visit(dl_phdr_info* info, std::size_t, void* data) {
  auto& search = *static_cast<Search*>(data);
  // The executable comes first, under an empty name.
  const bool executable = info->dlpi_name == nullptr || *info->dlpi_name == '\0';
  if (search.address != 0 && !contains(*info, search.address)) return 0;
  search.image.base = reinterpret_cast<const void*>(info->dlpi_addr);
  search.image.path = executable ? "/proc/self/exe" : info->dlpi_name;
  search.image.build_id = build_id_of(*info);
  return 1;
}

}  // namespace

Image image_at(const void* address) {
  Search search;
  search.address = reinterpret_cast<std::uintptr_t>(address);
  dl_iterate_phdr(&visit, &search);
  std::error_code ignored;
  auto path = std::filesystem::canonical(search.image.path, ignored);
  if (!ignored) search.image.path = path.string();
  return std::move(search.image);
}

Result<Key> hash_image(const Image& image) {
  if (!image.build_id.empty()) return hash_bytes(image.build_id);
  std::ifstream file(image.path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file || bytes.empty()) {
    return Error(Errc::io_error,
                 fmt::format("cannot read {} to hash it; task functions are identified by the "
                             "content of their module, so the file must stay in place",
                             image.path));
  }
  return hash_text(bytes);
}

}  // namespace tartan::value

#include <algorithm>
#include <array/kernels/file_block.hpp>
#include <array/kernels/flat_runs.hpp>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <tartan/base/buffer.hpp>
#include <tartan/base/exceptions.hpp>
#include <unistd.h>
#include <utility>

namespace tartan::array {
namespace {

/// Runs at least as long are read by themselves, shorter ones together with what is between them,
/// up to as much as this.
constexpr std::int64_t kLongRun = 16 << 10;
constexpr std::int64_t kSpan = 1 << 20;

[[noreturn]] void refuse(const std::string& path, const char* what, int error) {
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) != 0) std::strcpy(host, "unknown");
  throw Exception(Errc::io_error,
                  fmt::format("cannot {} {} on host {}: {}; the file must have this path on every "
                              "worker (a shared file system)",
                              what, path, host, std::strerror(error)));
}

int opened(const std::string& path, int flags, const char* what) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) refuse(path, what, errno);
  return descriptor;
}

/// Bytes of numbers in the other order, in place.
void swap_bytes(std::span<std::byte> bytes, std::size_t number) {
  for (std::size_t at = 0; at + number <= bytes.size(); at += number) {
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + number));
  }
}

}  // namespace

File File::for_reading(const std::string& path) { return {opened(path, O_RDONLY, "open"), path}; }
File File::for_writing(const std::string& path) {
  return {opened(path, O_WRONLY, "write to"), path};
}
File File::created(const std::string& path, std::int64_t bytes) {
  File file(opened(path, O_WRONLY | O_CREAT | O_EXCL, "make"), path);
  if (::ftruncate(file.descriptor_, bytes) != 0) file.fail("make room in");
  return file;
}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void File::fail(const char* what) const { refuse(path_, what, errno); }

File::Stamp File::stamp() const {
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) fail("look at");
  if (S_ISDIR(status.st_mode)) refuse(path_, "read", EISDIR);
  return {status.st_size, status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec};
}

void File::read(std::span<std::byte> to, std::int64_t from) const {
  while (!to.empty()) {
    const auto count = ::pread(descriptor_, to.data(), to.size(), from);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read");
    if (count == 0) {
      throw Exception(Errc::io_error,
                      fmt::format("{} ends at byte {}, {} bytes early; it is cut short", path_,
                                  from, to.size()));
    }
    to = to.subspan(static_cast<std::size_t>(count));
    from += count;
  }
}

void File::write(std::span<const std::byte> from, std::int64_t to) const {
  while (!from.empty()) {
    const auto count = ::pwrite(descriptor_, from.data(), from.size(), to);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write to");
    from = from.subspan(static_cast<std::size_t>(count));
    to += count;
  }
}

void File::sync() const {
  if (::fsync(descriptor_) != 0) fail("write to the disk");
}

void rename_file(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) refuse(to, "make", errno);
}
void remove_file(const std::string& path) { ::unlink(path.c_str()); }

Chunk read_block(const File& file, const FileLayout& layout, const Shape& offset,
                 const Shape& shape) {
  MutableChunk chunk(layout.dtype, shape);
  if (chunk.nbytes() == 0) return std::move(chunk).freeze();
  const FlatRuns runs(layout.shape, offset, shape);
  const auto item = static_cast<std::int64_t>(itemsize(layout.dtype));
  const std::int64_t length = runs.length() * item;
  const auto place = [&](std::int64_t run) { return layout.start + runs.start(run) * item; };
  std::byte* out = chunk.data();
  MutableBuffer between;
  for (std::int64_t run = 0; run < runs.count();) {
    std::int64_t last = run;
    const std::int64_t start = place(run);
    while (length < kLongRun && last + 1 < runs.count() &&
           place(last + 1) + length - start <= kSpan) {
      ++last;
    }
    const std::int64_t bytes = place(last) + length - start;
    if (bytes == (last - run + 1) * length) {
      file.read({out, static_cast<std::size_t>(bytes)}, start);
      out += bytes;
    } else {
      if (between.size() == 0) between = MutableBuffer(kSpan);
      file.read({between.data(), static_cast<std::size_t>(bytes)}, start);
      for (std::int64_t one = run; one <= last; ++one, out += length) {
        std::memcpy(out, between.data() + (place(one) - start), static_cast<std::size_t>(length));
      }
    }
    run = last + 1;
  }
  const std::span all(chunk.data(), chunk.nbytes());
  if (layout.swapped) swap_bytes(all, itemsize(real_of(layout.dtype)));
  if (layout.dtype == DType::boolean) {
    for (auto& byte : all) byte = std::byte{byte != std::byte{0}};
  }
  return std::move(chunk).freeze();
}

void write_block(const File& file, const FileLayout& layout, const Shape& offset,
                 const Chunk& chunk) {
  if (chunk.nbytes() == 0) return;
  const FlatRuns runs(layout.shape, offset, chunk.shape);
  const auto item = static_cast<std::int64_t>(itemsize(layout.dtype));
  const auto length = static_cast<std::size_t>(runs.length() * item);
  for (std::int64_t run = 0; run < runs.count(); ++run) {
    file.write(chunk.data.bytes().subspan(static_cast<std::size_t>(run) * length, length),
               layout.start + runs.start(run) * item);
  }
}

}  // namespace tartan::array

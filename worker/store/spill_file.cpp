#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <memory>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>
#include <worker/store/compression.hpp>
#include <worker/store/spill_file.hpp>
#include <xxhash.h>

namespace tartan::worker {

namespace {

constexpr std::uint64_t kMagic = 0x314C'4156'5452'4154;  // "TARTVAL1"
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kStep = 1 << 20;

struct Header {
  std::uint64_t magic = kMagic;
  std::uint32_t version = kVersion;
  std::uint32_t frames = 0;
  std::uint64_t type = 0;
  std::uint64_t key_hi = 0;
  std::uint64_t key_lo = 0;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;
  std::uint64_t compressed = 0;
};
static_assert(sizeof(Header) == 64);

std::uint64_t aligned(std::uint64_t offset) {
  return (offset + kBufferAlignment - 1) / kBufferAlignment * kBufferAlignment;
}

Error bad(const std::string& path, const std::string& what) {
  return {Errc::malformed, fmt::format("the file '{}' {}", path, what)};
}

Error failed(const std::string& path, const char* verb) {
  return {Errc::io_error, fmt::format("cannot {} '{}': {}", verb, path, std::strerror(errno))};
}

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Checksum {
  Checksum() : state(XXH3_createState(), XXH3_freeState) { XXH3_64bits_reset(state.get()); }
  void add(const void* data, std::size_t size) { XXH3_64bits_update(state.get(), data, size); }
  std::uint64_t value() const { return XXH3_64bits_digest(state.get()); }

  std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state;
};

bool write_all(int fd, const void* data, std::size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size > 0) {
    ssize_t count = ::write(fd, at, std::min(size, kStep));
    if (count < 0 && errno == EINTR) continue;
    if (count == 0) errno = EIO;
    if (count <= 0) return false;
    at += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

/// Hashes what it writes.
bool put(int fd, Checksum& checksum, const void* data, std::size_t size) {
  checksum.add(data, size);
  return write_all(fd, data, size);
}

bool write_frames(int fd, Header header, const Encoded& encoded) {
  // Asking for all the room at once tells at the start when it is not there. File systems that
  // cannot promise it find out as they write.
  if (::fallocate(fd, 0, 0, static_cast<off_t>(header.size)) != 0 && errno == ENOSPC) return false;
  std::vector<std::uint64_t> sizes;
  for (const Buffer& frame : encoded.frames) sizes.push_back(frame.size());
  Checksum checksum;
  if (!put(fd, checksum, &header, sizeof header)) return false;
  if (!put(fd, checksum, sizes.data(), sizes.size() * sizeof(sizes[0]))) return false;
  constexpr std::byte kZeros[kBufferAlignment] = {};
  std::uint64_t offset = sizeof header + sizes.size() * sizeof(sizes[0]);
  for (const Buffer& frame : encoded.frames) {
    if (!put(fd, checksum, kZeros, aligned(offset) - offset)) return false;
    // Step by step, so that the hash finds the bytes in the cache the copy left them in.
    for (std::size_t done = 0; done < frame.size(); done += kStep) {
      if (!put(fd, checksum, frame.data() + done, std::min(kStep, frame.size() - done))) {
        return false;
      }
    }
    offset = aligned(offset) + frame.size();
  }
  std::uint64_t sum = checksum.value();
  return ::pwrite(fd, &sum, sizeof sum, offsetof(Header, checksum)) == sizeof sum;
}

/// Reads rather than touches the mapping: an unreadable disk is an error then, not a signal, and
/// the pages do not count as this process's before somebody uses them.
Result<> check(const std::string& path, int fd, Header header) {
  std::uint64_t expected = std::exchange(header.checksum, 0);
  Checksum checksum;
  checksum.add(&header, sizeof header);
  std::vector<std::byte> step(kStep);
  for (std::uint64_t offset = sizeof header; offset < header.size;) {
    std::size_t most = std::min<std::uint64_t>(kStep, header.size - offset);
    ssize_t count = ::pread(fd, step.data(), most, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed(path, "read");
    if (count == 0) return bad(path, fmt::format("ends after {} bytes", offset));
    checksum.add(step.data(), static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  if (checksum.value() != expected) return bad(path, "is damaged: its checksum is wrong");
  return {};
}

Result<Header> read_header(const std::string& path, int fd, Key key) {
  struct stat status {};
  Header header;
  if (::fstat(fd, &status) != 0) return failed(path, "read");
  if (::pread(fd, &header, sizeof header, 0) != sizeof header) {
    return bad(path, fmt::format("has only {} bytes", status.st_size));
  }
  if (header.magic != kMagic || header.version != kVersion) {
    return bad(path, "is damaged: it does not begin as a value's file does");
  }
  if (header.size != static_cast<std::uint64_t>(status.st_size)) {
    return bad(path,
               fmt::format("has {} bytes, but was written with {}", status.st_size, header.size));
  }
  if (Key{header.key_hi, header.key_lo} != key) return bad(path, "holds another key's value");
  return header;
}

Result<Value> value_of(const std::string& path, const Header& header, Encoded encoded) {
  if (header.compressed == 0) return Value::from_encoded(std::move(encoded));
  Result<Encoded> unpacked = decompress(encoded);
  if (!unpacked) return bad(path, "is damaged: " + unpacked.error().message());
  return Value::from_encoded(std::move(*unpacked));
}

Result<Value> view(const std::string& path, const Header& header,
                   std::shared_ptr<const void> mapping) {
  const std::byte* base = static_cast<const std::byte*>(mapping.get());
  std::uint64_t offset = sizeof header;
  if (header.frames > (header.size - offset) / sizeof(std::uint64_t)) {
    return bad(path, "is damaged: its frames do not fit into it");
  }
  std::vector<std::uint64_t> sizes(header.frames);
  if (!sizes.empty()) std::memcpy(sizes.data(), base + offset, sizes.size() * sizeof(sizes[0]));
  offset += sizes.size() * sizeof(sizes[0]);
  Encoded encoded;
  encoded.type = header.type;
  for (std::uint64_t size : sizes) {
    offset = aligned(offset);
    if (offset > header.size || size > header.size - offset) {
      return bad(path, "is damaged: its frames do not fit into it");
    }
    encoded.frames.emplace_back(mapping, std::span(base + offset, size));
    offset += size;
  }
  return value_of(path, header, std::move(encoded));
}

}  // namespace

std::uint64_t spill_file_bytes(const Encoded& encoded) {
  std::uint64_t size = sizeof(Header) + encoded.frames.size() * sizeof(std::uint64_t);
  for (const Buffer& frame : encoded.frames) size = aligned(size) + frame.size();
  return size;
}

Result<> write_spill_file(const std::string& path, Key key, const Encoded& encoded,
                          bool compressed) {
  File file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (file.fd() < 0) return failed(path, "make");
  Header header;
  header.frames = static_cast<std::uint32_t>(encoded.frames.size());
  header.type = encoded.type;
  header.key_hi = key.hi;
  header.key_lo = key.lo;
  header.size = spill_file_bytes(encoded);
  header.compressed = compressed ? 1 : 0;
  if (write_frames(file.fd(), header, encoded)) return {};
  Error error = failed(path, "write");
  ::unlink(path.c_str());
  return error;
}

Result<Value> read_spill_file(const std::string& path, Key key) {
  File file(path, O_RDONLY);
  if (file.fd() < 0) return failed(path, "open");
  Result<Header> header = read_header(path, file.fd(), key);
  if (!header) return header.error();
  if (auto good = check(path, file.fd(), *header); !good) return good.error();
  std::size_t size = header->size;
  void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.fd(), 0);
  if (mapped == MAP_FAILED) return failed(path, "map");
  return view(path, *header, std::shared_ptr<const void>(mapped, [size](const void* at) {
                ::munmap(const_cast<void*>(at), size);
              }));
}

}  // namespace tartan::worker

#include <cerrno>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <worker/exec/board.hpp>

namespace tartan::worker {

namespace {

Error failure(const char* what) {
  return {Errc::io_error,
          std::string("the board of running tasks: ") + what + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::unique_ptr<Board>> Board::create() {
  const int fd = ::memfd_create("tartan-board", 0);
  if (fd < 0) return failure("memfd_create");
  if (::ftruncate(fd, kSlots * sizeof(Slot)) != 0) {
    Error error = failure("ftruncate");
    ::close(fd);
    return error;
  }
  return open(fd);
}

Result<std::unique_ptr<Board>> Board::open(int fd) {
  void* memory = ::mmap(nullptr, kSlots * sizeof(Slot), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return failure("mmap");
  return std::unique_ptr<Board>(new Board(fd, static_cast<Slot*>(memory)));
}

Board::~Board() {
  ::munmap(slots_, kSlots * sizeof(Slot));
  ::close(fd_);
}

std::vector<wire::AttemptId> Board::take() {
  std::vector<wire::AttemptId> attempts;
  for (std::size_t i = 0; i < kSlots; ++i) {
    if (const wire::AttemptId attempt = slots_[i].exchange(0)) attempts.push_back(attempt);
  }
  return attempts;
}

}  // namespace tartan::worker

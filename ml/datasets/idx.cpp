#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <memory>
#include <ml/datasets/idx.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::ml {
namespace {

struct CloseGz {
  void operator()(gzFile_s* file) const { gzclose(file); }
};
using GzFile = std::unique_ptr<gzFile_s, CloseGz>;

GzFile open(const std::string& path) {
  GzFile file(gzopen(path.c_str(), "rb"));
  if (!file) {
    throw ValueError(fmt::format(
        "cannot read '{}'; on Debian the package dataset-fashion-mnist brings it, on the workers' "
        "hosts too",
        path));
  }
  gzbuffer(file.get(), 1 << 20);
  return file;
}

void read_exactly(gzFile_s* file, const std::string& path, void* out, std::size_t count) {
  auto* position = static_cast<char*>(out);
  while (count > 0) {
    const auto part = static_cast<unsigned>(std::min<std::size_t>(count, 1U << 30));
    const int got = gzread(file, position, part);
    if (got <= 0) throw ValueError(fmt::format("'{}' ends early or is damaged", path));
    position += got;
    count -= static_cast<std::size_t>(got);
  }
}

Shape read_header(gzFile_s* file, const std::string& path) {
  std::array<unsigned char, 4> magic{};
  read_exactly(file, path, magic.data(), magic.size());
  if (magic[0] != 0 || magic[1] != 0 || magic[2] != 8 || magic[3] < 1 || magic[3] > 4) {
    throw ValueError(fmt::format("'{}' is not an IDX file of unsigned bytes", path));
  }
  Shape shape;
  for (int axis = 0; axis < magic[3]; ++axis) {
    std::array<unsigned char, 4> length{};
    read_exactly(file, path, length.data(), length.size());
    shape.push_back((std::int64_t{length[0]} << 24) | (length[1] << 16) | (length[2] << 8) |
                    length[3]);
  }
  return shape;
}

Shape joined(const Shape& shape) {
  if (shape.size() == 1) return shape;
  return {shape[0], element_count(Shape(shape.begin() + 1, shape.end()))};
}

}  // namespace

Shape idx_shape(const std::string& path) {
  const GzFile file = open(path);
  return joined(read_header(file.get(), path));
}

namespace tasks {

Chunk read_idx(const std::string& path) {
  const GzFile file = open(path);
  const Shape shape = joined(read_header(file.get(), path));
  if (element_count(shape) > (std::int64_t{1} << 34)) {
    throw ValueError(fmt::format("'{}' claims {} elements, more than any data set of its kind",
                                 path, element_count(shape)));
  }
  MutableChunk chunk(DType::uint8, shape);
  read_exactly(file.get(), path, chunk.data(), chunk.nbytes());
  return std::move(chunk).freeze();
}

}  // namespace tasks
}  // namespace tartan::ml

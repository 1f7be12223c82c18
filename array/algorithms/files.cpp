// Blocks of arrays from files and into them: a task per block, which opens the file itself.

#include <algorithm>
#include <array/algorithms/writer.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/create.hpp>
#include <array/kernels/npy.hpp>
#include <array/kernels/npy_stack.hpp>
#include <fmt/format.h>
#include <tartan/array/files.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/base/random.hpp>

namespace tartan {
namespace array {
namespace {

void put(WordWriter& words, const FileLayout& layout) {
  words.put(static_cast<std::int64_t>(layout.dtype));
  words.put(layout.swapped ? 1 : 0);
  words.put(layout.start);
  words.put(layout.shape);
}
FileLayout layout_from(WordReader& words) {
  FileLayout layout;
  layout.dtype = words.dtype();
  layout.swapped = words.flag();
  layout.start = words.word();
  layout.shape = words.shape();
  return layout;
}

/// Words (layout, size and time of the file, offset, shape), path -> Chunk.
Value read_file_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto layout = layout_from(words);
  const File::Stamp stamp{words.word(), words.word()};
  const auto offset = words.shape();
  const auto shape = words.shape();
  const auto path = arguments.next().get<std::string>();
  const auto file = File::for_reading(path);
  if (!(file.stamp() == stamp)) {
    throw Exception(
        Errc::io_error,
        fmt::format("{} has changed since the array was made of it; make it again", path));
  }
  return Value::of(read_block(file, layout, offset, shape));
}

/// Words (layout, offset), path, chunk -> a Chunk of one number, which says that it is written.
Value write_file_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto layout = layout_from(words);
  const auto offset = words.shape();
  const auto path = arguments.next().get<std::string>();
  const auto chunk = next_chunk(arguments);
  write_block(File::for_writing(path), layout, offset, chunk);
  return Value::of(full(Shape(chunk.shape.size(), 1), 1, DType::uint8));
}

/// A whole .npy file under a name of the attempt's own, which then gets its own.
void write_npy(const std::string& path, const Chunk& chunk) {
  const auto header = npy_header(chunk.dtype, chunk.shape);
  const FileLayout layout{chunk.dtype, false, static_cast<std::int64_t>(header.size()),
                          chunk.shape};
  const auto draft = fmt::format("{}.{:016x}.tmp", path, entropy());
  try {
    const auto file =
        File::created(draft, layout.start + static_cast<std::int64_t>(chunk.nbytes()));
    file.write(std::as_bytes(std::span(header)), 0);
    write_block(file, layout, Shape(chunk.shape.size(), 0), chunk);
    file.sync();
    rename_file(draft, path);
  } catch (...) {
    remove_file(draft);
    throw;
  }
}

/// Words (the call's number), path, chunk -> a Chunk of one number, as above.
Value write_npy_file(Arguments& arguments) {
  static_cast<void>(next_words(arguments));
  const auto path = arguments.next().get<std::string>();
  const auto chunk = next_chunk(arguments);
  write_npy(path, chunk);
  return Value::of(full(Shape(chunk.shape.size(), 1), 1, DType::uint8));
}

class ReadFile : public Algorithm {
 public:
  ReadFile(std::string path, File::Stamp stamp, FileLayout layout)
      : path_(std::move(path)), stamp_(stamp), layout_(std::move(layout)) {}
  std::string_view name() const override { return "read-file"; }
  void put_parameters(WordWriter& words) const override {
    put(words, layout_);
    words.put(stamp_.bytes);
    words.put(stamp_.changed);
    words.put(path_);
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const auto index = unravel(block, grid_of(node.chunks));
      const auto shape = block_shape(node.chunks, index);
      WordWriter words;
      put(words, layout_);
      words.put(stamp_.bytes);
      words.put(stamp_.changed);
      words.put(node.block_origin(index));
      words.put(shape);
      ArgumentWriter arguments;
      arguments.inline_value(Value::of(words.words()));
      arguments.inline_value(Value::of(path_));
      made.push_back(emission.add(task_function<&read_file_block>(), "", arguments, {},
                                  bytes_of(shape, node.dtype), std::int64_t{1} << 20));
    }
    return made;
  }

 private:
  std::string path_;
  File::Stamp stamp_;
  FileLayout layout_;
};

/// Writes blocks: the result has one byte for each.
class WriteFile : public Algorithm {
 public:
  WriteFile(std::string path, std::int64_t start) : path_(std::move(path)), start_(start) {}
  std::string_view name() const override { return "write-file"; }
  void put_parameters(WordWriter& words) const override {
    words.put(path_);
    words.put(start_);
  }
  std::optional<std::vector<BlockRead>> reads(const Node&, std::int64_t block) const override {
    return std::vector<BlockRead>{{0, block}};
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& input = emission.input(0);
    const FileLayout layout{input.dtype, false, start_, input.shape};
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      WordWriter words;
      put(words, layout);
      words.put(input.block_origin(unravel(block, grid_of(input.chunks))));
      ArgumentWriter arguments;
      arguments.inline_value(Value::of(words.words()));
      arguments.inline_value(Value::of(path_));
      arguments.dependency(0);
      const Made chunk = emission.block(0, block);
      made.push_back(
          emission.add(task_function<&write_file_block>(), "", arguments, {&chunk, 1}, 1));
    }
    return made;
  }

 private:
  std::string path_;
  std::int64_t start_;
};

/// Writes every block to a file of its own. Every call has a number: the tasks of an earlier one,
/// whose results may still be there, are not those of this one.
class WriteStack : public Algorithm {
 public:
  explicit WriteStack(std::string directory)
      : directory_(std::move(directory)), call_(static_cast<std::int64_t>(entropy())) {}
  std::string_view name() const override { return "write-file"; }
  void put_parameters(WordWriter& words) const override {
    words.put(directory_);
    words.put(call_);
  }
  std::optional<std::vector<BlockRead>> reads(const Node&, std::int64_t block) const override {
    return std::vector<BlockRead>{{0, block}};
  }
  std::vector<Made> emit(Emission& emission) const override {
    std::vector<Made> made;
    WordWriter words;
    words.put(call_);
    for (const auto block : emission.blocks()) {
      ArgumentWriter arguments;
      arguments.inline_value(Value::of(words.words()));
      arguments.inline_value(Value::of(fmt::format("{}/{}.npy", directory_, block)));
      arguments.dependency(0);
      const Made chunk = emission.block(0, block);
      made.push_back(emission.add(task_function<&write_npy_file>(), "", arguments, {&chunk, 1}, 1));
    }
    return made;
  }

 private:
  std::string directory_;
  std::int64_t call_;
};

Array file_array(const std::string& path, const File::Stamp& stamp, const FileLayout& layout,
                 const Chunks& chunks, const char* who) {
  check_shape(layout.shape, layout.dtype);
  const auto needed = bytes_of(layout.shape, layout.dtype);
  if (stamp.bytes - layout.start < needed) {
    throw ValueError(fmt::format("{}: {} has {} bytes from byte {} on, and {} of {} take {}", who,
                                 path, std::max<std::int64_t>(stamp.bytes - layout.start, 0),
                                 layout.start, to_string(layout.shape), name(layout.dtype),
                                 needed));
  }
  return Array(algorithm_node(std::make_shared<ReadFile>(path, stamp, layout), layout.dtype,
                              layout.shape, chunks, {}));
}

}  // namespace
}  // namespace array

Array from_npy(const std::filesystem::path& path, const FileOptions& options) {
  const auto absolute = std::filesystem::absolute(path).lexically_normal().string();
  const auto file = array::File::for_reading(absolute);
  const auto header = array::read_npy_header(file, absolute);
  const auto& layout = header.layout;
  const auto backwards = [&header](auto list) {
    if (header.fortran) std::reverse(list.begin(), list.end());
    return list;
  };
  array::check_shape(layout.shape, layout.dtype);
  const auto chunks =
      options.chunks.automatic()
          ? options.chunks.resolve(layout.shape, itemsize(layout.dtype))
          : backwards(options.chunks.resolve(backwards(layout.shape), itemsize(layout.dtype)));
  const auto stored = array::file_array(absolute, file.stamp(), layout, chunks, "from_npy");
  return header.fortran ? stored.transpose() : stored;
}

Array from_raw(const std::filesystem::path& path, DType dtype, const Shape& shape,
               const RawOptions& options) {
  if (options.offset < 0) {
    throw ValueError(fmt::format("from_raw: the offset is {}; give 0 or more", options.offset));
  }
  array::check_shape(shape, dtype);
  const auto absolute = std::filesystem::absolute(path).lexically_normal().string();
  const auto stamp = array::File::for_reading(absolute).stamp();
  return array::file_array(absolute, stamp, {dtype, false, options.offset, shape},
                           options.chunks.resolve(shape, itemsize(dtype)), "from_raw");
}

void to_npy(const std::filesystem::path& path, const Array& x) {
  const auto absolute = std::filesystem::absolute(path).lexically_normal().string();
  const auto header = array::npy_header(x.dtype(), x.shape());
  const auto start = static_cast<std::int64_t>(header.size());
  const auto draft = fmt::format("{}.{:016x}.tmp", absolute, entropy());
  const auto file = array::File::created(draft, start + x.nbytes());
  try {
    file.write(std::as_bytes(std::span(header)), 0);
    array::run_writer(std::make_shared<array::WriteFile>(draft, start), x);
    file.sync();
    array::rename_file(draft, absolute);
  } catch (...) {
    array::remove_file(draft);
    throw;
  }
}

void to_npy_stack(const std::filesystem::path& directory, const Array& x, std::int64_t axis) {
  const auto along = static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), "to_npy_stack"));
  auto chunks = x.chunks();
  for (std::size_t other = 0; other < chunks.size(); ++other) {
    if (other != along) chunks[other] = {x.shape()[other]};
  }
  const auto absolute = std::filesystem::absolute(directory).lexically_normal();
  std::error_code error;
  std::filesystem::create_directories(absolute, error);
  if (error) {
    throw Exception(Errc::io_error, fmt::format("cannot make the directory {}: {}",
                                                absolute.string(), error.message()));
  }
  // Without its info a stack that is replaced half way is none.
  array::remove_file((absolute / "info").string());
  array::run_writer(std::make_shared<array::WriteStack>(absolute.string()),
                    chunks == x.chunks() ? x : x.rechunk(chunks));
  const auto info = array::write_stack_info({chunks, static_cast<std::int64_t>(along)}, x.dtype());
  const auto draft = fmt::format("{}.{:016x}.tmp", (absolute / "info").string(), entropy());
  const auto file = array::File::created(draft, static_cast<std::int64_t>(info.size()));
  file.write(std::as_bytes(std::span(info)), 0);
  file.sync();
  array::rename_file(draft, (absolute / "info").string());
}

Array from_npy_stack(const std::filesystem::path& directory) {
  const auto path = (directory / "info").string();
  const auto file = array::File::for_reading(path);
  std::string pickle(static_cast<std::size_t>(file.stamp().bytes), ' ');
  file.read(std::as_writable_bytes(std::span(pickle)), 0);
  const auto info = array::read_stack_info(pickle, path);
  const auto along = static_cast<std::size_t>(info.axis);
  std::vector<Array> parts;
  for (std::size_t i = 0; i < info.chunks[along].size(); ++i) {
    const auto name = directory / fmt::format("{}.npy", i);
    Shape wanted;
    for (std::size_t axis = 0; axis < info.chunks.size(); ++axis) {
      wanted.push_back(0);
      for (const auto length : info.chunks[axis]) wanted.back() += length;
    }
    wanted[along] = info.chunks[along][i];
    Chunks whole;
    for (const auto length : wanted) whole.push_back({length});
    const auto part = from_npy(name);
    if (part.shape() != wanted) {
      throw ValueError(fmt::format("from_npy_stack: {} has the shape {}, and {} tells of {}",
                                   name.string(), to_string(part.shape()), path,
                                   to_string(wanted)));
    }
    parts.push_back(part.rechunk(whole));
  }
  if (parts.empty()) throw ValueError(fmt::format("from_npy_stack: {} names no files", path));
  return parts.size() == 1 ? parts.front() : concatenate(parts, info.axis);
}

}  // namespace tartan

#include <algorithm>
#include <array/expr/chunks.hpp>
#include <cstring>
#include <fmt/format.h>
#include <tartan/array/chunk.hpp>
#include <tartan/base/exceptions.hpp>
#include <tartan/value/value.hpp>

namespace tartan {
namespace {

constexpr std::size_t kMaxDimensions = 64;

/// Bytes of a chunk, or nothing when they do not fit or the shape is not one.
std::optional<std::size_t> checked_bytes(DType dtype, const Shape& shape) {
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) {
    const bool negative = std::any_of(shape.begin(), shape.end(), [](auto n) { return n < 0; });
    return negative ? std::nullopt : std::optional<std::size_t>(0);
  }
  std::int64_t bytes = static_cast<std::int64_t>(itemsize(dtype));
  for (const std::int64_t n : shape) {
    if (n < 0 || __builtin_mul_overflow(bytes, n, &bytes)) return std::nullopt;
  }
  return static_cast<std::size_t>(bytes);
}

}  // namespace

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t n : shape) count *= n;
  return count;
}

std::string to_string(const Shape& shape) {
  std::vector<std::string> lengths;
  for (auto n : shape) lengths.push_back(array::is_unknown(n) ? "?" : std::to_string(n));
  if (lengths.size() == 1) return fmt::format("({},)", lengths[0]);
  return fmt::format("({})", fmt::join(lengths, ", "));
}

Shape broadcast_shapes(const Shape& a, const Shape& b) {
  Shape result(std::max(a.size(), b.size()));
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t na = i < a.size() ? a[a.size() - 1 - i] : 1;
    const std::int64_t nb = i < b.size() ? b[b.size() - 1 - i] : 1;
    if (na != nb && na != 1 && nb != 1) {
      throw ValueError(fmt::format("shapes {} and {} do not broadcast: {} against {} in axis -{}",
                                   to_string(a), to_string(b), na, nb, i + 1));
    }
    result[result.size() - 1 - i] = na == 1 ? nb : na;
  }
  return result;
}

bool broadcasts_to(const Shape& from, const Shape& to) {
  if (from.size() > to.size()) return false;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::int64_t n = from[from.size() - 1 - i];
    if (n != 1 && n != to[to.size() - 1 - i]) return false;
  }
  return true;
}

namespace detail {

void check_view(DType stored, DType wanted) {
  if (stored == wanted) return;
  throw TypeError(fmt::format("the elements are {}, not {}; use astype or ask for {}",
                              tartan::name(stored), tartan::name(wanted), tartan::name(stored)));
}

Chunk copy_chunk(DType dtype, Shape shape, std::span<const std::byte> bytes) {
  MutableChunk chunk(dtype, std::move(shape));
  if (chunk.nbytes() != bytes.size()) {
    throw ValueError(fmt::format("shape {} of {} needs {} bytes, not {}", to_string(chunk.shape()),
                                 tartan::name(dtype), chunk.nbytes(), bytes.size()));
  }
  if (!bytes.empty()) std::memcpy(chunk.data(), bytes.data(), bytes.size());
  return std::move(chunk).freeze();
}

}  // namespace detail

MutableChunk::MutableChunk(DType dtype, Shape shape) : dtype_(dtype), shape_(std::move(shape)) {
  const auto bytes = checked_bytes(dtype_, shape_);
  if (!bytes) {
    throw ValueError(fmt::format("shape {} of {} is not one a chunk can have", to_string(shape_),
                                 tartan::name(dtype_)));
  }
  data_ = MutableBuffer(*bytes);
}

Chunk MutableChunk::freeze() && {
  return Chunk{dtype_, std::move(shape_), std::move(data_).freeze()};
}

void Codec<Chunk>::encode(const Chunk& chunk, Writer& writer) {
  writer.put(chunk.dtype);
  writer.length(chunk.shape.size());
  for (const std::int64_t n : chunk.shape) writer.put(n);
  // Small chunks ride in the header: a frame of its own costs the transport more than a copy.
  if (chunk.data.size() < Writer::kBulkBytes) {
    writer.bytes(chunk.data.bytes());
  } else {
    writer.frame(chunk.data);
  }
}

Chunk Codec<Chunk>::decode(Reader& reader) {
  const auto number = reader.get<std::uint8_t>();
  if (!is_dtype(number)) reader.malformed(fmt::format("a chunk of unknown dtype {}", number));
  const auto dtype = static_cast<DType>(number);
  const std::size_t dimensions = reader.length();
  if (dimensions > kMaxDimensions) {
    reader.malformed(fmt::format("a chunk of {} dimensions", dimensions));
  }
  Shape shape(dimensions);
  for (std::int64_t& n : shape) n = reader.get<std::int64_t>();
  const auto bytes = checked_bytes(dtype, shape);
  if (!bytes) reader.malformed("a chunk of impossible shape " + to_string(shape));
  Buffer data = *bytes < Writer::kBulkBytes ? Buffer::copy(reader.bytes(*bytes)) : reader.frame();
  if (data.size() != *bytes) {
    reader.malformed(fmt::format("a chunk of shape {} and dtype {} with {} bytes instead of {}",
                                 to_string(shape), tartan::name(dtype), data.size(), *bytes));
  }
  return Chunk{dtype, std::move(shape), std::move(data)};
}

}  // namespace tartan

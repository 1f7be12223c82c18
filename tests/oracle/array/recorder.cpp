#include "recorder.hpp"

#include <cmath>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tartan::oracle {
namespace {

const char* npy_type(DType dtype) {
  constexpr const char* kTypes[kDTypeCount] = {"|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2",
                                               "<u4", "<u8", "<f4", "<f8", "<c8", "<c16"};
  return kTypes[static_cast<std::size_t>(dtype)];
}

template <class T>
T element(Random& random) {
  if constexpr (std::is_same_v<T, bool>) {
    return random.chance(0.5);
  } else if constexpr (std::is_integral_v<T>) {
    const auto low = std::is_signed_v<T> ? -9 : 0;
    return static_cast<T>(low + static_cast<int>(random.below(static_cast<unsigned>(10 - low))));
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(6 * random.uniform() - 3);
  } else {
    using Part = typename T::value_type;
    const auto real = element<Part>(random);
    return T(real, element<Part>(random));
  }
}

template <class T>
Chunk random_chunk(Random& random, const Shape& shape) {
  MutableChunk chunk(dtype_of<T>, shape);
  const bool odd = random.chance(0.1);
  for (auto& value : chunk.view<T>()) {
    value = element<T>(random);
    if constexpr (std::is_floating_point_v<T>) {
      if (odd && random.chance(0.1)) value = static_cast<T>(NAN);
      if (odd && random.chance(0.1)) value = static_cast<T>(-INFINITY);
      if (odd && random.chance(0.1)) value = static_cast<T>(-0.0);
    }
  }
  return std::move(chunk).freeze();
}

Chunk random_chunk(Random& random, const Shape& shape, DType dtype) {
  switch (dtype) {
    case DType::boolean: return random_chunk<bool>(random, shape);
    case DType::int8: return random_chunk<std::int8_t>(random, shape);
    case DType::int16: return random_chunk<std::int16_t>(random, shape);
    case DType::int32: return random_chunk<std::int32_t>(random, shape);
    case DType::int64: return random_chunk<std::int64_t>(random, shape);
    case DType::uint8: return random_chunk<std::uint8_t>(random, shape);
    case DType::uint16: return random_chunk<std::uint16_t>(random, shape);
    case DType::uint32: return random_chunk<std::uint32_t>(random, shape);
    case DType::uint64: return random_chunk<std::uint64_t>(random, shape);
    case DType::float32: return random_chunk<float>(random, shape);
    case DType::float64: return random_chunk<double>(random, shape);
    case DType::complex64: return random_chunk<std::complex<float>>(random, shape);
    case DType::complex128: break;
  }
  return random_chunk<std::complex<double>>(random, shape);
}

}  // namespace

ChunkSpec random_chunks(Random& random, const Shape& shape) {
  Chunks chunks;
  for (auto length : shape) {
    std::vector<std::int64_t> sizes;
    while (length > 0) {
      const auto size =
          1 + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(length)));
      sizes.push_back(size);
      length -= size;
    }
    if (sizes.empty()) sizes.push_back(0);
    chunks.push_back(std::move(sizes));
  }
  return chunks;
}

Recorder::Recorder(const std::filesystem::path& directory)
    : directory_(directory), lines_(directory / "cases.jsonl") {}

Term Recorder::input(Random& random, const Shape& shape, DType dtype) {
  return input(random, random_chunk(random, shape, dtype));
}

Term Recorder::input(Random& random, const Chunk& chunk) {
  const auto name = fmt::format("x{}", inputs_.size());
  write(fmt::format("{}.{}", number_, name), chunk);
  inputs_.push_back(name);
  return {from_chunk(chunk, random_chunks(random, chunk.shape)), name};
}

void Recorder::finish(const std::string& kind, const Term& term) {
  write(fmt::format("{}.result", number_), term.array.compute_chunk());
  nlohmann::json line{{"case", number_},
                      {"kind", kind},
                      {"inputs", inputs_},
                      {"text", term.text},
                      {"loosened", term.loosened},
                      {"chunks", to_string(term.array.chunks())},
                      {"dtype", name(term.array.dtype())}};
  lines_ << line.dump() << '\n' << std::flush;
  inputs_.clear();
  ++number_;
}

void Recorder::write(const std::string& name, const Chunk& chunk) {
  std::string shape;
  for (auto length : chunk.shape) shape += fmt::format("{},", length);
  auto header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}",
                            npy_type(chunk.dtype), shape);
  header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  std::ofstream file(directory_ / (name + ".npy"), std::ios::binary);
  const auto size = static_cast<std::uint16_t>(header.size());
  file << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(size & 0xff)
       << static_cast<char>(size >> 8) << header;
  file.write(reinterpret_cast<const char*>(chunk.data.data()),
             static_cast<std::streamsize>(chunk.nbytes()));
}

}  // namespace tartan::oracle

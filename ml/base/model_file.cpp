// Model files. All numbers are little-endian.
//
//   0   8 bytes  "TARTANML"
//   8   u32      version, 1
//   12  u32      length of the header
//   16  16 bytes checksum (XXH3, 128 bits) of everything from byte 32 on
//   32           header: MessagePack of the model, in which an array is {"$array": [dtype, shape,
//                offset]} and an estimator {"$estimator": its model}
//                padding to a multiple of 64
//                the arrays' elements in C order, at their offsets from here, each on a multiple of
//                64

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <tartan/base/key.hpp>
#include <tartan/ml/any_estimator.hpp>

namespace tartan::ml::detail {
namespace {

using nlohmann::json;

constexpr char kMagic[] = "TARTANML";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFixed = 32;
constexpr std::size_t kAlign = 64;
constexpr int kMaxDepth = 64;

std::size_t aligned(std::size_t offset) { return (offset + kAlign - 1) / kAlign * kAlign; }

[[noreturn]] void damaged(const std::filesystem::path& path, std::string_view what) {
  throw ValueError(fmt::format("{} is not a readable model file: {}", path.string(), what));
}

class Saver {
 public:
  json convert(const ParamValue& value) {
    const auto& held = value.variant();
    if (const bool* flag = std::get_if<bool>(&held)) return *flag;
    if (const auto* number = std::get_if<std::int64_t>(&held)) return *number;
    if (const auto* number = std::get_if<double>(&held)) return *number;
    if (const auto* text = std::get_if<std::string>(&held)) return *text;
    if (const auto* chunk = std::get_if<Chunk>(&held)) return convert(*chunk);
    if (const auto* list = std::get_if<ParamList>(&held)) {
      json result = json::array();
      for (const ParamValue& each : *list) result.push_back(convert(each));
      return result;
    }
    if (const auto* map = std::get_if<ParamMap>(&held)) return convert(*map);
    if (const auto* estimator = std::get_if<ParamValue::EstimatorPtr>(&held)) {
      return {{"$estimator", convert((*estimator)->to_model())}};
    }
    return nullptr;
  }
  json convert(const ParamMap& map) {
    json result = json::object();
    for (const auto& [name, value] : map) result[name] = convert(value);
    return result;
  }
  const std::vector<std::uint8_t>& elements() const { return elements_; }

 private:
  json convert(const Chunk& chunk) {
    elements_.resize(aligned(elements_.size()));
    const json description = {name(chunk.dtype), chunk.shape, elements_.size()};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(chunk.data.data());
    elements_.insert(elements_.end(), bytes, bytes + chunk.nbytes());
    return {{"$array", description}};
  }

  std::vector<std::uint8_t> elements_;
};

class Loader {
 public:
  Loader(const std::filesystem::path& path, std::span<const std::uint8_t> elements)
      : path_(path), elements_(elements) {}

  ParamMap map(const json& object, int depth = 0) const {
    if (!object.is_object() || depth > kMaxDepth) damaged(path_, "its header is malformed");
    ParamMap result;
    for (const auto& [name, value] : object.items())
      result.emplace(name, convert(value, depth + 1));
    return result;
  }

 private:
  ParamValue convert(const json& value, int depth) const {
    if (depth > kMaxDepth) damaged(path_, "its header is nested too deeply");
    switch (value.type()) {
      case json::value_t::null:
        return {};
      case json::value_t::boolean:
        return value.get<bool>();
      case json::value_t::number_integer:
      case json::value_t::number_unsigned:
        return value.get<std::int64_t>();
      case json::value_t::number_float:
        return value.get<double>();
      case json::value_t::string:
        return value.get<std::string>();
      case json::value_t::array: {
        ParamList list;
        for (const json& each : value) list.push_back(convert(each, depth + 1));
        return ParamValue::Variant(std::move(list));
      }
      case json::value_t::object:
        if (value.contains("$array")) return chunk(value["$array"]);
        if (value.contains("$estimator")) {
          return AnyEstimator::from_model(map(value["$estimator"], depth + 1));
        }
        return ParamValue::Variant(map(value, depth));
      default:
        damaged(path_, "its header has a value of an unknown kind");
    }
  }

  Chunk chunk(const json& description) const {
    const auto dtype = parse_dtype(description.at(0).get<std::string>());
    const auto shape = description.at(1).get<Shape>();
    const auto offset = description.at(2).get<std::size_t>();
    if (!dtype) damaged(path_, "an array has an unknown dtype");
    std::size_t room = (elements_.size() - std::min(offset, elements_.size())) / itemsize(*dtype);
    for (const std::int64_t length : shape) {
      if (length < 0 || static_cast<std::size_t>(length) > room) {
        damaged(path_, "an array is longer than the file");
      }
      if (length > 0) room /= static_cast<std::size_t>(length);
    }
    MutableChunk result(*dtype, shape);
    if (result.nbytes() > 0) {
      std::memcpy(result.data(), elements_.data() + offset, result.nbytes());
    }
    return std::move(result).freeze();
  }

  const std::filesystem::path& path_;
  std::span<const std::uint8_t> elements_;
};

template <class T>
void put(std::vector<std::uint8_t>& bytes, std::size_t offset, const T& value) {
  std::memcpy(bytes.data() + offset, &value, sizeof value);
}

Key checksum(std::span<const std::uint8_t> bytes) {
  return hash_bytes(std::as_bytes(bytes.subspan(kFixed)));
}

[[noreturn]] void io_failed(const char* what, const std::filesystem::path& path) {
  throw Exception(Errc::io_error,
                  fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno)));
}

}  // namespace

void save_model(const std::filesystem::path& path, const ParamMap& model) {
  Saver saver;
  const json described = saver.convert(model);
  const std::vector<std::uint8_t> header = json::to_msgpack(described);
  std::vector<std::uint8_t> bytes(aligned(kFixed + header.size()));
  std::memcpy(bytes.data(), kMagic, 8);
  put(bytes, 8, kVersion);
  put(bytes, 12, static_cast<std::uint32_t>(header.size()));
  std::memcpy(bytes.data() + kFixed, header.data(), header.size());
  bytes.insert(bytes.end(), saver.elements().begin(), saver.elements().end());
  const Key sum = checksum(bytes);
  std::memcpy(bytes.data() + 16, &sum, 16);

  // A reader finds the old file or the new one, never half of one.
  std::filesystem::path written = path;
  written += ".writing";
  std::ofstream file(written, std::ios::binary);
  if (!file) io_failed("write", written);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) io_failed("write", written);
  if (std::rename(written.c_str(), path.c_str()) != 0) io_failed("rename to", path);
}

ParamMap load_model(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) io_failed("read", path);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < kFixed || std::memcmp(bytes.data(), kMagic, 8) != 0) {
    damaged(path, "it does not begin as one");
  }
  std::uint32_t version = 0;
  std::uint32_t length = 0;
  std::memcpy(&version, bytes.data() + 8, sizeof version);
  std::memcpy(&length, bytes.data() + 12, sizeof length);
  if (version > kVersion) {
    damaged(path,
            fmt::format("its version is {} and this tartan reads up to {}", version, kVersion));
  }
  const Key sum = checksum(bytes);
  if (std::memcmp(bytes.data() + 16, &sum, 16) != 0 || length > bytes.size() - kFixed) {
    damaged(path, "its checksum is wrong; it was damaged or cut short");
  }
  const auto elements = std::span(bytes).subspan(std::min(aligned(kFixed + length), bytes.size()));
  try {
    const auto header =
        json::from_msgpack(bytes.begin() + static_cast<std::ptrdiff_t>(kFixed),
                           bytes.begin() + static_cast<std::ptrdiff_t>(kFixed + length));
    return Loader(path, elements).map(header);
  } catch (const json::exception& error) {
    damaged(path, error.what());
  }
}

}  // namespace tartan::ml::detail

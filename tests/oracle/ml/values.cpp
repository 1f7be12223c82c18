#include <array/kernels/dispatch.hpp>
#include <cmath>
#include <fstream>

#include "jobs.hpp"

namespace oracle {
namespace {

using tartan::Chunk;
using tartan::ml::ParamList;
using tartan::ml::ParamMap;
using tartan::ml::ParamValue;

Chunk read_chunk(const json& description) {
  const auto dtype = tartan::parse_dtype(description.at("dtype").get<std::string>());
  if (!dtype) throw std::runtime_error("no such dtype: " + description.dump());
  tartan::MutableChunk chunk(*dtype, description.at("shape").get<tartan::Shape>());
  std::ifstream file(description.at("path").get<std::string>(), std::ios::binary);
  file.read(reinterpret_cast<char*>(chunk.data()), static_cast<std::streamsize>(chunk.nbytes()));
  if (!file) throw std::runtime_error("cannot read " + description.dump());
  return std::move(chunk).freeze();
}

/// JSON has no NaN and no infinity: they go as strings.
json number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

}  // namespace

tartan::Array read_array(const json& job, const char* name) {
  if (!job.contains(name) || job.at(name).is_null()) return {};
  const Chunk chunk = read_chunk(job.at(name));
  tartan::ChunkSpec chunks{job.value("chunk_rows", std::int64_t{-1})};
  if (chunk.shape.size() == 2) chunks = {job.value("chunk_rows", std::int64_t{-1}), -1};
  return tartan::from_chunk(chunk, chunks);
}

json to_json(const Chunk& chunk) {
  json data = json::array();
  tartan::array::visit_dtype(chunk.dtype, [&]<class T>(tartan::array::Type<T>) {
    if constexpr (std::is_floating_point_v<T>) {
      for (const T value : chunk.view<T>()) data.push_back(number(static_cast<double>(value)));
    } else if constexpr (std::is_integral_v<T>) {
      for (const T value : chunk.view<T>()) data.push_back(value);
    }
  });
  return {{"dtype", tartan::name(chunk.dtype)}, {"shape", chunk.shape}, {"data", data}};
}

json to_json(const tartan::Array& array) { return to_json(array.compute_chunk()); }

ParamMap to_params(const json& object) {
  ParamMap params;
  for (const auto& [name, value] : object.items()) params.emplace(name, to_param(value));
  return params;
}

ParamValue to_param(const json& value) {
  if (value.is_null()) return {};
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (value.is_number()) return value.get<double>();
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    ParamList list;
    for (const json& each : value) list.push_back(to_param(each));
    return ParamValue::Variant(std::move(list));
  }
  if (value.contains("$estimator")) {
    return ParamValue(tartan::ml::make_estimator(value.at("$estimator").get<std::string>(),
                                                 to_params(value.value("params", json::object()))));
  }
  if (value.contains("$array")) return ParamValue(read_chunk(value.at("$array")));
  return ParamValue::Variant(to_params(value));
}

json to_json(const ParamValue& value) {
  const auto& held = value.variant();
  if (const bool* flag = std::get_if<bool>(&held)) return *flag;
  if (const auto* integer = std::get_if<std::int64_t>(&held)) return *integer;
  if (const auto* real = std::get_if<double>(&held)) return number(*real);
  if (const auto* text = std::get_if<std::string>(&held)) return *text;
  if (const auto* chunk = std::get_if<Chunk>(&held)) return to_json(*chunk);
  if (const auto* list = std::get_if<ParamList>(&held)) {
    json result = json::array();
    for (const ParamValue& each : *list) result.push_back(to_json(each));
    return result;
  }
  if (const auto* map = std::get_if<ParamMap>(&held)) {
    json result = json::object();
    for (const auto& [name, each] : *map) result[name] = to_json(each);
    return result;
  }
  if (const auto* estimator = std::get_if<ParamValue::EstimatorPtr>(&held)) {
    return {{"$estimator", (*estimator)->type()},
            {"attributes", to_json(ParamValue((*estimator)->attributes()))}};
  }
  return nullptr;
}

}  // namespace oracle

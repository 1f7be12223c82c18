#include <charconv>
#include <client/engine/worker_list.hpp>
#include <nlohmann/json.hpp>

namespace tartan::client {
namespace {

template <class T>
void read(const nlohmann::json& object, const char* field, T& into) {
  const auto found = object.find(field);
  if (found != object.end() && !found->is_null()) into = found->get<T>();
}

}  // namespace

Result<std::vector<WorkerEntry>> parse_workers(const std::string& json) {
  try {
    const nlohmann::json document = nlohmann::json::parse(json);
    const nlohmann::json& list = document.is_object() ? document.at("workers") : document;
    std::vector<WorkerEntry> workers;
    for (const nlohmann::json& object : list) {
      WorkerEntry& worker = workers.emplace_back();
      read(object, "id", worker.id);
      read(object, "name", worker.name);
      read(object, "data_address", worker.data_address);
      read(object, "host", worker.host);
      read(object, "nthreads", worker.nthreads);
      read(object, "memory_limit", worker.memory_limit);
      read(object, "leaving", worker.leaving);
    }
    return workers;
  } catch (const nlohmann::json::exception& error) {
    return Error(Errc::malformed,
                 std::string("the scheduler's list of workers is not understood: ") + error.what());
  }
}

Result<std::map<std::string, std::vector<std::string>>> parse_lists(const std::string& json) {
  try {
    return nlohmann::json::parse(json).get<std::map<std::string, std::vector<std::string>>>();
  } catch (const nlohmann::json::exception& error) {
    return Error(Errc::malformed,
                 std::string("the scheduler's answer is not understood: ") + error.what());
  }
}

Key parse_key(const std::string& text) {
  Key key;
  const char* middle = text.data() + text.size() / 2;
  if (text.size() != 32) return key;
  std::from_chars(text.data(), middle, key.hi, 16);
  std::from_chars(middle, text.data() + text.size(), key.lo, 16);
  return key;
}

}  // namespace tartan::client

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
    }
    return workers;
  } catch (const nlohmann::json::exception& error) {
    return Error(Errc::malformed,
                 std::string("the scheduler's list of workers is not understood: ") + error.what());
  }
}

}  // namespace tartan::client

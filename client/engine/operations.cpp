#include <algorithm>
#include <client/engine/operations.hpp>
#include <nlohmann/json.hpp>

namespace tartan::client {

std::map<std::string, std::string> operate(Backend& backend, wire::Operate what,
                                           std::vector<Key> keys, std::vector<std::string> names,
                                           std::uint64_t count, std::chrono::nanoseconds timeout) {
  wire::Administer wish;
  wish.id = unique_key();
  wish.what = static_cast<std::uint8_t>(what);
  wish.keys = std::move(keys);
  wish.names = std::move(names);
  wish.count = count;
  wish.timeout_ns = static_cast<std::uint64_t>(std::max<std::int64_t>(timeout.count(), 0));
  const wire::Administered answer = backend.administer(std::move(wish));
  if (!answer.failure.message.empty()) {
    if (answer.failure.code == Errc::invalid_argument) throw ValueError(answer.failure.message);
    throw Exception(answer.failure.code, answer.failure.message);
  }
  std::map<std::string, std::string> outcomes;
  for (std::size_t i = 0; i < answer.names.size(); ++i) {
    outcomes.emplace(answer.names[i], answer.outcomes[i]);
  }
  return outcomes;
}

std::vector<Key> keys_of(std::span<const AnyFuture> futures, const Backend& backend) {
  std::vector<Key> keys;
  for (const AnyFuture& future : futures) {
    if (!future.valid() || future.state()->backend.get() != &backend) {
      throw ValueError("only futures of this client can be named in its operations");
    }
    keys.push_back(future.key());
  }
  return keys;
}

std::vector<GroupProgress> parse_groups(const std::string& json) {
  try {
    std::vector<GroupProgress> groups;
    for (const nlohmann::json& object : nlohmann::json::parse(json)) {
      GroupProgress& group = groups.emplace_back();
      group.name = object.at("name").get<std::string>();
      group.total = object.at("total").get<std::uint64_t>();
      group.released = object.at("released").get<std::uint64_t>();
      group.waiting = object.at("waiting").get<std::uint64_t>();
      group.queued = object.at("queued").get<std::uint64_t>();
      group.processing = object.at("processing").get<std::uint64_t>();
      group.memory = object.at("memory").get<std::uint64_t>();
      group.erred = object.at("erred").get<std::uint64_t>();
      group.mean_seconds = object.at("mean_seconds").get<double>();
      group.nbytes = object.at("bytes").get<std::uint64_t>();
    }
    return groups;
  } catch (const nlohmann::json::exception& error) {
    throw Exception(Errc::malformed,
                    std::string("the scheduler's answer is not understood: ") + error.what());
  }
}

}  // namespace tartan::client

#include <client/engine/inline_actors.hpp>
#include <map>

namespace tartan::client {
namespace {

struct Table {
  std::mutex mutex;
  std::map<Key, std::weak_ptr<InlineActor>> actors;  ///< guarded by mutex
};

/// Never destroyed: handles may live until the very end of the process.
Table& table() {
  static auto* const instance = new Table;
  return *instance;
}

}  // namespace

void announce_inline_actor(Key key, const std::shared_ptr<InlineActor>& actor) {
  Table& all = table();
  std::lock_guard lock(all.mutex);
  std::erase_if(all.actors, [](const auto& entry) { return entry.second.expired(); });
  all.actors[key] = actor;
}

std::shared_ptr<InlineActor> find_inline_actor(Key key) {
  Table& all = table();
  std::lock_guard lock(all.mutex);
  const auto found = all.actors.find(key);
  return found == all.actors.end() ? nullptr : found->second.lock();
}

}  // namespace tartan::client

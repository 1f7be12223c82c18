// What is kept for clients: bytes and keys, counted.

#include <scheduler/coordination/coordination.hpp>
#include <utility>

namespace tartan::scheduler {

/// What the question brings, from now on ours. The bytes are copied, because the frame they came in
/// may be much larger.
Parcel Coordination::admit(wire::Coordinate& question) {
  Parcel parcel{Buffer::copy(question.value.bytes()), std::move(question.keys)};
  bytes_ += parcel.bytes();
  for (const Key& key : parcel.keys) use(key);
  return parcel;
}

void Coordination::discard(Parcel&& parcel) {
  // A parcel that was moved from, or never was one.
  if (parcel.value.empty() && parcel.keys.empty()) return;
  const Parcel gone = std::move(parcel);
  bytes_ -= gone.bytes();
  for (const Key& key : gone.keys) unuse(key);
}

void Coordination::use(const Key& key) {
  std::uint32_t& uses = key_uses_[key];
  touched_.try_emplace(key, uses > 0);
  ++uses;
}

void Coordination::unuse(const Key& key) {
  const auto found = key_uses_.find(key);
  touched_.try_emplace(key, true);
  if (--found->second == 0) key_uses_.erase(found);
}

/// The answer names the parcel's keys, which must live until it has been read.
void Coordination::pin(Ticket ticket, const Parcel& parcel) {
  Request& answered = request(ticket);
  for (const Key& key : parcel.keys) {
    use(key);
    answered.pinned.push_back(key);
  }
}

void Coordination::append(wire::Coordinated& reply, const Parcel& parcel) {
  reply.values.push_back(parcel.value.bytes());
  reply.key_counts.push_back(static_cast<std::uint32_t>(parcel.keys.size()));
  reply.keys.insert(reply.keys.end(), parcel.keys.begin(), parcel.keys.end());
}

/// What the event has changed of the keys that are held; a key that went and came stays as it is.
void Coordination::settle_keys() {
  HoldShared hold;
  ReleaseShared release;
  for (const auto& [key, before] : std::exchange(touched_, {})) {
    const bool now = key_uses_.contains(key);
    if (now && !before) hold.keys.push_back(key);
    if (before && !now) release.keys.push_back(key);
  }
  if (!hold.keys.empty()) actions_.emplace_back(std::move(hold));
  if (!release.keys.empty()) actions_.emplace_back(std::move(release));
}

std::size_t Coordination::names() const {
  return locks_.size() + semaphores_.size() + events_.size() + queues_.size() + variables_.size() +
         datasets_.size() + topics_.size();
}

/// Whether the operation makes no new thing of the name.
bool Coordination::known(Operation operation, const std::string& name) const {
  switch (operation) {
    case Operation::lock:
      return locks_.contains(name);
    case Operation::acquire:
      return semaphores_.contains(name);
    case Operation::event_set:
    case Operation::event_wait:
      return events_.contains(name);
    case Operation::queue_put:
    case Operation::queue_get:
      return queues_.contains(name);
    case Operation::variable_set:
    case Operation::variable_get:
      return variables_.contains(name);
    case Operation::dataset_publish:
      return datasets_.contains(name);
    case Operation::topic_log:
    case Operation::topic_follow:
      return topics_.contains(name);
    default:
      return true;
  }
}

}  // namespace tartan::scheduler

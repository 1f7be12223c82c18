#include <worker/store/store.hpp>

namespace tartan::worker {

void Store::put(Key key, Value value) {
  std::uint64_t nbytes = value.nbytes();
  auto [where, added] = values_.try_emplace(key);
  Entry& entry = where.value();
  if (added) {
    digest_ ^= digest_of(key);
  } else {
    bytes_ -= entry.nbytes;
  }
  bytes_ += nbytes;
  entry = {std::move(value), nbytes};
}

const Value* Store::get(Key key) const {
  auto found = values_.find(key);
  return found == values_.end() ? nullptr : &found->second.value;
}

bool Store::drop(Key key) {
  auto found = values_.find(key);
  if (found == values_.end()) return false;
  bytes_ -= found->second.nbytes;
  digest_ ^= digest_of(key);
  values_.erase(found);
  return true;
}

}  // namespace tartan::worker

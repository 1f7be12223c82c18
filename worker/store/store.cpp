#include <algorithm>
#include <tartan/base/assert.hpp>
#include <worker/store/store.hpp>

namespace tartan::worker {

namespace {
/// More would make decisions early and keep reads waiting behind them.
constexpr std::uint32_t kWritesUnderWay = 2;
}  // namespace

void Store::put(Key key, Value value) {
  std::uint64_t nbytes = value.nbytes();
  auto [where, added] = values_.try_emplace(key);
  Entry& entry = where.value();
  if (!added) forget(key, entry);
  digest_ ^= digest_of(key);
  bytes_ += nbytes;
  entry = {};
  entry.value = std::move(value);
  entry.nbytes = nbytes;
  entry.serial = next_number_++;
  list(key, entry, next_number_++);
}

const Value* Store::get(Key key) const {
  auto found = values_.find(key);
  if (found == values_.end() || found->second.value.empty()) return nullptr;
  return &found->second.value;
}

bool Store::drop(Key key) {
  auto found = values_.find(key);
  if (found == values_.end()) return false;
  forget(key, found.value());
  values_.erase(found);
  return true;
}

void Store::forget(Key key, Entry& entry) {
  unlist(entry);
  (entry.value.empty() ? spilled_bytes_ : bytes_) -= entry.nbytes;
  // A write under way ends with a result that finds nobody, and its file goes then.
  if (entry.writing != 0) leaving_bytes_ -= entry.nbytes;
  if (entry.file != 0) orders_.push_back({DiskTask::remove, key, entry.file});
  digest_ ^= digest_of(key);
}

void Store::touch(Key key) {
  auto found = values_.find(key);
  if (found == values_.end() || found->second.used == 0) return;
  unlist(found.value());
  list(key, found.value(), next_number_++);
}

Store::Pin Store::pin(Key key) {
  auto found = values_.find(key);
  TARTAN_ASSERT(found != values_.end() && !found->second.value.empty(),
                "a value is to be pinned that is not in memory");
  Entry& entry = found.value();
  ++entry.pins;
  unlist(entry);
  return {key, entry.serial};
}

void Store::unpin(const Pin& pin) {
  auto found = values_.find(pin.key);
  if (found == values_.end() || found->second.serial != pin.serial) return;
  Entry& entry = found.value();
  TARTAN_ASSERT(entry.pins > 0, "a value is unpinned more often than it was pinned");
  if (--entry.pins == 0) list(pin.key, entry, next_number_++);
}

void Store::list(Key key, Entry& entry, std::uint64_t used) {
  bool stays = entry.nbytes < kSmallest || entry.unwritable || entry.pins > 0;
  if (stays || entry.writing != 0 || entry.value.empty()) return;
  entry.used = used;
  order_of(entry).emplace(entry.used, key);
}

void Store::unlist(Entry& entry) {
  if (entry.used == 0) return;
  order_of(entry).erase(std::exchange(entry.used, 0));
}

void Store::evict(Entry& entry) {
  unlist(entry);
  entry.value = {};
  bytes_ -= entry.nbytes;
  spilled_bytes_ += entry.nbytes;
}

void Store::make_room(std::uint64_t cap, bool may_write) {
  while (bytes_ - leaving_bytes_ > cap) {
    bool clean = !with_file_.empty();
    bool dirty = may_write && !without_file_.empty();
    if (!clean && !dirty) return;
    if (clean && (!dirty || with_file_.begin()->first < without_file_.begin()->first)) {
      evict(values_.find(with_file_.begin()->second).value());
      continue;
    }
    if (writes_ == kWritesUnderWay) return;
    Key key = without_file_.begin()->second;
    Entry& entry = values_.find(key).value();
    entry.before = entry.used;
    unlist(entry);
    entry.writing = next_number_++;
    leaving_bytes_ += entry.nbytes;
    ++writes_;
    orders_.push_back({DiskTask::write, key, entry.writing, entry.value});
  }
}

std::uint64_t Store::file_to_read(Key key) const {
  auto found = values_.find(key);
  return found == values_.end() || !found->second.value.empty() ? 0 : found->second.file;
}

std::uint64_t Store::nbytes(Key key) const {
  auto found = values_.find(key);
  return found == values_.end() ? 0 : found->second.nbytes;
}

void Store::on_written(const DiskResult& result) {
  TARTAN_ASSERT(writes_ > 0, "a write ends that was never asked for");
  --writes_;
  bool good = result.problem.empty();
  auto found = values_.find(result.key);
  if (found == values_.end() || found->second.writing != result.file) {
    if (good) orders_.push_back({DiskTask::remove, result.key, result.file});
    return;
  }
  Entry& entry = found.value();
  entry.writing = 0;
  leaving_bytes_ -= entry.nbytes;
  entry.unwritable = result.unwritable;
  if (good) entry.file = result.file;
  if (good && entry.pins == 0) {
    evict(entry);
  } else {
    list(result.key, entry, entry.before);
  }
}

void Store::on_read(Key key, std::uint64_t file, const Value& value) {
  auto found = values_.find(key);
  if (found == values_.end() || file_to_read(key) != file) return;
  Entry& entry = found.value();
  entry.value = value;
  spilled_bytes_ -= entry.nbytes;
  bytes_ += entry.nbytes;
  list(key, entry, next_number_++);
}

}  // namespace tartan::worker

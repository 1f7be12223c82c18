#include <bit>
#include <core/graph/intern.hpp>

namespace tartan::graph {

std::uint32_t FunctionTable::intern(const FunctionInfo& info) {
  if (last_info_ == &info) return last_;
  last_info_ = &info;
  const auto known = by_info_.find(&info);
  if (known != by_info_.end()) return last_ = known->second;
  const Key hash = info.ref.hash();
  const auto [entry, fresh] =
      by_hash_.try_emplace(hash, static_cast<std::uint32_t>(entries_.size()));
  if (fresh) {
    entries_.push_back(info.ref);
    hashes_.push_back(hash);
  }
  last_ = entry->second;
  by_info_.emplace(&info, last_);
  return last_;
}

std::uint32_t GroupTable::intern(std::string_view name) {
  if (!entries_.empty() && entries_[last_] == name) return last_;
  const auto [entry, fresh] =
      by_hash_.try_emplace(hash_text(name), static_cast<std::uint32_t>(entries_.size()));
  if (fresh) entries_.emplace_back(name);
  return last_ = entry->second;
}

namespace {

std::uint64_t hash_of(const TaskOptions& options) {
  Key hash = combine(Key{options.retries, static_cast<std::uint32_t>(options.priority)},
                     options.workers.size());
  hash = combine(hash, options.timeout_ns * 2 + (options.actor ? 1 : 0));
  for (const std::string& worker : options.workers) hash = combine(hash, hash_text(worker));
  for (const auto& [name, amount] : options.resources) {
    hash = combine(combine(hash, hash_text(name)), std::bit_cast<std::uint64_t>(amount));
  }
  return hash.lo;
}

}  // namespace

std::uint32_t OptionsTable::intern(const TaskOptions* options) {
  static const TaskOptions defaults;
  const TaskOptions& wanted = options == nullptr ? defaults : *options;
  if (!entries_.empty() && entries_[last_] == wanted) return last_;
  return last_ = find_or_add(wanted);
}

std::uint32_t OptionsTable::find_or_add(const TaskOptions& options) {
  const std::uint64_t hash = hash_of(options);
  const auto [begin, end] = by_hash_.equal_range(hash);
  for (auto entry = begin; entry != end; ++entry) {
    if (entries_[entry->second] == options) return entry->second;
  }
  const auto index = static_cast<std::uint32_t>(entries_.size());
  entries_.push_back(options);
  by_hash_.emplace(hash, index);
  return index;
}

}  // namespace tartan::graph

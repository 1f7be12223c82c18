#include <algorithm>
#include <core/wire/check.hpp>
#include <fmt/format.h>
#include <numeric>

namespace tartan::wire {
namespace {

Error bad(std::string message) { return {Errc::malformed, std::move(message)}; }

struct Length {
  std::string_view name;
  std::size_t length;
};

/// All columns as long as the first.
Result<> same_length(std::initializer_list<Length> columns) {
  const Length& first = *columns.begin();
  for (const Length& column : columns) {
    if (column.length != first.length) {
      return bad(fmt::format("column {} has {} entries, but {} has {}", column.name, column.length,
                             first.name, first.length));
    }
  }
  return {};
}

/// Offsets into something of `end` entries: none at all, or from 0 to the end without a fall.
template <class T>
Result<> check_offsets(const std::vector<T>& offsets, std::size_t end, std::string_view name) {
  const T first = offsets.empty() ? T{0} : offsets.front();
  const T last = offsets.empty() ? T{0} : offsets.back();
  if (first != 0 || last != end) {
    return bad(
        fmt::format("offsets of {} run from {} to {} instead of 0 to {}", name, first, last, end));
  }
  // One pass without a branch per entry: offsets are long and nearly always right.
  bool falls = false;
  for (std::size_t i = 1; i < offsets.size(); ++i) falls |= offsets[i] < offsets[i - 1];
  if (falls) return bad(fmt::format("offsets of {} decrease", name));
  return {};
}

/// Offsets of `count` lists over `end` entries; none at all will do when there are no lists.
Result<> check_lists(const std::vector<std::uint32_t>& offsets, std::size_t count, std::size_t end,
                     std::string_view name) {
  const bool none = offsets.empty() && count == 0;
  if (!none && offsets.size() != count + 1) {
    return bad(
        fmt::format("column {} has {} entries instead of {}", name, offsets.size(), count + 1));
  }
  return check_offsets(offsets, end, name);
}

Result<> check_blobs(const BlobColumn& column, std::size_t count, std::string_view name) {
  if (column.size() != count) {
    return bad(fmt::format("column {} has {} entries instead of {}", name, column.size(), count));
  }
  return check_offsets(column.offsets, column.bytes.size(), name);
}

/// A blob for each of `count` entries, or no blob for any.
Result<> check_optional_blobs(const BlobColumn& column, std::size_t count, std::string_view name) {
  return check_blobs(column, column.size() == 0 ? 0 : count, name);
}

}  // namespace

void BlobColumn::push_back(std::span<const std::byte> blob) {
  if (offsets.empty()) offsets.push_back(0);
  bytes.insert(bytes.end(), blob.begin(), blob.end());
  offsets.push_back(bytes.size());
}

Result<> check(const Hello& m) {
  if (m.role == Role::client || m.role == Role::worker || m.role == Role::tool) return {};
  return bad(fmt::format("role {} is not known", static_cast<int>(m.role)));
}

Result<> check(const ReportMissing& m) {
  return same_length({{"keys", m.keys.size()}, {"holders", m.holders.size()}});
}

Result<> check(const KeysReady& m) {
  if (auto ok = same_length({{"keys", m.keys.size()}, {"nbytes", m.nbytes.size()}}); !ok) return ok;
  return check_optional_blobs(m.inline_values, m.keys.size(), "inline_values");
}

Result<> check(const KeysFailed& m) {
  return same_length({{"keys", m.keys.size()}, {"failures", m.failures.size()}});
}

Result<> check(const Holders& m) {
  if (auto ok = same_length({{"keys", m.keys.size()}, {"nbytes", m.nbytes.size()}}); !ok) return ok;
  if (auto ok = check_lists(m.offsets, m.keys.size(), m.workers.size(), "offsets"); !ok) return ok;
  if (auto ok = same_length({{"table", m.table.size()}, {"addresses", m.addresses.size()}}); !ok) {
    return ok;
  }
  for (const std::uint32_t key : m.failed) {
    if (key >= m.keys.size()) return bad(fmt::format("column failed names key {}", key));
  }
  if (auto ok = same_length({{"failed", m.failed.size()}, {"failures", m.failures.size()}}); !ok) {
    return ok;
  }
  return check_optional_blobs(m.inline_values, m.keys.size(), "inline_values");
}

Result<> check(const Coordinated& m) {
  if (auto ok = check_blobs(m.values, m.key_counts.size(), "values"); !ok) return ok;
  const auto keys = std::accumulate(m.key_counts.begin(), m.key_counts.end(), std::uint64_t{0});
  if (keys == m.keys.size()) return {};
  return bad(fmt::format("key_counts add up to {}, but there are {} keys", keys, m.keys.size()));
}

Result<> check(const SubmitGraph& m) {
  return same_length({{"modules", m.modules.size()}, {"module_names", m.module_names.size()}});
}

Result<> check(const AddFunctions& m) {
  const std::size_t n = m.numbers.size();
  return same_length({{"numbers", n},
                      {"functions", m.functions.size()},
                      {"travels", m.travels.empty() ? n : m.travels.size()},
                      {"signatures", m.signatures.empty() ? n : m.signatures.size()}});
}

Result<> check(const AddPeers& m) {
  return same_length({{"workers", m.workers.size()}, {"addresses", m.addresses.size()}});
}

Result<> check(const ComputeTasks& m) {
  const std::size_t n = m.size();
  const std::size_t deps = m.deps.size();
  if (auto ok =
          same_length({{"attempts", n},
                       {"keys", m.keys.size()},
                       {"functions", m.functions.size()},
                       {"priorities", m.priorities.size()},
                       {"output_bytes", m.output_bytes.empty() ? n : m.output_bytes.size()},
                       {"scratch_bytes", m.scratch_bytes.empty() ? n : m.scratch_bytes.size()},
                       {"resources", m.resources.empty() ? n : m.resources.size()},
                       {"timeouts_ns", m.timeouts_ns.empty() ? n : m.timeouts_ns.size()}});
      !ok) {
    return ok;
  }
  const std::uint32_t most =
      m.resources.empty() ? 0 : *std::max_element(m.resources.begin(), m.resources.end());
  if (most > m.resource_sets.size()) {
    return bad(fmt::format("column resources names set {}, but there are {}", most,
                           m.resource_sets.size()));
  }
  if (auto ok = check_blobs(m.arguments, n, "arguments"); !ok) return ok;
  if (auto ok = check_lists(m.dep_offsets, n, deps, "dep_offsets"); !ok) return ok;
  if (auto ok = same_length({{"deps", deps},
                             {"dep_nbytes", m.dep_nbytes.empty() ? deps : m.dep_nbytes.size()},
                             {"holders", m.holders.size()}});
      !ok) {
    return ok;
  }
  return check_optional_blobs(m.inline_values, deps, "inline_values");
}

Result<> check(const AcquireKeys& m) {
  return same_length(
      {{"keys", m.keys.size()}, {"nbytes", m.nbytes.size()}, {"holders", m.holders.size()}});
}

Result<> check(const UpdateHolders& m) {
  return same_length({{"keys", m.keys.size()}, {"holders", m.holders.size()}});
}

Result<> check(const TasksFinished& m) {
  if (auto ok = same_length({{"attempts", m.attempts.size()},
                             {"nbytes", m.nbytes.size()},
                             {"duration_ns", m.duration_ns.size()}});
      !ok) {
    return ok;
  }
  return check_optional_blobs(m.inline_values, m.attempts.size(), "inline_values");
}

Result<> check(const Retracted& m) {
  return same_length({{"attempts", m.attempts.size()}, {"accepted", m.accepted.size()}});
}

Result<> check(const TasksWaiting& m) {
  return same_length({{"attempts", m.attempts.size()}, {"seceded", m.seceded.size()}});
}

Result<> check(const FunctionsKnown& m) {
  return same_length({{"modules", m.modules.size()},
                      {"exact", m.exact.size()},
                      {"symbols", m.symbols.size()},
                      {"signatures", m.signatures.size()},
                      {"texts", m.texts.size()}});
}

Result<> check(const DataAdded& m) {
  return same_length({{"keys", m.keys.size()}, {"nbytes", m.nbytes.size()}});
}

Result<> check(const DataMissing& m) {
  return same_length({{"keys", m.keys.size()}, {"holders", m.holders.size()}});
}

Result<> check(const StateReport& m) {
  return same_length({{"held", m.held.size()}, {"nbytes", m.nbytes.size()}});
}

Result<> check(const DataHeader& m) {
  const bool by_pointer = m.shared_values != 0 && m.types.empty() && m.frame_counts.empty();
  if (!by_pointer) {
    if (auto ok = same_length({{"keys", m.keys.size()},
                               {"types", m.types.size()},
                               {"frame_counts", m.frame_counts.size()}});
        !ok) {
      return ok;
    }
  }
  const auto frames =
      std::accumulate(m.frame_counts.begin(), m.frame_counts.end(), std::uint64_t{0});
  if (frames != m.frame_sizes.size()) {
    return bad(fmt::format("frame_counts add up to {}, but {} frame_sizes are given", frames,
                           m.frame_sizes.size()));
  }
  std::uint64_t total = 0;
  for (const std::uint64_t size : m.frame_sizes) {
    if (__builtin_add_overflow(total, size, &total)) return bad("frame_sizes overflow");
  }
  return {};
}

Result<> check(const Administered& m) {
  return same_length({{"names", m.names.size()}, {"outcomes", m.outcomes.size()}});
}

Result<> check(const PutDone& m) {
  if (m.nbytes.empty()) return {};
  return same_length({{"keys", m.keys.size()}, {"nbytes", m.nbytes.size()}});
}

Result<> check(const ActorCall& m) {
  const std::size_t n = m.numbers.size();
  if (auto ok = same_length(
          {{"numbers", n}, {"method", m.method.size()}, {"bulk_bytes", m.bulk_bytes.size()}});
      !ok) {
    return ok;
  }
  for (const std::uint32_t method : m.method) {
    if (method >= m.methods.size()) return bad(fmt::format("column method names {}", method));
  }
  return check_blobs(m.arguments, n, "arguments");
}

Result<> check(const ActorReply& m) {
  const std::size_t n = m.numbers.size();
  if (auto ok = same_length({{"numbers", n}, {"bulk_bytes", m.bulk_bytes.size()}}); !ok) return ok;
  for (const std::uint32_t call : m.failed) {
    if (call >= n) return bad(fmt::format("column failed names call {}", call));
  }
  if (auto ok = same_length({{"failed", m.failed.size()}, {"failures", m.failures.size()}}); !ok) {
    return ok;
  }
  return check_blobs(m.values, n, "values");
}

}  // namespace tartan::wire

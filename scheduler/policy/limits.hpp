#pragma once

// The numbers of the scheduling policy.

#include <cstddef>
#include <cstdint>

namespace tartan::scheduler {

/// Assumed of a task whose group has not been measured.
inline constexpr std::uint32_t kPriorUs = 1000;
/// What a task costs a worker beside its own duration.
inline constexpr std::uint32_t kOverheadUs = 4;
/// Groups whose tasks take less than this may be given out in depth ...
inline constexpr std::uint64_t kTinyNs = 1'000'000;
/// ... of so much estimated work per thread, so that workers do not run dry in one round trip.
inline constexpr std::uint64_t kPipelineUs = 3000;
/// Tasks sent ahead per thread: while their group is not measured, and at the very most.
inline constexpr std::uint32_t kAheadUnknown = 32;
inline constexpr std::uint32_t kAheadMost = 512;
/// Tasks with more dependencies are not sent ahead, and ones whose remaining transfers cost more
/// than this are placed when they are ready.
inline constexpr std::uint32_t kAheadDependencies = 256;
inline constexpr std::uint64_t kAheadTransferUs = 1000;
inline constexpr std::size_t kBacklog = 4096;
/// Of its memory limit a worker is promised so much (in per cent) by what it holds and what it was
/// given to do: as much as it may hold before it writes values to disk.
inline constexpr std::uint64_t kAdmittedPercent = 60;
/// However much it holds, tasks that need little go on side by side: so much may be promised.
inline constexpr std::uint64_t kPromisedPercent = 5;
/// Values looked at in one search for copies that are not needed.
inline constexpr std::uint32_t kReplicaLooks = 1024;
/// Asking tasks back pays only if they would wait longer than this.
inline constexpr std::uint64_t kRetractUs = 1000;
/// What waiting for a worker that starts nothing for want of memory is taken to cost.
inline constexpr std::uint64_t kPausedUs = 1'000'000;
/// Copies under way in the whole cluster; the next begin as these end.
inline constexpr std::size_t kCopiesAtOnce = 1024;
/// A copy is asked for so often before another worker is to have it.
inline constexpr std::uint32_t kCopyTries = 4;
/// Workers' bytes may differ by so much (in per cent of their mean) after a rebalance, which plans
/// so often at most, so many moves at a time.
inline constexpr std::uint64_t kLevelPercent = 5;
inline constexpr std::uint32_t kLevelRounds = 8;

}  // namespace tartan::scheduler

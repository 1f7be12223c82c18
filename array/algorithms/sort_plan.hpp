#pragma once

// How a 1-d array of many chunks is sorted by an exchange. Every chunk is sorted (a run) and gives
// every step-th element as a sample; splitters chosen by rank among all samples cut every run, and
// the pieces between two splitters, of all runs, are merged to a bucket. Elements are compared by
// (value, run, place in the run), so that no two are equal and any data balance.
//
// What is known before anything runs: with `step` one for all runs, a splitter that is number m
// (from 1) of all samples in that order has at least m * step elements that are not after it,
// because run r, with m_r samples up to the splitter, has m_r * step elements up to the last of
// them. It has fewer than m_r * step + step in each run, as the next sample is after the splitter:
// at most m * step + runs * (step - 1) altogether. So the rank of a splitter is known up to runs *
// (step - 1) elements, which the choice of step makes a quarter of a bucket; the exact ranks come
// out of the cuts. A block of the result is cut by rank from the buckets that it can possibly meet,
// which with equal chunks are its own and the two beside it.

#include <cstdint>
#include <vector>

namespace tartan::array {

struct SortPlan {
  struct Run {
    std::int64_t block = 0;  ///< of the input
    std::int64_t start = 0;  ///< position of its first element
    std::int64_t size = 0;
  };
  std::vector<Run> runs;  ///< the blocks with elements
  std::int64_t step = 1;
  std::vector<std::int64_t> ranks;  ///< of the splitters among the samples, from 1, ascending
  /// Bounds of where the buckets begin in the result; one more than buckets, the last being its
  /// length.
  std::vector<std::int64_t> earliest, latest;

  std::size_t buckets() const { return ranks.size() + 1; }
  /// The most elements bucket number b can have.
  std::int64_t most(std::size_t b) const { return latest[b + 1] - earliest[b]; }
  /// The buckets that elements begin..end of the result may be in: first, and one after the last.
  std::pair<std::size_t, std::size_t> meeting(std::int64_t begin, std::int64_t end) const;
};

/// The plan for chunks of these sizes, with at least one element.
SortPlan plan_sort(const std::vector<std::int64_t>& sizes);

}  // namespace tartan::array

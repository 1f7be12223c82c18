#include <algorithm>
#include <array/kernels/permutation.hpp>
#include <array/kernels/random_draws.hpp>
#include <array/kernels/shape.hpp>
#include <bit>
#include <cstring>
#include <fmt/format.h>
#include <numeric>
#include <tartan/base/exceptions.hpp>
#include <utility>

namespace tartan::array {

Permutation::Permutation(std::int64_t n, std::uint64_t seed) : n_(static_cast<std::uint64_t>(n)) {
  const RandomPlace place{{n}, {0}, seed, static_cast<std::uint64_t>(Distribution::permutation)};
  if (n <= kShuffled) {
    table_.resize(n_);
    std::iota(table_.begin(), table_.end(), std::int64_t{0});
    for (std::size_t i = n_; i > 1; --i) {
      Draws draws(i, place);
      const auto other = static_cast<std::size_t>(draws.uniform() * static_cast<double>(i));
      std::swap(table_[i - 1], table_[other]);
    }
    return;
  }
  half_ = (static_cast<unsigned>(std::bit_width(n_ - 1)) + 1) / 2;
  for (std::uint64_t round = 0; round < keys_.size(); ++round) {
    const auto words = philox(round, place.seed, place.stream);
    keys_[round] = std::uint64_t{words[1]} << 32 | words[0];
  }
}

std::int64_t Permutation::operator()(std::int64_t i) const {
  if (!table_.empty()) return table_[static_cast<std::size_t>(i)];
  auto place = static_cast<std::uint64_t>(i);
  do {
    place = network(place);
  } while (place >= n_);
  return static_cast<std::int64_t>(place);
}

std::uint64_t Permutation::network(std::uint64_t i) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_) - 1;
  std::uint64_t left = i >> half_;
  std::uint64_t right = i & mask;
  for (const auto key : keys_) {
    // The finaliser of MurmurHash3.
    std::uint64_t mixed = right ^ key;
    mixed = (mixed ^ mixed >> 33) * 0xFF51AFD7ED558CCDU;
    mixed = (mixed ^ mixed >> 33) * 0xC4CEB9FE1A85EC53U;
    mixed ^= mixed >> 33;
    left = std::exchange(right, (left ^ mixed) & mask);
  }
  return left << half_ | right;
}

std::vector<Chunk> split_rows(const Chunk& chunk, std::int64_t first,
                              const Permutation& permutation,
                              std::span<const std::int64_t> bounds) {
  const std::int64_t rows = chunk.shape.at(0);
  const std::size_t parts = bounds.size() - 1;
  const std::size_t row_bytes = rows == 0 ? 0 : chunk.nbytes() / static_cast<std::size_t>(rows);
  std::vector<std::int64_t> places(static_cast<std::size_t>(rows));
  std::vector<std::size_t> part_of(places.size());
  std::vector<std::int64_t> next(parts + 1);
  for (std::size_t row = 0; row < places.size(); ++row) {
    places[row] = permutation(first + static_cast<std::int64_t>(row));
    const auto after = std::upper_bound(bounds.begin(), bounds.end(), places[row]);
    part_of[row] = static_cast<std::size_t>(after - bounds.begin()) - 1;
    if (part_of[row] >= parts) throw ValueError("a permuted row goes to no part");
    ++next[part_of[row] + 1];
  }
  std::partial_sum(next.begin(), next.end(), next.begin());
  const auto starts = next;
  MutableChunk sorted(chunk.dtype, chunk.shape);
  MutableChunk sorted_places(DType::int64, {rows});
  for (std::size_t row = 0; row < places.size(); ++row) {
    const auto to = static_cast<std::size_t>(next[part_of[row]]++);
    std::memcpy(sorted.data() + to * row_bytes, chunk.data.data() + row * row_bytes, row_bytes);
    sorted_places.view<std::int64_t>()[to] = places[row];
  }
  const Chunk all = std::move(sorted).freeze();
  const Chunk all_places = std::move(sorted_places).freeze();
  std::vector<AxisRange> ranges;
  for (const auto length : all.shape) ranges.push_back({0, length, 1});
  std::vector<Chunk> result;
  for (std::size_t part = 0; part < parts; ++part) {
    ranges[0] = {starts[part], starts[part + 1] - starts[part], 1};
    result.push_back(slice(all, ranges));
    result.push_back(slice(all_places, std::span(ranges).first(1)));
  }
  return result;
}

Chunk merge_rows(DType dtype, const Shape& shape, std::int64_t origin,
                 std::span<const Chunk> pairs) {
  MutableChunk result(dtype, shape);
  const std::int64_t rows = shape.at(0);
  const std::size_t row_bytes = rows == 0 ? 0 : result.nbytes() / static_cast<std::size_t>(rows);
  std::int64_t filled = 0;
  for (std::size_t pair = 0; pair + 1 < pairs.size(); pair += 2) {
    const auto places = pairs[pair + 1].view<std::int64_t>();
    if (pairs[pair].nbytes() != places.size() * row_bytes) {
      throw ValueError("permuted rows come with another number of places");
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
      const std::int64_t row = places[i] - origin;
      if (row < 0 || row >= rows) throw ValueError("a permuted row is in the wrong part");
      std::memcpy(result.data() + static_cast<std::size_t>(row) * row_bytes,
                  pairs[pair].data.data() + i * row_bytes, row_bytes);
      ++filled;
    }
  }
  if (filled != rows) throw ValueError(fmt::format("{} of {} permuted rows came", filled, rows));
  return std::move(result).freeze();
}

}  // namespace tartan::array

#include <array/kernels/merge_runs.hpp>
#include <array/kernels/radix_sort.hpp>
#include <array/kernels/shape.hpp>
#include <array/kernels/sort.hpp>
#include <array/kernels/sort_rows.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// How sort() compares: values whose image is all there is of them are their images.
template <class T>
inline constexpr bool kByImage = !detail::IsStdComplex<T>::value;

template <class T>
BitsOf<T> value_key(T x, BitsOf<T> mask, bool equal_zeros) {
  if (kByImage<T> && !equal_zeros) return static_cast<BitsOf<T>>(image(x) ^ mask);
  return static_cast<BitsOf<T>>(equal_image(x) ^ mask);
}

template <class T>
BitsOf<T> mask_of(bool descending) {
  return descending ? static_cast<BitsOf<T>>(~BitsOf<T>{0}) : BitsOf<T>{0};
}

MutableBuffer scratch_for(DType dtype, std::size_t n) {
  return MutableBuffer(static_cast<std::size_t>(sort_scratch(dtype, static_cast<std::int64_t>(n))));
}

/// Copies keys with what belongs to them, sorts them, and hands them out in order.
template <class T, class Payload, class PayloadOf, class Put>
void sort_keyed(const T* in, std::size_t n, bool descending, MutableBuffer& scratch,
                const PayloadOf& payload, const Put& put) {
  using Item = Keyed<BitsOf<T>, Payload>;
  static_assert(sizeof(Item) <= sizeof(Keyed<BitsOf<T>, std::uint64_t>));
  auto* items = scratch.as<Item>();
  const auto mask = mask_of<T>(descending);
  for (std::size_t i = 0; i < n; ++i) {
    items[i] = {static_cast<BitsOf<T>>(equal_image(in[i]) ^ mask), payload(i)};
  }
  radix_sort(items, items + n, n);
  for (std::size_t i = 0; i < n; ++i) put(i, items[i]);
}

template <class T>
void sort_values(const T* in, T* out, std::size_t n, bool descending, MutableBuffer& scratch) {
  if constexpr (kByImage<T>) {
    using Bits = BitsOf<T>;
    auto* items = scratch.as<Bits>();
    const auto mask = mask_of<T>(descending);
    for (std::size_t i = 0; i < n; ++i) items[i] = static_cast<Bits>(image(in[i]) ^ mask);
    radix_sort(items, items + n, n);
    for (std::size_t i = 0; i < n; ++i) {
      out[i] = Image<T>::back(static_cast<Bits>(items[i] ^ mask));
    }
  } else {
    // Real parts of zero with different signs are equal, so images do not order these.
    sort_keyed<T, T>(
        in, n, descending, scratch, [in](std::size_t i) { return in[i]; },
        [out](std::size_t i, const auto& item) { out[i] = item.payload; });
  }
}

/// put(i, item) with the key and the position that come at place number i.
template <class T, class Put>
void sort_positions(const T* in, std::size_t n, bool descending, MutableBuffer& scratch,
                    const Put& put) {
  // Small positions keep the items of narrow keys small.
  if (n <= UINT32_MAX) {
    sort_keyed<T, std::uint32_t>(
        in, n, descending, scratch, [](std::size_t i) { return static_cast<std::uint32_t>(i); },
        put);
  } else {
    sort_keyed<T, std::uint64_t>(
        in, n, descending, scratch, [](std::size_t i) { return std::uint64_t{i}; }, put);
  }
}

/// How many of the sorted elements come before the key, or are not after it.
template <class T>
std::int64_t count_before(std::span<const T> sorted, BitsOf<T> key, BitsOf<T> mask,
                          bool equal_zeros, bool and_equal) {
  const auto end = std::partition_point(sorted.begin(), sorted.end(), [&](T x) {
    const auto other = value_key(x, mask, equal_zeros);
    return and_equal ? other <= key : other < key;
  });
  return end - sorted.begin();
}

}  // namespace

std::int64_t sort_scratch(DType dtype, std::int64_t n) {
  return visit_dtype(dtype, [n]<class T>(Type<T>) {
    return 2 * n * static_cast<std::int64_t>(sizeof(Keyed<BitsOf<T>, std::uint64_t>));
  });
}

Chunk sort(const Chunk& chunk, std::size_t axis, bool descending) {
  return by_rows(
      chunk, axis, chunk.dtype, [&](const Chunk& rows, MutableChunk& out, std::size_t n) {
        auto scratch = scratch_for(chunk.dtype, n);
        visit_dtype(chunk.dtype, [&]<class T>(Type<T>) {
          const auto in = rows.view<T>();
          for (std::size_t at = 0; at < in.size(); at += n) {
            sort_values(in.data() + at, out.view<T>().data() + at, n, descending, scratch);
          }
        });
      });
}

Chunk argsort(const Chunk& chunk, std::size_t axis, bool descending) {
  return by_rows(chunk, axis, DType::int64,
                 [&](const Chunk& rows, MutableChunk& out, std::size_t n) {
                   auto scratch = scratch_for(chunk.dtype, n);
                   visit_dtype(chunk.dtype, [&]<class T>(Type<T>) {
                     const auto in = rows.view<T>();
                     for (std::size_t at = 0; at < in.size(); at += n) {
                       auto* to = out.view<std::int64_t>().data() + at;
                       sort_positions(in.data() + at, n, descending, scratch,
                                      [to](std::size_t i, const auto& item) {
                                        to[i] = static_cast<std::int64_t>(item.payload);
                                      });
                     }
                   });
                 });
}

Run sort_run(const Chunk& chunk, std::int64_t offset, bool descending, bool with_positions) {
  if (!with_positions) return {sort(chunk, 0, descending)};
  MutableChunk positions(DType::int64, chunk.shape);
  MutableChunk values(chunk.dtype, chunk.shape);
  auto scratch = scratch_for(chunk.dtype, static_cast<std::size_t>(chunk.size()));
  visit_dtype(chunk.dtype, [&]<class T>(Type<T>) {
    const auto in = chunk.view<T>();
    const auto to = positions.view<std::int64_t>();
    const auto sorted = values.view<T>();
    const auto mask = mask_of<T>(descending);
    sort_positions(in.data(), in.size(), descending, scratch,
                   [&](std::size_t i, const auto& item) {
                     sorted[i] = Image<T>::back(static_cast<BitsOf<T>>(item.key ^ mask));
                     to[i] = static_cast<std::int64_t>(item.payload) + offset;
                   });
  });
  return {std::move(values).freeze(), std::move(positions).freeze()};
}

Chunk sample_run(const Chunk& values, std::int64_t step) {
  const AxisRange range{step - 1, values.size() / step, step};
  return slice(values, {&range, 1});
}

Splitters choose_splitters(std::span<const Chunk> samples, std::int64_t step,
                           std::span<const std::int64_t> ranks, bool descending,
                           bool with_positions) {
  const auto dtype = samples.front().dtype;
  const auto count = static_cast<std::int64_t>(ranks.size());
  MutableChunk values(dtype, {count}), runs(DType::int64, {count}), indices(DType::int64, {count});
  visit_dtype(dtype, [&]<class T>(Type<T>) {
    struct Place {
      std::uint32_t run;
      std::uint32_t sample;
    };
    using Item = Keyed<BitsOf<T>, Place>;
    std::size_t total = 0;
    for (const auto& sample : samples) total += sample.view<T>().size();
    MutableBuffer memory(2 * total * sizeof(Item));
    auto* items = memory.as<Item>();
    std::size_t next = 0;
    for (std::uint32_t run = 0; run < samples.size(); ++run) {
      std::uint32_t number = 0;
      for (const auto x : samples[run].view<T>()) {
        const auto key = value_key(x, mask_of<T>(descending), with_positions);
        items[next++] = {key, Place{run, number++}};
      }
    }
    // Stable: samples with one value stay in the order of runs and indices.
    radix_sort(items, items + total, total);
    for (std::size_t i = 0; i < ranks.size(); ++i) {
      if (ranks[i] < 1 || ranks[i] > static_cast<std::int64_t>(total)) {
        throw Exception(Errc::malformed, "a splitter's rank is outside the samples");
      }
      const auto place = items[ranks[i] - 1].payload;
      values.view<T>()[i] = samples[place.run].template view<T>()[place.sample];
      runs.view<std::int64_t>()[i] = place.run;
      indices.view<std::int64_t>()[i] = (std::int64_t{place.sample} + 1) * step - 1;
    }
  });
  return {std::move(values).freeze(), std::move(runs).freeze(), std::move(indices).freeze()};
}

Chunk cut_run(const Chunk& values, std::int64_t run, const Splitters& splitters, bool descending,
              bool with_positions) {
  const auto runs = splitters[1].view<std::int64_t>();
  const auto indices = splitters[2].view<std::int64_t>();
  MutableChunk cuts(DType::int64, splitters[1].shape);
  visit_dtype(values.dtype, [&]<class T>(Type<T>) {
    const auto sorted = values.view<T>();
    const auto at = splitters[0].view<T>();
    const auto mask = mask_of<T>(descending);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      // Elements equal to the splitter come before it in earlier runs, after it in later ones.
      cuts.view<std::int64_t>()[i] =
          run == runs[i] ? indices[i] + 1
                         : count_before(sorted, value_key(at[i], mask, with_positions), mask,
                                        with_positions, run < runs[i]);
    }
  });
  return std::move(cuts).freeze();
}

Run piece_of_run(const Run& run, std::int64_t begin, std::int64_t end) {
  Run piece;
  const AxisRange range{begin, end - begin, 1};
  for (const auto& chunk : run) piece.push_back(slice(chunk, {&range, 1}));
  return piece;
}

namespace {

/// Merges the pieces, whose items are made by make(run, i), and hands them out in order.
template <class Item, class Make, class Put>
void merge_items(std::span<const Run> pieces, const Make& make, const Put& put) {
  std::vector<std::size_t> lengths;
  lengths.reserve(pieces.size());
  for (const auto& piece : pieces) {
    lengths.push_back(static_cast<std::size_t>(piece.front().size()));
  }
  merge_runs<Item>(lengths, make, put);
}

template <class T>
std::vector<const T*> fields_of(std::span<const Run> pieces, std::size_t field) {
  std::vector<const T*> starts;
  starts.reserve(pieces.size());
  for (const auto& piece : pieces) starts.push_back(piece[field].view<T>().data());
  return starts;
}

template <class T>
void merge_values(std::span<const Run> pieces, bool descending, T* out) {
  const auto values = fields_of<T>(pieces, 0);
  const auto mask = mask_of<T>(descending);
  if constexpr (kByImage<T>) {
    using Bits = BitsOf<T>;
    merge_items<Bits>(
        pieces,
        [&](std::size_t run, std::size_t i) { return value_key(values[run][i], mask, false); },
        [&](std::size_t i, Bits key) { out[i] = Image<T>::back(static_cast<Bits>(key ^ mask)); });
  } else {
    using Item = Keyed<BitsOf<T>, T>;
    merge_items<Item>(
        pieces,
        [&](std::size_t run, std::size_t i) {
          const T x = values[run][i];
          return Item{value_key(x, mask, true), x};
        },
        [out](std::size_t i, const Item& item) { out[i] = item.payload; });
  }
}

template <class T>
void merge_positions(std::span<const Run> pieces, bool descending, std::int64_t* out) {
  using Item = Keyed<BitsOf<T>, std::int64_t>;
  const auto values = fields_of<T>(pieces, 0);
  const auto positions = fields_of<std::int64_t>(pieces, 1);
  const auto mask = mask_of<T>(descending);
  merge_items<Item>(
      pieces,
      [&](std::size_t run, std::size_t i) {
        return Item{value_key(values[run][i], mask, true), positions[run][i]};
      },
      [out](std::size_t i, const Item& item) { out[i] = item.payload; });
}

}  // namespace

Chunk merge_pieces(std::span<const Run> pieces, bool descending) {
  const bool with_positions = pieces.front().size() > 1;
  const auto dtype = pieces.front().front().dtype;
  std::int64_t total = 0;
  for (const auto& piece : pieces) total += piece.front().size();
  MutableChunk out(with_positions ? DType::int64 : dtype, {total});
  visit_dtype(dtype, [&]<class T>(Type<T>) {
    if (with_positions) {
      merge_positions<T>(pieces, descending, out.view<std::int64_t>().data());
    } else {
      merge_values<T>(pieces, descending, out.view<T>().data());
    }
  });
  return std::move(out).freeze();
}

}  // namespace tartan::array

#include <array/kernels/keep_between.hpp>
#include <array/kernels/order_image.hpp>
#include <array/kernels/quantile_rule.hpp>
#include <array>
#include <tartan/base/exceptions.hpp>
#include <utility>

namespace tartan::array {
namespace {

/// visit_dtype without the complex types, which have no quantiles.
template <class F>
void visit_real(DType dtype, const F& f) {
  visit_dtype(dtype, [&]<class T>(Type<T> type) {
    if constexpr (detail::IsStdComplex<T>::value) {
      throw Exception(Errc::malformed, "a task wants quantiles of complex numbers");
    } else {
      f(type);
    }
  });
}

/// Rows up to this length are selected from as they are.
constexpr std::size_t kShortRow = 256;
/// More quantiles than these are selected together, from a copy of the row.
constexpr std::size_t kMostPasses = 8;

template <class Out>
Out no_result() {
  return std::numeric_limits<Out>::quiet_NaN();
}

/// Brings the elements of the ranks (ascending) to where they would be in the sorted row.
template <class T>
void select(T* row, std::int64_t n, const std::vector<std::int64_t>& ranks) {
  auto* begin = row;
  for (const auto rank : ranks) {
    auto* const at = row + rank;
    if (at < begin) continue;
    std::nth_element(begin, at, row + n);
    begin = at + 1;
  }
}

template <class T>
struct Selected {
  T previous, next;
};

/// Two elements of the row that most likely have the elements of these ranks between them, by the
/// ranks in a sample (Floyd and Rivest, "Expected time bounds for selection", 1975). Of every
/// stretch of equal length one element is taken, anywhere in it, since rows may have a period.
template <class T>
Selected<T> bracket(const T* row, std::size_t n, std::size_t previous, std::size_t next) {
  constexpr std::size_t kMostSamples = 512;
  const std::size_t samples = std::min(kMostSamples, n / 16);
  T sample[kMostSamples];
  std::uint64_t state = n;
  for (std::size_t i = 0; i < samples; ++i) {
    const std::size_t begin = i * n / samples;
    const std::size_t end = (i + 1) * n / samples;
    state = state * 6364136223846793005U + 1442695040888963407U;
    sample[i] = row[begin + (state >> 33) % (end - begin)];
  }
  const auto part = static_cast<double>(previous) / static_cast<double>(n);
  const auto count = static_cast<double>(samples);
  // Two and a half standard deviations of the rank.
  const auto gap = static_cast<std::size_t>(2.5 * std::sqrt(count * part * (1 - part))) + 2;
  const std::size_t first = previous * samples / n;
  const std::size_t last = next * samples / n;
  const std::size_t low = first > gap ? first - gap : 0;
  const std::size_t high = std::min(samples - 1, last + gap);
  std::nth_element(sample, sample + low, sample + samples);
  std::nth_element(sample + low + 1, sample + high, sample + samples);
  return {sample[low], sample[high]};
}

/// The elements of these ranks, which are the same or follow each other, in a row without NaN; the
/// scratch has room for the row. What lies between two elements that a sample gave is kept, and what
/// is kept of it behind it, until that is short.
template <class T>
Selected<T> select_two(const T* row, std::size_t n, std::size_t previous, std::size_t next,
                       T* scratch) {
  const T* from = row;
  T* to = scratch;
  for (bool shorter = true; shorter && n > kShortRow;) {
    const auto [low, high] = bracket(from, n, previous, next);
    const auto kept = keep_between(from, n, low, high, to);
    if (kept.below > previous || next >= kept.below + kept.inside) break;
    if (!(low < high)) return {low, high};
    // As long as it is at most half as long, all of it has room in the scratch.
    shorter = kept.inside <= n / 2;
    previous -= kept.below;
    next -= kept.below;
    n = kept.inside;
    from = to;
    to += n;
  }
  if (from == row) std::copy_n(row, n, to);
  T* const last = from == row ? to : to - n;
  select(last, static_cast<std::int64_t>(n),
         {static_cast<std::int64_t>(previous), static_cast<std::int64_t>(next)});
  return {last[previous], last[next]};
}

/// Puts the quantiles of one row at out, out + step, ...; memory has room for two rows.
template <class T, class Out>
void quantiles_of_row(const T* row, std::size_t n, const QuantileRule& rule, T* memory, Out* out,
                      std::size_t step) {
  const auto results = rule.count();
  auto valid = n;
  if constexpr (std::is_floating_point_v<T>) {
    for (std::size_t i = 0; i < n; ++i) valid -= row[i] == row[i] ? 0 : 1;
  }
  if (valid == 0 || (valid != n && !rule.skip_nan)) {
    for (std::size_t k = 0; k < results; ++k) out[k * step] = no_result<Out>();
    return;
  }
  const auto places = places_of(rule, static_cast<std::int64_t>(valid));
  if (valid != n) {
    using Limits = std::numeric_limits<T>;  // only floating-point numbers come here
    keep_between(row, n, static_cast<T>(-Limits::infinity()), Limits::infinity(), memory);
    row = std::exchange(memory, memory + valid);
  }
  const auto put = [&](std::size_t k, T previous, T next) {
    out[k * step] = value_between<Out>(previous, next, places[k], rule.median);
  };
  if (results <= kMostPasses && valid > kShortRow) {
    for (std::size_t k = 0; k < results; ++k) {
      const auto [previous, next] =
          select_two(row, valid, static_cast<std::size_t>(places[k].previous),
                     static_cast<std::size_t>(places[k].next), memory);
      put(k, previous, next);
    }
    return;
  }
  std::vector<std::int64_t> ranks;
  for (const auto& place : places) ranks.insert(ranks.end(), {place.previous, place.next});
  std::sort(ranks.begin(), ranks.end());
  std::copy_n(row, valid, memory);
  select(memory, static_cast<std::int64_t>(valid), ranks);
  for (std::size_t k = 0; k < results; ++k) {
    put(k, memory[places[k].previous], memory[places[k].next]);
  }
}

template <class T>
void quantiles_of(std::span<const T> in, std::size_t n, const QuantileRule& rule,
                  MutableChunk& chunk) {
  visit_result<T>(rule, [&]<class Out>(Type<Out>) {
    const auto out = chunk.view<Out>();
    const auto rows = out.size() / std::max<std::size_t>(rule.count(), 1);
    MutableBuffer memory(2 * n * sizeof(T));
    for (std::size_t r = 0; r < rows; ++r) {
      quantiles_of_row(in.data() + r * n, n, rule, memory.as<T>(), out.data() + r, rows);
    }
  });
}

int width_of(DType dtype) { return 8 * static_cast<int>(itemsize(dtype)); }
int next_digit(int bits, int width) { return std::min(kDigitOfRound, width - bits); }

/// The least and the greatest number whose images begin with the prefix. Those that equal them and
/// have other images are zeros of the other sign.
template <class T>
Selected<T> ends_of(std::uint64_t prefix, int free_bits) {
  using Bits = BitsOf<T>;
  auto low = static_cast<Bits>(prefix << free_bits);
  auto high = static_cast<Bits>(low | ((std::uint64_t{1} << free_bits) - 1));
  if constexpr (std::is_floating_point_v<T>) {
    // Beyond infinities are NaNs, which are neither more nor less than anything.
    constexpr auto kInfinity = std::numeric_limits<T>::infinity();
    low = std::max(low, image(-kInfinity));
    high = std::min(high, image(kInfinity));
  }
  return {Image<T>::back(low), Image<T>::back(high)};
}

/// visit(element, number of its prefix) for the elements whose images begin with one of a few
/// prefixes: not many. A tile is passed over once for each.
template <class T, class Visit>
void visit_few(std::span<const T> in, const Narrowing& narrowing, int free_bits,
               const Visit& visit) {
  constexpr std::size_t kTile = 1024;
  T kept[kTile];
  std::vector<Selected<T>> ends;
  ends.reserve(narrowing.prefixes.size());
  for (const auto prefix : narrowing.prefixes) ends.push_back(ends_of<T>(prefix, free_bits));
  for (std::size_t begin = 0; begin < in.size(); begin += kTile) {
    const auto count = std::min(kTile, in.size() - begin);
    for (std::size_t bracket = 0; bracket < ends.size(); ++bracket) {
      const auto [low, high] = ends[bracket];
      const auto found = keep_between(in.data() + begin, count, low, high, kept).inside;
      for (std::size_t i = 0; i < found; ++i) {
        const auto leading = std::uint64_t{image(kept[i])} >> free_bits;
        if (leading == narrowing.prefixes[bracket]) visit(kept[i], bracket);
      }
    }
  }
}

/// The same for any number of prefixes. Nearly all elements begin with none of them; the last bits
/// of what they begin with tell without a search.
template <class T, class Visit>
void visit_many(std::span<const T> in, const Narrowing& narrowing, int free_bits,
                const Visit& visit) {
  const auto& prefixes = narrowing.prefixes;
  std::array<std::uint8_t, 1024> possible{};
  for (const auto prefix : prefixes) possible[prefix % possible.size()] = 1;
  for (const auto x : in) {
    const auto leading = std::uint64_t{image(x)} >> free_bits;
    if (possible[leading % possible.size()] == 0) continue;
    const auto at = std::lower_bound(prefixes.begin(), prefixes.end(), leading);
    if (at == prefixes.end() || *at != leading || is_nan(x)) continue;
    visit(x, static_cast<std::size_t>(at - prefixes.begin()));
  }
}

}  // namespace

DType QuantileRule::result(DType element) const {
  if (takes_elements(*this) || element == DType::float32) return element;
  return DType::float64;
}

Chunk row_quantiles(const Chunk& rows, const QuantileRule& rule) {
  const auto count = static_cast<std::int64_t>(rule.count());
  MutableChunk out(rule.result(rows.dtype), {count, rows.shape[0]});
  visit_real(rows.dtype,
             [&]<class T>(Type<T>) { quantiles_of(rows.view<T>(), static_cast<std::size_t>(rows.shape[1]), rule, out); });
  return std::move(out).freeze();
}

int narrowing_rounds(DType dtype) { return (width_of(dtype) + kDigitOfRound - 1) / kDigitOfRound; }

std::int64_t most_brackets(const QuantileRule& rule) {
  return 2 * static_cast<std::int64_t>(rule.count());
}

Chunk count_digits(const Chunk& chunk, const Narrowing& narrowing) {
  const int digit = next_digit(narrowing.bits, width_of(chunk.dtype));
  const auto columns = (std::int64_t{1} << digit) + 1;
  const bool first = narrowing.bits == 0;
  const auto brackets = first ? 1 : static_cast<std::int64_t>(narrowing.prefixes.size());
  MutableChunk counts(DType::int64, {brackets, columns});
  const auto out = counts.view<std::int64_t>();
  std::fill(out.begin(), out.end(), 0);
  visit_real(chunk.dtype, [&]<class T>(Type<T>) {
    const auto in = chunk.view<T>();
    const int shift = width_of(chunk.dtype) - narrowing.bits - digit;
    if (first) {
      for (const auto x : in) {
        const auto column = is_nan(x) ? columns - 1 : std::int64_t(image(x) >> shift);
        ++out[static_cast<std::size_t>(column)];
      }
      return;
    }
    const auto mask = (std::uint64_t{1} << digit) - 1;
    const auto count = [&](T x, std::size_t bracket) {
      const auto value = (std::uint64_t{image(x)} >> shift) & mask;
      ++out[bracket * static_cast<std::size_t>(columns) + value];
    };
    if (narrowing.prefixes.size() <= kMostPasses) {
      visit_few(in, narrowing, shift + digit, count);
    } else {
      visit_many(in, narrowing, shift + digit, count);
    }
  });
  return std::move(counts).freeze();
}

Narrowing narrow(const Narrowing& narrowing, const Chunk& counts, DType dtype,
                 const QuantileRule& rule) {
  auto before = narrowing;
  const auto all = counts.view<std::int64_t>();
  const auto columns = static_cast<std::size_t>(counts.shape[1]);
  const int digit = next_digit(narrowing.bits, width_of(dtype));
  if (narrowing.bits == 0) {
    before.prefixes = {0};
    const auto nans = all[columns - 1];
    for (std::size_t column = 0; column + 1 < columns; ++column) before.valid += all[column];
    if (nans > 0 && !rule.skip_nan) before.valid = 0;
    if (before.valid > 0) {
      for (const auto& place : places_of(rule, before.valid)) {
        before.rank.insert(before.rank.end(), {place.previous, place.next});
      }
    }
    before.bracket.assign(before.rank.size(), 0);
  }
  Narrowing after{before.valid, before.bits + digit, {}, {}, {}};
  std::vector<std::uint64_t> prefix_of_rank;
  for (std::size_t i = 0; i < before.rank.size(); ++i) {
    const auto bracket = static_cast<std::size_t>(before.bracket[i]);
    auto rank = before.rank[i];
    std::size_t value = 0;
    const auto* row = all.data() + bracket * columns;
    while (rank >= row[value]) rank -= row[value++];
    after.rank.push_back(rank);
    prefix_of_rank.push_back(before.prefixes[bracket] << digit | value);
  }
  after.prefixes = prefix_of_rank;
  std::sort(after.prefixes.begin(), after.prefixes.end());
  after.prefixes.erase(std::unique(after.prefixes.begin(), after.prefixes.end()),
                       after.prefixes.end());
  for (const auto prefix : prefix_of_rank) {
    after.bracket.push_back(std::lower_bound(after.prefixes.begin(), after.prefixes.end(), prefix) -
                            after.prefixes.begin());
  }
  // Without ranks there is nothing to look for; one bracket keeps the next rounds simple.
  if (after.prefixes.empty()) after.prefixes = {0};
  return after;
}

Chunk finish_quantiles(const Narrowing& narrowing, DType dtype, const QuantileRule& rule) {
  MutableChunk chunk(rule.result(dtype), {static_cast<std::int64_t>(rule.count()), 1});
  visit_real(dtype, [&]<class T>(Type<T>) {
    visit_result<T>(rule, [&]<class Out>(Type<Out>) {
      const auto out = chunk.view<Out>();
      if (narrowing.valid == 0) {
        if (std::is_integral_v<Out>) throw ValueError("quantile: there are no elements to take");
        return std::fill(out.begin(), out.end(), no_result<Out>());
      }
      const auto places = places_of(rule, narrowing.valid);
      const auto value = [&](std::size_t rank) {
        const auto bracket = static_cast<std::size_t>(narrowing.bracket[rank]);
        return Image<T>::back(static_cast<BitsOf<T>>(narrowing.prefixes[bracket]));
      };
      for (std::size_t k = 0; k < out.size(); ++k) {
        out[k] = value_between<Out>(value(2 * k), value(2 * k + 1), places[k], rule.median);
      }
    });
  });
  return std::move(chunk).freeze();
}

}  // namespace tartan::array

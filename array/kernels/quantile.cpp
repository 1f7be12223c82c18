#include <array/kernels/order_image.hpp>
#include <array/kernels/quantile_rule.hpp>
#include <array>
#include <tartan/base/exceptions.hpp>

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
void quantiles_of(std::span<const T> in, std::int64_t n, const QuantileRule& rule,
                  MutableChunk& chunk) {
  visit_result<T>(rule, [&]<class Out>(Type<Out>) {
    const auto out = chunk.view<Out>();
    const auto results = rule.count();
    const auto rows = out.size() / std::max<std::size_t>(results, 1);
    MutableBuffer memory(static_cast<std::size_t>(n) * sizeof(T));
    auto* row = memory.as<T>();
    for (std::size_t r = 0; r < rows; ++r) {
      const T* from = in.data() + r * static_cast<std::size_t>(n);
      std::int64_t valid = 0;
      for (std::int64_t i = 0; i < n; ++i) {
        row[valid] = from[i];
        valid += is_nan(from[i]) ? 0 : 1;
      }
      if (valid == 0 || (valid != n && !rule.skip_nan)) {
        for (std::size_t k = 0; k < results; ++k) out[k * rows + r] = no_result<Out>();
        continue;
      }
      const auto places = places_of(rule, valid);
      std::vector<std::int64_t> ranks;
      for (const auto& place : places) ranks.insert(ranks.end(), {place.previous, place.next});
      std::sort(ranks.begin(), ranks.end());
      select(row, valid, ranks);
      for (std::size_t k = 0; k < results; ++k) {
        out[k * rows + r] = value_between<Out>(row[places[k].previous], row[places[k].next],
                                               places[k], rule.median);
      }
    }
  });
}

int width_of(DType dtype) { return 8 * static_cast<int>(itemsize(dtype)); }
int next_digit(int bits, int width) { return std::min(kDigitOfRound, width - bits); }

}  // namespace

DType QuantileRule::result(DType element) const {
  if (takes_elements(*this) || element == DType::float32) return element;
  return DType::float64;
}

Chunk row_quantiles(const Chunk& rows, const QuantileRule& rule) {
  const auto count = static_cast<std::int64_t>(rule.count());
  MutableChunk out(rule.result(rows.dtype), {count, rows.shape[0]});
  visit_real(rows.dtype,
             [&]<class T>(Type<T>) { quantiles_of(rows.view<T>(), rows.shape[1], rule, out); });
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
    const auto& prefixes = narrowing.prefixes;
    const auto mask = (std::uint64_t{1} << digit) - 1;
    // Nearly all elements are outside; their last bits tell without a search.
    std::array<std::uint8_t, 1024> possible{};
    for (const auto prefix : prefixes) possible[prefix % possible.size()] = 1;
    for (const auto x : in) {
      const std::uint64_t leading = std::uint64_t{image(x)} >> shift;
      const auto prefix = leading >> digit;
      if (possible[prefix % possible.size()] == 0) continue;
      const auto at = std::lower_bound(prefixes.begin(), prefixes.end(), prefix);
      if (at == prefixes.end()) continue;
      if (*at != prefix || is_nan(x)) continue;
      const auto row = static_cast<std::size_t>(at - prefixes.begin());
      ++out[row * static_cast<std::size_t>(columns) + (leading & mask)];
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

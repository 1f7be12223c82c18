// Chunks of random numbers whose elements take what they need (Draws).

#include <algorithm>
#include <array/kernels/dispatch.hpp>
#include <array/kernels/flat_runs.hpp>
#include <array/kernels/permutation.hpp>
#include <array/kernels/random_draws.hpp>
#include <fmt/format.h>
#include <numeric>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// A chunk of make(flat index in the whole array).
template <class T, class Make>
Chunk made_of_places(const RandomPlace& place, const Shape& shape, Make make) {
  MutableChunk chunk(dtype_of<T>, shape);
  if (chunk.nbytes() == 0) return std::move(chunk).freeze();
  const FlatRuns runs(place.global_shape, place.offset, shape);
  T* out = chunk.view<T>().data();
  for (std::int64_t r = 0; r < runs.count(); ++r) {
    const auto start = static_cast<std::uint64_t>(runs.start(r));
    const auto length = static_cast<std::uint64_t>(runs.length());
    for (std::uint64_t i = 0; i < length; ++i) *out++ = make(start + i);
  }
  return std::move(chunk).freeze();
}

template <class T>
T fitted(double value) {
  if constexpr (std::is_integral_v<T>) {
    constexpr auto kMost = std::numeric_limits<T>::max();
    if (value >= static_cast<double>(kMost)) return kMost;
  }
  return static_cast<T>(value);
}

/// A chunk of draw(Draws&) of every element. Integers beyond a dtype's range become its largest.
template <class T, class Draw>
Chunk drawn_as(const RandomPlace& place, const Shape& shape, const Draw& draw) {
  MutableChunk chunk(dtype_of<T>, shape);
  if (chunk.nbytes() == 0) return std::move(chunk).freeze();
  const FlatRuns runs(place.global_shape, place.offset, shape);
  const auto length = static_cast<std::uint64_t>(runs.length());
  T* out = chunk.view<T>().data();
  FirstBlocks first;
  for (std::int64_t r = 0; r < runs.count(); ++r) {
    const auto start = static_cast<std::uint64_t>(runs.start(r));
    for (std::uint64_t done = 0; done < length; done += kPhiloxBatch) {
      const std::size_t n = std::min<std::uint64_t>(kPhiloxBatch, length - done);
      for (std::uint64_t t = 0; t < FirstBlocks::kCount; ++t) {
        philox(first.blocks[t], start + done, n, place.seed, place.stream | t << 32);
      }
      for (std::size_t i = 0; i < n; ++i) {
        Draws draws(start + done + i, place, first, i);
        *out++ = fitted<T>(draw(draws));
      }
    }
  }
  return std::move(chunk).freeze();
}

template <class Draw>
Chunk drawn(const RandomPlace& place, const Shape& shape, DType dtype, const Draw& draw) {
  return visit_dtype(dtype, [&]<class T>(Type<T>) -> Chunk {
    if constexpr (std::is_arithmetic_v<T> && !std::is_same_v<T, bool>) {
      return drawn_as<T>(place, shape, draw);
    } else {
      throw TypeError(fmt::format("random numbers of {} are not to be had", name(dtype)));
    }
  });
}

/// Counts of the categories of an experiment, one after the other: draw(draws, k, left) is how many
/// of those that are left category k takes. The categories are the last axis.
template <class Draw>
Chunk categories(const RandomPlace& place, const Shape& shape, double total, const Draw& draw) {
  MutableChunk chunk(DType::int64, shape);
  if (chunk.nbytes() == 0) return std::move(chunk).freeze();
  const auto leading = [](Shape of) {
    of.pop_back();
    return of;
  };
  const auto first = static_cast<std::size_t>(place.offset.back());
  const auto last = first + static_cast<std::size_t>(shape.back());
  std::int64_t* out = chunk.view<std::int64_t>().data();
  const FlatRuns runs(leading(place.global_shape), leading(place.offset), leading(shape));
  for (std::int64_t r = 0; r < runs.count(); ++r) {
    for (std::int64_t i = 0; i < runs.length(); ++i) {
      Draws draws(static_cast<std::uint64_t>(runs.start(r) + i), place);
      double left = total;
      for (std::size_t k = 0; k < last; ++k) {
        const double taken = left == 0 ? 0 : draw(draws, k, left);
        left -= taken;
        if (k >= first) *out++ = static_cast<std::int64_t>(taken);
      }
    }
  }
  return std::move(chunk).freeze();
}

/// What remains of the list behind every element.
std::vector<double> sums_behind(std::span<const double> list, double total) {
  std::vector<double> sums;
  sums.reserve(list.size());
  for (const double one : list) {
    total -= one;
    sums.push_back(total);
  }
  return sums;
}

Chunk multinomial(const RandomPlace& place, const Shape& shape, std::span<const double> p,
                  double trials) {
  const auto behind = sums_behind(p, 1);
  return categories(place, shape, trials, [&](Draws& draws, std::size_t k, double left) {
    const double chance = k == 0 ? 1 : behind[k - 1];
    const bool all = k + 1 == p.size() || chance <= p[k];
    return all ? left : BinomialDraw(left, p[k] / chance)(draws);
  });
}

Chunk multivariate_hypergeometric(const RandomPlace& place, const Shape& shape,
                                  std::span<const double> colors, double taken) {
  const auto behind = sums_behind(colors, std::accumulate(colors.begin(), colors.end(), 0.0));
  return categories(place, shape, taken, [&](Draws& draws, std::size_t k, double left) {
    return behind[k] == 0 ? left : HypergeometricDraw(colors[k], behind[k], left)(draws);
  });
}

Chunk permuted(const RandomPlace& place, const Shape& shape, std::int64_t n) {
  if (shape.size() != 1 || place.global_shape[0] > n) {
    throw ValueError(
        fmt::format("a permutation of {} has no place for {}", n, to_string(place.global_shape)));
  }
  const Permutation permutation(n, place.seed);
  return made_of_places<std::int64_t>(
      place, shape, [&](std::uint64_t i) { return permutation(static_cast<std::int64_t>(i)); });
}

Chunk variates(Distribution distribution, const RandomPlace& place, const Shape& shape,
               std::span<const double> p, DType dtype) {
  const auto made = [&](const auto& draw) { return drawn(place, shape, dtype, draw); };
  switch (distribution) {
    case Distribution::gamma:
      return made(GammaDraw(p[0]));
    case Distribution::beta:
      return made(BetaDraw(p[0], p[1]));
    case Distribution::noncentral_chisquare:
      return made([p](Draws& draws) { return draw_noncentral_chisquare(draws, p[0], p[1]); });
    case Distribution::vonmises:
      return made(VonMisesDraw(p[0], p[1]));
    case Distribution::poisson:
      return made(PoissonDraw(p[0]));
    case Distribution::binomial:
      return made(BinomialDraw(p[0], p[1]));
    case Distribution::negative_binomial:
      return made([gamma = GammaDraw(p[0]), scale = (1 - p[1]) / p[1]](Draws& draws) {
        return PoissonDraw(gamma(draws) * scale)(draws);
      });
    case Distribution::hypergeometric:
      return made(HypergeometricDraw(p[0], p[1], p[2]));
    case Distribution::logseries:
      return made(LogSeriesDraw(p[0]));
    case Distribution::zipf:
      return made(ZipfDraw(p[0]));
    case Distribution::weighted:
      return made([p](Draws& draws) {
        const auto at = std::upper_bound(p.begin(), p.end() - 1, draws.uniform() * p.back());
        return static_cast<double>(at - p.begin());
      });
    default:
      break;
  }
  throw Exception(Errc::malformed, "a random block names no known distribution");
}

std::size_t parameters_of(Distribution distribution) {
  switch (distribution) {
    case Distribution::gamma:
    case Distribution::poisson:
    case Distribution::logseries:
    case Distribution::zipf:
    case Distribution::weighted:
    case Distribution::permutation:
      return 1;
    case Distribution::hypergeometric:
      return 3;
    default:
      return 2;
  }
}

}  // namespace

std::string_view name(Distribution distribution) {
  constexpr std::string_view kNames[] = {"uniform",        "normal",
                                         "integers",       "gamma",
                                         "beta",           "noncentral-chisquare",
                                         "vonmises",       "poisson",
                                         "binomial",       "negative-binomial",
                                         "hypergeometric", "logseries",
                                         "zipf",           "multinomial",
                                         "weighted",       "permutation",
                                         "multivariate-hypergeometric"};
  const auto number = static_cast<std::size_t>(distribution);
  return number < std::size(kNames) ? kNames[number] : "unknown";
}

Chunk random_chunk(Distribution distribution, const RandomPlace& place, const Shape& shape,
                   std::span<const Scalar> parameters, DType dtype) {
  if (parameters.size() < parameters_of(distribution)) {
    throw ValueError(fmt::format("a random block has {} parameters", parameters.size()));
  }
  if (distribution == Distribution::integers) {
    return random_integers(place, shape, parameters[0].as<std::int64_t>(),
                           parameters[1].as<std::int64_t>(), dtype);
  }
  std::vector<double> p;
  for (const auto& parameter : parameters) p.push_back(parameter.as<double>());
  switch (distribution) {
    case Distribution::uniform:
      return random_uniform(place, shape, p[0], p[1], dtype);
    case Distribution::normal:
      return random_normal(place, shape, p[0], p[1], dtype);
    case Distribution::multinomial:
    case Distribution::multivariate_hypergeometric: {
      const auto list = std::span<const double>(p).subspan(1);
      if (shape.empty() || place.global_shape.back() != static_cast<std::int64_t>(list.size())) {
        throw ValueError("a random block has another number of categories than parameters");
      }
      return distribution == Distribution::multinomial
                 ? multinomial(place, shape, list, p[0])
                 : multivariate_hypergeometric(place, shape, list, p[0]);
    }
    case Distribution::permutation:
      return permuted(place, shape, parameters[0].as<std::int64_t>());
    default:
      return variates(distribution, place, shape, p, dtype);
  }
}

}  // namespace tartan::array

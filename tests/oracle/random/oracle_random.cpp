// oracle_random --dir D --seed S --count N: writes N numbers of every distribution, as float64, to
// D/0, D/1, ... and on its output a line for each with the same distribution in SciPy.

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <tartan/array.hpp>
#include <tartan/client/client.hpp>

namespace {

using namespace tartan;

struct Sample {
  const char* scipy;  ///< over scipy.stats
  Array (*draw)(const Shape& shape, std::uint64_t seed);
};

// Parameters on both sides of every limit between two algorithms.
#define TARTAN_SAMPLE(scipy, call, ...)                                      \
  {scipy, [](const Shape& shape, std::uint64_t seed) {                       \
     return random::call(__VA_ARGS__, shape, {.chunks = {7001}, .seed = seed}); \
   }}
const std::vector<Sample> kSamples = {
    TARTAN_SAMPLE("expon(scale=2)", exponential, 2.0),
    TARTAN_SAMPLE("gamma(0.05)", standard_gamma, 0.05),
    TARTAN_SAMPLE("gamma(0.7)", standard_gamma, 0.7),
    TARTAN_SAMPLE("gamma(1)", standard_gamma, 1.0),
    TARTAN_SAMPLE("gamma(1.3)", standard_gamma, 1.3),
    TARTAN_SAMPLE("gamma(200, scale=3)", gamma, 200.0, 3.0),
    TARTAN_SAMPLE("beta(0.2, 0.7)", beta, 0.2, 0.7),
    TARTAN_SAMPLE("beta(1, 1)", beta, 1.0, 1.0),
    TARTAN_SAMPLE("beta(0.5, 4)", beta, 0.5, 4.0),
    TARTAN_SAMPLE("beta(30, 20)", beta, 30.0, 20.0),
    TARTAN_SAMPLE("chi2(3)", chisquare, 3.0),
    TARTAN_SAMPLE("ncx2(3, 2)", noncentral_chisquare, 3.0, 2.0),
    TARTAN_SAMPLE("ncx2(0.6, 2)", noncentral_chisquare, 0.6, 2.0),
    TARTAN_SAMPLE("chi2(3)", noncentral_chisquare, 3.0, 0.0),
    TARTAN_SAMPLE("f(5, 9)", f, 5.0, 9.0),
    TARTAN_SAMPLE("ncf(5, 9, 2)", noncentral_f, 5.0, 9.0, 2.0),
    TARTAN_SAMPLE("t(1.5)", standard_t, 1.5),
    TARTAN_SAMPLE("t(30)", standard_t, 30.0),
    TARTAN_SAMPLE("laplace(1, 2)", laplace, 1.0, 2.0),
    TARTAN_SAMPLE("logistic(1, 2)", logistic, 1.0, 2.0),
    TARTAN_SAMPLE("gumbel_r(1, 2)", gumbel, 1.0, 2.0),
    TARTAN_SAMPLE("lognorm(0.8, scale=np.exp(0.5))", lognormal, 0.5, 0.8),
    TARTAN_SAMPLE("lomax(3)", pareto, 3.0),
    TARTAN_SAMPLE("powerlaw(2.5)", power, 2.5),
    TARTAN_SAMPLE("rayleigh(scale=2)", rayleigh, 2.0),
    TARTAN_SAMPLE("invgauss(2 / 3, scale=3)", wald, 2.0, 3.0),
    TARTAN_SAMPLE("invgauss(1e5, scale=1e-2)", wald, 1e3, 1e-2),
    TARTAN_SAMPLE("weibull_min(1.5)", weibull, 1.5),
    TARTAN_SAMPLE("triang(0.25, -1, 4)", triangular, -1.0, 0.0, 3.0),
    TARTAN_SAMPLE("triang(1, 0, 1)", triangular, 0.0, 1.0, 1.0),
    TARTAN_SAMPLE("uniform(-np.pi, 2 * np.pi)", vonmises, 0.0, 0.0),
    TARTAN_SAMPLE("vonmises(1e-3)", vonmises, 0.0, 1e-3),
    TARTAN_SAMPLE("vonmises(2)", vonmises, 0.0, 2.0),
    TARTAN_SAMPLE("vonmises(50, 1)", vonmises, 1.0, 50.0),
    TARTAN_SAMPLE("norm(0, 1e-4)", vonmises, 0.0, 1e8),
    TARTAN_SAMPLE("poisson(0.1)", poisson, 0.1),
    TARTAN_SAMPLE("poisson(9.9)", poisson, 9.9),
    TARTAN_SAMPLE("poisson(10)", poisson, 10.0),
    TARTAN_SAMPLE("poisson(5000)", poisson, 5000.0),
    TARTAN_SAMPLE("binom(1, 0.3)", binomial, 1, 0.3),
    TARTAN_SAMPLE("binom(40, 0.2)", binomial, 40, 0.2),
    TARTAN_SAMPLE("binom(40, 0.9)", binomial, 40, 0.9),
    TARTAN_SAMPLE("binom(25, 0.5)", binomial, 25, 0.5),
    TARTAN_SAMPLE("binom(100000, 0.3)", binomial, 100000, 0.3),
    TARTAN_SAMPLE("binom(100000, 1e-5)", binomial, 100000, 1e-5),
    TARTAN_SAMPLE("nbinom(3.5, 0.2)", negative_binomial, 3.5, 0.2),
    TARTAN_SAMPLE("nbinom(0.5, 0.9)", negative_binomial, 0.5, 0.9),
    TARTAN_SAMPLE("geom(0.02)", geometric, 0.02),
    TARTAN_SAMPLE("geom(0.8)", geometric, 0.8),
    TARTAN_SAMPLE("hypergeom(50, 20, 8)", hypergeometric, 20, 30, 8),
    TARTAN_SAMPLE("hypergeom(500, 9, 200)", hypergeometric, 9, 491, 200),
    TARTAN_SAMPLE("hypergeom(500, 200, 80)", hypergeometric, 200, 300, 80),
    TARTAN_SAMPLE("hypergeom(500, 300, 450)", hypergeometric, 300, 200, 450),
    TARTAN_SAMPLE("hypergeom(1000000, 3000, 20000)", hypergeometric, 3000, 997000, 20000),
    TARTAN_SAMPLE("logser(0.1)", logseries, 0.1),
    TARTAN_SAMPLE("logser(0.97)", logseries, 0.97),
    TARTAN_SAMPLE("zipf(1.9)", zipf, 1.9),
    TARTAN_SAMPLE("zipf(5)", zipf, 5.0),
    {"cauchy()", [](const Shape& shape, std::uint64_t seed) {
       return random::standard_cauchy(shape, {.seed = seed});
     }},
    {"rv_discrete(values=([0, 1, 2, 3], [0.1, 0, 0.4, 0.5]))",
     [](const Shape& shape, std::uint64_t seed) {
       return random::choice(4, shape, {.p = {0.1, 0, 0.4, 0.5}, .seed = seed});
     }},
    {"randint(0, 7)", [](const Shape& shape, std::uint64_t seed) {
       return random::choice(7, shape, {.seed = seed});
     }},
    {"randint(0, 2000000)", [](const Shape& shape, std::uint64_t seed) {
       return random::choice(2000000, shape, {.replace = false, .seed = seed});
     }},
    // Each category of a multinomial is binomial.
    {"binom(30, 0.2)", [](const Shape& shape, std::uint64_t seed) {
       return random::multinomial(30, {0.2, 0.5, 0.3}, shape, {.seed = seed}).slice({ellipsis, 0});
     }},
    {"binom(30, 0.3)", [](const Shape& shape, std::uint64_t seed) {
       return random::multinomial(30, {0.2, 0.5, 0.3}, shape, {.seed = seed}).slice({ellipsis, 2});
     }},
};
#undef TARTAN_SAMPLE

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Samples of every distribution for SciPy to judge");
  std::string directory;
  std::uint64_t seed = 1;
  std::int64_t count = 50000;
  app.add_option("--dir", directory)->required();
  app.add_option("--seed", seed);
  app.add_option("--count", count);
  CLI11_PARSE(app, argc, argv);
  auto client = tartan::Client::inline_executor();
  for (std::size_t number = 0; number < kSamples.size(); ++number) {
    const auto sample = kSamples[number].draw({count}, seed + number);
    const auto chunk = sample.astype<double>().compute_chunk();
    std::ofstream file(directory + "/" + std::to_string(number), std::ios::binary);
    file.write(reinterpret_cast<const char*>(chunk.data.data()),
               static_cast<std::streamsize>(chunk.nbytes()));
    std::cout << kSamples[number].scipy << '\n';
  }
}

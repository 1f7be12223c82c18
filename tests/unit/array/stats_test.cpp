#include <array/kernels/special.hpp>
#include <cmath>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using array::SpecialOp;
using Catch::Matchers::Contains;
using Doubles = std::vector<double>;

namespace {

double value(SpecialOp op, double a, double b = 0, double c = 0) {
  double out = 0;
  array::special(op, {array::SpecialOperand{&a, 0}, {&b, 0}, {&c, 0}}, {&out, 1});
  return out;
}

auto exactly(double expected) { return Approx(expected).epsilon(1e-13).margin(0); }

}  // namespace

// The expected values are rational numbers, or closed forms, computed with 60 digits.
TEST_CASE("tail probabilities are exact to 13 digits, the very small and those near 1 too") {
  const auto student = [](double t, double df) { return value(SpecialOp::student_tails, t, df); };
  CHECK(student(1e-9, 2) == exactly(0.99999999929289322));
  CHECK(student(-0.5, 2) == exactly(0.66666666666666667));
  CHECK(student(8, 2) == exactly(0.015268072165338138));
  CHECK(student(4096, 2) == exactly(5.9604639446320636e-8));
  CHECK(student(2, 4) == exactly(0.11611652351681559));
  CHECK(student(-40, 4) == exactly(2.3340163226012686e-6));
  const auto chi2 = [](double x, double df) { return value(SpecialOp::chi2_tail, x, df); };
  CHECK(chi2(1e-6, 2) == exactly(0.99999950000012500));
  CHECK(chi2(50, 10) == exactly(2.6690834249044956e-7));
  CHECK(chi2(700, 10) == exactly(6.2801466992359499e-144));
  CHECK(chi2(90, 100) == exactly(0.75319796559982973));
  const auto f = [](double x, double a, double b) { return value(SpecialOp::f_tail, x, a, b); };
  CHECK(f(1e-6, 2, 8) == exactly(0.99999900000062500));
  CHECK(f(1, 4, 12) == exactly(0.4449462890625));
  CHECK(f(25, 4, 40) == exactly(2.0087451938104471e-10));
  CHECK(f(2000, 2, 30) == exactly(1.1946567153573320e-32));
  const auto pearson = [](double r, double n) { return value(SpecialOp::pearson_tails, r, n); };
  CHECK(pearson(0.0009765625, 10) == exactly(0.99786377156851697));
  CHECK(pearson(-0.5, 30) == exactly(0.0048999336670680904));
  CHECK(pearson(0.96875, 12) == exactly(2.2271301314269465e-7));
}

TEST_CASE("special functions have limits at infinity and NaN outside their domain") {
  const double infinity = INFINITY;
  CHECK(value(SpecialOp::student_tails, infinity, 3) == 0);
  CHECK(value(SpecialOp::student_tails, 1.5, infinity) == Approx(std::erfc(1.5 / std::sqrt(2))));
  CHECK(value(SpecialOp::f_tail, infinity, 3, 4) == 0);
  CHECK(value(SpecialOp::f_tail, -1, 3, 4) == 1);
  CHECK(value(SpecialOp::chi2_tail, infinity, 3) == 0);
  CHECK(value(SpecialOp::gammainc, 2, infinity) == 1);
  CHECK(value(SpecialOp::pearson_tails, 1, 8) == 0);
  CHECK(value(SpecialOp::pearson_tails, 0.3, 2) == 1);
  CHECK(std::isinf(value(SpecialOp::gammaln, 0)));
  CHECK(std::isnan(value(SpecialOp::chi2_tail, 1, 0)));
  CHECK(std::isnan(value(SpecialOp::student_tails, 1, -1)));
  CHECK(std::isnan(value(SpecialOp::betainc, 1, 1, 1.5)));
  CHECK(std::isnan(value(SpecialOp::gammaincc, -1, 1)));
  CHECK(std::isnan(value(SpecialOp::f_tail, NAN, 3, 4)));
}

TEST_CASE("special functions broadcast over chunks and keep float32") {
  Inline run;
  const auto a = arange(1, 4).astype<double>().reshape({3, 1}, {2, 1});
  const auto x = linspace(0, 1, 5, {.chunks = {2}});
  const auto result = special::gammainc(a, x);
  CHECK(result.shape() == Shape{3, 5});
  CHECK(values<double>(result)[4] == exactly(1 - std::exp(-1.0)));
  CHECK(special::erf(x.astype<float>()).dtype() == DType::float32);
  CHECK(special::betainc(0.5, 2, x).chunks() == x.chunks());
  CHECK(special::erfc(zeros({0, 3})).compute_chunk().shape == Shape{0, 3});
}

TEST_CASE("tests of statistics agree whatever the chunks") {
  Inline run;
  const auto whole = random::normal({400, 3}, {.chunks = {-1, -1}, .seed = 8});
  const auto pieces = whole.rechunk({37, 2});
  const auto close = [](const stats::TestResult& a, const stats::TestResult& b) {
    const auto near = [](const Array& x, const Array& y) {
      return max(abs(x / y - 1)).item<double>() < 1e-9;
    };
    return near(a.statistic, b.statistic) && near(a.pvalue, b.pvalue);
  };
  CHECK(close(stats::normaltest(whole), stats::normaltest(pieces)));
  CHECK(close(stats::ttest_1samp(whole, 0.25), stats::ttest_1samp(pieces, 0.25)));
  CHECK(close(stats::ttest_ind(whole, square(whole), {.equal_var = false}),
              stats::ttest_ind(pieces, square(pieces), {.equal_var = false})));
  CHECK(close(stats::f_oneway({whole, whole + 0.1}), stats::f_oneway({pieces, pieces + 0.1})));
  CHECK(stats::jarque_bera(pieces).pvalue.shape().empty());
  CHECK(stats::moment(pieces, 4, {0, 1}).shape().empty());
}

TEST_CASE("samples without variation have no shape and no distance") {
  Inline run;
  const auto flat = full({9, 2}, 0.1, {.chunks = {4, 1}});
  const auto all_nan = [](const Array& x) { return all(isnan(x)).item<bool>(); };
  CHECK(all_nan(stats::skew(flat)));
  CHECK(all_nan(stats::kurtosis(flat)));
  CHECK(all_nan(stats::zscore(flat)));
  CHECK(all_nan(stats::f_oneway({flat, flat}).statistic));
  CHECK(values<double>(stats::f_oneway({flat, flat + 1}).pvalue) == Doubles{0, 0});
  CHECK(values<double>(stats::f_oneway({flat, flat + 1}).statistic) == Doubles{INFINITY, INFINITY});
  CHECK(all_nan(stats::pearsonr(flat.slice({all_of_axis, 0}), arange(9)).statistic));
  CHECK(stats::zscore(zeros({0, 2})).shape() == Shape{0, 2});
  CHECK(all_nan(stats::f_oneway({flat.slice({{0, 0}}), flat}).statistic));
}

TEST_CASE("tests of statistics run nothing when they are written") {
  const auto x = zeros({100, 2}, {.chunks = {10, 2}});
  const auto plan = stats::skewtest(x).pvalue.explain();
  CHECK_THAT(plan, Contains("mean") && Contains("erfc"));
}

TEST_CASE("statistics refuse samples they cannot work with, when they are written") {
  const auto x = zeros({4, 3});
  const auto complex = x.astype(DType::complex64);
  CHECK_THROWS_WITH(stats::skewtest(x), Contains("skewtest") && Contains("4") && Contains("8"));
  CHECK_THROWS_WITH(stats::kurtosistest(x), Contains("kurtosistest") && Contains("at least 5"));
  CHECK_THROWS_WITH(stats::normaltest(x), Contains("normaltest") && Contains("at least 8"));
  CHECK_THROWS_WITH(stats::jarque_bera(zeros({0})), Contains("jarque_bera") && Contains("(0,)"));
  CHECK_THROWS_WITH(stats::moment(x, -1), Contains("moment") && Contains("-1"));
  CHECK_THROWS_WITH(stats::ttest_rel(x, zeros({5, 3})), Contains("(4, 3)") && Contains("(5, 3)"));
  CHECK_THROWS_WITH(stats::f_oneway({x}), Contains("f_oneway") && Contains("two"));
  CHECK_THROWS_WITH(stats::f_oneway({x, zeros({4, 2})}), Contains("(4, 3)") && Contains("(4, 2)"));
  CHECK_THROWS_WITH(stats::pearsonr(x, x), Contains("pearsonr") && Contains("1-d"));
  CHECK_THROWS_AS(stats::pearsonr(zeros({3}), zeros({4})), ValueError);
  CHECK_THROWS_AS(stats::pearsonr(zeros({1}), zeros({1})), ValueError);
  CHECK_THROWS_WITH(stats::skew(complex), Contains("skew") && Contains("complex64"));
  CHECK_THROWS_AS(stats::ttest_1samp(complex, 0), TypeError);
  CHECK_THROWS_WITH(stats::zscore(x, {.axes = 2}), Contains("axis 2"));
  CHECK_THROWS_WITH(stats::chisquare(x, {.axes = 5}), Contains("chisquare") && Contains("axis 5"));
  CHECK_THROWS_WITH(special::erf(complex), Contains("erf") && Contains("complex64"));
  CHECK_THROWS_WITH(special::gammainc(Scalar(std::complex<double>(1, 2)), x),
                    Contains("gammainc") && Contains("(1+2j)"));
  CHECK_THROWS_WITH(special::gammainc(1, 2), Contains("gammainc") && Contains("array"));
}

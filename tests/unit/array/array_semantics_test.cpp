#include "array_support.hpp"
#include <cmath>

using namespace tartan;
using namespace tartan::test;
using Ints = std::vector<std::int64_t>;
using Doubles = std::vector<double>;

TEST_CASE("numbers beside arrays are weak") {
  const auto f = ones({2}, {.dtype = DType::float32});
  const auto i = ones({2}, {.dtype = DType::int32});
  const auto b = ones({2}, {.dtype = DType::boolean});
  CHECK((f * 2.5).dtype() == DType::float32);
  CHECK((f + 1).dtype() == DType::float32);
  CHECK((i + 1).dtype() == DType::int32);
  CHECK((i * 2.5).dtype() == DType::float64);
  CHECK((i / 2).dtype() == DType::float64);
  CHECK((2 - i).dtype() == DType::int32);
  CHECK((f > 0).dtype() == DType::boolean);
  CHECK((b + 1).dtype() == DType::int64);
  CHECK(pow(i, 2).dtype() == DType::int32);
  CHECK(where(b, f, 0).dtype() == DType::float32);
  CHECK(where(b, 1, 2.5).dtype() == DType::float64);
  CHECK_THROWS_AS(ones({2}, {.dtype = DType::uint8}) + 300, ValueError);
}

TEST_CASE("operands in different chunks are cut alike") {
  Inline run;
  const auto x = counting({6, 4}, {4, 3});
  const auto y = counting({6, 4}, {{1, 5}, {2, 2}});
  CHECK(values<double>(x - y) == Doubles(24, 0.0));
  const auto row = counting({4}, {1});
  const auto column = counting({6, 1}, {2, 1});
  const auto table = values<double>(x * 0 + row + 10 * column);
  CHECK(table[0] == 0);
  CHECK(table[7] == 13);
  CHECK(table[23] == 53);
}

TEST_CASE("logical and bitwise operators follow their dtypes") {
  Inline run;
  const auto x = arange(6);
  const auto odd = x % 2 == 1;
  CHECK(values<bool>(odd & (x > 2)) == std::vector<bool>{false, false, false, true, false, true});
  CHECK(values<bool>(!odd | (x == 5)) == std::vector<bool>{true, false, true, false, true, true});
  CHECK(values<std::int64_t>(x & 3) == Ints{0, 1, 2, 3, 0, 1});
  CHECK(values<std::int64_t>(x ^ x) == Ints(6, 0));
  CHECK(values<std::int64_t>(~x) == Ints{-1, -2, -3, -4, -5, -6});
  CHECK_THROWS_AS(x.astype(DType::float64) & 1, TypeError);
}

TEST_CASE("reductions drop or keep axes, count from the end, and know their divisor") {
  Inline run;
  const auto x = counting({4, 6}, {3, 4});
  CHECK(values<double>(sum(x, 0)) == Doubles{36, 40, 44, 48, 52, 56});
  CHECK(values<double>(sum(x, -1)) == Doubles{15, 51, 87, 123});
  CHECK(sum(x).item<double>() == 276);
  CHECK(sum(x, {0, 1}).shape().empty());
  CHECK(mean(x, 1, {.keepdims = true}).shape() == Shape{4, 1});
  CHECK(sum(x, all_axes, {.keepdims = true}).shape() == Shape{1, 1});
  CHECK(var(x).item<double>() == Approx(47.9166666666));
  CHECK(var(x, {}, {.ddof = 1}).item<double>() == Approx(50));
  CHECK(stddev(x, 0).dtype() == DType::float64);
  CHECK(values<double>(max(x, 0)) == Doubles{18, 19, 20, 21, 22, 23});
  CHECK(min(x).item<double>() == 0);
  CHECK(argmax(x).item<std::int64_t>() == 23);
  CHECK(values<std::int64_t>(argmin(-x, 1)) == Ints{5, 5, 5, 5});
  CHECK(any(x > 22).item<bool>());
  CHECK_FALSE(all(x > 0).item<bool>());
  CHECK(count_nonzero(x).item<std::int64_t>() == 23);
  CHECK(prod(arange(1, 6)).item<std::int64_t>() == 120);
}

TEST_CASE("a sum is the same to the bit whatever else is computed with it") {
  Inline run;
  const auto x = random::normal({100'000}, {.chunks = {777}, .seed = 3});
  const auto alone = sum(x).item<double>();
  const auto both = compute_chunks({sum(x), mean(x), sum(x * 1.0)});
  CHECK(both[0].view<double>()[0] == alone);
  CHECK(both[2].view<double>()[0] == alone);
}

TEST_CASE("arrays without elements and without axes work") {
  Inline run;
  const auto none = zeros({0, 3}, {.chunks = {5, 2}});
  CHECK(none.chunks() == Chunks{{0}, {2, 1}});
  CHECK((none + 1).compute_chunk().size() == 0);
  CHECK(values<double>(sum(none, 0)) == Doubles{0, 0, 0});
  CHECK(all(none).item<bool>());
  CHECK(std::isnan(mean(none).item<double>()));
  CHECK_THROWS_AS(max(none, 0), ValueError);
  CHECK(max(none, 1).shape() == Shape{0});
  CHECK(concatenate({none, ones({2, 3})}).shape() == Shape{2, 3});
  CHECK(sum(concatenate({none, ones({2, 3}), none})).item<double>() == 6);
  CHECK(none.reshape({3, 0}).compute_chunk().shape == Shape{3, 0});
  CHECK(values<double>(matmul(ones({2, 0}), ones({0, 2}))) == Doubles(4, 0.0));
  const auto one = full({}, 3.5);
  CHECK(one.ndim() == 0);
  CHECK((one * 2).item<double>() == 7);
  CHECK(sum(one).item<double>() == 3.5);
  CHECK(argmax(one).item<std::int64_t>() == 0);
  CHECK(one.reshape({1, 1}).shape() == Shape{1, 1});
  CHECK(one.slice({newaxis}).shape() == Shape{1});
}

TEST_CASE("slices follow NumPy: integers, steps, newaxis, ellipsis, out of range bounds") {
  Inline run;
  const auto x = counting({5, 4}, {2, 3});
  CHECK(values<double>(x[1]) == Doubles{4, 5, 6, 7});
  CHECK(x[{1, 2}].item<double>() == 6);
  CHECK(values<double>(x.slice({{{}, {}, -2}, -1})) == Doubles{19, 11, 3});
  CHECK(values<double>(x.slice({ellipsis, {1, 100, 2}})) ==
        Doubles{1, 3, 5, 7, 9, 11, 13, 15, 17, 19});
  CHECK(x.slice({all_of_axis, newaxis, {0, 2}}).shape() == Shape{5, 1, 2});
  CHECK(x.slice({{3, 1}}).shape() == Shape{0, 4});
  CHECK(values<double>(x.slice({{3, 0, -2}, 0})) == Doubles{12, 4});
  CHECK(x.slice({}).key() == x.key());
  CHECK(values<double>(flip(x, 0)[0]) == Doubles{16, 17, 18, 19});
}

TEST_CASE("shape changes agree for every chunking") {
  Inline run;
  const auto x = counting({6, 4, 5}, {4, 3, 2});
  Doubles flat(120);
  for (std::size_t i = 0; i < flat.size(); ++i) flat[i] = static_cast<double>(i);
  CHECK(values<double>(x.flatten()) == flat);
  CHECK(values<double>(x.reshape({4, 30}, {3, 7})) == flat);
  CHECK(values<double>(x.reshape({-1, 5})) == flat);
  CHECK(values<double>(x.rechunk({5, 1, -1})) == flat);
  CHECK(values<double>(x.T().T()) == flat);
  CHECK(x.transpose({1, 2, 0}).shape() == Shape{4, 5, 6});
  CHECK(values<double>(x.transpose({2, 0, 1})[3]) == values<double>(x.slice({ellipsis, 3})));
  CHECK(values<double>(stack({x, x + 0}, 1).slice({all_of_axis, 1})) == flat);
  CHECK(squeeze(expand_dims(x, 1)).shape() == x.shape());
  CHECK(moveaxis(x, 0, -1).shape() == Shape{4, 5, 6});
  CHECK(broadcast_to(arange(5), {3, 5}).shape() == Shape{3, 5});
  CHECK(sum(broadcast_to(arange(5), {3, 5})).item<std::int64_t>() == 30);
}

TEST_CASE("a rechunk between rows and columns goes through chunks of a size between") {
  Inline run;
  const auto x = arange(90'000).reshape({300, 300}, {1, -1}).persist();
  const auto y = x.rechunk({-1, 1});
  CHECK(all(y == arange(90'000).reshape({300, 300})).item<bool>());
}

TEST_CASE("matrix products add blocks along the inner axis") {
  Inline run;
  const auto a = counting({7, 40}, {3, 2});
  const auto b = counting({40, 5}, {9, 2});
  const auto whole = matmul(a.rechunk({-1, -1}), b.rechunk({-1, -1}));
  CHECK(values<double>(matmul(a, b)) == values<double>(whole));
  CHECK(matmul(a, b).chunks() == Chunks{{3, 3, 1}, {2, 2, 1}});
  CHECK(values<double>(matmul(a[0], b)) == values<double>(whole[0]));
  CHECK(values<double>(matmul(a, b.slice({all_of_axis, 1}))) ==
        values<double>(whole.slice({all_of_axis, 1})));
  CHECK(matmul(a[0], a[0]).item<double>() == Approx(20540));
  const auto batch = counting({3, 2, 4}, {1, 1, 3});
  const auto right = counting({4, 2}, {2, 2});
  CHECK(values<double>(matmul(batch, right)[1]) == values<double>(matmul(batch[1], right)));
}

TEST_CASE("random arrays do not depend on chunks, and differ by seed and distribution") {
  Inline run;
  const auto a = random::normal({50, 7}, {.chunks = {13, 3}, .seed = 5});
  const auto b = random::normal({50, 7}, {.seed = 5});
  CHECK(values<double>(a) == values<double>(b));
  CHECK(values<double>(a) != values<double>(random::normal({50, 7}, {.seed = 6})));
  CHECK(a.key() == random::normal({50, 7}, {.chunks = {13, 3}, .seed = 5}).key());
  CHECK(random::uniform({3}).key() != random::uniform({3}).key());
  const auto i = random::integers(-2, 3, {1000}, {.chunks = {100}, .seed = 1});
  CHECK(min(i).item<std::int64_t>() == -2);
  CHECK(max(i).item<std::int64_t>() == 2);
  CHECK_THROWS_AS(random::integers(3, 3, {1}), ValueError);
  CHECK_THROWS_AS(random::normal({3}, {.dtype = DType::int32}), TypeError);
}

TEST_CASE("creation follows NumPy") {
  Inline run;
  CHECK(values<std::int64_t>(arange(2, 11, 3)) == Ints{2, 5, 8});
  CHECK(values<std::int64_t>(arange(5, 0, -2)) == Ints{5, 3, 1});
  CHECK(values<double>(arange(0, 1, 0.25)) == Doubles{0, 0.25, 0.5, 0.75});
  CHECK(arange(3, 3).size() == 0);
  CHECK(values<double>(linspace(0, 1, 5, {.chunks = {2}})) == Doubles{0, 0.25, 0.5, 0.75, 1});
  CHECK(values<double>(eye(2, {.columns = 3, .k = 1})) == Doubles{0, 1, 0, 0, 0, 1});
  CHECK(full({2}, true).dtype() == DType::boolean);
  CHECK(zeros_like(arange(3)).dtype() == DType::int64);
}

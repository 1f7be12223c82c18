#include <cmath>
#include <functional>
#include <tartan/client/local_cluster.hpp>

#include "array_support.hpp"

using namespace tartan;
using namespace tartan::test;
using namespace tartan::linalg;
using Catch::Matchers::Contains;

namespace {

/// A well conditioned matrix that is not symmetric.
Array sample(std::int64_t n, const ChunkSpec& chunks, DType dtype = DType::float64) {
  return (random::uniform({n, n}, {.chunks = chunks, .seed = 3}) + eye(n) * (2.0 * double(n)))
      .astype(dtype);
}
Array definite(std::int64_t n, const ChunkSpec& chunks) {
  const auto x = random::normal({n, n}, {.chunks = chunks, .seed = 4});
  return (matmul(x, x.T()) + eye(n)).rechunk(chunks);
}
double largest(const Array& x) { return max(abs(x)).item<double>(); }

/// The message of the task that fails.
template <class F>
std::string failure_of(const F& compute) {
  try {
    compute();
  } catch (const TaskError& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("linear algebra refuses shapes with the function, the shape and the remedy") {
  const auto vector = zeros({3});
  const auto oblong = zeros({3, 4});
  for (const auto& call : std::vector<std::pair<std::string, std::function<void()>>>{
           {"cholesky", [&] { cholesky(oblong); }},
           {"inv", [&] { inv(oblong); }},
           {"det", [&] { det(oblong); }},
           {"slogdet", [&] { slogdet(oblong); }},
           {"eigh", [&] { eigh(oblong); }},
           {"eigvalsh", [&] { eigvalsh(oblong); }},
           {"eig", [&] { eig(oblong); }},
           {"eigvals", [&] { eigvals(oblong); }},
           {"solve", [&] { solve(oblong, vector); }},
           {"solve_triangular", [&] { solve_triangular(oblong, vector); }},
           {"matrix_power", [&] { matrix_power(oblong, 2); }}}) {
    CHECK_THROWS_WITH(call.second(), Contains(call.first) && Contains("3 x 4"));
  }
  CHECK_THROWS_WITH(qr(vector), Contains("qr") && Contains("(3,)") && Contains("two axes"));
  CHECK_THROWS_WITH(svd(vector), Contains("svd") && Contains("two axes"));
  CHECK_THROWS_WITH(svdvals(vector), Contains("svdvals"));
  CHECK_THROWS_WITH(pinv(vector), Contains("pinv"));
  CHECK_THROWS_WITH(matrix_rank(vector), Contains("matrix_rank"));
  CHECK_THROWS_WITH(lu(zeros({2, 3, 3})), Contains("lu") && Contains("(2, 3, 3)"));
  CHECK_THROWS_WITH(tsqr(oblong), Contains("tsqr") && Contains("(3, 4)") && Contains("sfqr"));
  CHECK_THROWS_WITH(sfqr(oblong.T()), Contains("sfqr") && Contains("(4, 3)") && Contains("tsqr"));
  CHECK_THROWS_WITH(solve(eye(3), zeros({4})), Contains("solve") && Contains("(4,)"));
  CHECK_THROWS_WITH(lstsq(oblong, zeros({4})), Contains("lstsq") && Contains("(4,)"));
  CHECK_THROWS_WITH(svd_compressed(oblong, 5), Contains("k is 5") && Contains("1 to 3"));
  CHECK_THROWS_WITH(svd_compressed(oblong, 2, {.n_oversamples = -1}), Contains("-1"));
}

TEST_CASE("norms refuse orders and axes they do not have") {
  const auto x = zeros({3, 4, 5});
  CHECK_THROWS_WITH(vector_norm(x, 0, {.ord = "fro"}), Contains("vector_norm") && Contains("fro"));
  CHECK_THROWS_WITH(matrix_norm(x, {.ord = 3}), Contains("matrix_norm") && Contains("order 3"));
  CHECK_THROWS_WITH(matrix_norm(x, {.ord = "max"}), Contains("max") && Contains("nuc"));
  CHECK_THROWS_WITH(norm(x, {.ord = 2}), Contains("norm") && Contains("3 axes"));
  CHECK_THROWS_WITH(norm(x, {}, {1, 1}), Contains("two different"));
  CHECK_THROWS_WITH(linalg::diagonal(zeros({3})), Contains("diagonal") && Contains("(3,)"));
  CHECK_THROWS_WITH(linalg::trace(zeros({3})), Contains("trace") && Contains("(3,)"));
}

TEST_CASE("products refuse axes that do not fit") {
  const auto x = zeros({3, 4});
  CHECK_THROWS_WITH(tensordot(x, x, 1), Contains("tensordot") && Contains("lengths"));
  CHECK_THROWS_WITH(tensordot(x, x, 3), Contains("0 to 2"));
  CHECK_THROWS_WITH(tensordot(x, x, {0, 0}, {0, 1}), Contains("twice"));
  CHECK_THROWS_WITH(tensordot(x, x, {0}, {0, 1}), Contains("1 axes of a and 2 of b"));
  CHECK_THROWS_WITH(vecdot(x, zeros({3})), Contains("vecdot") && Contains("4 and 3"));
  CHECK_THROWS_WITH(dot(x, x), Contains("dot"));
  CHECK_THROWS_WITH(inner(x, zeros({3})), Contains("inner"));
  CHECK_THROWS_WITH(vdot(x, zeros({3})), Contains("vdot") && Contains("12 and 3"));
  CHECK_THROWS_WITH(cross(x, x), Contains("cross") && Contains("length 3"));
  CHECK_THROWS_WITH(tartan::diagonal(x, 0, 1, -1), Contains("diagonal") && Contains("the same"));
  CHECK_THROWS_WITH(cov(zeros({2, 2, 2})), Contains("cov") && Contains("(2, 2, 2)"));
  CHECK_THROWS_WITH(cov(x, zeros({3, 5})), Contains("4 observations in x and 5 in y"));
  CHECK_THROWS_WITH(corrcoef(zeros({2, 2, 2})), Contains("corrcoef"));
}

TEST_CASE("einsum says what is wrong with its subscripts") {
  const auto x = zeros({3, 4});
  CHECK_THROWS_WITH(einsum("ij", {}), Contains("at least one operand"));
  CHECK_THROWS_WITH(einsum("ij,jk", {x}), Contains("2 terms for 1 operands"));
  CHECK_THROWS_WITH(einsum("ijk", {x}), Contains("ijk") && Contains("(3, 4)"));
  CHECK_THROWS_WITH(einsum("i1", {x}), Contains("'1'"));
  CHECK_THROWS_WITH(einsum("ij->k", {x}), Contains("k is in no operand"));
  CHECK_THROWS_WITH(einsum("ij->ii", {x}), Contains("i twice"));
  CHECK_THROWS_WITH(einsum("ii", {x}), Contains("length 3 and 4"));
  CHECK_THROWS_WITH(einsum("......", {x}), Contains("one ellipsis"));
}

TEST_CASE("a singular or indefinite matrix fails its task with a sentence, in one chunk or many") {
  Inline run;
  const auto flat = ones({4, 4});
  for (const std::int64_t side : {4, 2, 3}) {
    const ChunkSpec chunks{side, side};
    const auto singular = flat.rechunk(chunks);
    CHECK_THAT(failure_of([&] { inv(singular).compute_chunk(); }),
               Contains("singular") && Contains("is zero"));
    CHECK_THAT(failure_of([&] { solve(singular, ones({4})).compute_chunk(); }),
               Contains("solve") && Contains("is zero"));
    const auto indefinite = (eye(4) * (1.0 - 2.0 * (arange(4) == 2))).rechunk(chunks);
    CHECK_THAT(failure_of([&] { cholesky(indefinite).compute_chunk(); }),
               Contains("not positive definite") && Contains("leading minor 3"));
    const auto gap = (eye(4) * (arange(4) != 3)).rechunk(chunks);
    CHECK_THAT(failure_of([&] { solve_triangular(gap, ones({4})).compute_chunk(); }),
               Contains("diagonal is zero at 3"));
    CHECK(det(singular).item<double>() == 0);
    CHECK(slogdet(singular).logabsdet.item<double>() == -HUGE_VAL);
  }
  for (const double hole : {std::nan(""), HUGE_VAL}) {
    const auto holes = full({3, 3}, hole);
    CHECK_THAT(failure_of([&] { eig(holes).eigenvalues.compute_chunk(); }), Contains("NaN"));
    CHECK_THAT(failure_of([&] { eigvalsh(holes).compute_chunk(); }), Contains("NaN"));
    CHECK_THAT(failure_of([&] { svd(holes).u.compute_chunk(); }), Contains("NaN"));
    CHECK_THAT(failure_of([&] { svdvals(holes).compute_chunk(); }), Contains("NaN"));
    CHECK_THAT(failure_of([&] { lstsq(holes, ones({3})).x.compute_chunk(); }), Contains("NaN"));
  }
}

TEST_CASE("a chunked factorisation is the one of the whole matrix") {
  Inline run;
  const std::int64_t n = 23;
  for (const auto& chunks : {ChunkSpec{5, 5}, ChunkSpec{7, 4}, ChunkSpec{{1, 22}, {20, 3}},
                             ChunkSpec{-1, 6}, ChunkSpec{6, -1}}) {
    const auto a = sample(n, chunks);
    const auto whole = a.rechunk({-1, -1});
    CHECK(largest(inv(a) - inv(whole)) < 1e-13);
    CHECK(std::abs(slogdet(a).logabsdet.item<double>() - slogdet(whole).logabsdet.item<double>()) <
          1e-11);
    CHECK(largest(svdvals(a) - svdvals(whole)) < 1e-11);
    CHECK(largest(abs(qr(a).r) - abs(qr(whole).r)) < 1e-11);
    const auto spd = definite(n, chunks);
    CHECK(largest(cholesky(spd) - cholesky(spd.rechunk({-1, -1}))) < 1e-11);
    CHECK(largest(lu(a).u - lu(whole).u) < 1e-11);
  }
}

TEST_CASE("QR by columns and by the tree stays orthonormal on an ill-conditioned matrix") {
  Inline run;
  const auto points = linspace(0, 1, 120);
  const auto powers = pow(expand_dims(points, 1), expand_dims(arange(30).astype<double>(), 0));
  const auto vandermonde = powers.rechunk({10, 7});
  for (const auto& factors :
       {qr(vandermonde), tsqr(vandermonde), qr(vandermonde, {.mode = QrMode::complete})}) {
    const auto q = factors.q;
    CHECK(largest(matmul(q.T(), q) - eye(q.shape(1))) < 1e-13);
    CHECK(largest(matmul(q, factors.r) - vandermonde) < 1e-13);
  }
}

TEST_CASE("a tree of several levels factorises hundreds of rows in small blocks") {
  Inline run;
  const auto x = random::normal({400, 5}, {.chunks = {5, -1}, .seed = 9});
  const auto factors = tsqr(x);
  CHECK(factors.q.num_chunks() == 80);
  CHECK(largest(matmul(factors.q.T(), factors.q) - eye(5)) < 1e-14);
  CHECK(largest(matmul(factors.q, factors.r) - x) < 1e-14);
  CHECK(largest(svdvals(x) - svdvals(x.rechunk({-1, -1}))) < 1e-12);
}

TEST_CASE("the singular vectors of a tall matrix are made without its Q") {
  Inline run;
  for (const auto dtype : {DType::float64, DType::complex128}) {
    const auto x =
        random::normal({1000, 40}, {.chunks = {90, 40}, .seed = 5}).astype(dtype).persist();
    const auto [u, s, vh] = svd(x, {.full_matrices = false});
    CHECK(u.explain().find("matmul") == std::string::npos);
    CHECK(u.chunks() == x.chunks());
    CHECK(largest(matmul(u * s, vh) - x) < 1e-12);
    CHECK(largest(matmul(conj(u.T()), u) - eye(40)) < 1e-12);
    CHECK(largest(s - svd(x.rechunk({-1, -1})).s) < 1e-12);
  }
}

TEST_CASE("a sum over many blocks is the sum over one") {
  Inline run;
  const auto x = random::integers(-9, 9, {4, 300}, {.chunks = {3, 4}, .seed = 1});
  const auto y = random::integers(-9, 9, {300, 5}, {.chunks = {50, 2}, .seed = 2});
  const auto whole = matmul(x.rechunk({-1, -1}), y.rechunk({-1, -1}));
  CHECK(all(equal(tensordot(x, y, 1), whole)).item<bool>());
  CHECK(all(equal(einsum("ij,jk->ki", {x, y}), whole.T())).item<bool>());
  CHECK(tensordot(x, y, 1).grid() == Shape{2, 3});
}

TEST_CASE("the same chunks give the same bits with one worker and with several") {
  const auto bits = [](std::uint32_t workers, std::uint32_t threads) {
    const LocalCluster cluster({.workers = workers, .threads_per_worker = threads});
    Client client(cluster);
    const auto a = sample(60, {13, 17});
    const auto tall = random::normal({400, 11}, {.chunks = {23, 4}, .seed = 1});
    const auto factors = svd(tall, {.full_matrices = false});
    std::vector<double> all;
    for (const auto& x : {inv(a), qr(a).q, factors.u, cholesky(definite(40, {9, 9})),
                          tensordot(tall, tall, {0}, {0})}) {
      const auto elements = values<double>(x);
      all.insert(all.end(), elements.begin(), elements.end());
    }
    return all;
  };
  CHECK(bits(1, 1) == bits(3, 2));
}

TEST_CASE("nothing is computed when linear algebra is written") {
  const auto huge = zeros({1'000'000, 1'000'000}, {.chunks = {10'000, 10'000}});
  CHECK(cholesky(huge).shape() == Shape{1'000'000, 1'000'000});
  CHECK(inv(huge).shape() == Shape{1'000'000, 1'000'000});
  CHECK(qr(huge).q.valid());
  CHECK(einsum("ij,jk->ik", {huge, huge}).valid());
  CHECK(det(huge).shape().empty());
}

TEST_CASE("Q and R of one matrix share their tasks") {
  Inline run;
  const auto x = random::normal({64, 4}, {.chunks = {8, -1}, .seed = 1}).persist();
  const auto factors = tsqr(x);
  const auto text = explain({factors.q, factors.r});
  INFO(text);
  CHECK_THAT(text, Contains("tsqr-rows") && Contains("tsqr-merge"));
  CHECK(text.find("tsqr-rows") == text.rfind("tsqr-rows"));
}

TEST_CASE("dtypes of linear algebra are NumPy's") {
  const auto whole = zeros({3, 3}, {.dtype = DType::int32});
  const auto narrow = zeros({3, 3}, {.dtype = DType::complex64});
  CHECK(inv(whole).dtype() == DType::float64);
  CHECK(matrix_power(whole, 2).dtype() == DType::int32);
  CHECK(matrix_power(whole, -2).dtype() == DType::float64);
  CHECK(eigvals(zeros({3, 3})).dtype() == DType::complex128);
  CHECK(svdvals(narrow).dtype() == DType::float32);
  CHECK(eigvalsh(narrow).dtype() == DType::float32);
  CHECK(slogdet(narrow).sign.dtype() == DType::complex64);
  CHECK(slogdet(narrow).logabsdet.dtype() == DType::float32);
  CHECK(vector_norm(narrow).dtype() == DType::float32);
  CHECK(solve(narrow, whole).dtype() == DType::complex128);
  CHECK(matrix_rank(narrow).dtype() == DType::int64);
  CHECK(cov(zeros({3, 3}, {.dtype = DType::float32})).dtype() == DType::float64);
}

TEST_CASE("matrices without elements have the factors that follow") {
  Inline run;
  CHECK(values<double>(det(zeros({0, 0}))) == std::vector<double>{1});
  CHECK(qr(zeros({3, 0}), {.mode = QrMode::complete}).q.shape() == Shape{3, 3});
  CHECK(values<double>(qr(zeros({2, 0}), {.mode = QrMode::complete}).q) ==
        std::vector<double>{1, 0, 0, 1});
  CHECK(values<double>(svd(zeros({0, 2})).vh) == std::vector<double>{1, 0, 0, 1});
  CHECK(inv(zeros({0, 0})).compute_chunk().size() == 0);
  CHECK(cholesky(zeros({2, 0, 0})).compute_chunk().shape == Shape{2, 0, 0});
  CHECK(pinv(zeros({2, 0})).shape() == Shape{0, 2});
  CHECK(values<std::int64_t>(matrix_rank(zeros({2, 0}))) == std::vector<std::int64_t>{0});
  CHECK(values<double>(lstsq(zeros({0, 2}), zeros({0})).x) == std::vector<double>{0, 0});
}

TEST_CASE("an outer product of long vectors keeps its blocks small") {
  const auto x = ones({100'000}, {.chunks = {50'000}});
  const auto column = expand_dims(x, 1);
  for (const auto& product :
       {einsum("ai,bi->ab", {column, column}), outer(x, x), kron(column, ones({1, 1000}))}) {
    std::int64_t elements = 1;
    for (const auto& axis : product.chunks()) elements *= axis.front();
    CHECK(elements * 8 <= 4 * kDefaultChunkBytes);
  }
}

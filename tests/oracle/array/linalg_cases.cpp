// Cases of linear algebra. Factors are unique up to signs and phases, so that what is compared is
// what they multiply to, and that they are orthonormal or triangular.

#include <fmt/ranges.h>

#include "linalg_matrices.hpp"

namespace tartan::oracle {
namespace {

using namespace tartan::linalg;

Array adjoint(const Array& x) { return conj(matrix_transpose(x)); }
/// u diag(s).
Array scaled(const Array& u, const Array& s) { return u * expand_dims(s, -2); }

std::string identity_text(const Array& product) {
  const auto& shape = product.shape();
  return fmt::format("np.broadcast_to(np.eye({}, dtype='{}'), {})", shape.back(),
                     name(product.dtype()), tuple_of(shape));
}

Term orthonormal(const Array& q) {
  const auto product = matmul(adjoint(q), q);
  return {product, identity_text(product), 20};
}
Term zeros_expected(const Array& x, double loosened) {
  return {x, fmt::format("np.zeros({}, '{}')", tuple_of(x.shape()), name(x.dtype())), loosened};
}

Term qr_case(Recorder& recorder, Random& random) {
  const auto x = matrix(recorder, random, any_shape(random));
  const bool complete = random.chance(0.4);
  const auto factors = qr(x.array, {.mode = complete ? QrMode::complete : QrMode::reduced});
  switch (random.below(4)) {
    case 0:
      return orthonormal(factors.q);
    case 1:
      return zeros_expected(tril(factors.r, -1), 1);
    case 2:
      return {factors.r * 0, fmt::format("np.zeros_like(np.linalg.qr({}, mode='{}')[1])",
                                         inexact_text(x), complete ? "complete" : "reduced")};
    default:
      return {matmul(factors.q, factors.r), inexact_text(x), 20};
  }
}

Term tree_qr_case(Recorder& recorder, Random& random) {
  const auto narrow = between(random, 1, 6);
  const auto wide = between(random, narrow, 90);
  const bool tall = random.chance(0.7);
  const auto x = matrix(recorder, random, tall ? Shape{wide, narrow} : Shape{narrow, wide});
  const auto factors = tall ? tsqr(x.array) : sfqr(x.array);
  switch (random.below(3)) {
    case 0:
      return orthonormal(factors.q);
    case 1:
      return zeros_expected(tril(factors.r, -1), 1);
    default:
      return {matmul(factors.q, factors.r), inexact_text(x), 20};
  }
}

Term cholesky_case(Recorder& recorder, Random& random) {
  const auto x = definite(recorder, random, square_shape(random, 24));
  const bool upper = random.chance(0.4);
  const auto lower = fmt::format("np.linalg.cholesky({})", inexact_text(x));
  return {cholesky(x.array, {.upper = upper}),
          upper ? fmt::format("np.conj(np.swapaxes({}, -1, -2))", lower) : lower, 20};
}

Term lu_case(Recorder& recorder, Random& random) {
  const Shape shape{between(random, 1, 24), between(random, 1, 24)};
  if (random.chance(0.3)) {
    const auto x = matrix(recorder, random, shape);
    const auto factors = lu(x.array);
    return {matmul(matmul(factors.p.astype(factors.l.dtype()), factors.l), factors.u),
            inexact_text(x), 20};
  }
  const auto x = plain_input(recorder, random, shape, pick(random, kInexact));
  const auto factors = lu(x.array);
  const auto text = fmt::format("scipy.linalg.lu({})", x.text);
  switch (random.below(3)) {
    case 0:
      return {factors.p, fmt::format("{}[0].astype(np.abs({}).dtype)", text, x.text)};
    case 1:
      return {factors.l, text + "[1]", 1000};
    default:
      return {factors.u, text + "[2]", 1000};
  }
}

Term svd_case(Recorder& recorder, Random& random) {
  const auto x = matrix(recorder, random, any_shape(random));
  const bool full = random.chance(0.4);
  const auto k = std::min(x.array.shape(-1), x.array.shape(-2));
  const auto factors = svd(x.array, {.full_matrices = full});
  const auto values = fmt::format("np.linalg.svd({}, compute_uv=False)", inexact_text(x));
  switch (random.below(5)) {
    case 0:
      return {svdvals(x.array), values, 20};
    case 1:
      return {factors.s, values, 20};
    case 2:
      return orthonormal(factors.u);
    case 3:
      return orthonormal(adjoint(factors.vh));
    default:
      break;
  }
  const auto u = factors.u.slice({ellipsis, SliceItem(0, k)});
  const auto vh = factors.vh.slice({ellipsis, SliceItem(0, k), all_of_axis});
  return {matmul(scaled(u, factors.s), vh), inexact_text(x), 20};
}

Term compressed_case(Recorder& recorder, Random& random) {
  const auto rank = between(random, 1, 4);
  const auto x = low_rank(recorder, random, {between(random, 5, 40), between(random, 5, 40)}, rank,
                          pick(random, kInexact));
  const auto k = between(random, rank, 5);
  const auto factors = svd_compressed(x.array, k,
                                      {.n_power_iter = static_cast<int>(between(random, 0, 2)),
                                       .n_oversamples = between(random, 0, 5),
                                       .seed = 7});
  if (random.chance(0.4)) {
    return {factors.s, fmt::format("np.linalg.svd({}, compute_uv=False)[:{}]", x.text, k), 100};
  }
  return {matmul(scaled(factors.u, factors.s), factors.vh), x.text, 100};
}

Term eigh_case(Recorder& recorder, Random& random) {
  const auto x = matrix(recorder, random, square_shape(random, 16));
  const auto text = inexact_text(x);
  const auto factors = eigh(x.array);
  switch (random.below(4)) {
    case 0:
      return {eigvalsh(x.array), fmt::format("np.linalg.eigvalsh({})", text), 20};
    case 1:
      return {factors.eigenvalues, fmt::format("np.linalg.eigh({})[0]", text), 20};
    case 2:
      return orthonormal(factors.eigenvectors);
    default:
      return {
          matmul(scaled(factors.eigenvectors, factors.eigenvalues), adjoint(factors.eigenvectors)),
          fmt::format("(lambda a: np.tril(a, -1) + np.conj(np.swapaxes(np.tril(a, -1), -1, -2))"
                      " + np.eye(a.shape[-1], dtype=a.dtype) * np.real(a))({})",
                      text),
          20};
  }
}

Term eig_case(Recorder& recorder, Random& random) {
  const auto x = matrix(recorder, random, square_shape(random, 12));
  const auto wide = complex_of(x.array.dtype());
  const auto factors = eig(x.array);
  const auto text = fmt::format("({}).astype('{}')", x.text, name(wide));
  switch (random.below(4)) {
    case 0:
      return {sum(eigvals(x.array), -1), fmt::format("np.trace({}, axis1=-2, axis2=-1)", text), 50};
    case 1:
      return {sum(square(factors.eigenvalues), -1),
              fmt::format("(lambda a: np.trace(a @ a, axis1=-2, axis2=-1))({})", text), 2000};
    case 2: {
      const auto length = sqrt(sum(square(abs(factors.eigenvectors)), -2));
      return {length,
              fmt::format("np.ones({}, '{}')", tuple_of(length.shape()), name(length.dtype())), 20};
    }
    default:
      return zeros_expected(matmul(x.array.astype(wide), factors.eigenvectors) -
                                scaled(factors.eigenvectors, factors.eigenvalues),
                            100);
  }
}

Term solve_case(Recorder& recorder, Random& random) {
  const auto shape = square_shape(random, 24);
  const bool positive = random.chance(0.3);
  const auto a = positive ? definite(recorder, random, shape) : dominant(recorder, random, shape);
  const bool vector = random.chance(0.4);
  Shape right{shape.back()};
  if (!vector) right.push_back(between(random, 0, 9));
  if (!vector && random.chance(0.3)) right.insert(right.begin(), shape.size() > 2 ? shape[0] : 2);
  const auto b = plain_input(recorder, random, right, pick(random, kAnyInput));
  // NumPy 1.24 takes b for vectors whenever it has one axis less than a.
  auto right_text = inexact_text(b);
  if (vector) {
    right_text =
        fmt::format("np.broadcast_to(({})[:, None], {}.shape[:-1] + (1,))", right_text, a.text);
  } else if (right.size() < shape.size()) {
    right_text = fmt::format("({})[None]", right_text);
  }
  const auto text = fmt::format("np.linalg.solve({}, {}){}", inexact_text(a), right_text,
                                vector ? "[..., 0]" : "");
  return {solve(a.array, b.array, {.assume_a = positive ? Assume::positive : Assume::general}),
          text, 200};
}

Term triangular_case(Recorder& recorder, Random& random) {
  const auto a = dominant(recorder, random, {0, 0}, between(random, 0, 24));
  const auto n = a.array.shape(-1);
  const bool vector = random.chance(0.4);
  const auto b = plain_input(recorder, random, vector ? Shape{n} : Shape{n, between(random, 1, 9)},
                             pick(random, kAnyInput));
  const bool lower = random.chance(0.5);
  const bool unit = random.chance(0.2) && n < 6;
  auto taken = fmt::format("np.{}({})", lower ? "tril" : "triu", inexact_text(a));
  if (unit) {
    taken = fmt::format("(lambda t: t - np.diag(np.diag(t)) + np.eye({}, dtype=t.dtype))({})", n,
                        taken);
  }
  return {solve_triangular(a.array, b.array, {.lower = lower, .unit_diagonal = unit}),
          fmt::format("np.linalg.solve({}, {})", taken, inexact_text(b)), unit ? 1e6 : 200};
}

Term inverse_case(Recorder& recorder, Random& random) {
  const auto x = dominant(recorder, random, square_shape(random, 20));
  const auto text = inexact_text(x);
  switch (random.below(5)) {
    case 0:
      return {inv(x.array), fmt::format("np.linalg.inv({})", text), 100};
    case 1:
      return {det(x.array), fmt::format("np.linalg.det({})", text), 200};
    case 2:
      return {slogdet(x.array).sign, fmt::format("np.linalg.slogdet({})[0]", text), 50};
    case 3:
      return {slogdet(x.array).logabsdet, fmt::format("np.linalg.slogdet({})[1]", text), 50};
    default:
      break;
  }
  const auto n = between(random, -2, 5);
  const auto exact = n >= 0 ? x.text : text;
  return {matrix_power(x.array, n), fmt::format("np.linalg.matrix_power({}, {})", exact, n), 500};
}

Term rank_case(Recorder& recorder, Random& random) {
  auto x = matrix(recorder, random, any_shape(random, 1));
  const auto text = inexact_text(x);
  const auto limit = fmt::format("max(({0}).shape[-2:]) * np.finfo(({0}).dtype).eps", text);
  if (random.chance(0.4)) {
    if (random.chance(0.3)) {
      return {matrix_rank(x.array, {.rtol = 0.3}),
              fmt::format("(lambda s: np.sum(s > 0.3 * s.max(-1, keepdims=True), -1))("
                          "np.linalg.svd({}, compute_uv=False))",
                          text)};
    }
    return {matrix_rank(x.array), fmt::format("np.asarray(np.linalg.matrix_rank({}))", text)};
  }
  x = separated(recorder, random);
  return {pinv(x.array),
          fmt::format("np.linalg.pinv({}, rcond=max({}.shape) * 1e-6)", x.text, x.text), 2000};
}

Term lstsq_case(Recorder& recorder, Random& random) {
  const auto a = separated(recorder, random);
  const auto m = a.array.shape(0);
  const bool vector = random.chance(0.4);
  const auto b = plain_input(recorder, random, vector ? Shape{m} : Shape{m, between(random, 1, 5)},
                             a.array.dtype());
  const auto text = fmt::format("np.linalg.lstsq({}, {}, rcond={})", a.text, b.text, 1e-5);
  const auto result = lstsq(a.array, b.array, {.rtol = 1e-5});
  switch (random.below(4)) {
    case 0:
      return {result.rank, fmt::format("np.asarray({}[2], 'int64')", text)};
    case 1:
      return {result.singular_values, text + "[3]", 50};
    case 2:
      return {result.residuals,
              fmt::format("np.sum(np.abs({0} - {1} @ {2}[0])**2, axis=0, keepdims={3})", b.text,
                          a.text, text, vector ? "True" : "False"),
              2000};
    default:
      return {result.x, text + "[0]", 2000};
  }
}

}  // namespace

const std::vector<CaseKind>& linalg_kinds() {
  static const std::vector<CaseKind> kinds = {{"qr", qr_case},
                                              {"tree qr", tree_qr_case},
                                              {"cholesky", cholesky_case},
                                              {"lu", lu_case},
                                              {"svd", svd_case},
                                              {"svd compressed", compressed_case},
                                              {"eigh", eigh_case},
                                              {"eig", eig_case},
                                              {"solve", solve_case},
                                              {"triangular", triangular_case},
                                              {"inverse", inverse_case},
                                              {"rank", rank_case},
                                              {"lstsq", lstsq_case}};
  return kinds;
}

}  // namespace tartan::oracle

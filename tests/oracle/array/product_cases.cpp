// Cases of products over axes, norms, diagonals and covariances.

#include <cmath>
#include <fmt/ranges.h>
#include <map>

#include "linalg_matrices.hpp"

namespace tartan::oracle {
namespace {

const std::vector<DType> kFactors = {boolean, int32, int64, uint8, float32, float64, complex128};

std::string list_of(const std::vector<std::int64_t>& list) {
  return fmt::format("[{}]", fmt::join(list, ", "));
}

Term tensordot_case(Recorder& recorder, Random& random) {
  const auto paired = between(random, 0, 3);
  std::vector<std::int64_t> lengths;
  for (std::int64_t i = 0; i < paired; ++i) {
    lengths.push_back(random.chance(0.05) ? 0 : between(random, 1, 7));
  }
  const auto draw = [&](std::vector<std::int64_t>& axes) {
    Shape shape;
    for (auto left = between(random, 0, 2); left > 0; --left)
      shape.push_back(between(random, 1, 6));
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < paired; ++i) {
      const auto at = random.below(shape.size() + 1);
      shape.insert(shape.begin() + static_cast<std::ptrdiff_t>(at),
                   lengths[static_cast<std::size_t>(i)]);
      for (auto& axis : axes) axis += axis >= static_cast<std::int64_t>(at) ? 1 : 0;
      axes.push_back(static_cast<std::int64_t>(at));
    }
    return shape;
  };
  std::vector<std::int64_t> a_axes;
  std::vector<std::int64_t> b_axes;
  const auto a_shape = draw(a_axes);
  const auto b_shape = draw(b_axes);
  const auto a = plain_input(recorder, random, a_shape, pick(random, kFactors));
  const auto b = plain_input(recorder, random, b_shape, pick(random, kFactors));
  return {tensordot(a.array, b.array, a_axes, b_axes),
          fmt::format("np.tensordot({}, {}, ({}, {}))", a.text, b.text, list_of(a_axes),
                      list_of(b_axes)),
          10};
}

/// A matrix times its own transpose, or another one's.
Term gram_of(Recorder& recorder, Random& random) {
  const Shape shape{between(random, 1, 150), between(random, 1, 150)};
  const auto dtypes = std::vector<DType>{int32, float32, float64, complex64, complex128};
  const auto x = plain_input(recorder, random, shape, pick(random, dtypes));
  const bool other = random.chance(0.3);
  const auto y = other ? plain_input(recorder, random, shape, pick(random, dtypes)) : x;
  switch (random.below(3)) {
    case 0:
      return {matmul(x.array.T(), y.array), fmt::format("({}.T @ {})", x.text, y.text), 20};
    case 1:
      return {matmul(x.array, y.array.T()), fmt::format("({} @ {}.T)", x.text, y.text), 20};
    default: break;
  }
  const auto axis = static_cast<std::int64_t>(random.below(2));
  return {tensordot(x.array, y.array, {axis}, {axis}),
          fmt::format("np.tensordot({0}, {1}, ([{2}], [{2}]))", x.text, y.text, axis), 20};
}

/// The same, with what comes after it.
Term gram_case(Recorder& recorder, Random& random) {
  const auto gram = gram_of(recorder, random);
  const auto row = plain_input(recorder, random, {gram.array.shape(1)}, gram.array.dtype());
  const Term more{gram.array * 2 - row.array, fmt::format("({} * 2 - {})", gram.text, row.text),
                  20};
  switch (random.below(4)) {
    case 0: return more;
    case 1: return {sum(more.array, 0), fmt::format("np.sum({}, 0)", more.text), 1000};
    case 2: return {sum(gram.array), fmt::format("np.asarray(np.sum({}))", gram.text), 1000};
    default: return gram;
  }
}

Term dot_case(Recorder& recorder, Random& random) {
  const auto inner_length = between(random, 1, 40);
  auto shape = random_shape(random, 0, 2);
  const auto dtypes = std::vector<DType>{int32, uint8, float32, float64, complex64, complex128};
  const auto draw = [&](const Shape& of) {
    return plain_input(recorder, random, of, pick(random, dtypes));
  };
  switch (random.below(7)) {
    case 0: {
      shape.push_back(inner_length);
      const auto a = draw(shape);
      const auto b = draw(broadcastable(random, {between(random, 1, 3), inner_length}));
      if (b.array.ndim() == 0 || b.array.shape(-1) != inner_length) break;
      return {inner(a.array, b.array), fmt::format("np.inner({}, {})", a.text, b.text), 10};
    }
    case 1: {
      shape.push_back(inner_length);
      const auto a = draw(shape);
      const auto b = draw(random.chance(0.5) ? Shape{inner_length} : Shape{2, inner_length, 3});
      return {dot(a.array, b.array), fmt::format("np.dot({}, {})", a.text, b.text), 10};
    }
    case 2: {
      const auto a = draw({4, inner_length});
      const auto b = draw(random.chance(0.5) ? Shape{4, inner_length} : Shape{inner_length * 4});
      return {vdot(a.array, b.array), fmt::format("np.asarray(np.vdot({}, {}))", a.text, b.text),
              10};
    }
    case 3: {
      const auto a = draw(shape);
      const auto b = draw({between(random, 0, 9)});
      return {outer(a.array, b.array), fmt::format("np.outer({}, {})", a.text, b.text)};
    }
    case 4: {
      const auto a = draw(random_shape(random, 0, 3));
      const auto b = draw(random_shape(random, 0, 2));
      return {kron(a.array, b.array), fmt::format("np.kron({}, {})", a.text, b.text)};
    }
    default:
      break;
  }
  shape.push_back(inner_length);
  const auto a = draw(shape);
  auto other = broadcastable(random, shape);
  if (other.empty()) other = {1};
  other.back() = inner_length;
  const auto b = draw(other);
  return {vecdot(a.array, b.array),
          fmt::format("np.sum(np.conj({0}) * {1}, axis=-1, dtype=np.result_type({0}, {1}))", a.text,
                      b.text),
          10};
}

Term cross_case(Recorder& recorder, Random& random) {
  auto shape = random_shape(random, 1, 3);
  const auto axis = between(random, -static_cast<std::int64_t>(shape.size()), -1);
  shape[shape.size() - static_cast<std::size_t>(-axis)] = 3;
  auto other = shape;
  if (random.chance(0.3) && axis != -static_cast<std::int64_t>(shape.size())) {
    other.erase(other.begin());
  }
  const auto a = recorder.input(random, shape, pick(random, kNumeric));
  const auto b = recorder.input(random, other, pick(random, kNumeric));
  return {cross(a.array, b.array, axis),
          fmt::format("np.cross({}, {}, axis={})", a.text, b.text, axis)};
}

Term diagonal_case(Recorder& recorder, Random& random) {
  const auto x = plain_input(recorder, random, random_shape(random, 2, 4), pick(random, kFactors));
  const auto ndim = static_cast<std::int64_t>(x.array.ndim());
  const auto offset = between(random, -4, 4);
  if (random.chance(0.3)) {
    if (random.chance(0.5)) {
      return {linalg::diagonal(x.array, offset),
              fmt::format("np.diagonal({}, {}, -2, -1)", x.text, offset)};
    }
    return {linalg::trace(x.array, {.offset = offset}),
            fmt::format("np.asarray(np.trace({}, {}, -2, -1))", x.text, offset), 10};
  }
  const auto first = between(random, 0, ndim - 1);
  const auto second = (first + between(random, 1, ndim - 1)) % ndim - ndim;
  const auto text = fmt::format("{}, {}, {}, {}", x.text, offset, first, second);
  if (random.chance(0.5)) {
    return {diagonal(x.array, offset, first, second), fmt::format("np.diagonal({})", text)};
  }
  if (random.chance(0.3)) {
    return {trace(x.array, {.offset = offset, .dtype = complex64}, first, second),
            fmt::format("np.asarray(np.trace({}, dtype='complex64'))", text), 10};
  }
  return {trace(x.array, {.offset = offset}, first, second),
          fmt::format("np.asarray(np.trace({}))", text), 10};
}

Term einsum_case(Recorder& recorder, Random& random) {
  const auto text = pick<std::string>(random, {"ij,jk->ik",
                                               "ij,jk",
                                               "ij,ij->",
                                               "ij,ij->i",
                                               "ij->ji",
                                               "ij->",
                                               "ij->j",
                                               "ii",
                                               "ii->i",
                                               "iij->ji",
                                               "i,j->ij",
                                               "i,j->ji",
                                               "i,i",
                                               "bij,bjk->bik",
                                               "bij,bkj->kib",
                                               "ij,jk,kl->il",
                                               "ij,jk,ki",
                                               "ijk,jil->kl",
                                               "...ij,...jk->...ik",
                                               "...i->...",
                                               "i...,i...->...",
                                               "...ii->...i",
                                               "...,...",
                                               "a...b->b...a",
                                               "ij,kl->",
                                               "ij,i->ij",
                                               "ijk,k,j->i",
                                               "abc,cd,def->abef",
                                               " ij , jk -> i k ",
                                               "ba",
                                               "i->",
                                               ",i->i",
                                               "ab,b,b->ab",
                                               "abab->a"});
  std::map<char, std::int64_t> lengths;
  Shape dots = random_shape(random, 0, 2);
  std::vector<Array> operands;
  std::vector<std::string> names;
  std::string term;
  const auto inputs = text.substr(0, text.find("->")) + ",";
  const auto dtype = pick(random, kFactors);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i] == ' ') continue;
    if (inputs[i] != ',') {
      term += inputs[i];
      continue;
    }
    Shape shape;
    for (std::size_t k = 0; k < term.size(); ++k) {
      if (term[k] == '.') {
        auto mine = broadcastable(random, dots);
        shape.insert(shape.end(), mine.begin(), mine.end());
        k += 2;
        continue;
      }
      const auto fresh = random.chance(0.03) ? 0 : between(random, 1, 7);
      shape.push_back(lengths.emplace(term[k], fresh).first->second);
    }
    const auto other = random.chance(0.2) ? pick(random, kFactors) : dtype;
    const auto x = plain_input(recorder, random, shape, other);
    operands.push_back(x.array);
    names.push_back(x.text);
    term.clear();
  }
  return {einsum(text, operands),
          fmt::format("np.asarray(np.einsum('{}', {}))", text, fmt::join(names, ", ")), 20};
}

Term norm_case(Recorder& recorder, Random& random) {
  using linalg::NormOrder;
  struct Order {
    NormOrder order;
    const char* text;
  };
  const std::vector<Order> of_vectors = {
      {{}, "None"},           {0, "0"},     {1, "1"},  {2, "2"}, {HUGE_VAL, "np.inf"}, {3, "3"},
      {-HUGE_VAL, "-np.inf"}, {0.5, "0.5"}, {-1, "-1"}};
  const std::vector<Order> of_matrices = {
      {{}, "None"},         {"fro", "'fro'"},       {"nuc", "'nuc'"}, {1, "1"},  {-1, "-1"},
      {HUGE_VAL, "np.inf"}, {-HUGE_VAL, "-np.inf"}, {2, "2"},         {-2, "-2"}};
  auto shape = random_shape(random, 2, 3);
  std::replace(shape.begin(), shape.end(), 0, 2);
  const auto x = plain_input(recorder, random, shape, pick(random, kAnyInput));
  const bool keep = random.chance(0.4);
  const auto ndim = static_cast<std::int64_t>(shape.size());
  const auto kept = keep ? "True" : "False";
  const auto text = [&](const Order& order, const std::string& axes) {
    return fmt::format("np.asarray(np.linalg.norm({}, {}, {}, keepdims={}))", inexact_text(x),
                       order.text, axes, kept);
  };
  if (random.chance(0.5)) {
    const auto order = pick(random, of_vectors);
    const auto axis = between(random, -ndim, ndim - 1);
    const auto function = random.chance(0.5)
                              ? linalg::vector_norm(x.array, axis, {order.order, keep})
                              : linalg::norm(x.array, {order.order, keep}, axis);
    return {function, text(order, fmt::format("{}", axis)), 20};
  }
  if (random.chance(0.2)) {
    return {linalg::norm(x.array, {.keepdims = keep}), text({{}, "None"}, "None"), 20};
  }
  const auto order = pick(random, of_matrices);
  if (random.chance(0.4)) {
    return {linalg::matrix_norm(x.array, {order.order, keep}), text(order, "(-2, -1)"), 20};
  }
  const auto first = between(random, 0, ndim - 1);
  const auto second = (first + between(random, 1, ndim - 1)) % ndim - ndim;
  return {linalg::norm(x.array, {order.order, keep}, {first, second}),
          text(order, tuple_of({first, second})), 20};
}

Term covariance_case(Recorder& recorder, Random& random) {
  const Shape shape{between(random, 2, 40), between(random, 2, 40)};
  const bool flat = random.chance(0.2);
  const auto x =
      plain_input(recorder, random, flat ? Shape{shape[0]} : shape, pick(random, kAnyInput));
  const bool rows = random.chance(0.6);
  const auto rowvar = rows ? "True" : "False";
  std::optional<Term> y;
  if (random.chance(0.4)) {
    y = plain_input(recorder, random, x.array.shape(), pick(random, kAnyInput));
  }
  const auto second = y ? y->text : "None";
  const auto loosened = x.array.dtype() == float32 || x.array.dtype() == complex64 ? 1e4 : 50.0;
  if (random.chance(0.4)) {
    return {y ? corrcoef(x.array, y->array, rows) : corrcoef(x.array, rows),
            fmt::format("np.asarray(np.corrcoef({}, {}, rowvar={}))", x.text, second, rowvar),
            loosened};
  }
  CovOptions options{.rowvar = rows, .bias = random.chance(0.5)};
  if (random.chance(0.3)) options.ddof = static_cast<double>(between(random, 0, 1));
  const auto ddof = options.ddof ? fmt::format("{:.0f}", *options.ddof) : "None";
  return {y ? cov(x.array, y->array, options) : cov(x.array, options),
          fmt::format("np.cov({}, {}, rowvar={}, bias={}, ddof={})", x.text, second, rowvar,
                      options.bias ? "True" : "False", ddof),
          loosened};
}

}  // namespace

const std::vector<CaseKind>& product_kinds() {
  static const std::vector<CaseKind> kinds = {
      {"tensordot", tensordot_case},  {"dot", dot_case},       {"cross", cross_case},
      {"diagonal", diagonal_case},    {"einsum", einsum_case}, {"norm", norm_case},
      {"covariance", covariance_case},
      {"gram", gram_case}};
  return kinds;
}

}  // namespace tartan::oracle

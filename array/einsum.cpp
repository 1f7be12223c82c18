// einsum: subscripts are turned into labels, operands are brought to labels without repetition, and
// pairs of them are contracted until one is left.

#include <algorithm>
#include <array/algorithms/contraction.hpp>
#include <cctype>
#include <fmt/format.h>
#include <map>
#include <set>
#include <tartan/array/functions.hpp>
#include <tartan/array/reductions.hpp>
#include <tartan/array/tensordot.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace {

/// A letter, or for an axis of an ellipsis -1 for the last, -2 for the one before it, ...
using Label = int;
using Labels = std::vector<Label>;

struct Term {
  Array array;
  Labels labels;

  bool has(Label label) const { return position(label) < labels.size(); }
  std::size_t position(Label label) const {
    return static_cast<std::size_t>(std::find(labels.begin(), labels.end(), label) -
                                    labels.begin());
  }
};

[[noreturn]] void refuse(std::string_view subscripts, const std::string& why) {
  throw ValueError(fmt::format("einsum: \"{}\": {}", subscripts, why));
}

/// One operand's or the output's labels. Its ellipsis has `dots` axes.
Labels parse(std::string_view whole, std::string_view text, std::int64_t dots) {
  Labels labels;
  if (text.find("...") != text.rfind("...")) refuse(whole, "give a term one ellipsis");
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i, 3) == "...") {
      for (auto k = dots; k > 0; --k) labels.push_back(static_cast<Label>(-k));
      i += 2;
    } else if (std::isalpha(static_cast<unsigned char>(text[i])) != 0) {
      labels.push_back(text[i]);
    } else {
      refuse(whole, fmt::format("'{}' is neither a letter nor an ellipsis", text[i]));
    }
  }
  return labels;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.push_back(text.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

struct Problem {
  std::vector<Term> terms;
  Labels output;
  DType dtype = DType::float64;
};

/// Without an arrow: an ellipsis' axes, then the letters that occur once, in order.
Labels implied_output(const std::vector<Term>& terms) {
  std::map<Label, int> counts;
  for (const auto& term : terms) {
    for (auto label : term.labels) ++counts[label];
  }
  Labels output;
  for (const auto& [label, count] : counts) {
    if (label < 0 || count == 1) output.push_back(label);
  }
  return output;
}

/// Every label has one length; axes of length 1 beside longer ones are dropped, which broadcasts.
void settle_lengths(std::string_view subscripts, std::vector<Term>& terms) {
  std::map<Label, std::int64_t> lengths;
  for (const auto& term : terms) {
    for (std::size_t axis = 0; axis < term.labels.size(); ++axis) {
      const auto length = term.array.shape()[axis];
      const auto [at, fresh] = lengths.emplace(term.labels[axis], length);
      if (fresh || at->second == length || length == 1) continue;
      if (at->second != 1) {
        refuse(subscripts,
               fmt::format("an axis has length {} and {} in different places", at->second, length));
      }
      at->second = length;
    }
  }
  for (auto& term : terms) {
    for (std::size_t axis = term.labels.size(); axis-- > 0;) {
      if (term.array.shape()[axis] == lengths[term.labels[axis]]) continue;
      term.array = squeeze(term.array, static_cast<std::int64_t>(axis));
      term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(axis));
    }
  }
}

/// "ii" is the diagonal.
void take_diagonals(Term& term) {
  for (std::size_t axis = 0; axis < term.labels.size(); ++axis) {
    const auto label = term.labels[axis];
    const auto again = std::find(term.labels.begin() + static_cast<std::ptrdiff_t>(axis) + 1,
                                 term.labels.end(), label);
    if (again == term.labels.end()) continue;
    const auto other = again - term.labels.begin();
    term.array = diagonal(term.array, 0, static_cast<std::int64_t>(axis), other);
    term.labels.erase(again);
    term.labels.erase(term.labels.begin() + static_cast<std::ptrdiff_t>(axis));
    term.labels.push_back(label);
    take_diagonals(term);
    return;
  }
}

Problem read_problem(std::string_view subscripts, const std::vector<Array>& operands) {
  std::string text(subscripts);
  std::erase(text, ' ');
  const auto arrow = text.find("->");
  const auto parts = split(std::string_view(text).substr(0, arrow));
  if (parts.size() != operands.size()) {
    refuse(subscripts, fmt::format("{} terms for {} operands", parts.size(), operands.size()));
  }
  Problem problem;
  problem.dtype = operands.front().dtype();
  std::int64_t most_dots = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto ndim = static_cast<std::int64_t>(operands[i].ndim());
    const bool open = parts[i].find("...") != std::string_view::npos;
    const auto letters = static_cast<std::int64_t>(parts[i].size()) - (open ? 3 : 0);
    auto labels = parse(subscripts, parts[i], ndim - letters);
    if (open ? letters > ndim : letters != ndim) {
      refuse(subscripts, fmt::format("\"{}\" does not fit operand {} of shape {}", parts[i], i,
                                     to_string(operands[i].shape())));
    }
    if (open) most_dots = std::max(most_dots, ndim - letters);
    problem.terms.push_back({operands[i], std::move(labels)});
    problem.dtype = result_type(problem.dtype, operands[i].dtype());
  }
  problem.output = arrow == std::string::npos
                       ? implied_output(problem.terms)
                       : parse(subscripts, std::string_view(text).substr(arrow + 2), most_dots);
  for (std::size_t i = 0; i < problem.output.size(); ++i) {
    const auto label = problem.output[i];
    const bool known = std::any_of(problem.terms.begin(), problem.terms.end(),
                                   [label](const Term& term) { return term.has(label); });
    const auto name = label < 0 ? std::string("...") : std::string(1, static_cast<char>(label));
    if (!known) refuse(subscripts, fmt::format("the output's {} is in no operand", name));
    if (std::count(problem.output.begin(), problem.output.end(), label) > 1) {
      refuse(subscripts, fmt::format("the output has {} twice", name));
    }
  }
  settle_lengths(subscripts, problem.terms);
  for (auto& term : problem.terms) take_diagonals(term);
  return problem;
}

/// Labels that somebody other than the terms a and b needs.
std::set<Label> needed_besides(const Problem& problem, std::size_t a, std::size_t b) {
  std::set<Label> needed(problem.output.begin(), problem.output.end());
  for (std::size_t i = 0; i < problem.terms.size(); ++i) {
    if (i == a || i == b) continue;
    needed.insert(problem.terms[i].labels.begin(), problem.terms[i].labels.end());
  }
  return needed;
}

/// Sums away what only this term has.
void sum_out(Problem& problem, std::size_t number) {
  auto& term = problem.terms[number];
  const auto needed = needed_besides(problem, number, number);
  std::vector<std::int64_t> axes;
  Labels left;
  for (std::size_t axis = 0; axis < term.labels.size(); ++axis) {
    if (needed.contains(term.labels[axis]))
      left.push_back(term.labels[axis]);
    else
      axes.push_back(static_cast<std::int64_t>(axis));
  }
  if (axes.empty()) return;
  const bool logical = is_boolean(term.array.dtype());
  term.array = logical ? any(term.array, axes) : sum(term.array, axes).astype(problem.dtype);
  term.labels = std::move(left);
}

struct Pairing {
  Labels batch, summed, labels;
  double size = 1;  ///< elements of the result
};

Pairing pairing_of(const Problem& problem, std::size_t i, std::size_t j) {
  const auto& a = problem.terms[i];
  const auto& b = problem.terms[j];
  const auto needed = needed_besides(problem, i, j);
  Pairing pairing;
  const auto keep = [&pairing](const Term& term, Label label) {
    pairing.labels.push_back(label);
    pairing.size *= static_cast<double>(term.array.shape()[term.position(label)]);
  };
  for (auto label : a.labels) {
    if (!b.has(label)) continue;
    if (needed.contains(label)) {
      pairing.batch.push_back(label);
      keep(a, label);
    } else {
      pairing.summed.push_back(label);
    }
  }
  for (auto label : a.labels) {
    if (!b.has(label)) keep(a, label);
  }
  for (auto label : b.labels) {
    if (!a.has(label)) keep(b, label);
  }
  return pairing;
}

void contract_smallest_pair(Problem& problem) {
  std::size_t first = 0;
  std::size_t second = 1;
  auto best = pairing_of(problem, first, second);
  for (std::size_t i = 0; i < problem.terms.size(); ++i) {
    for (std::size_t j = i + 1; j < problem.terms.size(); ++j) {
      auto pairing = pairing_of(problem, i, j);
      if (pairing.size >= best.size) continue;
      best = std::move(pairing);
      first = i;
      second = j;
    }
  }
  const auto& a = problem.terms[first];
  const auto& b = problem.terms[second];
  const auto pairs = [&](const Labels& labels) {
    array::AxisPairs list;
    for (auto label : labels) list.emplace_back(a.position(label), b.position(label));
    return list;
  };
  Term product{array::contract(a.array, b.array, pairs(best.batch), pairs(best.summed)),
               best.labels};
  problem.terms[first] = std::move(product);
  problem.terms.erase(problem.terms.begin() + static_cast<std::ptrdiff_t>(second));
}

}  // namespace

Array einsum(std::string_view subscripts, const std::vector<Array>& operands) {
  if (operands.empty()) throw ValueError("einsum: give at least one operand");
  auto problem = read_problem(subscripts, operands);
  for (auto& term : problem.terms) term.array = term.array.astype(problem.dtype);
  for (std::size_t i = 0; i < problem.terms.size(); ++i) sum_out(problem, i);
  while (problem.terms.size() > 1) contract_smallest_pair(problem);
  sum_out(problem, 0);
  const auto& term = problem.terms.front();
  std::vector<std::int64_t> axes;
  for (auto label : problem.output) axes.push_back(static_cast<std::int64_t>(term.position(label)));
  return term.array.transpose(axes);
}

}  // namespace tartan

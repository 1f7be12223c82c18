#pragma once

// Expressions are rewritten before they are planned, into ones that compute the same with less work:
//
//   f(x, y)[part]            f(x[part], y[part])     elementwise, and what they broadcast from
//   x.T[part]                x[part'].T
//   sum(x, 0)[part]          sum(x[:, part], 0)      the axes that are left
//   f(x, y).T                f(x.T, y.T)             elementwise, where nobody else needs f(x, y)
//   sum(x.T, 0)              sum(x, 1)
//   x.rechunk(...)[part]     x[part].rechunk(...)
//   sum(x.rechunk(...), 0)   sum(x, 0).rechunk(...)
//   (a @ b)[rows, columns]   a[rows] @ b[:, columns]
//   (a @ b) @ c             a @ (b @ c)             where that takes fewer multiplications
//   mean(f(x[mask]))         mean of f(x) where the mask is true, in one pass
//
// A rule is a function from a node, whose inputs are rewritten already, to a node of equal shape,
// dtype and chunks. It must not make anything twice that others need too: Uses says who reads what.

#include <array/expr/node.hpp>
#include <span>
#include <unordered_map>
#include <vector>

namespace tartan::array {

/// How many nodes read a node, roots counting as read once more.
class Uses {
 public:
  Uses(std::span<const NodePtr> order, std::span<const NodePtr> roots);

  std::size_t of(const Node& node) const;
  /// A node takes the place of another.
  void replace(const Node& old, const Node& replacement);

 private:
  std::unordered_map<Key, std::size_t> counts_;
};

/// The expressions rewritten, in the order given.
std::vector<NodePtr> rewrite(std::span<const NodePtr> roots);

// ---- the rules: the node itself where they do not apply -------------------------------------------

NodePtr push_slice_down(const NodePtr& node, const Uses& uses);
NodePtr push_transpose_down(const NodePtr& node, const Uses& uses);
NodePtr reduce_before_transpose(const NodePtr& node, const Uses& uses);
NodePtr reduce_under_mask(const NodePtr& node, const Uses& uses);
NodePtr reduce_before_rechunk(const NodePtr& node, const Uses& uses);
NodePtr order_products(const NodePtr& node, const Uses& uses);

}  // namespace tartan::array

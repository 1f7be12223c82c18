#pragma once

// How far to go along a direction.

#include <ml/linear_model/solvers/objective.hpp>

namespace tartan::ml::linear {

/// Where a solver stands.
struct Point {
  Vector params;
  Sums sums;
};

/// params + step * direction.
Vector along(const Vector& params, const Vector& direction, double step);

/// A point along a direction of descent that satisfies the strong Wolfe conditions (Nocedal,
/// Wright, algorithms 3.5 and 3.6, c1 = 1e-4, c2 = 0.9), up to what rounding leaves uncertain of
/// the values. Tries `first` first; that is one evaluation mostly. Returns `from` itself when no
/// step decreases the objective.
Point line_search(Objective& objective, const Point& from, const Vector& direction, double first);

}  // namespace tartan::ml::linear

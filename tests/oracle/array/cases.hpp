#pragma once

// Random cases by kind of operation. Each makes its inputs, and the term to compare.

#include "recorder.hpp"

#include <fmt/format.h>

namespace tartan::oracle {

struct CaseKind {
  const char* name;
  Term (*make)(Recorder& recorder, Random& random);
};

const std::vector<CaseKind>& compute_kinds();
const std::vector<CaseKind>& order_kinds();
const std::vector<CaseKind>& search_kinds();
const std::vector<CaseKind>& set_kinds();
const std::vector<CaseKind>& shape_kinds();
const std::vector<CaseKind>& masking_kinds();
const std::vector<CaseKind>& standard_kinds();
const std::vector<CaseKind>& composed_kinds();
const std::vector<CaseKind>& linalg_kinds();
const std::vector<CaseKind>& product_kinds();
const std::vector<CaseKind>& fft_kinds();
const std::vector<CaseKind>& scan_kinds();
const std::vector<CaseKind>& nan_kinds();
const std::vector<CaseKind>& stats_kinds();
const std::vector<CaseKind>& elementwise_kinds();
const std::vector<CaseKind>& index_kinds();
const std::vector<CaseKind>& rearrange_kinds();
const std::vector<CaseKind>& overlap_kinds();
const std::vector<CaseKind>& apply_kinds();
const std::vector<CaseKind>& blockwise_kinds();

struct Binary {
  const char* python;
  Array (*apply)(const Operand&, const Operand&);
};
Term apply(const Binary& function, const Term& x, const Term& y);

// ---- what the cases are made from ---------------------------------------------------------------

using enum DType;
inline const std::vector<DType> kNumeric = {int8, int32, int64, uint8, uint32, float32, float64};
inline const std::vector<DType> kFloating = {float32, float64};
inline const std::vector<DType> kAnalytic = {int32, int64, float32, float64};

template <class T>
const T& pick(Random& random, const std::vector<T>& from) {
  return from[random.below(from.size())];
}
std::int64_t between(Random& random, std::int64_t low, std::int64_t high);
/// Axes of length 1 to 9, now and then one of length 0.
Shape random_shape(Random& random, std::size_t least, std::size_t most);
/// The shape with some axes set to 1 and some leading axes left out.
Shape broadcastable(Random& random, Shape shape);
std::string tuple_of(const std::vector<std::int64_t>& list);

}  // namespace tartan::oracle

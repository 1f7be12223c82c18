#pragma once

// What there is to know of dtypes: the data type functions of the Python Array API standard.
// can_cast and result_type of two are in dtype.hpp.

#include <tartan/array/dtype.hpp>
#include <vector>

namespace tartan {

/// The dtype of an operation on all. ValueError without any.
DType result_type(const std::vector<DType>& dtypes);

/// Of a floating dtype; for a complex one that of its parts.
struct FloatInfo {
  int bits;
  double eps;  ///< from 1 to the next number
  double max;
  double min;
  double smallest_normal;
  DType dtype;
};
/// TypeError for dtypes that are not floating or complex.
FloatInfo finfo(DType dtype);

struct IntegerInfo {
  int bits;
  std::uint64_t max;
  std::int64_t min;
  DType dtype;
};
/// TypeError for other than integer dtypes.
IntegerInfo iinfo(DType dtype);

/// "bool", "signed integer", "unsigned integer", "integral", "real floating", "complex floating" or
/// "numeric", or a dtype by its name. ValueError for other words.
bool isdtype(DType dtype, std::string_view kind);
inline bool isdtype(DType dtype, DType other) { return dtype == other; }

}  // namespace tartan

#include "binding.hpp"

namespace tartan::binding {

void bind_elementwise(py::module_& module) {
  define_unary(module, {{"abs", abs},           {"acos", acos},
                        {"acosh", acosh},       {"asin", asin},
                        {"asinh", asinh},       {"atan", atan},
                        {"atanh", atanh},       {"bitwise_invert", bitwise_invert},
                        {"ceil", ceil},         {"conj", conj},
                        {"cos", cos},           {"cosh", cosh},
                        {"exp", exp},           {"expm1", expm1},
                        {"floor", floor},       {"imag", imag},
                        {"isfinite", isfinite}, {"isinf", isinf},
                        {"isnan", isnan},       {"log", log},
                        {"log10", log10},       {"log1p", log1p},
                        {"log2", log2},         {"logical_not", logical_not},
                        {"negative", negative}, {"positive", positive},
                        {"real", real},         {"reciprocal", reciprocal},
                        {"round", round},       {"sign", sign},
                        {"signbit", signbit},   {"sin", sin},
                        {"sinh", sinh},         {"sqrt", sqrt},
                        {"square", square},     {"tan", tan},
                        {"tanh", tanh},         {"trunc", trunc}});
  define_binary(module, {{"add", add},
                         {"atan2", atan2},
                         {"bitwise_and", bitwise_and},
                         {"bitwise_left_shift", bitwise_left_shift},
                         {"bitwise_or", bitwise_or},
                         {"bitwise_right_shift", bitwise_right_shift},
                         {"bitwise_xor", bitwise_xor},
                         {"copysign", copysign},
                         {"divide", divide},
                         {"equal", equal},
                         {"floor_divide", floor_divide},
                         {"greater", greater},
                         {"greater_equal", greater_equal},
                         {"hypot", hypot},
                         {"less", less},
                         {"less_equal", less_equal},
                         {"logaddexp", logaddexp},
                         {"logical_and", logical_and},
                         {"logical_or", logical_or},
                         {"logical_xor", logical_xor},
                         {"maximum", maximum},
                         {"minimum", minimum},
                         {"multiply", multiply},
                         {"nextafter", nextafter},
                         {"not_equal", not_equal},
                         {"pow", pow},
                         {"remainder", remainder},
                         {"subtract", subtract}});
  module.def("where", [](const Array& condition, py::handle x, py::handle y) {
    return where(condition, operand_of(x), operand_of(y));
  });
  module.def("clip", [](const Array& x, py::handle low, py::handle high) {
    return clip(x, operand_of(low), operand_of(high));
  });
}

}  // namespace tartan::binding

#include <tartan/array/linalg.hpp>

#include "binding.hpp"

namespace tartan::binding {
namespace {

/// None, a number, or the name of a norm.
linalg::NormOrder order_of(py::handle order) {
  if (order.is_none()) return {};
  if (py::isinstance<py::str>(order)) return order.cast<std::string>().c_str();
  return order.cast<double>();
}

using AxisList = std::optional<std::vector<std::int64_t>>;

void bind_factorisations(py::module_& module) {
  module.def("cholesky",
             [](const Array& x, bool upper) { return linalg::cholesky(x, {.upper = upper}); });
  module.def("qr", [](const Array& x, bool complete) {
    const auto made =
        linalg::qr(x, {.mode = complete ? linalg::QrMode::complete : linalg::QrMode::reduced});
    return py::make_tuple(made.q, made.r);
  });
  module.def("svd", [](const Array& x, bool full_matrices) {
    const auto made = linalg::svd(x, {.full_matrices = full_matrices});
    return py::make_tuple(made.u, made.s, made.vh);
  });
  module.def("svdvals", &linalg::svdvals);
  module.def("eigh", [](const Array& x) {
    const auto made = linalg::eigh(x);
    return py::make_tuple(made.eigenvalues, made.eigenvectors);
  });
  module.def("eig", [](const Array& x) {
    const auto made = linalg::eig(x);
    return py::make_tuple(made.eigenvalues, made.eigenvectors);
  });
  module.def("eigvalsh", &linalg::eigvalsh);
  module.def("eigvals", &linalg::eigvals);
}

}  // namespace

void bind_linalg(py::module_& parent) {
  parent.def("tensordot", [](const Array& a, const Array& b, std::int64_t axes) {
    return tensordot(a, b, axes);
  });
  parent.def("tensordot_of",
             [](const Array& a, const Array& b, const std::vector<std::int64_t>& of_a,
                const std::vector<std::int64_t>& of_b) { return tensordot(a, b, of_a, of_b); });
  parent.def("vecdot", &vecdot);

  auto module = parent.def_submodule("linalg");
  bind_factorisations(module);
  module.def("cross", [](const Array& a, const Array& b, std::int64_t axis) {
    return linalg::cross(a, b, axis);
  });
  module.def("outer", &linalg::outer);
  module.def("solve", [](const Array& a, const Array& b) { return linalg::solve(a, b); });
  module.def("inv", &linalg::inv);
  module.def("det", &linalg::det);
  module.def("slogdet", [](const Array& x) {
    const auto made = linalg::slogdet(x);
    return py::make_tuple(made.sign, made.logabsdet);
  });
  module.def("pinv", [](const Array& x, std::optional<double> rtol) {
    return linalg::pinv(x, {.rtol = rtol});
  });
  module.def("pinv_by", [](const Array& x, const Array& rtol) { return linalg::pinv(x, rtol); });
  module.def("matrix_rank", [](const Array& x, std::optional<double> rtol) {
    return linalg::matrix_rank(x, {.rtol = rtol});
  });
  module.def("matrix_rank_by",
             [](const Array& x, const Array& rtol) { return linalg::matrix_rank(x, rtol); });
  module.def("matrix_power", &linalg::matrix_power);
  module.def("diagonal", &linalg::diagonal);
  module.def("trace", [](const Array& x, std::int64_t offset, std::optional<DType> dtype) {
    return linalg::trace(x, {.offset = offset, .dtype = dtype});
  });
  module.def("vector_norm",
             [](const Array& x, const AxisList& axes, py::handle order, bool keepdims) {
               return linalg::vector_norm(x, axes ? Axes(*axes) : Axes(),
                                          {.ord = order_of(order), .keepdims = keepdims});
             });
  module.def("matrix_norm", [](const Array& x, py::handle order, bool keepdims) {
    return linalg::matrix_norm(x, {.ord = order_of(order), .keepdims = keepdims});
  });
}

}  // namespace tartan::binding

#include <tartan/array/fft.hpp>

#include "binding.hpp"

namespace tartan::binding {
namespace {

fft::Norm norm_of(const std::string& name) {
  if (name == "backward") return fft::Norm::backward;
  if (name == "forward") return fft::Norm::forward;
  if (name == "ortho") return fft::Norm::ortho;
  throw py::value_error("norm is 'backward', 'ortho' or 'forward', not '" + name + "'");
}

using AxisList = std::optional<std::vector<std::int64_t>>;

Axes axes_of(const AxisList& axes) { return axes ? Axes(*axes) : Axes(); }

}  // namespace

void bind_fft(py::module_& parent) {
  auto module = parent.def_submodule("fft");
  using Line = Named<const Array&, const fft::LineOptions&>;
  const Line lines[] = {{"fft", fft::fft},     {"ifft", fft::ifft}, {"rfft", fft::rfft},
                        {"irfft", fft::irfft}, {"hfft", fft::hfft}, {"ihfft", fft::ihfft}};
  for (const auto& [name, function] : lines) {
    module.def(name, [function = function](const Array& x, std::optional<std::int64_t> n,
                                           std::int64_t axis, const std::string& norm) {
      return function(x, {.n = n, .axis = axis, .norm = norm_of(norm)});
    });
  }
  using Box = Named<const Array&, const fft::BoxOptions&>;
  const Box boxes[] = {
      {"fftn", fft::fftn}, {"ifftn", fft::ifftn}, {"rfftn", fft::rfftn}, {"irfftn", fft::irfftn}};
  for (const auto& [name, function] : boxes) {
    module.def(name, [function = function](const Array& x, const AxisList& s, const AxisList& axes,
                                           const std::string& norm) {
      return function(x, {.s = s, .axes = axes, .norm = norm_of(norm)});
    });
  }
  using Frequencies = Named<std::int64_t, const fft::FrequencyOptions&>;
  const Frequencies frequencies[] = {{"fftfreq", fft::fftfreq}, {"rfftfreq", fft::rfftfreq}};
  for (const auto& [name, function] : frequencies) {
    module.def(name, [function = function](std::int64_t n, double d, DType dtype,
                                           const std::optional<Chunks>& chunks) {
      return function(n, {.d = d, .dtype = dtype, .chunks = chunks_of(chunks)});
    });
  }
  module.def("fftshift",
             [](const Array& x, const AxisList& axes) { return fft::fftshift(x, axes_of(axes)); });
  module.def("ifftshift",
             [](const Array& x, const AxisList& axes) { return fft::ifftshift(x, axes_of(axes)); });
}

}  // namespace tartan::binding

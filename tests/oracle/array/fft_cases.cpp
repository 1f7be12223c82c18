// Fourier transforms. numpy.fft computes in float64 always; of narrower input its result is cast.

#include <fmt/ranges.h>

#include "cases.hpp"

namespace tartan::oracle {
namespace {

const std::vector<DType> kReal = {boolean, int8, int32, uint16, int64, float32, float64};
const std::vector<fft::Norm> kNorms = {fft::Norm::backward, fft::Norm::ortho, fft::Norm::forward};

const char* norm_text(fft::Norm norm) {
  if (norm == fft::Norm::backward) return "backward";
  return norm == fft::Norm::ortho ? "ortho" : "forward";
}

DType any_dtype(Random& random, bool real) {
  if (!real && random.chance(0.5)) return random.chance(0.5) ? complex64 : complex128;
  return pick(random, kReal);
}

/// Finite elements: which of many points an infinity makes NaN is up to the algorithm.
template <class T>
Chunk finite_chunk(Random& random, const Shape& shape) {
  MutableChunk chunk(dtype_of<T>, shape);
  for (auto& value : chunk.view<T>()) {
    if constexpr (std::is_floating_point_v<T>) {
      value = static_cast<T>(6 * random.uniform() - 3);
    } else {
      using Part = typename T::value_type;
      const auto real = static_cast<Part>(6 * random.uniform() - 3);
      value = T(real, static_cast<Part>(6 * random.uniform() - 3));
    }
  }
  return std::move(chunk).freeze();
}

Term finite_input(Recorder& recorder, Random& random, const Shape& shape, DType dtype) {
  switch (dtype) {
    case float32:
      return recorder.input(random, finite_chunk<float>(random, shape));
    case float64:
      return recorder.input(random, finite_chunk<double>(random, shape));
    case complex64:
      return recorder.input(random, finite_chunk<std::complex<float>>(random, shape));
    case complex128:
      return recorder.input(random, finite_chunk<std::complex<double>>(random, shape));
    default:
      return recorder.input(random, shape, dtype);
  }
}

/// Lengths with every kind of factor: steps, odd radices, convolutions, matrices.
std::int64_t long_length(Random& random) {
  return pick<std::int64_t>(random, {64,  67,  97,  100, 121, 134,  210,  243,  256,  343,  512,
                                     521, 529, 600, 625, 640, 1000, 1009, 1024, 1331, 2018, 2310});
}

Shape line_shape(Random& random, std::size_t& axis) {
  auto shape = random_shape(random, 1, 3);
  axis = random.below(shape.size());
  if (shape[axis] == 0) shape[axis] = between(random, 1, 9);
  if (random.chance(0.4)) shape[axis] = between(random, 10, 70);
  if (random.chance(0.2)) shape[axis] = long_length(random);
  return shape;
}

struct LineFunction {
  const char* name;
  Array (*apply)(const Array&, const fft::LineOptions&);
  bool real;  ///< takes real numbers only
  bool to_real;
};

Term cast(const Array& result, const std::string& text, double loosened) {
  return {result, fmt::format("({}).astype('{}')", text, name(result.dtype())), loosened};
}

Term fft_line_case(Recorder& recorder, Random& random) {
  static const std::vector<LineFunction> functions = {
      {"fft", fft::fft, false, false},  {"ifft", fft::ifft, false, false},
      {"rfft", fft::rfft, true, false}, {"irfft", fft::irfft, false, true},
      {"hfft", fft::hfft, false, true}, {"ihfft", fft::ihfft, true, false}};
  const auto& function = pick(random, functions);
  std::size_t axis = 0;
  auto shape = line_shape(random, axis);
  if (function.to_real && shape[axis] < 2) shape[axis] = 2;
  const auto x = finite_input(recorder, random, shape, any_dtype(random, function.real));
  fft::LineOptions options{.axis = static_cast<std::int64_t>(axis), .norm = pick(random, kNorms)};
  if (random.chance(0.5)) options.axis -= static_cast<std::int64_t>(shape.size());
  std::string n = "None";
  if (random.chance(0.4)) {
    options.n = random.chance(0.2) ? long_length(random) : between(random, 1, 2 * shape[axis] + 2);
    n = fmt::format("{}", *options.n);
  }
  return cast(function.apply(x.array, options),
              fmt::format("np.fft.{}({}, {}, {}, '{}')", function.name, x.text, n, options.axis,
                          norm_text(options.norm)),
              1);
}

struct BoxFunction {
  const char* name;
  Array (*apply)(const Array&, const fft::BoxOptions&);
  bool real;
  bool to_real;
  bool planar;
};

Term fft_box_case(Recorder& recorder, Random& random) {
  static const std::vector<BoxFunction> functions = {
      {"fftn", fft::fftn, false, false, false},  {"ifftn", fft::ifftn, false, false, false},
      {"rfftn", fft::rfftn, true, false, false}, {"irfftn", fft::irfftn, false, true, false},
      {"fft2", fft::fft2, false, false, true},   {"ifft2", fft::ifft2, false, false, true},
      {"rfft2", fft::rfft2, true, false, true},  {"irfft2", fft::irfft2, false, true, true}};
  const auto& function = pick(random, functions);
  auto shape = random_shape(random, 2, 3);
  for (auto& length : shape) length = std::max<std::int64_t>(length, 2);
  if (random.chance(0.3)) shape[random.below(shape.size())] = between(random, 10, 40);
  const auto x = finite_input(recorder, random, shape, any_dtype(random, function.real));
  const auto ndim = static_cast<std::int64_t>(shape.size());
  fft::BoxOptions options{.norm = pick(random, kNorms)};
  std::string axes;
  std::string s;
  std::vector<std::int64_t> along;
  if (function.planar) along = {-2, -1};
  if (random.chance(0.6)) {
    along.clear();
    for (auto count = function.planar ? 2 : between(random, 1, ndim); count > 0; --count) {
      along.push_back(between(random, -ndim, ndim - 1));
    }
    options.axes = along;
    axes = fmt::format(", axes={}", tuple_of(along));
  }
  if (random.chance(0.4)) {
    const auto count =
        along.empty() ? static_cast<std::size_t>(between(random, 1, ndim)) : along.size();
    options.s.emplace();
    for (std::size_t i = 0; i < count; ++i) options.s->push_back(between(random, 1, 12));
    s = fmt::format(", s={}", tuple_of(*options.s));
    if (along.empty()) {
      for (auto i = static_cast<std::int64_t>(count); i > 0; --i) along.push_back(-i);
      axes = fmt::format(", axes={}", tuple_of(along));
      if (random.chance(0.5)) options.axes = along;
    }
  }
  return cast(function.apply(x.array, options),
              fmt::format("np.fft.{}({}{}{}, norm='{}')", function.name, x.text, s, axes,
                          norm_text(options.norm)),
              1);
}

Term fft_helper_case(Recorder& recorder, Random& random) {
  const auto n = between(random, 1, 40);
  const double d = pick<double>(random, {1, 0.25, -3, 1e-3});
  const auto dtype = pick(random, kFloating);
  const fft::FrequencyOptions options{.d = d, .dtype = dtype, .chunks = {between(random, 1, 9)}};
  switch (random.below(4)) {
    case 0:
      return cast(fft::fftfreq(n, options), fmt::format("np.fft.fftfreq({}, {})", n, d), 1);
    case 1:
      return cast(fft::rfftfreq(n, options), fmt::format("np.fft.rfftfreq({}, {})", n, d), 1);
    default:
      break;
  }
  const auto x = recorder.input(random, random_shape(random, 1, 3), pick(random, kNumeric));
  const auto ndim = static_cast<std::int64_t>(x.array.ndim());
  const bool inverse = random.chance(0.5);
  const auto shift = inverse ? fft::ifftshift : fft::fftshift;
  const char* text = inverse ? "ifftshift" : "fftshift";
  if (random.chance(0.3)) return {shift(x.array, {}), fmt::format("np.fft.{}({})", text, x.text)};
  const auto axis = between(random, -ndim, ndim - 1);
  return {shift(x.array, axis), fmt::format("np.fft.{}({}, {})", text, x.text, axis)};
}

}  // namespace

const std::vector<CaseKind>& fft_kinds() {
  static const std::vector<CaseKind> kinds = {
      {"fft line", fft_line_case}, {"fft box", fft_box_case}, {"fft helper", fft_helper_case}};
  return kinds;
}

}  // namespace tartan::oracle

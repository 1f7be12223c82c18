// numpy.fft: one task per block, along an axis that is one chunk.

#include <array/algorithms/whole_axis.hpp>
#include <array/expr/algorithm.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <array/kernels/fft.hpp>
#include <cmath>
#include <fmt/format.h>
#include <numeric>
#include <tartan/array/creation.hpp>
#include <tartan/array/fft.hpp>
#include <tartan/array/functions.hpp>
#include <tartan/array/manipulation.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (kind, axis, n, inverse, factor), chunk -> Chunk.
Value fft_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  FftLine line;
  line.kind = static_cast<FftKind>(words.word());
  line.axis = static_cast<std::size_t>(words.word());
  line.n = words.word();
  line.inverse = words.flag();
  line.factor = words.number();
  return Value::of(fft(next_chunk(arguments), line));
}

class Fft : public Algorithm {
 public:
  explicit Fft(const FftLine& line) : line_(line) {}
  std::string_view name() const override { return "fft"; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<std::int64_t>(line_.kind));
    words.put(static_cast<std::int64_t>(line_.axis));
    words.put(line_.n);
    words.put(line_.inverse ? 1 : 0);
    words.put(line_.factor);
  }
  std::optional<std::vector<BlockRead>> reads(const Node&, std::int64_t block) const override {
    return std::vector<BlockRead>{{0, block}};
  }
  std::vector<Made> emit(Emission& emission) const override {
    const auto& node = emission.node();
    const auto grid = grid_of(node.chunks);
    WordWriter words;
    put_parameters(words);
    const auto arguments = words_then_dependencies(words, 1);
    std::vector<Made> made;
    for (const auto block : emission.blocks()) {
      const Made input = emission.block(0, block);
      const auto index = unravel(block, grid);
      const auto before = element_count(block_shape(emission.input(0).chunks, index));
      made.push_back(emission.add(task_function<&fft_block>(), "", arguments, {&input, 1},
                                  bytes_of(block_shape(node.chunks, index), node.dtype),
                                  fft_scratch_bytes(before, emission.input(0).dtype, line_)));
    }
    return made;
  }

 private:
  FftLine line_;
};

}  // namespace
}  // namespace array

namespace fft {
namespace {

using array::FftKind;

double factor_of(std::int64_t n, Norm norm, bool inverse) {
  const auto points = static_cast<double>(n);
  if (norm == Norm::ortho) return 1 / std::sqrt(points);
  return inverse == (norm == Norm::backward) ? 1 / points : 1;
}

/// Both directions exchange their divisors.
Norm opposite(Norm norm) {
  if (norm == Norm::ortho) return norm;
  return norm == Norm::backward ? Norm::forward : Norm::backward;
}

std::size_t axis_of(const Array& x, std::int64_t axis, const char* who) {
  return static_cast<std::size_t>(array::normal_axis(axis, x.ndim(), who));
}

void check_real(const Array& x, const char* who) {
  if (!is_complex(x.dtype())) return;
  throw TypeError(
      fmt::format("fft::{}: the array is {}, and real numbers are wanted; transform them "
                  "with fft, or take real(x)",
                  who, name(x.dtype())));
}

Array transformed(const Array& x, FftKind kind, bool inverse, std::size_t axis, std::int64_t n,
                  Norm norm, const char* who) {
  if (n < 1) {
    throw ValueError(
        fmt::format("fft::{}: {} points along axis {}; a transform has at least one, "
                    "give another n",
                    who, n, axis));
  }
  const auto whole = array::whole_axis(x.node(), axis);
  auto shape = x.shape();
  auto chunks = whole->chunks;
  shape[axis] = array::fft_length(kind, n);
  chunks[axis] = {shape[axis]};
  const auto dtype = array::fft_dtype(kind, x.dtype());
  array::check_shape(shape, dtype);
  const array::FftLine line{kind, axis, n, inverse, factor_of(n, norm, inverse)};
  return Array(array::algorithm_node(std::make_shared<array::Fft>(line), dtype, std::move(shape),
                                     std::move(chunks), {whole}));
}

Array along_line(const Array& x, FftKind kind, bool inverse, const LineOptions& options,
                 const char* who) {
  if (kind == FftKind::real) check_real(x, who);
  const auto axis = axis_of(x, options.axis, who);
  const auto length = x.shape()[axis];
  const auto n = options.n.value_or(kind == FftKind::half ? 2 * (length - 1) : length);
  return transformed(x, kind, inverse, axis, n, options.norm, who);
}

/// The axes of a transform over several, and the points along each.
struct Box {
  std::vector<std::size_t> axes;
  Shape points;
};

Box box_of(const Array& x, const BoxOptions& options, bool half, const char* who) {
  Box box;
  std::vector<std::int64_t> axes;
  if (options.axes) {
    axes = *options.axes;
  } else {
    const auto count = options.s ? options.s->size() : x.ndim();
    for (std::size_t i = count; i > 0; --i) axes.push_back(-static_cast<std::int64_t>(i));
  }
  if (options.s && options.s->size() != axes.size()) {
    throw ValueError(
        fmt::format("fft::{}: s has {} lengths for {} axes", who, options.s->size(), axes.size()));
  }
  for (std::size_t i = 0; i < axes.size(); ++i) {
    box.axes.push_back(axis_of(x, axes[i], who));
    const auto length = x.shape()[box.axes.back()];
    const bool last = i + 1 == axes.size();
    box.points.push_back(options.s ? (*options.s)[i] : half && last ? 2 * (length - 1) : length);
  }
  return box;
}

/// The axes but the last, in order, as numpy.fft does beside a real side.
Array before_last(Array x, const Box& box, bool inverse, Norm norm, const char* who) {
  for (std::size_t i = 0; i + 1 < box.axes.size(); ++i) {
    x = transformed(x, FftKind::complex, inverse, box.axes[i], box.points[i], norm, who);
  }
  return x;
}

Array complex_box(const Array& x, bool inverse, const BoxOptions& options, const char* who) {
  const auto box = box_of(x, options, false, who);
  if (box.axes.empty()) return x.astype(array::fft_dtype(FftKind::complex, x.dtype()));
  Array result = x;
  for (std::size_t i = box.axes.size(); i-- > 0;) {
    result = transformed(result, FftKind::complex, inverse, box.axes[i], box.points[i],
                         options.norm, who);
  }
  return result;
}

/// A real side is the last of the axes.
void check_any_axis(const Box& box, const char* who) {
  if (!box.axes.empty()) return;
  throw ValueError(fmt::format("fft::{}: no axis to transform; name one in `axes`", who));
}

Array real_box(const Array& x, const BoxOptions& options, const char* who) {
  check_real(x, who);
  const auto box = box_of(x, options, false, who);
  check_any_axis(box, who);
  const auto last = box.axes.size() - 1;
  const auto half =
      transformed(x, FftKind::real, false, box.axes[last], box.points[last], options.norm, who);
  return before_last(half, box, false, options.norm, who);
}

Array half_box(const Array& x, const BoxOptions& options, const char* who) {
  const auto box = box_of(x, options, true, who);
  check_any_axis(box, who);
  const auto last = box.axes.size() - 1;
  const auto result = before_last(x, box, true, options.norm, who);
  return transformed(result, FftKind::half, true, box.axes[last], box.points[last], options.norm,
                     who);
}

BoxOptions planar(BoxOptions options, const char* who) {
  if (!options.axes) options.axes = std::vector<std::int64_t>{-2, -1};
  if (options.axes->size() != 2) {
    throw ValueError(fmt::format("fft::{}: {} axes given; give two, or use the function for n axes",
                                 who, options.axes->size()));
  }
  return options;
}

Array shifted(const Array& x, const Axes& axes, bool inverse, const char* who) {
  std::vector<std::int64_t> list(x.ndim());
  std::iota(list.begin(), list.end(), std::int64_t{0});
  if (axes.list()) list = *axes.list();
  Array result = x;
  for (const auto axis : list) {
    const auto half = x.shape()[axis_of(x, axis, who)] / 2;
    result = roll(result, inverse ? -half : half, axis);
  }
  return result;
}

void check_frequencies(std::int64_t n, const FrequencyOptions& options, const char* who) {
  if (n < 1) throw ValueError(fmt::format("fft::{}: n is {}; give 1 or more", who, n));
  if (options.d == 0) throw ValueError(fmt::format("fft::{}: the distance d is 0", who));
  if (!is_floating(options.dtype)) {
    throw TypeError(
        fmt::format("fft::{}: dtype {} given; give float32 or float64", who, name(options.dtype)));
  }
}

}  // namespace

Array fft(const Array& x, const LineOptions& options) {
  return along_line(x, FftKind::complex, false, options, "fft");
}
Array ifft(const Array& x, const LineOptions& options) {
  return along_line(x, FftKind::complex, true, options, "ifft");
}
Array rfft(const Array& x, const LineOptions& options) {
  return along_line(x, FftKind::real, false, options, "rfft");
}
Array irfft(const Array& x, const LineOptions& options) {
  return along_line(x, FftKind::half, true, options, "irfft");
}
Array hfft(const Array& x, const LineOptions& options) {
  auto swapped = options;
  swapped.norm = opposite(options.norm);
  return along_line(conj(x), FftKind::half, true, swapped, "hfft");
}
Array ihfft(const Array& x, const LineOptions& options) {
  auto swapped = options;
  swapped.norm = opposite(options.norm);
  return conj(along_line(x, FftKind::real, false, swapped, "ihfft"));
}

Array fftn(const Array& x, const BoxOptions& options) {
  return complex_box(x, false, options, "fftn");
}
Array ifftn(const Array& x, const BoxOptions& options) {
  return complex_box(x, true, options, "ifftn");
}
Array rfftn(const Array& x, const BoxOptions& options) { return real_box(x, options, "rfftn"); }
Array irfftn(const Array& x, const BoxOptions& options) { return half_box(x, options, "irfftn"); }
Array fft2(const Array& x, const BoxOptions& options) {
  return complex_box(x, false, planar(options, "fft2"), "fft2");
}
Array ifft2(const Array& x, const BoxOptions& options) {
  return complex_box(x, true, planar(options, "ifft2"), "ifft2");
}
Array rfft2(const Array& x, const BoxOptions& options) {
  return real_box(x, planar(options, "rfft2"), "rfft2");
}
Array irfft2(const Array& x, const BoxOptions& options) {
  return half_box(x, planar(options, "irfft2"), "irfft2");
}

Array fftfreq(std::int64_t n, const FrequencyOptions& options) {
  check_frequencies(n, options, "fftfreq");
  const auto index = arange(0, n, 1, {.chunks = options.chunks});
  const auto signed_index = where(index < (n + 1) / 2, index, index - n);
  return (signed_index * (1 / (static_cast<double>(n) * options.d))).astype(options.dtype);
}
Array rfftfreq(std::int64_t n, const FrequencyOptions& options) {
  check_frequencies(n, options, "rfftfreq");
  const auto index = arange(0, n / 2 + 1, 1, {.chunks = options.chunks});
  return (index * (1 / (static_cast<double>(n) * options.d))).astype(options.dtype);
}
Array fftshift(const Array& x, const Axes& axes) { return shifted(x, axes, false, "fftshift"); }
Array ifftshift(const Array& x, const Axes& axes) { return shifted(x, axes, true, "ifftshift"); }

}  // namespace fft
}  // namespace tartan

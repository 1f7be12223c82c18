#include <algorithm>
#include <array/kernels/fft.hpp>
#include <array/kernels/fft_plan.hpp>
#include <array/kernels/shape.hpp>
#include <complex>
#include <fmt/format.h>
#include <tartan/base/buffer.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

constexpr std::size_t kMostLines = 16;

/// Whether half as many complex points do: a line of real ones taken in pairs.
bool in_pairs(const FftLine& line, DType dtype) {
  return line.n % 2 == 0 && (line.kind != FftKind::complex || !is_complex(dtype));
}

std::size_t plan_length(const FftLine& line, DType dtype) {
  return static_cast<std::size_t>(in_pairs(line, dtype) ? line.n / 2 : line.n);
}

/// How many lines are loaded at once: as many as the plan takes side by side; of long ones that
/// are not contiguous a few, because they share cache lines.
std::size_t lines_at_once(std::size_t length, std::size_t lanes, bool strided) {
  if (lanes > 1) return lanes;
  return strided ? std::clamp<std::size_t>((std::size_t{1} << 19) / length, 1, kMostLines) : 1;
}

template <class T>
std::complex<T> widened(T value) {
  return {value, 0};
}
template <class T>
std::complex<T> widened(std::complex<T> value) {
  return value;
}
template <class T>
std::complex<T> product(std::complex<T> a, std::complex<T> b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}
/// i a
template <class T>
std::complex<T> turned(std::complex<T> a) {
  return {-a.imag(), a.real()};
}

/// The lines of one group: where each begins in a chunk, and where its points are in the buffer.
struct Group {
  std::size_t count = 0;
  std::size_t element = 1;  ///< distance of a line's points in the buffer
  std::size_t line = 0;     ///< distance of the lines
  std::size_t inner = 1;    ///< distance of a line's points in the chunk
  std::size_t first[kMostLines] = {};
  bool neighbours = false;  ///< the lines lie next to each other in the chunk

  /// f(index in the chunk, index in the buffer) for the points [begin, end), which in the chunk are
  /// `step` apart and start at `offset`.
  template <class F>
  void each(std::size_t begin, std::size_t end, std::size_t step, std::size_t offset, F f) const {
    if (neighbours && line == 1) {
      for (std::size_t j = begin; j < end; ++j) {
        const std::size_t from = first[0] + (j * step + offset) * inner;
#pragma GCC ivdep
        for (std::size_t g = 0; g < count; ++g) f(from + g, j * element + g * line);
      }
      return;
    }
    // A few points of every line in turn, since those of different lines share cache lines.
    constexpr std::size_t kTurn = 8;
    const std::size_t last = end;
    const std::size_t turn = count > 1 ? kTurn : std::max<std::size_t>(last, 1);
    for (; begin < last; begin = end) {
      end = std::min(last, begin + turn);
      for (std::size_t g = 0; g < count; ++g) {
        const std::size_t from = first[g] + offset * inner;
#pragma GCC ivdep
        for (std::size_t j = begin; j < end; ++j)
          f(from + j * step * inner, j * element + g * line);
      }
    }
  }
};

/// The transforms of one chunk; In is the element type, T the precision.
template <class T, class In>
class Transform {
 public:
  Transform(const Chunk& x, const FftLine& line)
      : line_(line),
        n_(static_cast<std::size_t>(line.n)),
        length_(static_cast<std::size_t>(x.shape[line.axis])),
        out_length_(static_cast<std::size_t>(fft_length(line.kind, line.n))),
        x_(x.view<In>().data()),
        pairs_(in_pairs(line, dtype_of<In>)),
        plan_(fft_plan<T>(plan_length(line, dtype_of<In>))) {
    if (pairs_) roots_ = half_roots<T>(n_);
    Shape shape = x.shape;
    shape[line.axis] = static_cast<std::int64_t>(out_length_);
    for (std::size_t d = 0; d < shape.size(); ++d) {
      (d < line.axis ? outer_ : inner_) *= d == line.axis ? 1 : static_cast<std::size_t>(shape[d]);
    }
    shape_ = std::move(shape);
  }

  Chunk run() {
    MutableChunk result(fft_dtype(line_.kind, dtype_of<In>), shape_);
    if (result.nbytes() == 0) return std::move(result).freeze();
    const std::size_t points = plan_->length();
    const std::size_t most =
        std::min(lines_at_once(points, plan_->lanes(), inner_ > 1), outer_ * inner_);
    MutableBuffer buffer(2 * padded(points * most) * sizeof(T));
    MutableBuffer work(plan_->work_size(plan_->lanes() > 1 ? most : 1) * sizeof(T));
    const Split<T> data{buffer.as<T>(), buffer.as<T>() + padded(points * most)};
    for (std::size_t start = 0; start < outer_ * inner_; start += most) {
      const std::size_t count = std::min(most, outer_ * inner_ - start);
      const bool side_by_side = plan_->lanes() > 1;
      const auto place = [&](std::size_t along) {
        Group group;
        group.count = count;
        group.element = side_by_side ? count : 1;
        group.line = side_by_side ? 1 : points;
        group.inner = inner_;
        for (std::size_t g = 0; g < count; ++g) {
          const std::size_t number = start + g;
          group.first[g] = number / inner_ * inner_ * along + number % inner_;
        }
        group.neighbours = start / inner_ == (start + count - 1) / inner_;
        return group;
      };
      load(place(length_), data);
      // The inverse of a real line is the conjugate, which store_pairs() takes.
      const bool inverse = line_.kind == FftKind::half ||
                           (line_.kind == FftKind::complex && line_.inverse && !pairs_);
      // With the parts exchanged the transform is the inverse one.
      const Split<T> turn = inverse ? Split<T>{data.im, data.re} : data;
      if (side_by_side) {
        plan_->run(turn, count, work.as<T>());
      } else {
        for (std::size_t g = 0; g < count; ++g) {
          plan_->run({turn.re + g * points, turn.im + g * points}, 1, work.as<T>());
        }
      }
      store(place(out_length_), data, result);
    }
    return std::move(result).freeze();
  }

 private:
  void load(const Group& group, Split<T> to) const {
    switch (line_.kind) {
      case FftKind::complex:
        return pairs_ ? load_real(group, to) : load_complex(group, to);
      case FftKind::real:
        return load_real(group, to);
      case FftKind::half:
        return pairs_ ? load_half_pairs(group, to) : load_half(group, to);
    }
  }

  void zero(const Group& group, Split<T> to, std::size_t begin, std::size_t end) const {
    group.each(begin, end, 0, 0, [&](std::size_t, std::size_t at) {
      to.re[at] = 0;
      to.im[at] = 0;
    });
  }

  void load_complex(const Group& group, Split<T> to) const {
    const std::size_t given = std::min(length_, n_);
    group.each(0, given, 1, 0, [&](std::size_t from, std::size_t at) {
      const auto value = widened(x_[from]);
      to.re[at] = value.real();
      to.im[at] = value.imag();
    });
    zero(group, to, given, n_);
  }

  void load_real(const Group& group, Split<T> to) const {
    const std::size_t given = std::min(length_, n_);
    const std::size_t step = pairs_ ? 2 : 1;
    zero(group, to, given / step, n_ / step);
    group.each(0, (given + step - 1) / step, step, 0, [&](std::size_t from, std::size_t at) {
      to.re[at] = widened(x_[from]).real();
      if (step == 1) to.im[at] = 0;
    });
    if (step == 1) return;
    group.each(0, given / 2, 2, 1,
               [&](std::size_t from, std::size_t at) { to.im[at] = widened(x_[from]).real(); });
  }

  /// Point k of the half that is given; the parts that cannot be there are left out.
  std::complex<T> half_point(const Group& group, std::size_t g, std::size_t k) const {
    if (k >= length_) return {};
    const auto value = widened(x_[group.first[g] + k * inner_]);
    return 2 * k % n_ == 0 ? std::complex<T>(value.real()) : value;
  }

  // The other half are the conjugates.
  void load_half(const Group& group, Split<T> to) const {
    for (std::size_t g = 0; g < group.count; ++g) {
      for (std::size_t k = 0; k <= n_ / 2; ++k) {
        const auto value = half_point(group, g, k);
        const std::size_t at = k * group.element + g * group.line;
        const std::size_t other = (n_ - k) % n_ * group.element + g * group.line;
        to.re[other] = value.real();
        to.im[other] = -value.imag();
        to.re[at] = value.real();
        to.im[at] = value.imag();
      }
    }
  }

  // With a = X[k] and b = conj X[n/2 - k]: Z[k] = (a + b) + i w^-k (a - b) are the points of
  // z[j] = x[2j] + i x[2j + 1], twice.
  void load_half_pairs(const Group& group, Split<T> to) const {
    const std::size_t half = n_ / 2;
    for (std::size_t k = 0; k <= half / 2; ++k) {
      const std::complex<T> root(roots_->re[k], -roots_->im[k]);
      for (std::size_t g = 0; g < group.count; ++g) {
        const auto a = half_point(group, g, k);
        const auto b = std::conj(half_point(group, g, half - k));
        const auto sum = a + b;
        const auto side = turned(product(root, a - b));
        const std::size_t other = (half - k) * group.element + g * group.line;
        if (k != 0) {
          to.re[other] = sum.real() - side.real();
          to.im[other] = side.imag() - sum.imag();
        }
        const std::size_t at = k * group.element + g * group.line;
        to.re[at] = sum.real() + side.real();
        to.im[at] = sum.imag() + side.imag();
      }
    }
  }

  void store(const Group& group, Split<T> from, MutableChunk& result) const {
    const T factor = static_cast<T>(line_.factor);
    if (line_.kind == FftKind::half) {
      T* out = result.view<T>().data();
      const std::size_t step = pairs_ ? 2 : 1;
      group.each(0, n_ / step, step, 0,
                 [&](std::size_t to, std::size_t at) { out[to] = from.re[at] * factor; });
      if (step == 1) return;
      group.each(0, n_ / 2, 2, 1,
                 [&](std::size_t to, std::size_t at) { out[to] = from.im[at] * factor; });
      return;
    }
    auto* out = result.view<std::complex<T>>().data();
    if (pairs_) return store_pairs(group, from, out, factor);
    group.each(0, out_length_, 1, 0, [&](std::size_t to, std::size_t at) {
      out[to] = {from.re[at] * factor, from.im[at] * factor};
    });
  }

  // With a = Z[k] and b = conj Z[n/2 - k]: X[k] = (a + b) / 2 - i w^k (a - b) / 2, and X[n/2 - k]
  // is the conjugate of the difference of the two. The second half, where it is wanted, are their
  // conjugates.
  void store_pairs(const Group& group, Split<T> from, std::complex<T>* out, T factor) const {
    const std::size_t half = n_ / 2;
    const T scale = factor / 2;
    const T sign = line_.inverse ? -scale : scale;
    for (std::size_t k = 0; k <= half / 2; ++k) {
      const std::complex<T> root(roots_->re[k], roots_->im[k]);
      for (std::size_t g = 0; g < group.count; ++g) {
        const std::size_t at = k * group.element + g * group.line;
        const std::size_t other = (half - k) % half * group.element + g * group.line;
        const std::complex<T> a(from.re[at], from.im[at]);
        const std::complex<T> b(from.re[other], -from.im[other]);
        const auto sum = a + b;
        const auto side = turned(product(root, a - b));
        const auto here = sum - side;
        const auto there = sum + side;
        std::complex<T>* to = out + group.first[g];
        to[k * inner_] = {scale * here.real(), sign * here.imag()};
        to[(half - k) * inner_] = {scale * there.real(), -sign * there.imag()};
        if (line_.kind != FftKind::complex || k == 0) continue;
        to[(n_ - k) * inner_] = {scale * here.real(), -sign * here.imag()};
        to[(half + k) * inner_] = {scale * there.real(), sign * there.imag()};
      }
    }
  }

  FftLine line_;
  std::size_t n_;
  std::size_t length_;
  std::size_t out_length_;
  const In* x_;
  bool pairs_;
  std::shared_ptr<const FftPlan<T>> plan_;
  std::shared_ptr<const SplitVector<T>> roots_;
  std::size_t outer_ = 1;
  std::size_t inner_ = 1;
  Shape shape_;
};

}  // namespace

DType fft_dtype(FftKind kind, DType dtype) {
  const bool narrow = dtype == DType::float32 || dtype == DType::complex64;
  if (kind == FftKind::half) return narrow ? DType::float32 : DType::float64;
  return narrow ? DType::complex64 : DType::complex128;
}

std::int64_t fft_length(FftKind kind, std::int64_t n) {
  return kind == FftKind::real ? n / 2 + 1 : n;
}

Chunk fft(const Chunk& x, const FftLine& line) {
  if (line.axis >= x.shape.size() || line.n < 1) {
    throw ValueError(fmt::format("fft: {} points along axis {} of the shape {}", line.n, line.axis,
                                 to_string(x.shape)));
  }
  if (line.kind == FftKind::real && is_complex(x.dtype)) {
    throw TypeError(fmt::format("rfft: {} is not real", name(x.dtype)));
  }
  switch (x.dtype) {
    case DType::float32:
      return Transform<float, float>(x, line).run();
    case DType::float64:
      return Transform<double, double>(x, line).run();
    case DType::complex64:
      return Transform<float, std::complex<float>>(x, line).run();
    case DType::complex128:
      return Transform<double, std::complex<double>>(x, line).run();
    default:
      return fft(astype(x, DType::float64), line);
  }
}

std::int64_t fft_scratch_bytes(std::int64_t elements, DType dtype, const FftLine& line) {
  const bool narrow = itemsize(fft_dtype(FftKind::complex, dtype)) == 8;
  const auto length = plan_length(line, dtype);
  const auto points = is_convolution(length) ? smooth_length(2 * length - 1) : length;
  const auto lanes = FftPlan<float>::lanes_for(length);
  const auto lines = lines_at_once(length, lanes, true);
  // The lines, what they are worked on with, a convolution's line, and tables.
  const auto numbers =
      2 * length * lines + 4 * points * std::max<std::size_t>(lanes, 2) + 64 * 1024 + 8 * points;
  const bool cast = !is_floating(dtype) && !is_complex(dtype);
  return static_cast<std::int64_t>(numbers) * (narrow ? 4 : 8) + (cast ? 8 * elements : 0);
}

}  // namespace tartan::array

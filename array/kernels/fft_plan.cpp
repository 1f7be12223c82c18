#include <algorithm>
#include <array/kernels/fft_plan.hpp>
#include <cmath>
#include <list>
#include <mutex>
#include <numbers>

namespace tartan::array {
namespace {

/// Up to here a transform is done in steps for any number of lanes: they fit the nearest caches.
constexpr std::size_t kLongestInSteps = 200;
template <class T>
constexpr std::size_t kLanes = 64 / sizeof(T);

struct Root {
  long double re;
  long double im;
};

/// exp(-2 pi i k / n) for k < n, from an angle of at most an eighth of the circle.
Root unit_root(std::size_t k, std::size_t n) {
  const std::size_t quadrant = 4 * k / n;
  const std::size_t within = 4 * k - quadrant * n;  // of the quadrant's n parts
  const bool mirrored = 2 * within > n;
  const auto angle = std::numbers::pi_v<long double> / 2 *
                     static_cast<long double>(mirrored ? n - within : within) /
                     static_cast<long double>(n);
  long double cosine = std::cos(angle);
  long double sine = std::sin(angle);
  if (mirrored) std::swap(cosine, sine);
  switch (quadrant) {
    case 0:
      return {cosine, -sine};
    case 1:
      return {-sine, -cosine};
    case 2:
      return {-cosine, sine};
    default:
      return {sine, cosine};
  }
}

std::vector<std::size_t> radices_of(std::size_t length) {
  std::vector<std::size_t> radices;
  for (const std::size_t radix : {4, 2, 3, 5}) {
    for (; length % radix == 0; length /= radix) radices.push_back(radix);
  }
  for (std::size_t radix = 7; length > 1; radix += 2) {
    for (; length % radix == 0; length /= radix) radices.push_back(radix);
  }
  return radices;
}

/// The largest divisor up to the square root.
std::size_t middle_divisor(std::size_t length) {
  auto divisor = static_cast<std::size_t>(std::sqrt(static_cast<double>(length)));
  while (length % divisor != 0) --divisor;
  return divisor;
}

template <class T>
std::size_t bytes_of(const SplitVector<T>& vector) {
  return 2 * sizeof(T) * vector.re.size();
}

template <class T>
void multiply(Split<T> x, std::size_t at, T re, T im) {
  const T value = x.re[at];
  x.re[at] = value * re - x.im[at] * im;
  x.im[at] = value * im + x.im[at] * re;
}

}  // namespace

template <class T>
SplitVector<T> unit_roots(std::size_t n, std::size_t count) {
  // Two small tables and one product each; in long double, so that rounding to T hides it.
  std::size_t step = 1;
  while (step * step < count) step *= 2;
  std::vector<Root> fine(step);
  for (std::size_t k = 0; k < step; ++k) fine[k] = unit_root(k % n, n);
  SplitVector<T> roots(count);
  for (std::size_t start = 0; start < count; start += step) {
    const auto coarse = unit_root(start % n, n);
    for (std::size_t k = 0; k < std::min(step, count - start); ++k) {
      roots.re[start + k] = static_cast<T>(coarse.re * fine[k].re - coarse.im * fine[k].im);
      roots.im[start + k] = static_cast<T>(coarse.re * fine[k].im + coarse.im * fine[k].re);
    }
  }
  return roots;
}

template <class T>
FftSteps<T>::FftSteps(std::size_t length) : length_(length) {
  std::size_t left = length;
  for (const auto radix : radices_of(length)) {
    Tables step{radix, left / radix, SplitVector<T>(left / radix * (radix - 1)),
                unit_roots<T>(radix, radix)};
    const auto roots = unit_roots<T>(left, left);
    for (std::size_t p = 0; p < step.rest; ++p) {
      for (std::size_t k = 1; k < radix; ++k) {
        step.twiddles.re[p * (radix - 1) + k - 1] = roots.re[p * k];
        step.twiddles.im[p * (radix - 1) + k - 1] = roots.im[p * k];
      }
    }
    left /= radix;
    steps_.push_back(std::move(step));
  }
}

template <class T>
std::size_t FftSteps<T>::bytes() const {
  std::size_t total = 0;
  for (const auto& step : steps_) total += bytes_of(step.twiddles) + bytes_of(step.roots);
  return total;
}

template <class T>
Split<T> FftSteps<T>::run(Split<T> x, Split<T> y, std::size_t lanes) const {
  std::size_t s = lanes;
  for (const auto& step : steps_) {
    run_stage<T>({step.radix, step.rest, step.twiddles.split(), step.roots.split()}, {x.re, x.im},
                 y, s);
    std::swap(x, y);
    s *= step.radix;
  }
  return x;
}

bool is_convolution(std::size_t length) {
  for (std::size_t factor = 2; factor <= kLargestRadix; ++factor) {
    while (length % factor == 0) length /= factor;
  }
  return length > 1;
}

std::size_t smooth_length(std::size_t length) {
  std::size_t best = 1;
  while (best < length) best *= 2;
  for (std::size_t fives = 1; fives < best; fives *= 5) {
    for (std::size_t odd = fives; odd < best; odd *= 3) {
      std::size_t candidate = odd;
      while (candidate < length) candidate *= 2;
      best = std::min(best, candidate);
    }
  }
  return best;
}

template <class T>
FftPlan<T>::FftPlan(std::size_t length) : length_(length), lanes_(lanes_for(length)) {
  if (is_convolution(length)) {
    const std::size_t whole = smooth_length(2 * length - 1);
    convolution_ = std::make_unique<FftPlan<T>>(whole);
    const auto roots = unit_roots<T>(2 * length, 2 * length);
    chirp_ = SplitVector<T>(length);
    spectrum_ = SplitVector<T>(whole);
    std::size_t square = 0;  // of k, modulo 2 * length
    for (std::size_t k = 0; k < length; ++k) {
      chirp_.re[k] = roots.re[square];
      chirp_.im[k] = roots.im[square];
      // The convolution's length is divided out here, once.
      const T scale = T{1} / static_cast<T>(whole);
      spectrum_.re[k] = spectrum_.re[(whole - k) % whole] = chirp_.re[k] * scale;
      spectrum_.im[k] = spectrum_.im[(whole - k) % whole] = -chirp_.im[k] * scale;
      square = (square + 2 * k + 1) % (2 * length);
    }
    std::vector<T> work(convolution_->work_size(1));
    convolution_->run(spectrum_.split(), 1, work.data());
  } else if (length <= kLongestInSteps) {
    columns_ = std::make_unique<FftSteps<T>>(length);
  } else {
    const std::size_t columns = middle_divisor(length);
    columns_ = std::make_unique<FftSteps<T>>(columns);
    rows_ = std::make_unique<FftSteps<T>>(length / columns);
    const auto roots = unit_roots<T>(length, length);
    twiddles_ = SplitVector<T>(length);
    for (std::size_t j = 0; j < length / columns; ++j) {
      for (std::size_t k = 0; k < columns; ++k) {
        twiddles_.re[j * columns + k] = roots.re[j * k];
        twiddles_.im[j * columns + k] = roots.im[j * k];
      }
    }
  }
}

template <class T>
std::size_t FftPlan<T>::lanes_for(std::size_t length) {
  const bool convolution = is_convolution(length);
  return (convolution ? smooth_length(2 * length - 1) : length) <= kLongestInSteps ? kLanes<T> : 1;
}

template <class T>
std::size_t FftPlan<T>::work_size(std::size_t lanes) const {
  if (convolution_) {
    return 2 * padded(convolution_->length() * lanes) + convolution_->work_size(lanes);
  }
  if (!rows_) return 2 * padded(length_ * lanes);
  return 2 * padded(length_) + 4 * padded(kLanes<T> * rows_->length());
}

template <class T>
std::size_t FftPlan<T>::bytes() const {
  return bytes_of(twiddles_) + bytes_of(chirp_) + bytes_of(spectrum_) +
         (columns_ ? columns_->bytes() : 0) + (rows_ ? rows_->bytes() : 0) +
         (convolution_ ? convolution_->bytes() : 0);
}

template <class T>
void FftPlan<T>::run(Split<T> x, std::size_t lanes, T* work) const {
  if (convolution_) return run_convolution(x, lanes, work);
  if (rows_) return run_matrix(x, work);
  const std::size_t count = length_ * lanes;
  const auto result = columns_->run(x, {work, work + padded(count)}, lanes);
  if (result.re == x.re) return;
  std::copy_n(result.re, count, x.re);
  std::copy_n(result.im, count, x.im);
}

namespace {

/// `count` rows of up to kLanes numbers; most are full.
template <class T>
void copy_rows(const T* __restrict from, std::size_t from_step, T* __restrict to,
               std::size_t to_step, std::size_t count, std::size_t width) {
  if (width == kLanes<T>) {
    for (std::size_t j = 0; j < count; ++j) {
      for (std::size_t c = 0; c < kLanes<T>; ++c) to[j * to_step + c] = from[j * from_step + c];
    }
  } else {
    for (std::size_t j = 0; j < count; ++j) {
      for (std::size_t c = 0; c < width; ++c) to[j * to_step + c] = from[j * from_step + c];
    }
  }
}

}  // namespace

// With j = j1 * rows + j2 and k = k1 + columns * k2: transforms over j1 for every j2, times
// w(n)^(j2 k1), then over j2 for every k1. A few columns at a time, which then stay in cache.
template <class T>
void FftPlan<T>::run_matrix(Split<T> x, T* work) const {
  const std::size_t columns = columns_->length();
  const std::size_t rows = rows_->length();
  const Split<T> middle{work, work + padded(length_)};
  work += 2 * padded(length_);
  const std::size_t part = padded(kLanes<T> * rows);
  const Split<T> a{work, work + part};
  const Split<T> b{work + 2 * part, work + 3 * part};
  for (std::size_t start = 0; start < rows; start += kLanes<T>) {
    const std::size_t width = std::min(kLanes<T>, rows - start);
    copy_rows(x.re + start, rows, a.re, width, columns, width);
    copy_rows(x.im + start, rows, a.im, width, columns, width);
    const auto done = columns_->run(a, b, width);
    for (std::size_t c = 0; c < width; ++c) {
      const std::size_t to = (start + c) * columns;
#pragma GCC ivdep
      for (std::size_t k = 0; k < columns; ++k) {
        const T re = done.re[k * width + c];
        const T im = done.im[k * width + c];
        const T wr = twiddles_.re[to + k];
        const T wi = twiddles_.im[to + k];
        middle.re[to + k] = re * wr - im * wi;
        middle.im[to + k] = re * wi + im * wr;
      }
    }
  }
  for (std::size_t start = 0; start < columns; start += kLanes<T>) {
    const std::size_t width = std::min(kLanes<T>, columns - start);
    copy_rows(middle.re + start, columns, a.re, width, rows, width);
    copy_rows(middle.im + start, columns, a.im, width, rows, width);
    const auto done = rows_->run(a, b, width);
    copy_rows(done.re, width, x.re + start, columns, rows, width);
    copy_rows(done.im, width, x.im + start, columns, rows, width);
  }
}

template <class T>
void FftPlan<T>::run_convolution(Split<T> x, std::size_t lanes, T* work) const {
  const std::size_t whole = convolution_->length();
  const Split<T> a{work, work + padded(whole * lanes)};
  work += 2 * padded(whole * lanes);
  for (std::size_t k = 0; k < length_; ++k) {
    for (std::size_t q = k * lanes; q < (k + 1) * lanes; ++q) {
      a.re[q] = x.re[q];
      a.im[q] = x.im[q];
      multiply(a, q, chirp_.re[k], chirp_.im[k]);
    }
  }
  std::fill(a.re + length_ * lanes, a.re + whole * lanes, T{0});
  std::fill(a.im + length_ * lanes, a.im + whole * lanes, T{0});
  convolution_->run(a, lanes, work);
  for (std::size_t k = 0; k < whole; ++k) {
    for (std::size_t q = k * lanes; q < (k + 1) * lanes; ++q) {
      multiply(a, q, spectrum_.re[k], spectrum_.im[k]);
    }
  }
  // With the parts exchanged the transform is the inverse one.
  convolution_->run({a.im, a.re}, lanes, work);
  for (std::size_t k = 0; k < length_; ++k) {
    for (std::size_t q = k * lanes; q < (k + 1) * lanes; ++q) {
      multiply(a, q, chirp_.re[k], chirp_.im[k]);
      x.re[q] = a.re[q];
      x.im[q] = a.im[q];
    }
  }
}

namespace {

/// The tables used last, up to kBytes of them and always the newest.
template <class Table>
class TableCache {
 public:
  template <class Make>
  std::shared_ptr<const Table> get(std::size_t length, Make make) {
    {
      const std::lock_guard lock(mutex_);
      for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
        if (entry->length != length) continue;
        entries_.splice(entries_.begin(), entries_, entry);
        return entries_.front().table;
      }
    }
    // Two threads may make the same one; the tables are equal.
    auto [table, bytes] = make();
    const std::lock_guard lock(mutex_);
    entries_.push_front({length, bytes, table});
    bytes_ += bytes;
    while (entries_.size() > 1 && (bytes_ > kBytes || entries_.size() > kEntries)) {
      bytes_ -= entries_.back().bytes;
      entries_.pop_back();
    }
    return table;
  }

 private:
  static constexpr std::size_t kBytes = std::size_t{64} << 20;
  static constexpr std::size_t kEntries = 32;
  struct Entry {
    std::size_t length;
    std::size_t bytes;
    std::shared_ptr<const Table> table;
  };
  std::mutex mutex_;
  std::list<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace

template <class T>
std::shared_ptr<const FftPlan<T>> fft_plan(std::size_t length) {
  static TableCache<FftPlan<T>> cache;
  return cache.get(length, [length] {
    auto plan = std::make_shared<const FftPlan<T>>(length);
    return std::pair(plan, plan->bytes());
  });
}

template <class T>
std::shared_ptr<const SplitVector<T>> half_roots(std::size_t length) {
  static TableCache<SplitVector<T>> cache;
  return cache.get(length, [length] {
    auto roots = std::make_shared<const SplitVector<T>>(unit_roots<T>(length, length / 2 + 1));
    return std::pair(roots, bytes_of(*roots));
  });
}

template class FftPlan<float>;
template class FftPlan<double>;
template std::shared_ptr<const FftPlan<float>> fft_plan(std::size_t);
template std::shared_ptr<const FftPlan<double>> fft_plan(std::size_t);
template std::shared_ptr<const SplitVector<float>> half_roots(std::size_t);
template std::shared_ptr<const SplitVector<double>> half_roots(std::size_t);

}  // namespace tartan::array

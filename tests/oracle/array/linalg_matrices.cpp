#include "linalg_matrices.hpp"

#include <complex>

namespace tartan::oracle {
namespace {

using Complex = std::complex<double>;

/// Elements as complex numbers, whatever the dtype will be.
struct Elements {
  Shape shape;
  std::vector<Complex> values;

  std::int64_t rows() const { return shape[shape.size() - 2]; }
  std::int64_t columns() const { return shape.back(); }
  std::int64_t count() const {
    return rows() * columns() == 0
               ? 0
               : static_cast<std::int64_t>(values.size()) / (rows() * columns());
  }
  Complex& at(std::int64_t matrix, std::int64_t row, std::int64_t column) {
    return values[static_cast<std::size_t>((matrix * rows() + row) * columns() + column)];
  }
};

Elements draw(Random& random, const Shape& shape, DType dtype) {
  Elements elements{shape, std::vector<Complex>(static_cast<std::size_t>(element_count(shape)))};
  const auto number = [&] {
    if (is_integer(dtype)) {
      return static_cast<double>(between(random, is_unsigned_integer(dtype) ? 0 : -3, 3));
    }
    return 6 * random.uniform() - 3;
  };
  for (auto& value : elements.values) {
    const auto real = number();
    value = Complex(real, is_complex(dtype) ? number() : 0);
  }
  return elements;
}

template <class T>
Chunk chunk_of(const Elements& elements) {
  MutableChunk chunk(dtype_of<T>, elements.shape);
  auto to = chunk.view<T>();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = Scalar(elements.values[i]).as<T>();
  return std::move(chunk).freeze();
}

Term record(Recorder& recorder, Random& random, const Elements& elements, DType dtype) {
  switch (dtype) {
    case int32:
      return recorder.input(random, chunk_of<std::int32_t>(elements));
    case int64:
      return recorder.input(random, chunk_of<std::int64_t>(elements));
    case uint8:
      return recorder.input(random, chunk_of<std::uint8_t>(elements));
    case boolean:
      return recorder.input(random, chunk_of<bool>(elements));
    case float32:
      return recorder.input(random, chunk_of<float>(elements));
    case complex64:
      return recorder.input(random, chunk_of<std::complex<float>>(elements));
    case complex128:
      return recorder.input(random, chunk_of<Complex>(elements));
    default:
      return recorder.input(random, chunk_of<double>(elements));
  }
}

Elements product(Random& random, const Shape& shape, std::int64_t rank, DType dtype) {
  auto left = draw(random, {shape[0], rank}, dtype);
  auto right = draw(random, {rank, shape[1]}, dtype);
  Elements elements{shape, std::vector<Complex>(static_cast<std::size_t>(element_count(shape)))};
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    for (std::int64_t j = 0; j < shape[1]; ++j) {
      for (std::int64_t k = 0; k < rank; ++k) {
        elements.at(0, i, j) += left.at(0, i, k) * right.at(0, k, j);
      }
    }
  }
  return elements;
}

void add_to_diagonal(Elements& elements, double number) {
  for (std::int64_t s = 0; s < elements.count(); ++s) {
    for (std::int64_t i = 0; i < elements.rows(); ++i) elements.at(s, i, i) += number;
  }
}

}  // namespace

Term plain_input(Recorder& recorder, Random& random, const Shape& shape, DType dtype) {
  return record(recorder, random, draw(random, shape, dtype), dtype);
}

std::string inexact_text(const Term& x) {
  const auto dtype = x.array.dtype();
  if (is_floating(dtype) || is_complex(dtype)) return x.text;
  return fmt::format("({}).astype('float64')", x.text);
}

Shape any_shape(Random& random, std::int64_t least) {
  Shape shape{between(random, least, 14), between(random, least, 14)};
  if (random.chance(0.3)) shape[random.below(2)] = between(random, 15, 60);
  if (random.chance(0.25)) shape.insert(shape.begin(), between(random, 1, 4));
  return shape;
}

Shape square_shape(Random& random, std::int64_t most) {
  const auto side = random.chance(0.05) ? 0 : between(random, 1, most);
  Shape shape{side, side};
  if (random.chance(0.25)) shape.insert(shape.begin(), between(random, 1, 4));
  return shape;
}

Term matrix(Recorder& recorder, Random& random, const Shape& shape) {
  const auto dtype = pick(random, kAnyInput);
  if (shape.size() == 2 && random.chance(0.2)) {
    return low_rank(recorder, random, shape, between(random, 0, 3), pick(random, kInexact));
  }
  return plain_input(recorder, random, shape, dtype);
}

Term low_rank(Recorder& recorder, Random& random, const Shape& shape, std::int64_t rank,
              DType dtype) {
  return record(recorder, random, product(random, shape, rank, dtype), dtype);
}

Term separated(Recorder& recorder, Random& random) {
  const auto dtype = pick(random, std::vector<DType>{float64, complex128});
  const Shape shape{between(random, 1, 30), between(random, 1, 30)};
  const auto most = std::min<std::int64_t>({shape[0], shape[1], 4});
  return low_rank(recorder, random, shape, between(random, 1, most), dtype);
}

Term dominant(Recorder& recorder, Random& random, Shape shape, std::int64_t side) {
  if (side >= 0) shape = {side, side};
  const auto dtype = pick(random, kAnyInput);
  auto elements = draw(random, shape, dtype);
  add_to_diagonal(elements, 3.0 * static_cast<double>(shape.back()) + 3);
  for (std::int64_t i = side < 0 ? shape.back() : 0; i > 1; --i) {
    const auto other = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(i)));
    for (std::int64_t s = 0; s < elements.count(); ++s) {
      for (std::int64_t j = 0; j < shape.back(); ++j) {
        std::swap(elements.at(s, i - 1, j), elements.at(s, other, j));
      }
    }
  }
  return record(recorder, random, elements, dtype);
}

Term definite(Recorder& recorder, Random& random, const Shape& shape) {
  const auto dtype = pick(random, kAnyInput);
  auto elements = draw(random, shape, dtype);
  const auto n = shape.back();
  for (std::int64_t s = 0; s < elements.count(); ++s) {
    for (std::int64_t i = 0; i < n; ++i) {
      elements.at(s, i, i) = elements.at(s, i, i).real();
      for (std::int64_t j = 0; j < i; ++j) elements.at(s, j, i) = std::conj(elements.at(s, i, j));
    }
  }
  add_to_diagonal(elements, 5.0 * static_cast<double>(n) + 4);
  return record(recorder, random, elements, dtype);
}

}  // namespace tartan::oracle

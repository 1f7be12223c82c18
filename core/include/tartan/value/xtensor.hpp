#pragma once

// Codecs of xt::xarray, xt::xtensor and std::complex: the shape in the header, the elements as one
// bulk frame in the container's own order.

#include <complex>
#include <limits>
#include <tartan/value/codec.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xtensor.hpp>

namespace tartan {

template <class T>
struct Codec<std::complex<T>> {
  static std::string name() { return "complex" + std::to_string(16 * sizeof(T)); }
  static void encode(const std::complex<T>& value, Writer& writer) {
    writer.put(value.real());
    writer.put(value.imag());
  }
  static std::complex<T> decode(Reader& reader) {
    const T real = reader.get<T>();
    return {real, reader.get<T>()};
  }
};

namespace detail {

template <class T>
inline constexpr bool kComplex = false;
template <class T>
inline constexpr bool kComplex<std::complex<T>> = true;

/// What xarray and xtensor have in common. Container has a static layout and owns its elements.
template <class Container>
struct XtensorCodec {
  using T = typename Container::value_type;
  using Shape = typename Container::shape_type;
  static_assert(Container::static_layout == xt::layout_type::row_major ||
                    Container::static_layout == xt::layout_type::column_major,
                "an xtensor container with a dynamic layout has no codec: assign it to one with a "
                "row-major or column-major layout");
  static_assert(kPlain<T> || kComplex<T> || std::is_same_v<T, bool>,
                "only xtensor containers of numbers and bools have a codec");

  static std::string layout_name() {
    return Container::static_layout == xt::layout_type::row_major ? "" : ",column_major";
  }

  static void encode(const Container& array, Writer& writer) {
    writer.length(array.dimension());
    for (const auto extent : array.shape()) writer.length(static_cast<std::size_t>(extent));
    writer.run({reinterpret_cast<const std::byte*>(array.data()), array.size() * sizeof(T)});
  }

  /// Reads `rank` extents into shape and returns the number of elements.
  static std::size_t decode_shape(Reader& reader, Shape& shape, std::size_t rank) {
    constexpr std::size_t kMost = std::numeric_limits<std::ptrdiff_t>::max() / sizeof(T);
    std::size_t strided = 1;  // the product without zeros, which strides must be able to hold
    bool empty = false;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::size_t extent = reader.length();
      shape[i] = extent;
      empty = empty || extent == 0;
      if (extent > kMost / strided) reader.malformed("the shape of an array overflows");
      strided *= extent == 0 ? 1 : extent;
    }
    return empty ? 0 : strided;
  }

  static Container decode_elements(Reader& reader, const Shape& shape, std::size_t size) {
    const auto bytes = reader.run(size * sizeof(T));
    if constexpr (std::is_same_v<T, bool>) {
      for (const std::byte b : bytes) {
        if (b > std::byte{1}) reader.malformed("a bool is neither 0 nor 1");
      }
    }
    Container array = Container::from_shape(shape);
    if (size != 0) std::memcpy(static_cast<void*>(array.data()), bytes.data(), bytes.size());
    return array;
  }

  static std::size_t nbytes(const Container& array) {
    return sizeof array + array.size() * sizeof(T);
  }
};

}  // namespace detail

template <class EC, xt::layout_type L, class SC, class Tag>
struct Codec<xt::xarray_container<EC, L, SC, Tag>>
    : detail::XtensorCodec<xt::xarray_container<EC, L, SC, Tag>> {
  using Base = detail::XtensorCodec<xt::xarray_container<EC, L, SC, Tag>>;

  static std::string name() {
    return "xarray<" + Codec<typename Base::T>::name() + Base::layout_name() + ">";
  }
  static xt::xarray_container<EC, L, SC, Tag> decode(Reader& reader) {
    const std::size_t rank = reader.count();
    typename Base::Shape shape(rank);
    const std::size_t size = Base::decode_shape(reader, shape, rank);
    return Base::decode_elements(reader, shape, size);
  }
};

template <class EC, std::size_t N, xt::layout_type L, class Tag>
struct Codec<xt::xtensor_container<EC, N, L, Tag>>
    : detail::XtensorCodec<xt::xtensor_container<EC, N, L, Tag>> {
  using Base = detail::XtensorCodec<xt::xtensor_container<EC, N, L, Tag>>;

  static std::string name() {
    return "xtensor<" + Codec<typename Base::T>::name() + "," + std::to_string(N) +
           Base::layout_name() + ">";
  }
  static xt::xtensor_container<EC, N, L, Tag> decode(Reader& reader) {
    if (reader.length() != N) reader.malformed("an array has another number of dimensions");
    typename Base::Shape shape{};
    const std::size_t size = Base::decode_shape(reader, shape, N);
    return Base::decode_elements(reader, shape, size);
  }
};

}  // namespace tartan

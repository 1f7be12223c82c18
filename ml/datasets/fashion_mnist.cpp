#include <ml/datasets/idx.hpp>
#include <tartan/client/delayed.hpp>
#include <tartan/ml/datasets.hpp>

namespace tartan::ml {

Dataset load_fashion_mnist(const FashionMnistParams& params) {
  if (params.chunk_rows < 1) {
    throw ValueError("load_fashion_mnist: chunk_rows must be at least 1");
  }
  const std::string prefix = params.directory + (params.train ? "/train" : "/t10k");
  const std::string images = prefix + "-images-idx3-ubyte.gz";
  const std::string labels = prefix + "-labels-idx1-ubyte.gz";
  const Array pixels =
      from_delayed(delayed<&tasks::read_idx>(images), idx_shape(images), DType::uint8)
          .rechunk({params.chunk_rows, -1});
  const Array classes =
      from_delayed(delayed<&tasks::read_idx>(labels), idx_shape(labels), DType::uint8)
          .rechunk({params.chunk_rows});
  return {pixels.astype(DType::float32) / 255.0F, classes};
}

}  // namespace tartan::ml

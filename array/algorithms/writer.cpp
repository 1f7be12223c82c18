#include <array/algorithms/writer.hpp>

namespace tartan::array {

void run_writer(std::shared_ptr<const Algorithm> writer, const Array& x) {
  const auto grid = x.grid();
  Chunks ones;
  for (const auto count : grid) ones.emplace_back(static_cast<std::size_t>(count), 1);
  const Array written(
      algorithm_node(std::move(writer), DType::uint8, grid, std::move(ones), {x.node()}));
  static_cast<void>(written.compute_chunk());
}

}  // namespace tartan::array

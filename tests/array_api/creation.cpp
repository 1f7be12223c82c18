#include <tartan/array/creation.hpp>

#include "binding.hpp"

namespace tartan::binding {
namespace {

using MaybeChunks = std::optional<Chunks>;
using MaybeDType = std::optional<DType>;

}  // namespace

void bind_creation(py::module_& module) {
  module.def("zeros", [](const Shape& shape, DType dtype, const MaybeChunks& chunks) {
    return zeros(shape, {.dtype = dtype, .chunks = chunks_of(chunks)});
  });
  module.def("ones", [](const Shape& shape, DType dtype, const MaybeChunks& chunks) {
    return ones(shape, {.dtype = dtype, .chunks = chunks_of(chunks)});
  });
  module.def("empty", [](const Shape& shape, DType dtype, const MaybeChunks& chunks) {
    return empty(shape, {.dtype = dtype, .chunks = chunks_of(chunks)});
  });
  module.def("full",
             [](const Shape& shape, py::handle value, MaybeDType dtype, const MaybeChunks& chunks) {
               return full(shape, scalar_of(value), {.dtype = dtype, .chunks = chunks_of(chunks)});
             });
  module.def("zeros_like", [](const Array& like) { return zeros_like(like); });
  module.def("ones_like", [](const Array& like) { return ones_like(like); });
  module.def("empty_like", [](const Array& like) { return empty_like(like); });
  module.def("full_like",
             [](const Array& like, py::handle value) { return full_like(like, scalar_of(value)); });
  module.def("arange", [](py::handle start, py::handle stop, py::handle step, MaybeDType dtype,
                          const py::function& chunks) {
    // The length decides the chunks, and only tartan says what the length is.
    const auto whole = arange(scalar_of(start), scalar_of(stop), scalar_of(step), {.dtype = dtype});
    return arange(scalar_of(start), scalar_of(stop), scalar_of(step),
                  {.dtype = dtype, .chunks = chunks_of(chunks(whole.shape()).cast<MaybeChunks>())});
  });
  module.def("linspace", [](py::handle start, py::handle stop, std::int64_t count, DType dtype,
                            bool endpoint, const MaybeChunks& chunks) {
    return linspace(scalar_of(start), scalar_of(stop), count,
                    {.endpoint = endpoint, .dtype = dtype, .chunks = chunks_of(chunks)});
  });
  module.def("eye", [](std::int64_t rows, std::int64_t columns, std::int64_t k, DType dtype,
                       const MaybeChunks& chunks) {
    return eye(rows, {.columns = columns, .k = k, .dtype = dtype, .chunks = chunks_of(chunks)});
  });
  module.def("tril", &tril);
  module.def("triu", &triu);
  module.def("meshgrid", [](const std::vector<Array>& vectors, bool matrix) {
    return meshgrid(vectors, matrix ? Indexing::ij : Indexing::xy);
  });
}

}  // namespace tartan::binding

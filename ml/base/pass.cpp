#include <array/expr/algorithm.hpp>
#include <array/expr/lower.hpp>
#include <array/expr/settle.hpp>
#include <fmt/format.h>
#include <ml/base/pass.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan::ml::detail {
namespace {

using array::Emission;
using array::Made;

constexpr std::size_t kFanIn = 8;
/// Arguments of this size are sent once and not with every task.
constexpr std::size_t kLargeArgument = 1024;

/// Makes an argument a result that many tasks can depend on.
Value hand_on(Arguments& arguments) { return arguments.next(); }

class RowPass final : public array::Algorithm {
 public:
  explicit RowPass(PassSpec spec) : spec_(std::move(spec)) {}

  std::string_view name() const override { return spec_.name; }

  void put_parameters(array::WordWriter& words) const override {
    const auto put = [&](Key key) {
      words.put(static_cast<std::int64_t>(key.hi));
      words.put(static_cast<std::int64_t>(key.lo));
    };
    put(spec_.task->ref.hash());
    if (spec_.combine != nullptr) put(spec_.combine->ref.hash());
    ArgumentWriter writer;
    for (const Value& value : spec_.values) writer.inline_value(value);
    put(hash_bytes(writer.bytes()));
    for (const bool input : spec_.takes_input) words.put(input ? 1 : 0);
  }

  std::optional<std::vector<array::BlockRead>> reads(const array::Node&,
                                                     std::int64_t block) const override {
    if (spec_.combine != nullptr) return std::nullopt;
    std::vector<array::BlockRead> reads;
    for (std::size_t source = 0; source < spec_.inputs.size(); ++source) {
      reads.push_back({source, block});
    }
    return reads;
  }

  std::vector<Made> emit(Emission& emission) const override {
    const std::vector<std::optional<Made>> shared = share_large(emission);
    std::vector<Made> results;
    if (spec_.combine == nullptr) {
      for (const std::int64_t block : emission.blocks()) {
        results.push_back(emit_block(emission, block, shared));
      }
      return results;
    }
    for (std::int64_t block = 0; block < emission.input(0).block_count(); ++block) {
      results.push_back(emit_block(emission, block, shared));
    }
    while (results.size() > 1) results = combine_level(emission, results);
    return results;
  }

 private:
  std::vector<std::optional<Made>> share_large(Emission& emission) const {
    std::vector<std::optional<Made>> shared(spec_.values.size());
    for (std::size_t i = 0; i < shared.size(); ++i) {
      const std::size_t bytes = spec_.values[i].nbytes();
      if (bytes < kLargeArgument) continue;
      ArgumentWriter writer;
      writer.inline_value(spec_.values[i]);
      shared[i] = emission.add(task_function<&hand_on>(), "parameters", writer, {},
                               static_cast<std::int64_t>(bytes));
    }
    return shared;
  }

  Made emit_block(Emission& emission, std::int64_t block,
                  const std::vector<std::optional<Made>>& shared) const {
    ArgumentWriter writer;
    std::vector<Made> dependencies;
    const auto depend = [&](const Made& made) {
      writer.dependency(static_cast<std::uint32_t>(dependencies.size()));
      dependencies.push_back(made);
    };
    if (spec_.tells_block) {
      const auto& bounds = emission.input(0).bounds[0];
      const auto at = static_cast<std::size_t>(block);
      writer.inline_object(RowBlock{block, bounds[at], bounds[at + 1] - bounds[at]});
    }
    std::size_t input = 0;
    std::size_t value = 0;
    for (const bool takes_input : spec_.takes_input) {
      if (takes_input) {
        depend(emission.block(input++, block));
      } else if (shared[value]) {
        depend(*shared[value++]);
      } else {
        writer.inline_value(spec_.values[value++]);
      }
    }
    return emission.add(*spec_.task, "", writer, dependencies, spec_.output_bytes,
                        spec_.scratch_bytes);
  }

  std::vector<Made> combine_level(Emission& emission, const std::vector<Made>& parts) const {
    std::vector<Made> level;
    for (std::size_t first = 0; first < parts.size(); first += kFanIn) {
      const std::size_t count = std::min(kFanIn, parts.size() - first);
      if (count == 1) {
        level.push_back(parts[first]);
        continue;
      }
      ArgumentWriter writer;
      writer.list(static_cast<std::uint32_t>(count));
      for (std::size_t i = 0; i < count; ++i) writer.dependency(static_cast<std::uint32_t>(i));
      level.push_back(emission.add(*spec_.combine, "combine", writer,
                                   std::span(parts).subspan(first, count), spec_.output_bytes));
    }
    return level;
  }

  PassSpec spec_;
};

}  // namespace

void PassSpec::add(const Array& rows) {
  if (!rows.valid()) {
    values.push_back(Value::of(Chunk{DType::float64, {0}, {}}));
    takes_input.push_back(false);
    return;
  }
  inputs.push_back(rows.node());
  takes_input.push_back(true);
}

void PassSpec::add_kept(const std::vector<AnyFuture>& futures) {
  const auto count = static_cast<std::int64_t>(futures.size());
  inputs.push_back(array::make_node(array::StoredNode{futures}, DType::float64, {count},
                                    {std::vector<std::int64_t>(futures.size(), 1)}));
  takes_input.push_back(true);
}

namespace {

/// How many blocks of rows there are. Throws ValueError when the arrays differ in that.
std::int64_t block_count(const PassSpec& spec) {
  if (spec.inputs.empty()) throw ValueError(fmt::format("{}: a pass needs rows", spec.name));
  const std::int64_t blocks = spec.inputs.front()->block_count();
  for (const auto& input : spec.inputs) {
    if (input->block_count() == blocks) continue;
    throw ValueError(fmt::format("{}: its arrays are cut into {} and {} blocks of rows", spec.name,
                                 blocks, input->block_count()));
  }
  return blocks;
}

array::NodePtr pass_node(PassSpec spec, DType dtype, Shape shape, Chunks chunks) {
  auto inputs = spec.inputs;
  return array::algorithm_node(std::make_shared<RowPass>(std::move(spec)), dtype, std::move(shape),
                               std::move(chunks), std::move(inputs));
}

}  // namespace

std::vector<AnyFuture> run_pass(PassSpec spec) {
  const std::int64_t blocks = block_count(spec);
  const bool combines = spec.combine != nullptr;
  const auto node = pass_node(
      std::move(spec), DType::float64, combines ? Shape{} : Shape{blocks},
      combines ? Chunks{} : Chunks{std::vector<std::int64_t>(static_cast<std::size_t>(blocks), 1)});
  return array::start(std::span(&node, 1), Client::current()).front();
}

Array map_pass(PassSpec spec, DType dtype, std::optional<std::int64_t> columns) {
  block_count(spec);
  const auto& rows = *spec.inputs.front();
  Shape shape{rows.shape[0]};
  Chunks chunks{rows.chunks[0]};
  if (columns) {
    shape.push_back(*columns);
    chunks.push_back({*columns});
  }
  std::int64_t longest = 0;
  for (const std::int64_t length : chunks[0]) longest = std::max(longest, length);
  spec.output_bytes =
      longest * columns.value_or(1) * static_cast<std::int64_t>(itemsize(dtype)) + 64;
  return Array(pass_node(std::move(spec), dtype, std::move(shape), std::move(chunks)));
}

}  // namespace tartan::ml::detail

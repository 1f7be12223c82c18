#include <algorithm>
#include <array/kernels/evaluate.hpp>
#include <cstring>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

constexpr std::size_t kSlotBytes = kTileElements * 16;
/// A tile is computed in strips of this many elements: a program's temporaries, constants and
/// input then fit the first-level cache together.
constexpr std::size_t kStrip = 512;
/// Of programs this long, what is next is fetched while they compute.
constexpr std::size_t kStepsToPrefetch = 3;

void fill(std::byte* to, const std::byte* element, std::size_t itemsize, std::size_t count) {
  if (count == 0) return;
  std::memcpy(to, element, itemsize);
  // Doubling the part already filled keeps memcpy at full speed for every element size.
  for (std::size_t done = 1; done < count;) {
    const std::size_t more = std::min(done, count - done);
    std::memcpy(to + done * itemsize, to, more * itemsize);
    done += more;
  }
}

template <class T>
void fill_run(std::byte* to, const std::byte* element, std::size_t count) {
  T value;
  std::memcpy(&value, element, sizeof value);
  T* out = reinterpret_cast<T*>(to);
  for (std::size_t i = 0; i < count; ++i) out[i] = value;
}

/// fill for runs that are often short.
void repeat(std::byte* to, const std::byte* element, std::size_t itemsize, std::size_t count) {
  switch (itemsize) {
    case 1:
      return fill_run<std::uint8_t>(to, element, count);
    case 2:
      return fill_run<std::uint16_t>(to, element, count);
    case 4:
      return fill_run<std::uint32_t>(to, element, count);
    case 8:
      return fill_run<std::uint64_t>(to, element, count);
    default:
      return fill(to, element, itemsize, count);
  }
}

struct Merged {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

/// Result dimensions with the input's strides, neighbours merged that continue each other.
Merged merge_dimensions(const View& input, const Shape& out) {
  Merged merged;
  const Shape& in = input.shape;
  for (std::size_t i = 0; i < out.size(); ++i) {  // from the innermost outwards
    const std::int64_t n = out[out.size() - 1 - i];
    const std::int64_t m = i < in.size() ? in[in.size() - 1 - i] : 1;
    if (n == 1) continue;
    const std::int64_t step = m == 1 ? 0 : input.strides[in.size() - 1 - i];
    if (!merged.shape.empty() && step == merged.strides.back() * merged.shape.back()) {
      merged.shape.back() *= n;
    } else {
      merged.shape.push_back(n);
      merged.strides.push_back(step);
    }
  }
  std::reverse(merged.shape.begin(), merged.shape.end());
  std::reverse(merged.strides.begin(), merged.strides.end());
  return merged;
}

}  // namespace

Evaluator::Evaluator(const Program& program, std::span<const View> inputs, const Shape& out_shape,
                     std::span<const ValueIndex> kept)
    : program_(program), isa_(active_isa()) {
  check(inputs, out_shape);
  values_.resize(program_.value_count());
  advance_.resize(program_.value_count(), 0);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    sources_.push_back(make_source(inputs[i], out_shape));
    if (sources_[i].kind != Source::Kind::scalar) advance_[i] = sources_[i].itemsize;
  }
  for (std::size_t i = 0; i < program_.constants.size(); ++i) {
    const Constant& constant = program_.constants[i];
    // One that is a result itself is asked for by the tile.
    const std::size_t count = is_kept(kept, program_.inputs.size() + i) ? kTileElements : kStrip;
    std::byte* filled = scratch(count * itemsize(constant.dtype));
    fill(filled, constant.bytes.data(), itemsize(constant.dtype), count);
    values_[program_.inputs.size() + i] = filled;
  }
  plan_steps(kept);
}

bool Evaluator::is_kept(std::span<const ValueIndex> kept, std::size_t value) const {
  return value + 1 == program_.value_count() ||
         std::find(kept.begin(), kept.end(), value) != kept.end();
}

void Evaluator::check(std::span<const View> inputs, const Shape& out_shape) const {
  if (inputs.size() != program_.inputs.size()) {
    throw ValueError(fmt::format("an array program of {} inputs was given {} chunks",
                                 program_.inputs.size(), inputs.size()));
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const DType dtype = inputs[i].chunk.dtype;
    if (dtype != program_.inputs[i]) {
      throw TypeError(fmt::format("input {} of an array program is {}, not {}", i,
                                  tartan::name(dtype), tartan::name(program_.inputs[i])));
    }
    if (!broadcasts_to(inputs[i].shape, out_shape)) {
      throw ValueError(
          fmt::format("input {} of an array program has shape {}, which does not "
                      "broadcast to {}",
                      i, to_string(inputs[i].shape), to_string(out_shape)));
    }
  }
}

std::byte* Evaluator::scratch(std::size_t bytes) {
  // Staggered, and off the start of a page where chunks begin, because loads wait for stores
  // whose addresses agree in the low twelve bits: about a tenth in x * y + 1.
  constexpr std::size_t kPage = 4096;
  constexpr std::size_t kStagger = 576;
  const std::size_t offset = (memory_.size() + 1) * kStagger % kPage;
  memory_.emplace_back(bytes + offset);
  return memory_.back().data() + offset;
}

std::byte* Evaluator::slot(std::size_t index) {
  while (slots_.size() <= index) slots_.push_back(scratch(kSlotBytes));
  return slots_[index];
}

Evaluator::Source Evaluator::make_source(const View& input, const Shape& out_shape) {
  Source source;
  source.itemsize = itemsize(input.chunk.dtype);
  source.data = input.data();
  const std::int64_t count = input.size();
  const std::int64_t out_count = element_count(out_shape);
  if (out_count == 0 || (count == out_count && input.is_contiguous())) return source;
  if (count == 1) {
    source.kind = Source::Kind::scalar;
    const auto n = static_cast<std::size_t>(
        std::min<std::int64_t>(out_count, static_cast<std::int64_t>(kTileElements)));
    std::byte* filled = scratch(n * source.itemsize);
    fill(filled, input.data(), source.itemsize, n);
    source.data = filled;
    return source;
  }
  Merged merged = merge_dimensions(input, out_shape);
  if (merged.shape.size() == 2 && merged.strides[0] == 0 && merged.strides[1] == 1 &&
      count <= static_cast<std::int64_t>(kTileElements)) {
    // Rows that repeat: one copy long enough to start anywhere in it.
    source.kind = Source::Kind::periodic;
    source.period = count;
    const auto n = static_cast<std::size_t>(count) + kTileElements;
    std::byte* repeated = scratch(n * source.itemsize);
    const auto row = static_cast<std::size_t>(count) * source.itemsize;
    for (std::size_t done = 0; done < n * source.itemsize; done += row) {
      std::memcpy(repeated + done, input.data(), std::min(row, n * source.itemsize - done));
    }
    source.data = repeated;
    return source;
  }
  if (merged.strides.back() != 0 && merged.strides.back() != 1) {
    source.kind = Source::Kind::turned;
    source.slot = turned_.size();
    turned_.emplace_back(source.data, source.itemsize, std::move(merged.shape),
                         std::move(merged.strides));
    return source;
  }
  source.kind = Source::Kind::strided;
  odometer_.resize(std::max(odometer_.size(), merged.shape.size()));
  source.shape = std::move(merged.shape);
  source.strides = std::move(merged.strides);
  source.slot = slots_.size();
  slot(source.slot);
  return source;
}

/// The sine and the cosine of the same value are one step: the first of them makes both, the other
/// has no kernel.
void Evaluator::find_pairs() {
  const auto is_one = [](const Instruction& step) {
    return is_floating(step.operand) &&
           (step.operation == Operation::sin || step.operation == Operation::cos);
  };
  const std::vector<Instruction>& code = program_.code;
  // The last step writes where it is told; it is left alone.
  for (std::size_t j = 1; j + 1 < code.size(); ++j) {
    if (!is_one(code[j])) continue;
    for (std::size_t i = 0; i < j; ++i) {
      const bool pair = is_one(code[i]) && code[i].operation != code[j].operation &&
                        code[i].arguments[0] == code[j].arguments[0];
      if (!pair || steps_[i].kernel == nullptr || steps_[i].both != nullptr) continue;
      steps_[i].both = sincos_kernel(code[i].operand, isa_);
      steps_[i].other = j;
      steps_[j].other = i;
      steps_[j].kernel = nullptr;
      break;
    }
  }
}

void Evaluator::plan_steps(std::span<const ValueIndex> kept) {
  // Slots are reused once the last instruction that reads a value has run.
  const std::size_t first = program_.inputs.size() + program_.constants.size();
  std::vector<std::size_t> last_use(program_.value_count(), 0);
  for (std::size_t i = 0; i < program_.code.size(); ++i) {
    const Instruction& instruction = program_.code[i];
    for (int k = 0; k < arity(instruction.operation); ++k) {
      last_use[instruction.arguments[static_cast<std::size_t>(k)]] = i;
    }
  }
  for (const Instruction& instruction : program_.code) {
    steps_.push_back(
        {find_kernel(instruction.operation, instruction.operand, instruction.result, isa_)});
    if (steps_.back().kernel == nullptr) {
      throw TypeError(fmt::format("there is no {} for {}", name(instruction.operation),
                                  tartan::name(instruction.operand)));
    }
  }
  find_pairs();
  std::vector<std::size_t> free_slots;
  std::size_t next_slot = slots_.size();
  for (std::size_t i = 0; i < program_.code.size(); ++i) {
    const Instruction& instruction = program_.code[i];
    Step& step = steps_[i];
    // What is kept fills up strip by strip, while others write theirs: it shares with nobody.
    const bool keeps = is_kept(kept, first + i);
    // Nor does what an earlier step makes.
    if (keeps || step.kernel == nullptr || free_slots.empty()) {
      step.slot = next_slot++;
    } else {
      step.slot = free_slots.back();
      free_slots.pop_back();
    }
    slot(step.slot);
    if (keeps) advance_[first + i] = itemsize(instruction.result);
    std::vector<std::size_t> freed;
    for (int k = 0; k < arity(instruction.operation); ++k) {
      const std::size_t value = instruction.arguments[static_cast<std::size_t>(k)];
      if (value < first || last_use[value] != i || is_kept(kept, value)) continue;
      const std::size_t released = steps_[value - first].slot;
      if (std::find(freed.begin(), freed.end(), released) == freed.end()) freed.push_back(released);
    }
    free_slots.insert(free_slots.end(), freed.begin(), freed.end());
  }
}

const std::byte* Evaluator::locate(const Source& source, std::int64_t start, std::size_t n) {
  switch (source.kind) {
    case Source::Kind::direct:
      return source.data + static_cast<std::size_t>(start) * source.itemsize;
    case Source::Kind::scalar:
      return source.data;
    case Source::Kind::periodic:
      return source.data + static_cast<std::size_t>(start % source.period) * source.itemsize;
    case Source::Kind::turned:
      return turned_[source.slot].get(start, n);
    case Source::Kind::strided:
      break;
  }
  return gather(source, start, n);
}

/// Walks over runs of the innermost merged dimension, along which elements lie in a row (stride
/// 1) or repeat one element (stride 0). The index of the outer dimensions counts like an odometer.
const std::byte* Evaluator::gather(const Source& source, std::int64_t start, std::size_t n) {
  const std::size_t outer = source.shape.size() - 1;
  const std::int64_t inner = source.shape.back();
  const std::int64_t step = source.strides.back();
  std::int64_t row = start / inner;
  std::int64_t column = start % inner;
  std::int64_t offset = 0;
  for (std::size_t d = outer; d-- > 0;) {
    odometer_[d] = row % source.shape[d];
    offset += odometer_[d] * source.strides[d];
    row /= source.shape[d];
  }
  if (step == 1 && column + static_cast<std::int64_t>(n) <= inner) {
    return source.data + static_cast<std::size_t>(offset + column) * source.itemsize;
  }
  std::byte* gathered = slots_[source.slot];
  for (std::size_t done = 0; done < n; column = 0) {
    const auto run = static_cast<std::size_t>(
        std::min<std::int64_t>(inner - column, static_cast<std::int64_t>(n - done)));
    const std::byte* from =
        source.data + static_cast<std::size_t>(offset + column * step) * source.itemsize;
    std::byte* to = gathered + done * source.itemsize;
    if (step == 0) {
      repeat(to, from, source.itemsize, run);
    } else {
      std::memcpy(to, from, run * source.itemsize);
    }
    done += run;
    for (std::size_t d = outer; d-- > 0;) {
      offset += source.strides[d];
      if (++odometer_[d] < source.shape[d]) break;
      offset -= source.shape[d] * source.strides[d];
      odometer_[d] = 0;
    }
  }
  return gathered;
}

/// The share of step i in fetching the next strip. The processor's own prefetching ends with the
/// page and rests while steps work in the cache; all at once would keep loads waiting.
void Evaluator::prefetch(std::size_t from, std::size_t i) const {
  constexpr std::size_t kLine = 64;
  for (std::size_t input = 0; input < sources_.size(); ++input) {
    if (sources_[input].kind != Source::Kind::direct) continue;
    const std::size_t lines = kStrip * sources_[input].itemsize / kLine;
    const std::byte* strip = values_[input] + from * sources_[input].itemsize;
    const std::size_t end = lines * (i + 1) / steps_.size();
    for (std::size_t line = lines * i / steps_.size(); line < end; ++line) {
      __builtin_prefetch(strip + line * kLine);
    }
  }
}

const std::byte* Evaluator::evaluate(std::int64_t start, std::size_t n, std::byte* out) {
  for (std::size_t i = 0; i < sources_.size(); ++i) values_[i] = locate(sources_[i], start, n);
  const std::size_t first = program_.inputs.size() + program_.constants.size();
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool is_result = i + 1 == steps_.size() && out != nullptr;
    values_[first + i] = is_result ? out : slots_[steps_[i].slot];
  }
  for (std::size_t done = 0; done < n; done += kStrip) {
    const std::size_t count = std::min(kStrip, n - done);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      if (steps_.size() >= kStepsToPrefetch) prefetch(done + kStrip, i);
      if (steps_[i].kernel == nullptr) continue;
      const Instruction& instruction = program_.code[i];
      const bool is_result = i + 1 == steps_.size() && out != nullptr;
      std::byte* target = is_result ? out : slots_[steps_[i].slot];
      const std::byte* in[3] = {};
      for (std::size_t k = 0; k < static_cast<std::size_t>(arity(instruction.operation)); ++k) {
        const std::size_t value = instruction.arguments[k];
        in[k] = values_[value] + done * advance_[value];
      }
      target += done * advance_[first + i];
      if (steps_[i].both == nullptr) {
        steps_[i].kernel(target, in, count);
        continue;
      }
      const std::size_t other = steps_[i].other;
      std::byte* second = slots_[steps_[other].slot] + done * advance_[first + other];
      const bool sine = instruction.operation == Operation::sin;
      steps_[i].both(sine ? target : second, sine ? second : target, in[0], count);
    }
  }
  return values_.back();
}

const std::byte* Evaluator::direct(ValueIndex value) const {
  const bool found = value < sources_.size() && sources_[value].kind == Source::Kind::direct;
  return found ? sources_[value].data : nullptr;
}

void Evaluator::tile_to(std::int64_t start, std::size_t n, std::byte* out) {
  const std::byte* result = evaluate(start, n, out);
  if (result != out) std::memcpy(out, result, n * itemsize(dtype()));
}

Chunk run(const Program& program, std::span<const Chunk> inputs, const Shape& out_shape) {
  const std::vector<View> views(inputs.begin(), inputs.end());
  return run(program, views, out_shape);
}

Chunk run(const Program& program, std::span<const View> inputs, const Shape& out_shape) {
  if (program.is_identity() && inputs.size() == 1 && inputs[0].shape == out_shape &&
      inputs[0].chunk.dtype == program.inputs[0]) {
    return inputs[0].dense();
  }
  Evaluator evaluator(program, inputs, out_shape);
  MutableChunk out(program.result_dtype(), out_shape);
  const std::size_t size = itemsize(out.dtype());
  const auto count = static_cast<std::size_t>(element_count(out_shape));
  for (std::size_t start = 0; start < count; start += kTileElements) {
    const std::size_t n = std::min(kTileElements, count - start);
    evaluator.tile_to(static_cast<std::int64_t>(start), n, out.data() + start * size);
  }
  return std::move(out).freeze();
}

}  // namespace tartan::array

#include <array/kernels/dispatch.hpp>
#include <array/kernels/program.hpp>
#include <array/kernels/tile.hpp>
#include <cstring>
#include <fmt/format.h>
#include <tartan/base/exceptions.hpp>

namespace tartan::array {
namespace {

/// The dtype a kernel writes, cast apart.
DType kernel_result(Operation operation, DType operand) {
  switch (operation) {
    case Operation::isnan:
    case Operation::isinf:
    case Operation::isfinite:
    case Operation::signbit:
    case Operation::equal:
    case Operation::not_equal:
    case Operation::less:
    case Operation::less_equal:
      return DType::boolean;
    case Operation::abs:
    case Operation::real:
    case Operation::imag:
      return real_of(operand);
    default:
      return operand;
  }
}

Result<> check_instruction(const Program& program, std::size_t index) {
  const Instruction& instruction = program.code[index];
  const std::size_t value = program.inputs.size() + program.constants.size() + index;
  const auto wrong = [&](std::string_view what) {
    return Error(Errc::malformed, fmt::format("instruction {} ({}) of an array program {}", index,
                                              name(instruction.operation), what));
  };
  for (int i = 0; i < arity(instruction.operation); ++i) {
    const std::size_t argument = instruction.arguments[static_cast<std::size_t>(i)];
    if (argument >= value) return wrong("uses a value that comes after it");
    const bool condition = instruction.operation == Operation::where && i == 0;
    const DType wanted = condition ? DType::boolean : instruction.operand;
    if (program.value_dtype(argument) != wanted) return wrong("has an operand of another dtype");
  }
  if (find_kernel(instruction.operation, instruction.operand, instruction.result, Isa::baseline) ==
      nullptr) {
    return wrong(fmt::format("has no kernel for {}", name(instruction.operand)));
  }
  if (instruction.operation != Operation::cast &&
      instruction.result != kernel_result(instruction.operation, instruction.operand)) {
    return wrong("claims another result dtype than it has");
  }
  return {};
}

// Layout: u16 counts of inputs, constants and instructions; a byte per input; per constant a
// dtype and its bytes; per instruction operation, operand dtype, result dtype and u16 arguments.
class ByteWriter {
 public:
  void u8(std::uint8_t value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void u16(std::size_t value) {
    u8(static_cast<std::uint8_t>(value & 0xFF));
    u8(static_cast<std::uint8_t>(value >> 8));
  }
  void raw(std::span<const std::byte> data) {
    bytes_.insert(bytes_.end(), data.begin(), data.end());
  }
  std::vector<std::byte> take() && { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Reading past the end yields zeros and is remembered.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::uint8_t u8() {
    if (offset_ >= bytes_.size()) {
      good_ = false;
      return 0;
    }
    return static_cast<std::uint8_t>(bytes_[offset_++]);
  }
  std::uint16_t u16() {
    const std::uint8_t low = u8();
    return static_cast<std::uint16_t>(low | (u8() << 8));
  }
  DType dtype() {
    const std::uint8_t number = u8();
    if (!is_dtype(number)) good_ = false;
    return is_dtype(number) ? static_cast<DType>(number) : DType::boolean;
  }
  Operation operation() {
    const std::uint8_t number = u8();
    if (!is_operation(number)) good_ = false;
    return is_operation(number) ? static_cast<Operation>(number) : Operation::positive;
  }
  bool good() const { return good_; }
  bool finished() const { return good_ && offset_ == bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
  std::size_t offset_ = 0;
  bool good_ = true;
};

std::string constant_text(const Constant& constant) {
  return visit_dtype(constant.dtype, [&]<class T>(Type<T>) {
    T value;
    std::memcpy(&value, constant.bytes.data(), sizeof value);
    return Scalar(value).to_string();
  });
}

}  // namespace

Constant Constant::of(const Scalar& scalar, DType dtype) {
  Constant constant{dtype, {}};
  visit_dtype(dtype, [&]<class T>(Type<T>) {
    const T value = scalar.as<T>();
    std::memcpy(constant.bytes.data(), &value, sizeof value);
  });
  return constant;
}

DType Program::value_dtype(std::size_t value) const {
  if (value < inputs.size()) return inputs[value];
  value -= inputs.size();
  if (value < constants.size()) return constants[value].dtype;
  return code[value - constants.size()].result;
}

Program Program::identity(DType dtype) { return Program{{dtype}, {}, {}}; }

std::string Program::to_string() const {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < inputs.size(); ++i) texts.push_back(fmt::format("in{}", i));
  for (const Constant& constant : constants) texts.push_back(constant_text(constant));
  for (const Instruction& instruction : code) {
    if (instruction.operation == Operation::cast) {
      texts.push_back(
          fmt::format("{}({})", name(instruction.result), texts[instruction.arguments[0]]));
    } else {
      std::string list;
      for (int i = 0; i < arity(instruction.operation); ++i) {
        list += i == 0 ? "" : ", ";
        list += texts[instruction.arguments[static_cast<std::size_t>(i)]];
      }
      texts.push_back(fmt::format("{}({})", name(instruction.operation), list));
    }
    // Shared values are written out at each use, which may double with every instruction.
    if (texts.back().size() > 400) texts.back() = texts.back().substr(0, 397) + "...";
  }
  return texts.empty() ? "" : texts.back();
}

std::vector<std::byte> encode_program(const Program& program) {
  ByteWriter writer;
  writer.u16(program.inputs.size());
  writer.u16(program.constants.size());
  writer.u16(program.code.size());
  for (const DType dtype : program.inputs) writer.u8(static_cast<std::uint8_t>(dtype));
  for (const Constant& constant : program.constants) {
    writer.u8(static_cast<std::uint8_t>(constant.dtype));
    writer.raw(std::span(constant.bytes).first(itemsize(constant.dtype)));
  }
  for (const Instruction& instruction : program.code) {
    writer.u8(static_cast<std::uint8_t>(instruction.operation));
    writer.u8(static_cast<std::uint8_t>(instruction.operand));
    writer.u8(static_cast<std::uint8_t>(instruction.result));
    for (int i = 0; i < arity(instruction.operation); ++i) {
      writer.u16(instruction.arguments[static_cast<std::size_t>(i)]);
    }
  }
  return std::move(writer).take();
}

Result<Program> decode_program(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  const std::size_t inputs = reader.u16();
  const std::size_t constants = reader.u16();
  const std::size_t instructions = reader.u16();
  Program program;
  for (std::size_t i = 0; i < inputs && reader.good(); ++i)
    program.inputs.push_back(reader.dtype());
  for (std::size_t i = 0; i < constants && reader.good(); ++i) {
    Constant constant{reader.dtype(), {}};
    for (std::size_t k = 0; k < itemsize(constant.dtype); ++k) {
      constant.bytes[k] = static_cast<std::byte>(reader.u8());
    }
    if (is_boolean(constant.dtype) && constant.bytes[0] != std::byte{0}) {
      constant.bytes[0] = std::byte{1};
    }
    program.constants.push_back(constant);
  }
  for (std::size_t i = 0; i < instructions && reader.good(); ++i) {
    Instruction instruction;
    instruction.operation = reader.operation();
    instruction.operand = reader.dtype();
    instruction.result = reader.dtype();
    for (int k = 0; k < arity(instruction.operation); ++k) {
      instruction.arguments[static_cast<std::size_t>(k)] = reader.u16();
    }
    program.code.push_back(instruction);
  }
  if (!reader.finished()) return Error(Errc::malformed, "the bytes are no array program");
  if (auto checked = validate(program); !checked) return std::move(checked).error();
  return program;
}

Result<> validate(const Program& program) {
  const std::size_t values = program.value_count();
  if (values == 0 || values > kMaxProgramValues) {
    return Error(Errc::malformed, fmt::format("an array program of {} values; it must have 1 to {}",
                                              values, kMaxProgramValues));
  }
  for (std::size_t i = 0; i < program.code.size(); ++i) {
    if (auto checked = check_instruction(program, i); !checked) return checked;
  }
  return {};
}

TileKernel find_kernel(Operation operation, DType operand, DType to, Isa isa) {
  if (operation == Operation::cast) return cast_kernel(operand, to, isa);
  if (operation == Operation::where) return compare_kernel(operation, operand, isa);
  using Family = TileKernel (*)(Operation, DType, Isa);
  for (const Family family : {&arithmetic_kernel, &compare_kernel, &math_kernel, &float_kernel,
                              &integer_kernel, &complex_kernel, &special_kernel}) {
    if (const TileKernel kernel = family(operation, operand, isa)) return kernel;
  }
  return nullptr;
}

}  // namespace tartan::array

namespace tartan {

void Codec<array::Program>::encode(const array::Program& program, Writer& writer) {
  const auto bytes = array::encode_program(program);
  writer.length(bytes.size());
  writer.bytes(bytes);
}

array::Program Codec<array::Program>::decode(Reader& reader) {
  auto program = array::decode_program(reader.bytes(reader.length()));
  if (!program) throw Exception(program.error());
  return *std::move(program);
}

}  // namespace tartan

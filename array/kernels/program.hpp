#pragma once

// A fused elementwise computation: a list of instructions that is run over tiles of a few
// thousand elements, so that what lies between two instructions never leaves the cache.
//
// Values are numbered: inputs first, then constants, then one per instruction, in order. An
// instruction names its operands by these numbers, so that x in (x - m) * (x - m) is computed
// once. The last value is the result.
//
// Invariants of a valid program
// 1. Operands of an instruction have smaller numbers than its own value.
// 2. All operands of an instruction have its operand dtype (where: the first is bool), and there
//    is a kernel for that operation and dtype. ProgramBuilder puts in the casts.
// 3. There is at least one value; at most kMaxProgramValues.
//
// Broadcasting happens at the inputs: each input's shape broadcasts to out_shape. Results do not
// depend on the instruction set of the machine except as said in isa.hpp.

#include <array/kernels/operation.hpp>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <tartan/array/chunk.hpp>
#include <tartan/base/error.hpp>
#include <vector>

namespace tartan::array {

using ValueIndex = std::uint16_t;
inline constexpr std::size_t kMaxProgramValues = 4096;

struct Instruction {
  Operation operation = Operation::positive;
  DType operand = DType::float64;  ///< dtype of the operands (cast: of the source)
  DType result = DType::float64;
  std::array<ValueIndex, 3> arguments{};  ///< the first arity(operation) count

  friend bool operator==(const Instruction&, const Instruction&) = default;
};

struct Constant {
  DType dtype = DType::float64;
  alignas(16) std::array<std::byte, 16> bytes{};  ///< the first itemsize(dtype) count

  static Constant of(const Scalar& scalar, DType dtype);
  friend bool operator==(const Constant&, const Constant&) = default;
};

struct Program {
  std::vector<DType> inputs;
  std::vector<Constant> constants;
  std::vector<Instruction> code;

  std::size_t value_count() const { return inputs.size() + constants.size() + code.size(); }
  DType value_dtype(std::size_t value) const;
  DType result_dtype() const { return value_dtype(value_count() - 1); }
  /// One input handed on as it is: what an unfused reduction works on.
  static Program identity(DType dtype);
  bool is_identity() const { return code.empty() && constants.empty() && inputs.size() == 1; }
  /// "add(in0, multiply(in1, 2))", for explain() and messages.
  std::string to_string() const;

  friend bool operator==(const Program&, const Program&) = default;
};

/// Makes a valid program: casts operands by the promotion rules, folds equal instructions into
/// one. Inputs and constants may be added at any time before finish.
class ProgramBuilder {
 public:
  /// A value under construction. Only the builder that made it understands it.
  struct Ref {
    std::uint32_t id = 0;
    friend bool operator==(Ref, Ref) = default;
  };

  /// Inputs are numbered in the order of these calls.
  Ref input(DType dtype);
  Ref constant(const Scalar& scalar, DType dtype);
  /// Throws TypeError as signature_of does.
  Ref apply(Operation operation, std::span<const Ref> operands);
  Ref apply(Operation operation, std::initializer_list<Ref> operands) {
    return apply(operation, std::span<const Ref>(operands.begin(), operands.size()));
  }
  Ref cast(Ref value, DType dtype);
  DType dtype(Ref value) const;
  std::size_t input_count() const { return input_count_; }

  /// The program whose result is this value; instructions it does not need are left out, inputs
  /// all stay. Throws ValueError beyond kMaxProgramValues.
  Program finish(Ref result) const;

 private:
  enum class Kind : std::uint8_t { input, constant, instruction };
  struct Node {
    Kind kind = Kind::input;
    std::uint32_t input = 0;
    Constant constant;
    Operation operation = Operation::positive;
    DType operand = DType::float64;
    DType dtype = DType::float64;
    std::array<std::uint32_t, 3> arguments{};
    friend bool operator==(const Node&, const Node&) = default;
  };
  Ref add(const Node& node);
  Ref lower(Operation operation, Signature signature, std::span<const Ref> values);
  Ref emit(Operation operation, Signature signature, std::span<const Ref> values);
  Ref emit(Operation operation, Signature signature, std::initializer_list<Ref> values) {
    return emit(operation, signature, std::span<const Ref>(values.begin(), values.size()));
  }

  std::vector<Node> nodes_;
  std::size_t input_count_ = 0;
};

/// Bytes for a task argument; decoding checks every invariant above.
std::vector<std::byte> encode_program(const Program& program);
Result<Program> decode_program(std::span<const std::byte> bytes);
/// Checks the invariants; the sentence says which instruction breaks one.
Result<> validate(const Program& program);

/// Evaluates the program. Inputs must have the program's dtypes (TypeError) and shapes that
/// broadcast to out_shape (ValueError). Integer pow with a negative exponent throws ValueError.
Chunk run(const Program& program, std::span<const Chunk> inputs, const Shape& out_shape);

}  // namespace tartan::array

namespace tartan {
template <>
struct Codec<array::Program> {
  static std::string name() { return "tartan::array::Program"; }
  static void encode(const array::Program& program, Writer& writer);
  static array::Program decode(Reader& reader);
};
}  // namespace tartan

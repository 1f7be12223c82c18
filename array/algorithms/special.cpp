#include <algorithm>
#include <array/algorithms/one_to_one.hpp>
#include <array/algorithms/special.hpp>
#include <array/expr/build.hpp>
#include <array/expr/task_arguments.hpp>
#include <fmt/format.h>
#include <tartan/array/special.hpp>
#include <tartan/base/exceptions.hpp>

namespace tartan {
namespace array {
namespace {

/// Words (operation, per operand whether it is a number and which), then a chunk for each that is
/// not -> Chunk.
Value special_block(Arguments& arguments) {
  const auto list = next_words(arguments);
  WordReader words(list);
  const auto number = words.word();
  if (number < 0 || number >= static_cast<std::int64_t>(kSpecialOpCount)) {
    throw Exception(Errc::malformed, "a task names no known special function");
  }
  const auto op = static_cast<SpecialOp>(number);
  std::array<double, kSpecialOperands> constants{};
  std::array<SpecialOperand, kSpecialOperands> operands;
  std::vector<Chunk> chunks(kSpecialOperands);
  Shape shape;
  for (std::size_t i = 0; i < kSpecialOperands; ++i) {
    operands[i] = {&constants[i], 0};
    if (i >= operand_count(op)) continue;
    const bool is_number = words.flag();
    constants[i] = words.number();
    if (is_number) continue;
    chunks[i] = next_chunk(arguments);
    operands[i] = {chunks[i].view<double>().data(), 1};
    shape = chunks[i].shape;
  }
  MutableChunk out(DType::float64, shape);
  for (const auto& chunk : chunks) {
    if (chunk.data.size() != 0 && chunk.shape != shape) {
      throw Exception(Errc::malformed, "a special function is given blocks of different shapes");
    }
  }
  special(op, operands, out.view<double>());
  return Value::of(std::move(out).freeze());
}

class Special : public OneToOne {
 public:
  struct Number {
    bool given = false;
    double value = 0;
  };
  Special(SpecialOp op, std::string_view name, std::vector<Number> numbers)
      : op_(op), name_(name), numbers_(std::move(numbers)) {}
  std::string_view name() const override { return name_; }
  void put_parameters(WordWriter& words) const override {
    words.put(static_cast<int>(op_));
    for (const auto& number : numbers_) {
      words.put(number.given ? 1 : 0);
      words.put(number.value);
    }
  }
  const FunctionInfo& function() const override { return task_function<&special_block>(); }

 private:
  SpecialOp op_;
  std::string name_;
  std::vector<Number> numbers_;
};

}  // namespace

Array special_function(SpecialOp op, std::string_view what, const std::vector<Operand>& operands) {
  std::vector<Special::Number> numbers;
  std::vector<NodePtr> inputs;
  bool single = true;
  for (const auto& operand : operands) {
    if (!operand.is_array()) {
      if (operand.scalar().is_complex()) {
        throw TypeError(fmt::format("{}: not defined for the complex number {}", what,
                                    operand.scalar().to_string()));
      }
      numbers.push_back({true, operand.scalar().as<double>()});
      continue;
    }
    const auto& x = operand.array();
    if (is_complex(x.dtype())) {
      throw TypeError(fmt::format("{}: not defined for {}; take real() or abs() first", what,
                                  tartan::name(x.dtype())));
    }
    single = single && x.dtype() == DType::float32;
    numbers.emplace_back();
    inputs.push_back(cast_node(x.node(), DType::float64));
  }
  if (inputs.empty()) throw ValueError(fmt::format("{}: give at least one array", what));
  auto chunks = align_chunks(inputs);
  auto shape = shape_of(chunks);
  for (auto& input : inputs) input = rechunk_node(broadcast_node(input, shape), chunks);
  const auto result =
      Array(algorithm_node(std::make_shared<Special>(op, what, std::move(numbers)), DType::float64,
                           std::move(shape), std::move(chunks), std::move(inputs)));
  return single ? result.astype(DType::float32) : result;
}

}  // namespace array

namespace special {

using array::special_function;
using array::SpecialOp;

Array erf(const Array& x) { return special_function(SpecialOp::erf, "erf", {x}); }
Array erfc(const Array& x) { return special_function(SpecialOp::erfc, "erfc", {x}); }
Array gammaln(const Array& x) { return special_function(SpecialOp::gammaln, "gammaln", {x}); }
Array gammainc(const Operand& a, const Operand& x) {
  return special_function(SpecialOp::gammainc, "gammainc", {a, x});
}
Array gammaincc(const Operand& a, const Operand& x) {
  return special_function(SpecialOp::gammaincc, "gammaincc", {a, x});
}
Array betainc(const Operand& a, const Operand& b, const Operand& x) {
  return special_function(SpecialOp::betainc, "betainc", {a, b, x});
}

}  // namespace special
}  // namespace tartan

// The ops that are measured one by one, in the shapes that models give them.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "tutti/autograd/variable.h"
#include "tutti/optim/optimizer.h"

namespace tutti::bench {

/// What an op is called with.
struct Inputs {
  std::vector<Variable> leaves;  ///< f32, which require gradients
  Tensor labels;                 ///< i64; empty where the case has none

  const Variable& operator[](std::size_t i) const { return leaves[i]; }
};

/// What a backward must move.
enum class Moves {
  nothing,    ///< it passes the result's gradient on, as it is or as a view
  reduced,    ///< it does so for the first input, and loads it for the others' gradients
  gradients,  ///< it loads the result's gradient, and stores those of all inputs
  inputs,     ///< as gradients, and it loads the inputs
  output,     ///< or the result
  both        ///< or these and that
};
/// Its bytes; `all` is the sum over the inputs, `first` is of the first one.
double backward_bytes(Moves moves, double all, double first, double output);

/// Multiplications and additions of forward's products; backward's are twice as many.
using Operations = double(const std::vector<Shape>& inputs, const Shape& output);
/// Of an op without products: bytes bound it.
inline double none(const std::vector<Shape>&, const Shape&) {
  return 0;
}

struct OpCase {
  std::string_view op;
  std::vector<Shape> inputs;
  Variable (*run)(const Inputs& in);
  Moves backward = Moves::inputs;
  Operations* operations = none;
  struct {
    Shape shape = {};
    std::int64_t end = 0;  ///< labels are below it; 0 for none
  } labels = {};
};
std::span<const OpCase> op_cases();

/// An optimizer's step over one parameter.
struct UpdateCase {
  std::string_view op;
  Shape parameter;
  std::unique_ptr<optim::Optimizer> (*make)(const std::vector<Parameter>& parameters);
  int moments;  ///< tensors that the rule keeps
};
std::span<const UpdateCase> update_cases();

}  // namespace tutti::bench

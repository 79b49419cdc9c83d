// A table of a model's layers.
#pragma once

#include <string>

#include "tutti/autograd/grad_mode.h"
#include "tutti/nn/layer.h"

namespace tutti::nn {

/// Watches one forward in evaluation: hooks find out what comes out of each layer. When it dies,
/// each layer trains or evaluates as before.
class SummaryTable {
 public:
  explicit SummaryTable(const Module& module);
  ~SummaryTable();
  SummaryTable(const SummaryTable&) = delete;
  SummaryTable& operator=(const SummaryTable&) = delete;
  std::string text() const;

 private:
  struct Row {
    Module::Named layer;
    std::uint64_t hook;
    bool training;
    std::string output;  ///< the shape of its last call's result
  };
  std::vector<Row> rows_;
};

/// A line for each layer: its path and type, the shape of its output in one forward of `inputs`
/// (in evaluation and without recording), and its own parameters, each counted once; then their
/// sum. As in `std::cout << nn::summary(model, x)`.
template <class M, class... Inputs>
std::string summary(const M& model, const Inputs&... inputs) {
  SummaryTable table(model);
  NoGrad no_grad;
  model(inputs...);
  return table.text();
}

}  // namespace tutti::nn

// Watching ops as they run.
#include "tutti/autograd/observer.h"

#include "support/catch.h"
#include "support/gradient_check.h"
#include "tutti/ops/matmul.h"

using namespace tutti;

namespace {

struct Told : OpObserver {
  std::vector<std::string> lines;
  int begun = 0;
  void begin(std::string_view, Pass) override { ++begun; }
  void end(std::string_view op, Pass pass, std::span<const Tensor> results,
           const Node* node) override {
    lines.push_back(text(op, pass == Pass::forward ? " forward" : " backward", " of ",
                         results.size(), node ? "" : ", not recorded"));
  }
};

}  // namespace

TEST_CASE("each op is told with its results, forward and backward, to all observers") {
  Variable a = test::input({2, 3}), b = test::input({3, 2});
  Told outer, inner;
  {
    const OpObserverScope first(outer);
    Variable y = matmul(a, b);
    const OpObserverScope second(inner);
    exp(y).backward({.seed = Tensor::full({2, 2}, 1, Dtype::f64)});
    NoGrad off;
    exp(a);
  }
  exp(b);
  const std::vector<std::string> later{"Exp forward of 1", "Exp backward of 1",
                                       "matmul backward of 2", "Exp forward of 1, not recorded"};
  CHECK(inner.lines == later);
  std::vector<std::string> all{"matmul forward of 1"};
  all.insert(all.end(), later.begin(), later.end());
  CHECK(outer.lines == all);
  CHECK(outer.begun == 5);
}

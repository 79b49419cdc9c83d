#include "tutti/autograd/print.h"

#include "support/catch.h"

using namespace tutti;

TEST_CASE("a variable is printed as its value") {
  const Tensor x = Tensor::from({1.5f, -2.0f}, {2});
  CHECK(text(Variable(x, true)) == "[ 1.5 -2. ]");
  CHECK(text(Variable(x, true)) == text(x));
  CHECK(text(Variable()) == text(Tensor()));
  CHECK(text(Variable::unset()) == text(Tensor()));
}

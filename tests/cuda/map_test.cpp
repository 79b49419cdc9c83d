// A functor of a user's own, with a kernel of its own.
#include "tutti/cuda/map.h"

#include "support/devices.h"
#include "tutti/ops/arithmetic.h"

namespace {

struct Hypotenuse {
  template <class T>
  TUTTI_HD T operator()(T x, T y) const {
    return sqrt(x * x + y * y);
  }
};

}  // namespace

TUTTI_DECLARE_CUDA_MAP(Hypotenuse, 2);
TUTTI_CUDA_MAP(Hypotenuse, 2)

TEST_CASE("a user's functor runs on every device", "[cuda]") {
  using namespace tutti;
  const Device device = TUTTI_EACH_DEVICE;
  Tensor x = Tensor::from(std::vector<double>{3, 5, 8}, {3}, device);
  Tensor y = Tensor::from(std::vector<double>{4, 12, 15}, {3, 1}, device);
  CHECK(map(Hypotenuse{}, x, y.slice(0, 1, 2).reshape({1})).to_vector<double>()[1] == 13);
  CHECK(map(Hypotenuse{}, x, y).to_vector<double>()[8] == 17);
}

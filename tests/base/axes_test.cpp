#include "tutti/base/axes.h"

#include "support/catch.h"

using namespace tutti;

namespace {

// Both ways through the axes against an index in every axis.
void check_places(const Shape& shape, const Shape& a, const Shape& b, int rank) {
  Axes<2> axes(shape, {a, b});
  INFO("shape " << shape << " strides " << a << " and " << b);
  CHECK(axes.rank == rank);
  CHECK(axes.count() == shape.count());
  for (std::int64_t begin = 0; begin < shape.count(); begin += 5) {
    Walk<2> walk(axes, begin);
    for (std::int64_t i = begin; i < shape.count(); ++i) {
      std::int64_t rest = i, at[2] = {};
      for (int axis = shape.rank() - 1; axis >= 0; --axis) {
        at[0] += rest % shape[axis] * a[axis];
        at[1] += rest % shape[axis] * b[axis];
        rest /= shape[axis];
      }
      auto offsets = axes.offsets(i);
      bool equal = offsets.at[0] == at[0] && offsets.at[1] == at[1] && walk.at(0) == at[0] &&
                   walk.at(1) == at[1] && walk.run() > 0;
      REQUIRE(equal);
      walk.skip(1);
    }
    // By whole runs.
    walk = Walk<2>(axes, begin);
    for (std::int64_t i = begin; i < shape.count(); i += axes.inner().extent) {
      auto offsets = axes.offsets(i);
      REQUIRE(walk.at(0) == offsets.at[0]);
      std::int64_t run = walk.run();
      walk.skip(run);
      i += run - axes.inner().extent;
    }
  }
}

}  // namespace

TEST_CASE("axes merge where every tensor lets them") {
  const Shape shape{3, 4, 5};
  check_places(shape, {20, 5, 1}, {20, 5, 1}, 1);
  check_places(shape, {20, 5, 1}, {0, 0, 0}, 1);
  check_places(shape, {0, 0, 0}, {0, 0, 0}, 1);
  check_places(shape, {20, 5, 1}, {0, 0, 1}, 2);  // a bias
  check_places(shape, {20, 5, 1}, {4, 1, 0}, 2);  // a repeated column
  check_places(shape, {20, 5, 1}, {0, 1, 0}, 3);
  check_places(shape, {20, 5, 1}, {1, 3, 12}, 3);  // turned round
  check_places(shape, {40, 10, 2}, {60, 15, 3}, 1);
  check_places({1, 6, 1, 2}, {77, 2, 77, 1}, {5, 2, 9, 1}, 1);
  check_places({}, {}, {}, 0);
  check_places({1, 1}, {3, 9}, {0, 2}, 0);
  CHECK(Axes<1>({4, 0, 3}, {Shape{3, 3, 1}}).count() == 0);
}

// Images in memory as a data set.
#include "tutti/data/image_set.h"

#include "support/catch.h"
#include "support/errors.h"

using namespace tutti;
using test::contains;
using test::error_of;

namespace {

data::LabelledPixels two_images() {
  return {{2, 1, 2}, 3, {{0.5f, 0.25f}, {0, 1}}, {0, 255, 51, 102, 255, 0, 204, 153}, {2, 0}};
}

}  // namespace

TEST_CASE("pixels are scaled to 1 and normalised by channel") {
  const data::ImageSet images(two_images());
  CHECK(images.size() == 2);
  CHECK(images.classes() == 3);
  const std::int64_t indices[] = {1, 0, 1};
  auto [x, y] = images.batch(indices);
  CHECK(x.shape() == Shape{3, 2, 1, 2});
  CHECK(y.to_vector<std::int64_t>() == std::vector<std::int64_t>{0, 2, 0});
  const float expected[] = {2, -2, 0.8f, 0.6f, -2, 2, 0.2f, 0.4f, 2, -2, 0.8f, 0.6f};
  const std::vector<float> found = x.to_vector<float>();
  for (std::size_t i = 0; i < 12; ++i) CHECK(found[i] == Approx(expected[i]));
  CHECK(images.pixels(1)[2] == 204);
  CHECK(images.label(0) == 2);
}

TEST_CASE("parts that do not fit together are named") {
  const auto making = [](auto change) {
    data::LabelledPixels parts = two_images();
    change(parts);
    return error_of([&] { data::ImageSet images(std::move(parts)); });
  };
  CHECK(!making([](auto& parts) { parts.pixels.pop_back(); }).empty());
  CHECK(!making([](auto& parts) { parts.labels.push_back(0); }).empty());
  CHECK(contains(making([](auto& parts) { parts.labels[0] = 3; }), "3"));
  CHECK(!making([](auto& parts) { parts.normalisation.pop_back(); }).empty());
}

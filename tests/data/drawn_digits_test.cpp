#include "tutti/data/drawn_digits.h"

#include <algorithm>
#include <cmath>

#include "support/catch.h"
#include "support/files.h"
#include "tutti/base/sha256.h"

using namespace tutti;
using data::DrawnDigits;
using data::Split;

namespace {

bool same_image(const DrawnDigits& a, const DrawnDigits& b, std::int64_t i) {
  auto x = a.pixels(i), y = b.pixels(i);
  return a.label(i) == b.label(i) && std::equal(x.begin(), x.end(), y.begin(), y.end());
}

std::int64_t same_images(const DrawnDigits& a, const DrawnDigits& b, std::int64_t count) {
  std::int64_t same = 0;
  for (std::int64_t i = 0; i < count; ++i) same += same_image(a, b, i);
  return same;
}

}  // namespace

TEST_CASE("drawn digits depend on seed, split and index alone", "[data]") {
  DrawnDigits digits(300, 1, Split::train);
  REQUIRE(same_images(digits, DrawnDigits(1000, 1, Split::train), 300) == 300);
  REQUIRE(same_images(digits, DrawnDigits(300, 2, Split::train), 300) == 0);
  REQUIRE(same_images(digits, DrawnDigits(300, 1, Split::test), 300) == 0);
}

TEST_CASE("drawn digits are the same on every machine", "[data]") {
  DrawnDigits digits(200, 1, Split::train);
  Sha256 hash;
  for (std::int64_t i = 0; i < digits.size(); ++i) {
    auto label = static_cast<std::uint8_t>(digits.label(i));
    hash.update(&label, 1);
    hash.update(digits.pixels(i).data(), digits.pixels(i).size());
  }
  REQUIRE(hex(hash.finish()) == "095a21f3b5b187d8ef0c8aff61518db755683af214042feb7215997359e2cb70");
}

TEST_CASE("drawn digits are balanced and normalised", "[data]") {
  DrawnDigits digits(4000, 3, Split::train);
  REQUIRE(digits.fields()[0].shape == Shape{1, 28, 28});
  std::vector<std::int64_t> all(4000);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
  auto [images, labels] = digits.batch(all);
  std::vector<int> count(10);
  for (std::int64_t label : labels.to_vector<std::int64_t>())
    ++count.at(static_cast<std::size_t>(label));
  REQUIRE(*std::min_element(count.begin(), count.end()) > 320);
  REQUIRE(*std::max_element(count.begin(), count.end()) < 480);
  double sum = 0, squares = 0;
  for (float x : images.to_vector<float>()) sum += x, squares += x * x;
  auto n = static_cast<double>(images.count());
  REQUIRE(std::abs(sum / n) < 0.02);
  REQUIRE(std::abs(std::sqrt(squares / n) - 1) < 0.02);
}

TEST_CASE("drawn digits may be none, but not fewer", "[data]") {
  REQUIRE(DrawnDigits(0, 1, Split::test).size() == 0);
  std::string message = test::error_of([] { DrawnDigits(-1, 1, Split::test); });
  REQUIRE(test::contains(message, "found count -1"));
}

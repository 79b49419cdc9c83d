// The products that ops are compared with, and the bound that they give.
#include "sgemm.h"

#include "roofline.h"
#include "support/catch.h"

using namespace tutti::bench;

namespace {

// Small whole numbers: their products and sums are exact in f32, in every order.
std::vector<float> operand(std::int64_t count, int seed) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i)
    values.push_back(static_cast<float>((i * i + seed) % 7 - 3));
  return values;
}

}  // namespace

TEST_CASE("each library multiplies matrices, transposed or not", "[bench]") {
  for (const auto [m, n, k] : {std::array{3L, 5L, 7L}, {1L, 1L, 1L}, {1L, 17L, 4L}, {33L, 2L, 19L}})
    for (const bool a_transposed : {false, true})
      for (const bool b_transposed : {false, true}) {
        const Product product{m, n, k, a_transposed, b_transposed};
        const std::vector<float> a = operand(m * k, 1), b = operand(k * n, 2);
        std::vector<float> expected;
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            float sum = 0;
            for (std::int64_t l = 0; l < k; ++l)
              sum += a[static_cast<std::size_t>(a_transposed ? l * m + i : i * k + l)] *
                     b[static_cast<std::size_t>(b_transposed ? j * k + l : l * n + j)];
            expected.push_back(sum);
          }
        REQUIRE(!sgemm_libraries().empty());
        for (const SgemmLibrary* library : sgemm_libraries()) {
          INFO(library->name << ": " << m << ' ' << n << ' ' << k << ' ' << a_transposed
                             << b_transposed);
          std::vector<float> out(expected.size(), 100.0f);
          library->run(product, out.data(), a.data(), b.data());
          CHECK(out == expected);
        }
      }
}

TEST_CASE("the fastest library comes first", "[bench]") {
  const std::vector<SgemmTime> times = time_sgemm({8, 8, 8}, 3);
  REQUIRE(times.size() == sgemm_libraries().size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    CHECK(times[i].least > 0);
    CHECK(times[i].median >= times[i].least);
    if (i > 0) CHECK(times[i].least >= times[i - 1].least);
  }
}

TEST_CASE("the roof is the slower of bytes and operations", "[bench]") {
  const Roofline roofline{.bandwidth = 10, .sgemm = {{"fast", 100}, {"slow", 50}}};
  CHECK(roofline.seconds(20, 0) == 2);
  CHECK(roofline.seconds(20, 300) == 3);
  CHECK(roofline.seconds(40, 300) == 4);
}

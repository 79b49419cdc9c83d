#include "sgemm.h"

#include <algorithm>

#include "turns.h"
#include "tutti/base/error.h"

namespace tutti::bench {
namespace {

// CMake names those that were found.
const SgemmLibrary* const libraries[] = {TUTTI_BENCH_SGEMM};

}  // namespace

std::span<const SgemmLibrary* const> sgemm_libraries() {
  return libraries;
}

std::vector<SgemmTime> time_sgemm(const Product& product, int runs) {
  const auto operand = [](std::int64_t rows, std::int64_t columns) {
    return std::vector<float>(static_cast<std::size_t>(rows * columns), 0.5f);
  };
  const std::vector<float> a = operand(product.m, product.k), b = operand(product.k, product.n);
  std::vector<float> out = operand(product.m, product.n);
  std::vector<Work> works;
  for (const SgemmLibrary* library : sgemm_libraries())
    works.emplace_back([&, library] { library->run(product, out.data(), a.data(), b.data()); });
  // Exact: halves, of which a float can add 2^22.
  for (std::size_t i = 0; i < works.size(); ++i) {
    std::ranges::fill(out, 0.0f);
    works[i]();
    const float expected = 0.25f * static_cast<float>(product.k);
    if (std::ranges::count(out, expected) != std::ssize(out))
      raise("tutti-bench: found a product of ", product.m, " x ", product.k, " by ", product.k,
            " x ", product.n, " by ", sgemm_libraries()[i]->name, " that is wrong, expected ",
            expected, " everywhere");
  }
  std::vector<SgemmTime> times;
  for (const TurnTime& time : time_by_turns(works, runs))
    times.push_back({sgemm_libraries()[times.size()]->name, time.median, time.least});
  std::ranges::sort(times, {}, &SgemmTime::least);
  return times;
}

}  // namespace tutti::bench

// The f32 matrix products of the libraries that were found when this was built: what ops are
// compared with.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tutti::bench {

/// out [m, n] = a [m, k] b [k, n], dense and row by row. An operand that is transposed lies in
/// memory as [k, m] or [n, k].
struct Product {
  std::int64_t m, n, k;
  bool a_transposed = false, b_transposed = false;

  auto operator<=>(const Product&) const = default;
  /// Multiplications and additions.
  double operations() const {
    return 2 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  }
};

/// One library's product, on the calling thread alone. Operands are not empty.
struct SgemmLibrary {
  const char* name;
  void (*run)(const Product& product, float* out, const float* a, const float* b);
};

// Each has a file of its own, which is built where the library is found.
extern const SgemmLibrary sgemm_eigen, sgemm_onednn, sgemm_blas;

/// All that were found.
std::span<const SgemmLibrary* const> sgemm_libraries();

struct SgemmTime {
  std::string library;
  double median, least;  ///< seconds of a call
};
/// Of each library's `runs` calls on the same operands, the least time first.
std::vector<SgemmTime> time_sgemm(const Product& product, int runs);

}  // namespace tutti::bench

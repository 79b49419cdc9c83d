// Golden numbers of PyTorch: what tests/golden/make.py wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tutti/tensor/tensor.h"

namespace tutti::test {

/// One case of tests/golden/cases/FAMILY.py. Names what is missing.
class Golden {
 public:
  Golden(std::string_view family, std::string_view name);

  static std::vector<std::string> names(std::string_view family);

  bool has(std::string_view name) const;
  Tensor tensor(std::string_view name) const;  ///< f64, or i64 of whole numbers
  double number(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  std::string text(std::string_view name) const;

 private:
  const void* find(std::string_view name) const;

  std::string who_;
  const void* values_;
};

/// The largest of |x - expected| / max(1, |expected|). Fails where shapes differ; Error where one
/// of the numbers is not finite.
double largest_difference(const Tensor& x, const Tensor& expected);

}  // namespace tutti::test

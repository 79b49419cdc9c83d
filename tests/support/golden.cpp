#include "support/golden.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "support/catch.h"

namespace tutti::test {

namespace {

using Json = nlohmann::json;

const Json& family_of(std::string_view family) {
  static std::map<std::string, Json, std::less<>> families;
  auto found = families.find(family);
  if (found != families.end()) return found->second;
  std::string path = std::string(TUTTI_TEST_GOLDEN "/") + std::string(family) + ".json";
  std::ifstream file(path);
  if (!file) raise("golden numbers: found no ", path, "; run tests/golden/make.py ", family);
  return families.emplace(family, Json::parse(file)).first->second;
}

const Json& entry(const void* found) {
  return *static_cast<const Json*>(found);
}

}  // namespace

Golden::Golden(std::string_view family, std::string_view name)
    : who_("golden numbers: " + std::string(family) + ", case " + std::string(name)) {
  const Json& cases = family_of(family);
  auto found = cases.find(std::string(name));
  if (found == cases.end()) raise(who_, ": found no such case; run tests/golden/make.py ", family);
  values_ = &*found;
}

std::vector<std::string> Golden::names(std::string_view family) {
  std::vector<std::string> names;
  for (const auto& [name, values] : family_of(family).items()) names.push_back(name);
  return names;
}

bool Golden::has(std::string_view name) const {
  return entry(values_).contains(std::string(name));
}

const void* Golden::find(std::string_view name) const {
  auto found = entry(values_).find(std::string(name));
  if (found == entry(values_).end()) raise(who_, ": found no \"", name, "\"");
  return &*found;
}

Tensor Golden::tensor(std::string_view name) const {
  const Json& found = entry(find(name));
  auto extents = found.at("shape").get<std::vector<std::int64_t>>();
  Shape shape{std::span<const std::int64_t>(extents)};
  if (found.at("dtype") == "i64")
    return Tensor::from(found.at("values").get<std::vector<std::int64_t>>(), shape);
  return Tensor::from(found.at("values").get<std::vector<double>>(), shape);
}

double Golden::number(std::string_view name) const {
  return entry(find(name)).get<double>();
}

std::int64_t Golden::integer(std::string_view name) const {
  return entry(find(name)).get<std::int64_t>();
}

std::string Golden::text(std::string_view name) const {
  return entry(find(name)).get<std::string>();
}

double largest_difference(const Tensor& x, const Tensor& expected) {
  REQUIRE(x.shape() == expected.shape());
  std::vector<double> values = x.to(Dtype::f64).to_vector<double>();
  std::vector<double> wanted = expected.to(Dtype::f64).to_vector<double>();
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]) || !std::isfinite(wanted[i]))
      raise("largest_difference: found ", values[i], " for ", wanted[i], " at element ", i,
            ", expected finite numbers");
    worst = std::max(worst, std::abs(values[i] - wanted[i]) / std::max(1.0, std::abs(wanted[i])));
  }
  return worst;
}

}  // namespace tutti::test

#include "comm/environment.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "tutti/base/error.h"

namespace tutti {
namespace {

constexpr std::string_view known[] = {timeout_variable, explain_variable, algorithm_variable,
                                      strict_variable};
// Of this library's own tests and scripts.
constexpr std::string_view elsewhere[] = {"TUTTI_TEST_DATA", "TUTTI_INSTALL_DEPS"};

}  // namespace

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  const std::string_view found = value ? value : "";
  if (!found.empty() && found != "0" && found != "1")
    raise(variable, ": found \"", found, "\", expected 1 or 0");
  return found == "1";
}

std::string warning_of_unknown_variables(const char* const* environment) {
  std::string found, expected;
  for (; *environment; ++environment) {
    const std::string_view entry = *environment, name = entry.substr(0, entry.find('='));
    if (!name.starts_with("TUTTI_") || std::ranges::count(known, name) > 0 ||
        std::ranges::count(elsewhere, name) > 0)
      continue;
    found += text(found.empty() ? "" : " and ", name);
  }
  if (found.empty()) return {};
  for (std::string_view name : known) expected += text(expected.empty() ? "" : ", ", name);
  return text("warning: found ", found, " in the environment, expected one of ", expected,
              "; ignored");
}

}  // namespace tutti

// What an Error says.
#pragma once

#include <string>

#include "tutti/base/error.h"

namespace tutti::test {

/// What the Error says that f throws; empty if it throws none.
template <class F>
std::string error_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace tutti::test

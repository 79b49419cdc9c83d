// The one exception of the library, and the text it carries.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace tutti {

/// Thrown for every failure. what() says who failed, what was found, what was expected, what to do.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The arguments, printed one after the other.
template <class... Parts>
std::string text(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

/// "1 rank", "2 ranks".
inline std::string counted(long long count, const char* what) {
  return text(count, ' ', what, count == 1 ? "" : "s");
}

/// Throws Error with the printed arguments.
template <class... Parts>
[[noreturn]] void raise(const Parts&... parts) {
  throw Error(text(parts...));
}

}  // namespace tutti

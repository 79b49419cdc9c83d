# The headers of the standard library that most files include, parsed once: more than half of what
# an ordinary file takes. None of our own, so that a change never rebuilds what does not include it.
set(tutti_precompiled <algorithm> <array> <atomic> <bit> <chrono> <cmath> <condition_variable>
                      <cstdint> <cstring> <functional> <limits> <map> <memory> <mutex> <numeric>
                      <optional> <set> <span> <sstream> <string> <string_view> <thread> <utility>
                      <vector>)

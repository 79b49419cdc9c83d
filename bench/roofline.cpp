#include "roofline.h"

#include <unistd.h>

#include <algorithm>

#include "buffers.h"
#include "comm/streaming.h"
#include "sgemm.h"
#include "turns.h"

namespace tutti::bench {
namespace {

double measure_bandwidth(int runs) {
  // Of an array; some machines have caches of hundreds of MiB.
  const auto bytes = static_cast<std::size_t>(
      std::clamp<long>(2 * sysconf(_SC_LEVEL3_CACHE_SIZE), 64 << 20, 256 << 20));
  Buffer arrays[] = {page_buffer(bytes), page_buffer(bytes), page_buffer(bytes)};
  float *a = static_cast<float*>(arrays[0].data()), *b = static_cast<float*>(arrays[1].data()),
        *c = static_cast<float*>(arrays[2].data());
  const std::size_t count = bytes / sizeof(float);
  const Work works[] = {[=] {
                          for (std::size_t i = 0; i < count; ++i) a[i] = b[i] + 0.5f * c[i];
                        },
                        [=] {
                          streaming_copy(a, b, bytes);
                          streaming_fence();
                        }};
  const std::vector<TurnTime> times = time_by_turns(works, runs);
  const auto moved = static_cast<double>(bytes);
  return std::max(3 * moved / times[0].least, 2 * moved / times[1].least);
}

}  // namespace

double Roofline::seconds(double bytes, double operations) const {
  return std::max(bytes / bandwidth, operations / sgemm.front().operations);
}

Roofline measure_roofline(int runs) {
  Roofline roofline{measure_bandwidth(runs), {}};
  const Product large{768, 768, 768};
  for (const SgemmTime& time : time_sgemm(large, runs))
    roofline.sgemm.push_back({time.library, large.operations() / time.least});
  return roofline;
}

}  // namespace tutti::bench

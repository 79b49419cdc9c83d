// What bounds an op on this machine: bytes over bandwidth, or operations over the best product's
// rate. Source: Williams, Waterman, Patterson, CACM 52 (4), 2009.
#pragma once

#include <string>
#include <vector>

namespace tutti::bench {

struct Roofline {
  struct Rate {
    std::string library;
    double operations;  ///< a second
  };
  double bandwidth = 0;     ///< bytes a second
  std::vector<Rate> sgemm;  ///< of each library that was found, the best first

  /// The least that so many bytes and operations can take: the slower of the two.
  double seconds(double bytes, double operations) const;
};

/// On this thread alone, by the fastest of `runs` calls. Bandwidth is the better of a triad (a = b
/// + s c, three arrays, ordinary stores) and a copy by streaming stores, over memory much larger
/// than the caches. What counts are the bytes that the loop names, not the lines that an ordinary
/// store loads first. The rates are of a product of 768 x 768 by 768 x 768.
Roofline measure_roofline(int runs);

}  // namespace tutti::bench

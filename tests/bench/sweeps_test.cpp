// Which sweep's figures count.
#include "sweeps.h"

#include "support/catch.h"

using namespace tutti;
using namespace tutti::bench;

namespace {

Row row_of(double seconds, std::optional<double> peer_seconds = {}) {
  Row row{};
  row.timing = Timing{seconds, 2 * seconds};
  if (peer_seconds) row.peer = PeerTiming{"mpi", Timing{*peer_seconds, *peer_seconds}};
  return row;
}

}  // namespace

TEST_CASE("without a peer the median time counts, of two the slower", "[bench]") {
  const Row median = median_row({row_of(5), row_of(1), row_of(3)});
  CHECK(median.timing->median == 3);
  CHECK(median.timing->p99 == 6);
  CHECK(median_row({row_of(1), row_of(2)}).timing->median == 2);
  CHECK(median_row({row_of(7)}).timing->median == 7);
}

TEST_CASE("with a peer the median ratio counts, and both times are of its sweep", "[bench]") {
  // By time alone it would be the second sweep, whose ratio is 1.
  const Row median = median_row({row_of(1, 4), row_of(2, 2), row_of(3, 9)});
  CHECK(median.timing->median == 3);
  CHECK(*median.ratio() == 3);
}

TEST_CASE("a wrong result in any sweep is not hidden by right ones", "[bench]") {
  Row wrong = row_of(1, 1);
  wrong.wrong = 7;
  wrong.timing.reset();
  Row once_more = wrong;
  const Row ours = median_row({row_of(1, 4), wrong, row_of(1, 4), once_more});
  CHECK(ours.wrong == 14);
  CHECK_FALSE(ours.timing);

  Row peer_wrong = row_of(1, 1);
  peer_wrong.peer->timing.reset();
  CHECK_FALSE(is_right(median_row({row_of(1, 4), row_of(1, 4), peer_wrong})));
}

TEST_CASE("each line and each place has its own median sweep", "[bench]") {
  const std::vector<std::vector<Line>> sweeps{{{row_of(1), row_of(30)}, {row_of(100)}},
                                              {{row_of(2), row_of(10)}, {row_of(300)}},
                                              {{row_of(3), row_of(20)}, {row_of(200)}}};
  const std::vector<Line> lines = median_lines(sweeps);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].at(0).timing->median == 2);
  CHECK(lines[0].at(1).timing->median == 20);
  CHECK(lines[1].at(0).timing->median == 200);
}

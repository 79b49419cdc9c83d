// What the last rank does otherwise, and what a fitting message says of it.
#include "sweep.h"

namespace tutti::test::sweep {

const std::vector<Column>& columns() {
  constexpr const char *same_calls = "make the same calls", *unread = "recv() for each send()";
  static const std::vector<Column> all = {
      {"count", [](Arguments& a, int) { a.count *= 2; }, Way::once, {"pass the same count"}},
      {"dtype", [](Arguments& a, int) { a.dtype = Dtype::i32; }, Way::once, {"same dtype"}},
      {"op", [](Arguments& a, int) { a.op = ReduceOp::max(); }, Way::once, {"same operator"}},
      {"root",
       [](Arguments& a, int last) { a.root = a.root > 0 ? 0 : last; },
       Way::once,
       {"name the same root", same_calls, unread},
       /*to_deadline=*/true,
       32},
      {"counts",
       [](Arguments& a, int) { a.other_parts = true; },
       Way::once,
       {"pass the same count"}},
      {"in_place",
       [](Arguments& a, int) { a.in_place = true; },
       Way::once,
       {"in place, or none of them"}},
      {"order",
       [](Arguments& a, int) { a.order = Order::any; },
       Way::once,
       {"ask for the same order"}},
      {"algorithm",
       [](Arguments& a, int) { a.algorithm = "recursive_doubling"; },
       Way::once,
       {"name the same algorithm"}},
      {"label", [](Arguments& a, int) { a.label = "encoder"; }, Way::once, {"same label"}},
      {"memory", [](Arguments&, int) {}, Way::once, {"same symmetric memory"}},
      {"options", [](Arguments&, int) {}, Way::once, {"the same options"}},
      {"another order", nullptr, Way::other_order, {"same calls in the same order"}, true, 32},
      {"one more", nullptr, Way::once_more, {same_calls, unread}, false, 16},
      {"one less", nullptr, Way::once_less, {same_calls, unread}, false, 16},
      {"absent", nullptr, Way::absent, {"(TUTTI_TIMEOUT)", unread, same_calls}, true, 32},
      {"thread", nullptr, Way::thread, {}},
      {"200 ms late", nullptr, Way::late, {}, false, 32},
      {"TUTTI_STRICT", nullptr, Way::strict, {"same line (TUTTI_STRICT)"}},
      {"version", nullptr, Way::forged, {"same version of Tutti"}},
      {"byte order", nullptr, Way::forged, {"same version of Tutti"}},
  };
  return all;
}

}  // namespace tutti::test::sweep

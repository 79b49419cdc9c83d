#include "tutti/comm/call_record.h"

#include "tutti/comm/all_reduce/table.h"

namespace tutti {

std::string_view name(Collective collective) {
  constexpr std::string_view names[] = {
      "all_reduce", "reduce",     "broadcast", "reduce_scatter", "all_gather",       "gather",
      "scatter",    "all_to_all", "barrier",   "split",          "symmetric_buffer", "send"};
  return names[static_cast<int>(collective)];
}

std::ostream& operator<<(std::ostream& out, const CallRecord& call) {
  if (call.collective == Collective::send) {
    out << (call.from < 0 ? "send" : call.to < 0 ? "recv" : "send_recv") << " of " << call.dtype;
    if (call.to >= 0) out << " to rank " << call.to;
    if (call.from >= 0) out << " from rank " << call.from;
    return out;
  }
  out << call.collective << " #" << call.sequence;
  if (call.count > 0) out << " of " << call.count << " x " << call.dtype;
  if (call.collective == Collective::all_reduce || call.collective == Collective::reduce ||
      call.collective == Collective::reduce_scatter) {
    out << ", " << call.op;
    if (call.any_order) out << " in any order";
    if (call.algorithm > 0) out << ", by " << all_reduce_table()[call.algorithm - 1u].name;
  }
  if (call.root >= 0) out << ", root " << call.root;
  if (call.device != DeviceKind::cpu) out << ", on a GPU";
  if (call.memory != 0) out << ", in symmetric memory";
  return out;
}

}  // namespace tutti

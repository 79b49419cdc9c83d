#include "tutti/comm/call_record.h"

#include "tutti/comm/all_reduce/table.h"

namespace tutti {

std::string_view name(Collective collective) {
  constexpr std::string_view names[] = {
      "all_reduce", "reduce",     "broadcast", "reduce_scatter", "all_gather",       "gather",
      "scatter",    "all_to_all", "barrier",   "split",          "symmetric_buffer", "send"};
  return names[static_cast<int>(collective)];
}

std::string text_of(const std::source_location& site) {
  std::string_view file = site.file_name();
  file.remove_prefix(file.rfind('/') + 1);
  return text(file, ":", site.line());
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
  if (call.in_place) out << ", in place";
  print_label(out, call.label);
  return out;
}

std::string required_agreement(const CallRecord& a, const CallRecord& b) {
  if (a.collective != b.collective || a.sequence != b.sequence)
    return "make the same calls in the same order";
  if (a.label != b.label) return std::string(required_agreement(a.label, b.label));
  if (a.count != b.count) return "pass the same count";
  if (a.parts != b.parts) return "pass the same counts";
  if (a.dtype != b.dtype) return "pass the same dtype";
  if (a.op.kind != b.op.kind || a.op.by_ranks != b.op.by_ranks || a.op.divisor != b.op.divisor)
    return "pass the same operator";
  if (a.root != b.root) return "name the same root";
  if (a.any_order != b.any_order) return "ask for the same order";
  if (a.in_place != b.in_place) return "call it in place, or none of them";
  if (a.algorithm != b.algorithm) return "name the same algorithm";
  if (a.line != b.line) return "make each call in the same line (TUTTI_STRICT)";
  if (a.device != b.device) return "pass blocks on the same kind of device";
  return "pass blocks at the same place of the same symmetric memory, or none";
}

}  // namespace tutti

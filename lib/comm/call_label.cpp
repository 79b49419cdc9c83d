#include "tutti/comm/call_label.h"

#include <algorithm>

namespace tutti {
namespace {

constexpr std::uint64_t of_step = std::uint64_t{1} << 63;

StepPart part_of(std::uint64_t word) {
  return {word >> 51 & 0xfff, word >> 23 & 0xffff, word & 0x7fffff, word >> 39 & 0xfff};
}

}  // namespace

// FNV-1a: Fowler, Noll, Vo, in RFC 9923.
CallLabel::CallLabel(std::string_view text, std::nullptr_t) : text_(text) {
  if (text.empty()) return;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  word_ = (hash | 1) & ~of_step;
}

CallLabel::CallLabel(const StepPart& of)
    : word_(of_step | (of.wrapper & 0xfff) << 51 | (of.part & 0xfff) << 39 |
            (of.updates & 0xffff) << 23 | (of.step & 0x7fffff)) {}

void print_label(std::ostream& out, std::uint64_t word) {
  if (!(word & of_step)) return;
  const StepPart of = part_of(word);
  out << ", ";
  if (of.part == StepPart::weights)
    out << "weights";
  else if (of.part == StepPart::reached)
    out << "used parameters";
  else if (of.part == StepPart::values)
    out << "hashes";
  else
    out << "bucket " << of.part;
  out << " of step " << of.step << " of the wrapper made behind call " << of.wrapper;
  if (of.updates != 0) out << ", after optimizers' steps of hash " << of.updates;
}

std::string_view required_agreement(std::uint64_t label, std::uint64_t other) {
  if (!(label & other & of_step)) return "make calls of the same label in the same order";
  const StepPart a = part_of(label), b = part_of(other);
  if (a.wrapper != b.wrapper)
    return "let the backwards of several wrapped models come in the same order, one after the "
           "other";
  if (a.step != b.step) return "take the same steps, and leave out the same ones";
  if (a.part != b.part) return "wrap the same model";
  return "step the same optimizers, equally often, with the same learning rates";
}

}  // namespace tutti

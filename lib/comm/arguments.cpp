#include "comm/arguments.h"

#include <functional>

#include "comm/meet_all.h"

namespace tutti {

void require_root(const Communicator& communicator, std::string_view call, int root) {
  if (root < 0 || root >= communicator.size())
    raise(communicator.label(call), ": found root ", root, ", expected 0 to ",
          communicator.size() - 1);
}

void raise_impossible(const std::string& who, std::string_view what, Block block) {
  raise(who, ": found ", block.count, " x ", block.dtype, " for ", what, ", expected at most ",
        most_elements, "; was the count negative?");
}

void require_possible(const Communicator& communicator, std::string_view call,
                      std::string_view what, Block block) {
  if (block.count > most_elements) raise_impossible(communicator.label(call), what, block);
}

void require_no_overlap(const Communicator& communicator, std::string_view call, Block in,
                        Block out) {
  const auto begin = [](const Block& block) { return static_cast<const std::byte*>(block.data); };
  const auto end = [&](const Block& block) { return begin(block) + block.bytes(); };
  const std::less<> before;
  if (before(begin(in), end(out)) && before(begin(out), end(in)))
    raise(communicator.label(call), ": found an input and a result that overlap, expected one ",
          "place for both, or memory of their own");
}

void require_block(const Communicator& communicator, std::string_view call, std::string_view what,
                   Block found, std::size_t count, Block like, std::string_view why) {
  require_possible(communicator, call, what, found);
  if (found.count != count || found.dtype != like.dtype || found.device != like.device)
    raise(communicator.label(call), ": found ", found.count, " x ", found.dtype, " on ",
          found.device, " for ", what, ", expected ", count, " x ", like.dtype, " on ", like.device,
          ": ", why);
  if (!found.data && count > 0)
    raise(communicator.label(call), ": found no memory for ", what, ", expected ", count, " x ",
          like.dtype);
}

// FNV-1a, a word at a time: Fowler, Noll, Vo, in RFC 9923.
std::uint64_t hash_of(const Counts* counts) {
  if (!counts) return 0;
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::size_t count : *counts) hash = (hash ^ count) * 0x100000001b3;
  return hash;
}

void meet_if_empty(Communicator& communicator, const Parts& parts) {
  if (parts.any_empty()) meet_all(communicator.transport());
}

Parts require_parts(const Communicator& communicator, std::string_view call, std::string_view what,
                    const Counts* counts, Block block) {
  require_possible(communicator, call, what, block);
  if (!counts) return Parts(block.count, communicator.size());
  if (counts->size() != static_cast<std::size_t>(communicator.size()))
    raise(communicator.label(call), ": found ", counts->size(), " counts for ", what, ", expected ",
          communicator.size(), ": one for each rank");
  for (const std::size_t count : *counts)
    if (count > block.count)
      raise(communicator.label(call), ": found a count of ", count, " for ", what,
            ", expected at most ", block.count, ", its block's");
  Parts parts(*counts);
  if (parts.total() != block.count)
    raise(communicator.label(call), ": found counts of together ", parts.total(), " for ", what,
          ", expected ", block.count, ": those of its block");
  return parts;
}

}  // namespace tutti

#include "tutti/comm/gather.h"

#include "comm/arguments.h"
#include "comm/call.h"
#include "comm/moves.h"
#include "comm/rooted_tree.h"
#include "comm/show_to_all.h"

namespace tutti {
namespace {

void gather_short(Communicator& self, const Parts& parts, const Block& mine, const Block& all,
                  int root, const Stream& stream) {
  const SlotRound shown = show_to_all(self, mine);
  if (self.rank() != root) return;
  copy_unless_there(stream, parts.of(all, root), mine);
  take_parts(self, shown, parts, all);
}

void gather_at_once(Communicator& self, const Parts& parts, Block mine, Block all, int root,
                    const Stream& stream) {
  if (self.rank() != root) return self.exchange({send_to(root, mine)}, stream);
  std::vector<Transfer> transfers;
  for (int rank = 0; rank < self.size(); ++rank)
    if (rank != root) transfers.push_back(receive_from(rank, parts.of(all, rank)));
  self.transport().exchange(transfers, stream);
}

void gather_by_tree(Communicator& self, const Parts& parts, Block mine, Block all, int root,
                    const Stream& stream) {
  const RootedTree tree(parts, self.rank(), root);
  Block like = mine;
  like.count = tree.is_root() || tree.is_leaf() ? 0 : tree.held();
  const Scratch room = self.scratch(like);
  const Block held = tree.is_root() ? all : tree.is_leaf() ? mine : room.block;
  if (like.count > 0) copy_unless_there(stream, held.slice(0, mine.count), mine);
  for (int distance = 1; tree.place() + distance < tree.end(); distance *= 2)
    self.transport().exchange(tree.with_child(Transfer::Kind::receive, held, distance), stream);
  if (!tree.is_root())
    self.transport().exchange(tree.with_parent(Transfer::Kind::send, held), stream);
}

auto prepare(Communicator& communicator, Block mine, Block all, const Counts* counts, int root,
             const CallOptions& options, const std::source_location& site) {
  const std::string_view who = counts ? "gather_v" : "gather";
  const Call call = begin_call(communicator,
                               {.collective = Collective::gather,
                                .dtype = all.dtype,
                                .root = root,
                                .count = all.count,
                                .parts = hash_of(counts),
                                .site = site},
                               all.device, options);
  require_root(communicator, who, root);
  Parts parts = require_parts(communicator, who, "the result", counts, all);
  require_block(communicator, who, "this rank's part", mine, parts.count(communicator.rank()), all,
                "its part of the whole");
  if (communicator.rank() == root)
    require_block(communicator, who, "the result", all, all.count, all, "all parts");
  return PreparedCall{call, [=](Communicator& self, const Stream& own) {
                        if (should_show_to_all(self, all))
                          return gather_short(self, parts, mine, all, root, own);
                        meet_if_empty(self, parts);
                        gather_parts(self, parts, mine, all, root, own);
                      }};
}

}  // namespace

void gather_parts(Communicator& self, const Parts& parts, Block mine, Block all, int root,
                  const Stream& stream) {
  if (self.rank() == root) copy_unless_there(stream, parts.of(all, root), mine);
  if (parts.total() * size_of(all.dtype) < tree_bytes)
    gather_by_tree(self, parts, mine, all, root, stream);
  else
    gather_at_once(self, parts, mine, all, root, stream);
}

void gather(Communicator& communicator, Block mine, Block all, int root, const CallOptions& options,
            std::source_location site) {
  run_call(communicator, prepare(communicator, mine, all, nullptr, root, options, site));
}

void gather_v(Communicator& communicator, Block mine, Block all,
              std::span<const std::size_t> counts, int root, const CallOptions& options,
              std::source_location site) {
  run_call(communicator, prepare(communicator, mine, all, &counts, root, options, site));
}

Work gather_async(Communicator& communicator, Block mine, Block all, int root,
                  const CallOptions& options, std::source_location site) {
  return start_call(communicator, prepare(communicator, mine, all, nullptr, root, options, site));
}

Work gather_v_async(Communicator& communicator, Block mine, Block all,
                    std::span<const std::size_t> counts, int root, const CallOptions& options,
                    std::source_location site) {
  return start_call(communicator, prepare(communicator, mine, all, &counts, root, options, site));
}

}  // namespace tutti

#include "tutti/comm/scatter.h"

#include <bit>

#include "comm/arguments.h"
#include "comm/call.h"
#include "comm/moves.h"
#include "comm/rooted_tree.h"
#include "comm/show_to_all.h"

namespace tutti {
namespace {

void scatter_short(Communicator& self, const Parts& parts, const Block& all, const Block& mine,
                   int root, const Stream& stream) {
  const SlotRound shown = show_from_root(self, all, root);
  if (self.rank() == root)
    copy_unless_there(stream, mine, parts.of(all, root));
  else
    take_shown(mine, parts.of(shown_by(root, shown, all), self.rank()));
}

void scatter_at_once(Communicator& self, const Parts& parts, Block all, Block mine, int root,
                     const Stream& stream) {
  if (self.rank() != root) return self.exchange({receive_from(root, mine)}, stream);
  std::vector<Transfer> transfers;
  for (int rank = 0; rank < self.size(); ++rank)
    if (rank != root) transfers.push_back(send_to(rank, parts.of(all, rank)));
  self.transport().exchange(transfers, stream);
}

void scatter_by_tree(Communicator& self, const Parts& parts, Block all, Block mine, int root,
                     const Stream& stream) {
  const RootedTree tree(parts, self.rank(), root);
  Block like = mine;
  like.count = tree.is_root() || tree.is_leaf() ? 0 : tree.held();
  const Scratch room = self.scratch(like);
  const Block held = tree.is_root() ? all : tree.is_leaf() ? mine : room.block;
  if (!tree.is_root())
    self.transport().exchange(tree.with_parent(Transfer::Kind::receive, held), stream);
  const auto places = static_cast<unsigned>(tree.end() - tree.place());
  for (int distance = static_cast<int>(std::bit_ceil(places)) / 2; distance > 0; distance /= 2)
    self.transport().exchange(tree.with_child(Transfer::Kind::send, held, distance), stream);
  if (like.count > 0) copy_unless_there(stream, mine, held.slice(0, mine.count));
}

auto prepare(Communicator& communicator, Block all, Block mine, const Counts* counts, int root,
             const CallOptions& options, const std::source_location& site) {
  const std::string_view who = counts ? "scatter_v" : "scatter";
  const Call call = begin_call(communicator,
                               {.collective = Collective::scatter,
                                .dtype = all.dtype,
                                .root = root,
                                .count = all.count,
                                .parts = hash_of(counts),
                                .site = site},
                               all.device, options);
  require_root(communicator, who, root);
  Parts parts = require_parts(communicator, who, "the input", counts, all);
  require_block(communicator, who, "this rank's part", mine, parts.count(communicator.rank()), all,
                "its part of the whole");
  if (communicator.rank() == root)
    require_block(communicator, who, "the input", all, all.count, all, "all parts");
  return PreparedCall{call, [=](Communicator& self, const Stream& own) {
                        if (should_show_to_all(self, all))
                          return scatter_short(self, parts, all, mine, root, own);
                        meet_if_empty(self, parts);
                        scatter_parts(self, parts, all, mine, root, own);
                      }};
}

}  // namespace

void scatter_parts(Communicator& self, const Parts& parts, Block all, Block mine, int root,
                   const Stream& stream) {
  if (parts.total() * size_of(all.dtype) < tree_bytes)
    scatter_by_tree(self, parts, all, mine, root, stream);
  else
    scatter_at_once(self, parts, all, mine, root, stream);
  if (self.rank() == root) copy_unless_there(stream, mine, parts.of(all, root));
}

void scatter(Communicator& communicator, Block all, Block mine, int root,
             const CallOptions& options, std::source_location site) {
  run_call(communicator, prepare(communicator, all, mine, nullptr, root, options, site));
}

void scatter_v(Communicator& communicator, Block all, Block mine,
               std::span<const std::size_t> counts, int root, const CallOptions& options,
               std::source_location site) {
  run_call(communicator, prepare(communicator, all, mine, &counts, root, options, site));
}

Work scatter_async(Communicator& communicator, Block all, Block mine, int root,
                   const CallOptions& options, std::source_location site) {
  return start_call(communicator, prepare(communicator, all, mine, nullptr, root, options, site));
}

Work scatter_v_async(Communicator& communicator, Block all, Block mine,
                     std::span<const std::size_t> counts, int root, const CallOptions& options,
                     std::source_location site) {
  return start_call(communicator, prepare(communicator, all, mine, &counts, root, options, site));
}

}  // namespace tutti

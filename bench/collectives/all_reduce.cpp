// all_reduce, for the bench.
#include "tutti/comm/all_reduce.h"

#include "collectives/rows.h"
#include "floor.h"
#include "tutti/comm/all_reduce/table.h"

namespace tutti::bench {
namespace {

AllReduceOptions options(const Call& call) {
  return {.algorithm = call.what.algorithm, .order = call.what.order};
}

void ours(Communicator& world, const Call& call) {
  tutti::all_reduce(world, call.in, call.out, call.what.op, options(call));
}

void mpi(const MpiPeer& peer, const Call& call) {
  const void* in = call.what.in_place ? MPI_IN_PLACE : call.in.data;
  check_mpi(MPI_Allreduce(in, call.out.data, mpi_count(call.in), peer.type(call.in.dtype),
                          peer.op(call.in.dtype, call.what.op), peer.ranks()),
            "MPI_Allreduce");
  peer.divide(call.out, call.what.op);
}

std::vector<std::string_view> names() {
  std::vector<std::string_view> names;
  for (const Algorithm& row : all_reduce_table()) names.push_back(row.name);
  return names;
}

std::string_view algorithm(const Communicator& world, const Call& call) {
  try {
    const Algorithm* row = all_reduce_choice(world, call.in, call.out, call.what.op, options(call));
    if (row) return row->name;
    return call.what.algorithm.empty() ? "none" : "";
  } catch (const Error&) {  // the library alone knows what fits
    return "";
  }
}

}  // namespace

const Collective all_reduce{
    .name = "all_reduce",
    .about = "every rank gets the reduction of all ranks' blocks",
    .reduces = true,
    .result = [](const Case& what, int) -> Result {
      return {{what.count, Stretch::all, 0}};
    },
    .bus_factor = [](int ranks) { return 2 * others_share(ranks); },
    .ours = ours,
    .mpi = mpi,
    .algorithms = names,
    .algorithm = algorithm,
    .floor = all_reduce_floor,
};

}  // namespace tutti::bench

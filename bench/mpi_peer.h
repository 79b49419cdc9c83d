// MPI's own collectives, as the bench calls them beside the library's.
#pragma once

#include <mpi.h>

#include "comm/mpi_world.h"
#include "tutti/base/block.h"
#include "tutti/comm/reduce_op.h"

namespace tutti::bench {

/// Types and operators of MPI_COMM_WORLD, which the library itself never sends on. Those of f16 and
/// bf16 are made here: MPI has none.
class MpiPeer {
 public:
  MpiPeer();
  MpiPeer(const MpiPeer&) = delete;
  MpiPeer& operator=(const MpiPeer&) = delete;
  ~MpiPeer();

  MPI_Comm ranks() const { return MPI_COMM_WORLD; }
  MPI_Datatype type(Dtype dtype) const;
  /// Without its divisor: MPI has no average.
  MPI_Op op(Dtype dtype, const ReduceOp& op) const;
  /// What an MPI program does behind the sum to get an average; nothing for other operators.
  void divide(Block block, const ReduceOp& op) const;
  /// The library's name and version.
  static std::string version();
  /// What its speed turns on here: the thread level and, of Open MPI, what its environment sets.
  static std::string settings();

 private:
  MPI_Datatype half_type_ = MPI_DATATYPE_NULL;
  MPI_Op half_ops_[2][4];  // of f16 and bf16, by ReduceOp::Kind
};

/// As MPI counts elements. Error above 2^31 - 1.
int mpi_count(Block block);

/// The largest and the sum over all ranks.
void max_over_ranks(double* values, std::size_t count);
std::uint64_t sum_over_ranks(std::uint64_t value);

}  // namespace tutti::bench

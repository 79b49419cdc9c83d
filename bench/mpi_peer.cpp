#include "mpi_peer.h"

#include <climits>
#include <cstdlib>

#include "comm/block_math.h"
#include "comm/reduce_many.h"

namespace tutti::bench {
namespace {

template <class H, ReduceOp::Kind kind>
void combine_halves(void* from, void* into, int* count, MPI_Datatype*) {
  const H* __restrict a = static_cast<const H*>(from);
  H* __restrict b = static_cast<H*>(into);
  const int n = *count;
#pragma omp simd
  for (int i = 0; i < n; ++i) b[i].bits = narrow(join<kind>(widen(a[i]), widen(b[i])), H{}).bits;
}

template <class H>
void create_ops(MPI_Op* ops) {
  for (int k = 0; k < 4; ++k)
    visit_kind(static_cast<ReduceOp::Kind>(k), [&]<ReduceOp::Kind kind>() {
      check_mpi(MPI_Op_create(combine_halves<H, kind>, /*commute=*/1, &ops[k]), "MPI_Op_create");
    });
}

}  // namespace

MpiPeer::MpiPeer() {
  check_mpi(MPI_Type_contiguous(2, MPI_BYTE, &half_type_), "MPI_Type_contiguous");
  check_mpi(MPI_Type_commit(&half_type_), "MPI_Type_commit");
  create_ops<f16>(half_ops_[0]);
  create_ops<bf16>(half_ops_[1]);
}

MpiPeer::~MpiPeer() {
  for (auto& ops : half_ops_)
    for (MPI_Op& op : ops) MPI_Op_free(&op);
  MPI_Type_free(&half_type_);
}

MPI_Datatype MpiPeer::type(Dtype dtype) const {
  switch (dtype) {
    case Dtype::f32:
      return MPI_FLOAT;
    case Dtype::f64:
      return MPI_DOUBLE;
    case Dtype::i32:
      return MPI_INT32_T;
    case Dtype::i64:
      return MPI_INT64_T;
    case Dtype::u8:
      return MPI_UINT8_T;
    default:
      return half_type_;
  }
}

MPI_Op MpiPeer::op(Dtype dtype, const ReduceOp& op) const {
  const int kind = static_cast<int>(op.kind);
  if (size_of(dtype) == 2) return half_ops_[dtype == Dtype::bf16][kind];
  const MPI_Op ops[] = {MPI_SUM, MPI_MIN, MPI_MAX, MPI_PROD};
  return ops[kind];
}

void MpiPeer::divide(Block block, const ReduceOp& op) const {
  int ranks = 1;
  check_mpi(MPI_Comm_size(MPI_COMM_WORLD, &ranks), "MPI_Comm_size");
  const double divisor = op.for_ranks(ranks).divisor;
  if (divisor == 1) return;
  const std::byte* inputs[] = {static_cast<const std::byte*>(block.data)};
  std::byte* outputs[] = {static_cast<std::byte*>(block.data)};
  reduce_many({inputs, block.dtype, outputs, block.dtype, block.count}, ReduceOp::Kind::sum,
              divisor, Stores::ordinary);
}

std::string MpiPeer::version() {
  char name[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  check_mpi(MPI_Get_library_version(name, &length), "MPI_Get_library_version");
  const std::string whole(name, static_cast<std::size_t>(length));
  return whole.substr(0, whole.find_first_of(",\n"));
}

std::string MpiPeer::settings() {
  int level = MPI_THREAD_SINGLE;
  check_mpi(MPI_Query_thread(&level), "MPI_Query_thread");
  std::string settings = level == MPI_THREAD_MULTIPLE     ? "MPI_THREAD_MULTIPLE"
                         : level == MPI_THREAD_SERIALIZED ? "MPI_THREAD_SERIALIZED"
                         : level == MPI_THREAD_FUNNELED   ? "MPI_THREAD_FUNNELED"
                                                          : "MPI_THREAD_SINGLE";
  for (const char* name :
       {"OMPI_MCA_btl_vader_single_copy_mechanism", "OMPI_MCA_mpi_yield_when_idle"})
    if (const char* value = std::getenv(name)) settings += text(", ", name, "=", value);
  return settings;
}

int mpi_count(Block block) {
  if (block.count > INT_MAX)
    raise("tutti-bench: found ", block.count, " elements for MPI, which counts to ", INT_MAX,
          "; choose a smaller -e or a larger dtype");
  return static_cast<int>(block.count);
}

void max_over_ranks(double* values, std::size_t count) {
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, values, static_cast<int>(count), MPI_DOUBLE, MPI_MAX,
                          MPI_COMM_WORLD),
            "MPI_Allreduce");
}

std::uint64_t sum_over_ranks(std::uint64_t value) {
  check_mpi(MPI_Allreduce(MPI_IN_PLACE, &value, 1, MPI_UINT64_T, MPI_SUM, MPI_COMM_WORLD),
            "MPI_Allreduce");
  return value;
}

}  // namespace tutti::bench

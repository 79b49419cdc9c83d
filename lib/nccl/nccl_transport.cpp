#include "comm/nccl_transport.h"

#include <cuda_runtime_api.h>
#include <nccl.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "tutti/comm/block_math.h"
#include "tutti/comm/broadcast.h"

namespace tutti {
namespace {

using namespace std::chrono_literals;

void check_nccl(ncclResult_t code, const char* call) {
  if (code != ncclSuccess)
    raise(call, ": ", ncclGetErrorString(code), "; run with NCCL_DEBUG=WARN for its reason");
}

void use_device(int index) {
  cudaError_t code = cudaSetDevice(index);
  if (code != cudaSuccess) raise("cudaSetDevice(", index, "): ", cudaGetErrorString(code));
}

ncclDataType_t nccl_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::f32:
      return ncclFloat32;
    case Dtype::f64:
      return ncclFloat64;
    case Dtype::i32:
      return ncclInt32;
    case Dtype::i64:
      return ncclInt64;
    case Dtype::u8:
      return ncclUint8;
    default:
      raise("all_reduce: found ", dtype, ", expected one of f32 f64 i32 i64 u8");
  }
}

ncclRedOp_t nccl_op(ReduceOp::Kind kind) {
  switch (kind) {
    case ReduceOp::Kind::min:
      return ncclMin;
    case ReduceOp::Kind::max:
      return ncclMax;
    case ReduceOp::Kind::product:
      return ncclProd;
    default:
      return ncclSum;
  }
}

class NcclTransport : public Transport {
 public:
  NcclTransport(std::shared_ptr<Transport> host, const Device& device, const ncclUniqueId& id)
      : host_(std::move(host)), device_(device) {
    use_device(device.id().index);
    check_nccl(ncclCommInitRank(&comm_, host_->size(), id, host_->rank()), "ncclCommInitRank");
  }

  // Gives enqueued work a second; ncclCommDestroy could wait for peers that are gone.
  ~NcclTransport() override {
    auto end = std::chrono::steady_clock::now() + 1s;
    while (cudaStreamQuery(std::get<CudaStream>(device_.stream()).handle) == cudaErrorNotReady &&
           std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(1ms);
    ncclCommAbort(comm_);
  }
  NcclTransport(const NcclTransport&) = delete;
  NcclTransport& operator=(const NcclTransport&) = delete;

  std::string_view name() const override { return "nccl"; }
  int rank() const override { return host_->rank(); }
  int size() const override { return host_->size(); }
  std::span<const Position> positions() const override { return host_->positions(); }
  bool threads_allowed() const override { return host_->threads_allowed(); }

  void exchange(std::span<const Transfer> transfers, const Stream& stream) override {
    auto on_gpu = [](const Transfer& t) { return t.block.device.kind == DeviceKind::cuda; };
    if (std::ranges::none_of(transfers, on_gpu)) return host_->exchange(transfers, stream);
    CudaStream queue = std::get<CudaStream>(stream);
    use_device(queue.device);
    check_nccl(ncclGroupStart(), "ncclGroupStart");
    for (const Transfer& transfer : transfers) {
      const Block& block = transfer.block;
      if (block.count == 0) continue;
      if (transfer.kind == Transfer::Kind::send)
        check_nccl(
            ncclSend(block.data, block.bytes(), ncclUint8, transfer.peer, comm_, queue.handle),
            "ncclSend");
      else
        check_nccl(
            ncclRecv(block.data, block.bytes(), ncclUint8, transfer.peer, comm_, queue.handle),
            "ncclRecv");
    }
    check_nccl(ncclGroupEnd(), "ncclGroupEnd");
  }

  bool has_vendor() const override { return true; }
  void vendor_all_reduce(Block data, const ReduceOp& op, const Stream& stream) override {
    if (data.device.kind == DeviceKind::cpu) return host_->vendor_all_reduce(data, op, stream);
    CudaStream queue = std::get<CudaStream>(stream);
    use_device(queue.device);
    check_nccl(ncclAllReduce(data.data, data.data, data.count, nccl_type(data.dtype),
                             nccl_op(op.kind), comm_, queue.handle),
               "ncclAllReduce");
    divide(stream, data, op.divisor);
  }

  void enter(const CallRecord& call) override { host_->enter(call); }
  void leave() override { host_->leave(); }
  void look() override { host_->look(); }
  void post(const Post& post) override { host_->post(post); }
  void note(const std::string& what) noexcept override { host_->note(what); }
  void cancel() noexcept override { host_->cancel(); }
  std::shared_ptr<Transport> split(int colour, int key) override {
    Communicator host(host_->split(colour, key));
    return make_nccl_transport(host, Device::cuda(device_.id().index));
  }

 private:
  std::shared_ptr<Transport> host_;
  Device device_;
  ncclComm_t comm_ = nullptr;
};

}  // namespace

std::shared_ptr<Transport> make_nccl_transport(Communicator& host, const Device& device) {
  ncclUniqueId id{};
  if (host.rank() == 0) check_nccl(ncclGetUniqueId(&id), "ncclGetUniqueId");
  broadcast(host, block_of(reinterpret_cast<std::uint8_t*>(&id), sizeof id));
  Communicator own = host.duplicate();  // without calls of its own so far
  return std::make_shared<NcclTransport>(own.shared_transport(), device, id);
}

}  // namespace tutti

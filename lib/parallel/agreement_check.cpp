#include "agreement_check.h"

#include <bit>
#include <cstring>
#include <utility>

namespace tutti::parallel {
namespace {

// By words of eight bytes, as FNV-1a does by bytes (Fowler, Noll, Vo, in RFC 9923), rotated so that
// high bits reach low ones.
std::int64_t hash_of(const Tensor& value) {
  const Tensor host = value.contiguous().to(Device::cpu());
  const auto* bytes = static_cast<const std::byte*>(host.raw());
  const std::size_t count = host.const_block().bytes();
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::size_t i = 0; i < count; i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes + i, std::min<std::size_t>(8, count - i));
    hash = std::rotl((hash ^ word) * 0x100000001b3, 29);
  }
  return std::bit_cast<std::int64_t>(hash);
}

}  // namespace

void AgreementCheck::start(Communicator& communicator, const std::vector<Parameter>& parameters,
                           const CallLabel& label, const std::source_location& site) {
  hashes_ = std::make_shared<std::vector<std::int64_t>>();
  for (const Parameter& parameter : parameters) {
    const std::int64_t hash = hash_of(parameter.value());
    hashes_->push_back(hash);
    hashes_->push_back(~hash);
  }
  work_ = all_reduce_async(communicator, block_of(hashes_->data(), hashes_->size()),
                           ReduceOp::max(), {.label = label}, site);
  work_.keep(hashes_);
}

void AgreementCheck::finish(const std::vector<Parameter>& parameters, std::uint64_t step) {
  if (!hashes_) return;
  work_.wait();
  const auto hashes = std::exchange(hashes_, nullptr);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if ((*hashes)[2 * i] != ~(*hashes)[2 * i + 1])
      raise("DataParallel: found values of \"", parameters[i].path,
            "\" that differ among ranks before step ", step,
            ", expected equal ones (check_every); change parameters on all ranks alike, or call "
            "broadcast() on all, between steps, after a change on rank 0");
}

}  // namespace tutti::parallel

#include "agreement_check.h"

#include <bit>
#include <cstring>
#include <utility>

namespace tutti::parallel {
namespace {

// By words of eight bytes, as FNV-1a does by bytes (Fowler, Noll, Vo, in RFC 9923), rotated so that
// high bits reach low ones; in as many lanes as fill vector registers, which is three times as fast
// as one.
std::int64_t hash_of(const Tensor& value) {
  const Tensor host = value.contiguous().to(Device::cpu());
  const auto* bytes = static_cast<const std::byte*>(host.raw());
  const std::size_t count = host.const_block().bytes();
  constexpr std::size_t lanes = 16;
  std::uint64_t hashes[lanes], words[lanes];
  const auto mix = [](std::uint64_t hash, std::uint64_t word) {
    return std::rotl((hash ^ word) * 0x100000001b3, 29);
  };
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::uint64_t& lane : hashes) lane = hash = mix(hash, 1);
  for (std::size_t i = 0; i < count; i += sizeof words) {
    const std::size_t here = std::min(sizeof words, count - i);
    if (here < sizeof words) std::memset(words, 0, sizeof words);
    std::memcpy(words, bytes + i, here);
    for (std::size_t lane = 0; lane < lanes; ++lane) hashes[lane] = mix(hashes[lane], words[lane]);
  }
  for (std::uint64_t lane : hashes) hash = mix(hash, lane);
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

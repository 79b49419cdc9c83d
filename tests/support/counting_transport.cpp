#include "support/counting_transport.h"

#include <algorithm>
#include <vector>

namespace tutti::test {

void CountingTransport::exchange(std::span<const Transfer> transfers, const Stream& stream) {
  std::vector<Transfer> moving, clocks;
  std::ranges::copy_if(transfers, std::back_inserter(moving),
                       [](const Transfer& t) { return t.block.count > 0; });
  if (moving.empty()) return;
  std::int64_t mine = clock_;
  std::vector<std::int64_t> theirs(moving.size());
  for (std::size_t i = 0; i < moving.size(); ++i) {
    bool sends = moving[i].kind == Transfer::Kind::send;
    if (sends) bytes_ += moving[i].block.bytes();
    clocks.push_back({moving[i].kind, moving[i].peer, block_of(sends ? &mine : &theirs[i], 1)});
  }
  inner_->exchange(clocks, CpuStream{});
  inner_->exchange(moving, stream);
  clock_ = std::max(clock_, std::ranges::max(theirs)) + 1;
}

}  // namespace tutti::test

// Tensors as the collectives of blocks take them.
#pragma once

#include <memory>
#include <numeric>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/communicator_state.h"
#include "tutti/tensor/tensor.h"

namespace tutti::parallel {

// A tensor's elements as `who` reads or writes them.
inline Block block_of(const Tensor& tensor, bool written, std::string_view who) {
  if (!tensor) return {};
  if (!tensor.is_dense())
    raise(who, ": found a tensor ", tensor.shape(), " with strides ", tensor.strides(),
          ", expected a dense one; pass contiguous(), and copy_from() a result");
  return written ? tensor.block() : tensor.const_block();
}

// For the result or input that only the root uses: what the others must say of it.
inline Block unless_empty(const Block& found, Block like, int parts) {
  if (found.data) return found;
  like.data = nullptr;
  like.count *= static_cast<std::size_t>(parts);
  return like;
}
inline Block unless_empty(const Block& found, Block like, std::span<const std::size_t> counts) {
  if (found.data) return found;
  like.data = nullptr;
  like.count = std::accumulate(counts.begin(), counts.end(), std::size_t{0});
  return like;
}

// The tensors' own stream, where no other is named.
template <class Options>
Options on_stream_of(Options options, const Tensor& tensor) {
  if (!options.stream && tensor) options.stream = &tensor.device().stream();
  return options;
}

// Behind `work`, counts the second write of `written`; both keep all tensors.
inline Work and_count(Communicator& communicator, Work work, std::vector<Tensor> tensors,
                      const Tensor& written, const Stream* stream) {
  struct Kept {
    std::vector<Tensor> tensors;
    Work work;
  };
  const Tensor& like = tensors.front() ? tensors.front() : tensors.back();
  const DeviceId where = like ? like.device().id() : DeviceId{};
  work.keep(std::make_shared<std::vector<Tensor>>(tensors));
  Work counted = communicator.queue().submit(
      [self = communicator.borrowed(), written, where] {
        if (written) written.count_write();
        return record(self.stream(where));
      },
      stream ? *stream : Stream{});
  counted.keep(std::make_shared<Kept>(Kept{std::move(tensors), std::move(work)}));
  return counted;
}

}  // namespace tutti::parallel

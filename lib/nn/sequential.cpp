#include "tutti/nn/sequential.h"

#include "tutti/autograd/checkpoint.h"

namespace tutti::nn {

void Sequential::append(std::string name, const Module& module, Call call) {
  add(name, module);
  parts_->list.push_back({std::move(name), module, std::move(call)});
}

Sequential Sequential::slice(std::int64_t begin, std::int64_t end) const {
  if (begin < 0 || begin > end || end > size())
    raise("Sequential::slice: found [", begin, ", ", end, ") of ", size(),
          " layers, expected 0 <= begin <= end <= ", size());
  Sequential out;
  out.checkpoint_layers(parts_->checkpointed);
  out.first_ = first_ + begin;
  for (std::int64_t i = begin; i < end; ++i) {
    const Part& part = parts_->list[static_cast<std::size_t>(i)];
    out.append(part.name, part.module, part.call);
  }
  return out;
}

Variable Sequential::forward(Variable x) const {
  for (const Part& part : parts_->list)
    x = parts_->checkpointed ? checkpoint(part.call, x) : part.call(x);
  return x;
}

}  // namespace tutti::nn

#include "tutti/nn/embedding.h"

#include "tutti/ops/index_select.h"

namespace tutti::nn {

Embedding::Embedding(std::int64_t count, std::int64_t width) {
  if (count < 1 || width < 1)
    raise("Embedding: found ", count, " rows of width ", width, ", expected 1 or more");
  weight_ = add_parameter("weight", {count, width}, normal(1));
}

Variable Embedding::forward(const Variable& indices) const {
  return index_select(weight_, 0, indices.value());
}

}  // namespace tutti::nn

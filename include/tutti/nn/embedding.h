// Rows looked up by number.
#pragma once

#include "tutti/nn/layer.h"

namespace tutti::nn {

/// indices i64 [...] in [0, count) give [..., width]: rows of weight [count, width], drawn from
/// N(0, 1). See tutti::index_select for what happens to others.
class Embedding : public Layer<Embedding> {
 public:
  Embedding(std::int64_t count, std::int64_t width);
  Variable forward(const Variable& indices) const;
  const Variable& weight() const { return weight_; }

 private:
  Variable weight_;
};

}  // namespace tutti::nn

#include "tutti/nn/residual.h"

namespace tutti::nn {

Residual::Residual(Sequential body) : body_(add("body", std::move(body))) {}
Residual::Residual(Sequential body, Sequential shortcut)
    : body_(add("body", std::move(body))), shortcut_(add("shortcut", std::move(shortcut))) {}

Variable Residual::forward(const Variable& x) const {
  const Variable y = body_(x), along = shortcut_.size() > 0 ? shortcut_(x) : x;
  if (y.shape() != along.shape())
    raise("Residual: found ", y.shape(), " of the body and ", along.shape(), " of the ",
          shortcut_.size() > 0 ? "shortcut" : "input", ", expected one shape; ",
          "give a shortcut that changes the shape as the body does");
  return y + along;
}

}  // namespace tutti::nn

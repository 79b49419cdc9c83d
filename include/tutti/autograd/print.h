// A variable as text: its value's.
#pragma once

#include "tutti/autograd/variable.h"
#include "tutti/tensor/print.h"

namespace tutti {

/// As of its value; of an empty variable as of an empty tensor.
inline std::ostream& operator<<(std::ostream& out, const Variable& x) {
  return out << (x && x.has_value() ? x.value() : Tensor());
}

}  // namespace tutti

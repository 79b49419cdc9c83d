// A tensor as text.
#pragma once

#include <ostream>

#include "tutti/tensor/tensor.h"

namespace tutti {

/// Writes the elements as NumPy's print does with a precision of 4: nested brackets, columns
/// aligned, lines of 75 characters, powers of ten where numbers are large, tiny or far apart, and
/// of more than 1,000 elements the first and last three along each axis. A tensor without elements
/// shows its shape and dtype. One on a GPU is waited for, and what is shown of it copied. The
/// stream's own format does not matter.
std::ostream& operator<<(std::ostream& out, const Tensor& x);

}  // namespace tutti

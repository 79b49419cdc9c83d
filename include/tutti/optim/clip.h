// Clipping of gradients by their norm and by value.
#pragma once

#include <span>

#include "tutti/autograd/variable.h"

namespace tutti::optim {

/// The Euclidean norm of all gradients of `parameters` as one vector; 0 where none has a gradient.
/// Squares are summed in f64 over fixed chunks, which are joined in the order of the parameters:
/// ranks with equal gradients get equal bits. Waits once for the device, which must be one.
double grad_norm(std::span<const Parameter> parameters);

/// Multiplies all gradients by max_norm / norm where the norm is greater; gives the norm from
/// before. A norm that is not finite changes nothing: look at what is returned. Error unless
/// max_norm is positive. PyTorch's clip_grad_norm_ divides by norm + 1e-6: its gradients are
/// smaller by the factor norm / (norm + 1e-6), and clipped from max_norm - 1e-6 on. Source:
/// Pascanu, Mikolov, Bengio, arXiv:1211.5063.
double clip_grad_norm(std::span<const Parameter> parameters, double max_norm);

/// Brings every element of all gradients into [-max_value, max_value]; NaN stays. Error unless
/// max_value is positive.
void clip_grad_value(std::span<const Parameter> parameters, double max_value);

}  // namespace tutti::optim

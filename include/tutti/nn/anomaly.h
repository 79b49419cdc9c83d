// Finding the first NaN or infinity.
#pragma once

#include <memory>

#include "tutti/nn/module.h"

namespace tutti::nn {

/// While it lives, every op that this thread runs on variables, and every backward of one, is
/// looked at: the first result that is not finite is an Error that names the op, the path of the
/// module that ran it, whether forward or backward, the element, and the step where a wrapper
/// counts them. It reads each result once more, and waits for the device: for finding a fault, not
/// for every run. Ops on plain tensors are not seen.
///
///   nn::DetectAnomaly anomalies(model);
///   loss_of(model(x)).backward();  // "the backward of Log in h.3.mlp gave inf at [2, 7] of ..."
class DetectAnomaly {
 public:
  explicit DetectAnomaly(const Module& module);
  ~DetectAnomaly();
  DetectAnomaly(const DetectAnomaly&) = delete;
  DetectAnomaly& operator=(const DetectAnomaly&) = delete;

 private:
  class Watch;
  std::unique_ptr<Watch> watch_;
};

}  // namespace tutti::nn

#include "tutti/nn/linear.h"

namespace tutti::nn {

Linear::Linear(std::int64_t inputs, std::int64_t outputs, bool bias) {
  if (inputs < 1 || outputs < 1)
    raise("Linear: found ", inputs, " inputs and ", outputs, " outputs, expected 1 or more");
  weight_ = add_parameter("weight", {outputs, inputs}, fan_in_uniform(inputs));
  if (bias) bias_ = add_parameter("bias", {outputs}, fan_in_uniform(inputs));
}

}  // namespace tutti::nn

#include "tutti/nn/conv2d.h"

namespace tutti::nn {
namespace {

void require_channels(std::int64_t inputs, std::int64_t outputs, Pair2d size, std::int64_t groups,
                      std::string_view who) {
  if (inputs < 1 || outputs < 1 || !size.at_least(1))
    raise(who, ": found ", inputs, " inputs, ", outputs, " outputs and size ", size,
          ", expected 1 or more");
  if (groups < 1 || inputs % groups != 0 || outputs % groups != 0)
    raise(who, ": found ", groups, " groups for ", inputs, " inputs and ", outputs,
          " outputs, expected a divisor of both");
}

Init init_of(const Shape& weight) {
  return fan_in_uniform(weight.count() / weight[0]);
}

}  // namespace

Conv2d::Conv2d(std::int64_t inputs, std::int64_t outputs, Pair2d size, const Conv2dOptions& options,
               bool bias)
    : options_(options) {
  require_channels(inputs, outputs, size, options.groups, "Conv2d");
  const Shape shape{outputs, inputs / options.groups, size.height, size.width};
  weight_ = add_parameter("weight", shape, init_of(shape));
  if (bias) bias_ = add_parameter("bias", {outputs}, init_of(shape));
}

Conv1d::Conv1d(std::int64_t inputs, std::int64_t outputs, std::int64_t size,
               const Conv1dOptions& options, bool bias)
    : options_(options) {
  require_channels(inputs, outputs, {1, size}, options.groups, "Conv1d");
  const Shape shape{outputs, inputs / options.groups, size};
  weight_ = add_parameter("weight", shape, init_of(shape));
  if (bias) bias_ = add_parameter("bias", {outputs}, init_of(shape));
}

ConvTranspose2d::ConvTranspose2d(std::int64_t inputs, std::int64_t outputs, Pair2d size,
                                 const ConvTranspose2dOptions& options, bool bias)
    : options_(options) {
  require_channels(inputs, outputs, size, options.groups, "ConvTranspose2d");
  const Shape shape{inputs, outputs / options.groups, size.height, size.width};
  weight_ = add_parameter("weight", shape, init_of(shape));
  if (bias) bias_ = add_parameter("bias", {outputs}, init_of(shape));
}

}  // namespace tutti::nn

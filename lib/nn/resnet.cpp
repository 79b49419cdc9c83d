#include "tutti/nn/resnet.h"

#include "tutti/nn/batch_norm.h"
#include "tutti/nn/conv2d.h"
#include "tutti/nn/linear.h"
#include "tutti/nn/pooling.h"
#include "tutti/nn/residual.h"
#include "tutti/nn/stateless.h"

namespace tutti::nn {
namespace {

Conv2d convolution(std::int64_t inputs, std::int64_t outputs, std::int64_t size,
                   std::int64_t stride) {
  Conv2d layer(inputs, outputs, size, {.stride = stride, .padding = size / 2}, false);
  // He, Zhang, Ren, Sun, arXiv:1502.01852, by what a place sends on.
  layer.set_init("weight", normal(std::sqrt(2.0 / static_cast<double>(outputs * size * size))));
  return layer;
}

Residual block(std::int64_t inputs, std::int64_t outputs, std::int64_t stride) {
  Sequential body(convolution(inputs, outputs, 3, stride), BatchNorm2d(outputs), ReLU(),
                  convolution(outputs, outputs, 3, 1), BatchNorm2d(outputs));
  if (inputs == outputs && stride == 1) return Residual(body);
  return Residual(body, Sequential(convolution(inputs, outputs, 1, stride), BatchNorm2d(outputs)));
}

}  // namespace

Sequential resnet_cifar(std::int64_t depth, std::int64_t classes) {
  if (depth < 8 || depth % 6 != 2 || classes < 1)
    raise("resnet_cifar: found depth ", depth, " and ", classes,
          " classes, expected a depth of 8, 14, 20, 26, ... and 1 class or more");
  Sequential net(convolution(3, 16, 3, 1), BatchNorm2d(16), ReLU());
  std::int64_t inputs = 16;
  for (std::int64_t outputs : {16, 32, 64})
    for (std::int64_t i = 0; i < (depth - 2) / 6; ++i) {
      net.append(block(inputs, outputs, i == 0 && outputs > 16 ? 2 : 1)).append(ReLU());
      inputs = outputs;
    }
  return net.append(AdaptiveAvgPool2d(1)).append(Flatten()).append(Linear(64, classes));
}

}  // namespace tutti::nn

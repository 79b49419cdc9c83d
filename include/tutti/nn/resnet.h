// Residual networks for small images.
#pragma once

#include <cstdint>

#include "tutti/nn/sequential.h"

namespace tutti::nn {

/// The network of He et al., section 4.2, for images [n, 3, h, w], 32 x 32 there: a convolution,
/// three stages of 16, 32 and 64 channels with (depth - 2) / 6 blocks each, the mean over all
/// places, and a linear layer; logits [n, classes]. Where a stage begins with half the height and
/// width, the shortcut is a 1 x 1 convolution with batch normalisation (option B). Error unless
/// depth is 6 k + 2. Source: arXiv:1512.03385.
Sequential resnet_cifar(std::int64_t depth, std::int64_t classes = 10);

}  // namespace tutti::nn

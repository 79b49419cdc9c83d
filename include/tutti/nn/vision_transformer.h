// A transformer that classifies images.
#pragma once

#include "tutti/base/pair2d.h"
#include "tutti/nn/sequential.h"
#include "tutti/nn/transformer_block.h"

namespace tutti::nn {

struct VisionTransformerOptions {
  Pair2d image = 32;  ///< height and width
  Pair2d patch = 4;   ///< each divides that of the image
  std::int64_t channels = 3;
  std::int64_t classes = 10;
  std::int64_t width = 128;
  std::int64_t heads = 4;  ///< divides width
  std::int64_t layers = 6;
  double dropout = 0;  ///< of the embedded patches and in the blocks
};

/// Images [n, channels, height, width] give logits [n, classes]. An image is cut into patches, from
/// left to right and then down; a linear layer of each, plus a learned vector for its place, goes
/// through `layers` blocks with norms before their parts and GELU. The classifier reads the mean of
/// the normed results, which needs no class token and does as well (appendix D.3 of the paper).
/// Parameters: patch_embed.weight [width, channels * patch.height * patch.width] and .bias,
/// pos_embed [patches, width], blocks.0 and so on (see TransformerBlock), norm, head. Linear layers
/// start from Xavier's uniform distribution and biases of 0, pos_embed from N(0, 0.02), the head
/// from 0. Error where options do not fit each other or images do not fit them.
/// Source: Dosovitskiy et al., arXiv:2010.11929 (2021).
class VisionTransformer : public Layer<VisionTransformer> {
 public:
  explicit VisionTransformer(const VisionTransformerOptions& options = {});
  Variable forward(const Variable& images) const;

 private:
  Variable patches(const Variable& images) const;

  VisionTransformerOptions options_;
  Linear patch_embed_;
  Variable pos_embed_;
  Dropout dropout_;
  Sequential blocks_;
  LayerNorm norm_;
  Linear head_;
};

}  // namespace tutti::nn

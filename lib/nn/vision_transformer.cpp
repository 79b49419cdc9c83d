#include "tutti/nn/vision_transformer.h"

#include "tutti/ops/reduction.h"
#include "tutti/ops/view.h"

namespace tutti::nn {
namespace {

const VisionTransformerOptions& checked(const VisionTransformerOptions& options) {
  const Pair2d image = options.image, patch = options.patch;
  if (!image.at_least(1) || !patch.at_least(1) || image.height % patch.height != 0 ||
      image.width % patch.width != 0)
    raise("VisionTransformer: found patches of ", patch, " and images of ", image,
          ", expected patches that divide the images");
  if (options.channels < 1 || options.classes < 1 || options.layers < 1)
    raise("VisionTransformer: found ", counted(options.channels, "channel"), ", ", options.classes,
          " classes and ", options.layers, " layers, expected 1 or more of each");
  return options;
}

/// How many patches an image has, down and across.
Pair2d grid_of(const VisionTransformerOptions& options) {
  return {options.image.height / options.patch.height, options.image.width / options.patch.width};
}

/// How many numbers a patch has.
std::int64_t patch_size(const VisionTransformerOptions& options) {
  return options.channels * options.patch.height * options.patch.width;
}

std::int64_t patches_of(const VisionTransformerOptions& options) {
  const Pair2d grid = grid_of(options);
  return grid.height * grid.width;
}

void start_by_xavier(Module& module, const std::string& prefix, std::int64_t inputs,
                     std::int64_t outputs) {
  module.set_init(prefix + "weight", xavier_uniform(inputs, outputs));
  module.set_init(prefix + "bias", zeros());
}

TransformerBlock block_of(const VisionTransformerOptions& options) {
  const std::int64_t width = options.width;
  TransformerBlock block({.width = width, .heads = options.heads, .dropout = options.dropout});
  start_by_xavier(block, "self_attn.out_proj.", width, width);
  start_by_xavier(block, "linear1.", width, 4 * width);
  start_by_xavier(block, "linear2.", 4 * width, width);
  return block;
}

}  // namespace

VisionTransformer::VisionTransformer(const VisionTransformerOptions& options)
    : options_(checked(options)),
      patch_embed_(add("patch_embed", Linear(patch_size(options), options.width))),
      pos_embed_(add_parameter("pos_embed", {patches_of(options), options.width}, normal(0.02))),
      dropout_(add("dropout", Dropout(options.dropout))),
      blocks_(add("blocks", Sequential())),
      norm_(add("norm", LayerNorm(options.width))),
      head_(add("head", Linear(options.width, options.classes))) {
  for (std::int64_t i = 0; i < options.layers; ++i) blocks_.append(block_of(options));
  start_by_xavier(patch_embed_, "", patch_size(options), options.width);
  set_init("head.*", zeros());
}

/// [n, patches, channels * patch.height * patch.width].
Variable VisionTransformer::patches(const Variable& images) const {
  const Shape& shape = images.shape();
  const std::int64_t channels = options_.channels;
  const Pair2d image = options_.image, patch = options_.patch, grid = grid_of(options_);
  if (shape.rank() != 4 || shape[1] != channels || shape[2] != image.height ||
      shape[3] != image.width)
    raise("VisionTransformer: found images ", shape, ", expected [n, ", channels, ", ",
          image.height, ", ", image.width, "]");
  const Variable cut =
      reshape(images, {shape[0], channels, grid.height, patch.height, grid.width, patch.width});
  return reshape(permute(cut, {0, 2, 4, 1, 3, 5}),
                 {shape[0], patches_of(options_), patch_size(options_)});
}

Variable VisionTransformer::forward(const Variable& images) const {
  const Variable x = dropout_(patch_embed_(patches(images)) + pos_embed_);
  return head_(mean(norm_(blocks_(x)), {1}));
}

}  // namespace tutti::nn

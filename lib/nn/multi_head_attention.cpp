#include "tutti/nn/multi_head_attention.h"

#include <limits>
#include <numeric>

#include "tutti/ops/split.h"
#include "tutti/ops/where.h"

namespace tutti::nn {
namespace {

const MultiHeadAttentionOptions& checked(const MultiHeadAttentionOptions& options) {
  const std::int64_t heads = options.heads, kv_heads = options.kv_heads;
  if (options.width < 1 || heads < 1 || options.width % heads != 0 || kv_heads < 0 ||
      (kv_heads > 0 && heads % kv_heads != 0))
    raise(
        "MultiHeadAttention: found width ", options.width, ", ", heads, " heads and ", kv_heads,
        " of keys and values, expected heads that divide the width, and kv_heads that divide them "
        "or are 0");
  if (!(options.dropout >= 0 && options.dropout < 1))
    raise("MultiHeadAttention: found dropout ", options.dropout, ", expected 0 <= dropout < 1");
  return options;
}

// What is added to the products.
Tensor additive(const Tensor& mask, Dtype dtype) {
  if (!mask || mask.dtype() != Dtype::u8) return mask;
  if (size_of(dtype) == 2) dtype = Dtype::f32;
  const double hidden = -std::numeric_limits<double>::infinity();
  return where(mask, Tensor::full({}, hidden, dtype, mask.device()),
               Tensor::full({}, 0, dtype, mask.device()));
}

std::vector<Variable> cut(const Variable& x, const std::vector<std::int64_t>& rows) {
  if (!x) return std::vector<Variable>(rows.size());
  return rows.size() == 1 ? std::vector<Variable>{x} : split(x, rows);
}

RotaryOptions moved(RotaryOptions options, std::int64_t places) {
  options.offset += places;
  return options;
}

}  // namespace

/// [n, heads, places, width / heads] each.
struct MultiHeadAttention::Projected {
  Variable q, k, v;
};

MultiHeadAttention::MultiHeadAttention(const MultiHeadAttentionOptions& options)
    : options_(checked(options)),
      kv_heads_(options.kv_heads > 0 ? options.kv_heads : options.heads),
      out_proj_(add("out_proj", Linear(options.width, options.width, options.bias))) {
  const std::int64_t width = options.width;
  const std::int64_t rows = (options.heads + 2 * kv_heads_) * (width / options.heads);
  in_proj_weight_ = add_parameter("in_proj_weight", {rows, width}, xavier_uniform(width, rows));
  if (!options.bias) return;
  in_proj_bias_ = add_parameter("in_proj_bias", {rows}, zeros());
  set_init("out_proj.bias", zeros());
}

// Inputs that are the same one share a product.
MultiHeadAttention::Projected MultiHeadAttention::project(const Variable& query,
                                                          const Variable& key,
                                                          const Variable& value) const {
  const std::int64_t each = options_.width / options_.heads;
  struct Product {
    Variable x;
    std::vector<std::int64_t> heads;
    std::int64_t count() const { return std::accumulate(heads.begin(), heads.end(), 0L); }
  };
  std::vector<Product> products{{query, {options_.heads}}};
  for (const Variable& x : {key, value}) {
    if (!x.is(products.back().x)) products.push_back({x, {}});
    products.back().heads.push_back(kv_heads_);
  }
  std::vector<std::int64_t> rows;
  for (const Product& product : products) rows.push_back(product.count() * each);
  const std::vector<Variable> weights = cut(in_proj_weight_, rows),
                              biases = cut(in_proj_bias_, rows);
  std::vector<Variable> parts;
  for (std::size_t i = 0; i < products.size(); ++i) {
    const auto& [x, heads] = products[i];
    if (x.shape().rank() != 3 || x.size(-1) != options_.width)
      raise("MultiHeadAttention: found inputs ", query.shape(), ", ", key.shape(), " and ",
            value.shape(), ", expected [n, places, ", options_.width, "]");
    Variable y = reshape(linear(x, weights[i], biases[i]),
                         {x.size(0), x.size(1), products[i].count(), each});
    for (const Variable& part : split(y, heads, 2)) parts.push_back(permute(part, {0, 2, 1, 3}));
  }
  return {parts[0], parts[1], parts[2]};
}

AttentionOptions MultiHeadAttention::attention_options(std::int64_t offset) const {
  AttentionOptions options{.causal = options_.causal, .offset = offset};
  if (training() && options_.dropout > 0)
    options.dropout = options_.dropout, options.draw = next_draw();
  return options;
}

Variable MultiHeadAttention::joined(const Variable& by_head) const {
  return out_proj_(
      reshape(permute(by_head, {0, 2, 1, 3}), {by_head.size(0), by_head.size(2), options_.width}));
}

Variable MultiHeadAttention::forward(const Variable& query, const Variable& key,
                                     const Variable& value, const Tensor& mask) const {
  auto [q, k, v] = project(query, key, value);
  if (options_.rotary) q = rotary(q, *options_.rotary), k = rotary(k, *options_.rotary);
  return joined(attention(q, k, v, attention_options(0), additive(mask, q.dtype())));
}

Variable MultiHeadAttention::forward(const Variable& x, const KeyValueCache& cache,
                                     std::int64_t layer) const {
  if (!options_.causal)
    raise(
        "MultiHeadAttention: found a cache, expected causal attention: other places see what "
        "comes later");
  auto [q, k, v] = project(x, x, x);
  const std::int64_t before = cache.length(layer);
  if (options_.rotary) {
    q = rotary(q, moved(*options_.rotary, before));
    k = rotary(k, moved(*options_.rotary, before));
  }
  const auto [keys, values] = cache.append(layer, k.value(), v.value());
  return joined(attention(q, keys, values, attention_options(before)));
}

}  // namespace tutti::nn

#include "op_cases.h"

#include "tutti/autograd/node.h"
#include "tutti/ops/activation.h"
#include "tutti/ops/attention.h"
#include "tutti/ops/avg_pool2d.h"
#include "tutti/ops/batch_norm.h"
#include "tutti/ops/conv2d.h"
#include "tutti/ops/cross_entropy.h"
#include "tutti/ops/dropout.h"
#include "tutti/ops/group_norm.h"
#include "tutti/ops/gru.h"
#include "tutti/ops/index_select.h"
#include "tutti/ops/layer_norm.h"
#include "tutti/ops/lstm.h"
#include "tutti/ops/matmul.h"
#include "tutti/ops/max_pool2d.h"
#include "tutti/ops/rms_norm.h"
#include "tutti/ops/softmax.h"
#include "tutti/optim/adam.h"
#include "tutti/optim/sgd.h"

namespace tutti::bench {
namespace {

using In = const Inputs&;
using Shapes = const std::vector<Shape>&;

Variable multiply(In in) {
  return matmul(in[0], in[1]);
}
Variable affine(In in) {
  return linear(in[0], in[1], in.leaves.size() > 2 ? in[2] : Variable());
}
template <int padding, int stride = 1, int groups = 1>
Variable convolve(In in) {
  return conv2d(in[0], in[1], {}, {.stride = stride, .padding = padding, .groups = groups});
}
Variable attend(In in) {
  return attention(in[0], in[1], in[2], {.causal = true});
}
Variable lstm_layer(In in) {
  return lstm(affine(in), in[3], in[4], in[5])[0];
}
Variable gru_layer(In in) {
  return gru(affine(in), in[3], in[4], in[5]);
}
Variable drop(In in) {
  return in[0] * dropout_mask(in[0].value(), /*rate=*/0.1, /*key=*/1, /*stream=*/0);
}
Variable classify(In in) {
  return cross_entropy(in[0], in.labels);
}
Variable look_up(In in) {
  return index_select(in[0], 0, in.labels);
}
Variable normalise_rows(In in) {
  return layer_norm(in[0], in[1], in[2]);
}
Variable normalise_batch(In in) {
  return batch_norm(in[0], in[1], in[2]).y;
}
Variable normalise_groups(In in) {
  return group_norm(in[0], /*groups=*/8, in[1], in[2]);
}
Variable add_transposed(In in) {
  return in[0] + transpose(in[1]);
}
Variable add(In in) {
  return in[0] + in[1];
}

// Of a [..., m, k] b [..., k, n].
double product(Shapes in, const Shape& out) {
  return 2 * static_cast<double>(out.count() * in[0][in[0].rank() - 1]);
}
// Each element of the result takes what one row, or one filter, of the weight has.
double filter(Shapes in, const Shape& out) {
  return 2 * static_cast<double>(out.count() * in[1].count() / in[1][0]);
}
// A query sees half of the keys.
double causal(Shapes in, const Shape&) {
  return 2 * static_cast<double>(in[0].count() * in[1][in[1].rank() - 2]);
}
// x, its weight and bias, the state's weight: each step's rows meet both weights.
double recurrent(Shapes in, const Shape&) {
  return 2 * static_cast<double>(in[0][0] * in[0][1] * (in[1].count() + in[3].count()));
}

using enum Moves;
const std::vector<Shape> heads(3, {12, 4, 64, 32}), long_heads(3, {1, 12, 1024, 64});
const std::vector<Shape> lstm_shapes{{64, 32, 256}, {1024, 256}, {1024},
                                     {1024, 256},   {32, 256},   {32, 256}};
const std::vector<Shape> gru_shapes{{64, 32, 256}, {768, 256}, {768}, {768, 256}, {768}, {32, 256}};

// Products are in the shapes of the models that tutti-bench train trains. What bytes bound has a
// tensor of 64 MiB: more than most caches.
// clang-format off
const OpCase cases[] = {
    {"matmul", {{768, 128}, {128, 384}}, multiply, inputs, product},
    {"matmul", {{48, 64, 32}, {48, 32, 64}}, multiply, inputs, product},
    {"matmul", {{32, 4096}, {4096, 4096}}, multiply, inputs, product},
    {"matmul", {{2048, 256}, {256, 1024}}, multiply, inputs, product},
    {"matmul", {{32, 256}, {256, 1024}}, multiply, inputs, product},
    {"linear", {{768, 128}, {384, 128}}, affine, inputs, filter},
    {"linear", {{768, 128}, {512, 128}}, affine, inputs, filter},
    {"linear", {{768, 512}, {128, 512}}, affine, inputs, filter},
    {"linear", {{768, 128}, {65, 128}}, affine, inputs, filter},
    {"linear", {{64, 784}, {512, 784}, {512}}, affine, inputs, filter},
    {"linear", {{32, 1024}, {4096, 1024}, {4096}}, affine, inputs, filter},
    {"linear", {{32, 4096}, {4096, 4096}, {4096}}, affine, inputs, filter},
    {"linear", {{2048, 256}, {1024, 256}, {1024}}, affine, inputs, filter},
    {"conv2d", {{32, 1, 28, 28}, {32, 1, 3, 3}}, convolve<0>, inputs, filter},
    {"conv2d", {{32, 16, 32, 32}, {16, 16, 3, 3}}, convolve<1>, inputs, filter},
    {"conv2d", {{32, 32, 16, 16}, {32, 32, 3, 3}}, convolve<1>, inputs, filter},
    {"conv2d", {{32, 64, 8, 8}, {64, 64, 3, 3}}, convolve<1>, inputs, filter},
    {"conv2d, stride 2", {{32, 16, 32, 32}, {32, 16, 3, 3}}, convolve<1, 2>, inputs, filter},
    {"conv2d, stride 2", {{32, 16, 32, 32}, {32, 16, 1, 1}}, convolve<0, 2>, inputs, filter},
    {"conv2d", {{32, 64, 16, 16}, {64, 64, 1, 1}}, convolve<0>, inputs, filter},
    {"conv2d, depthwise", {{32, 32, 16, 16}, {32, 1, 3, 3}}, convolve<1, 1, 32>, inputs, filter},
    {"attention", heads, attend, both, causal},
    {"attention", long_heads, attend, both, causal},
    {"lstm layer", lstm_shapes, lstm_layer, both, recurrent},
    {"gru layer", gru_shapes, gru_layer, both, recurrent},
    {"layer_norm", {{16384, 1024}, {1024}, {1024}}, normalise_rows},
    {"rms_norm", {{16384, 1024}, {1024}}, [](In x) { return rms_norm(x[0], x[1]); }},
    {"batch_norm", {{64, 64, 64, 64}, {64}, {64}}, normalise_batch},
    {"group_norm", {{64, 64, 64, 64}, {64}, {64}}, normalise_groups},
    {"softmax", {{16384, 1024}}, [](In x) { return softmax(x[0]); }, output},
    {"cross_entropy", {{16384, 1024}}, classify, inputs, none, {{16384}, 1024}},
    {"embedding", {{65, 1024}}, look_up, gradients, none, {{256, 64}, 65}},
    {"max_pool2d", {{64, 64, 64, 64}}, [](In x) { return max_pool2d(x[0], 2); }, output},
    {"avg_pool2d", {{64, 64, 64, 64}}, [](In x) { return avg_pool2d(x[0], 2); }, gradients},
    {"relu", {{64, 64, 64, 64}}, [](In x) { return relu(x[0]); }},
    {"gelu", {{16384, 1024}}, [](In x) { return gelu(x[0]); }},
    {"gelu_tanh", {{16384, 1024}}, [](In x) { return gelu_tanh(x[0]); }},
    {"silu", {{16384, 1024}}, [](In x) { return silu(x[0]); }},
    {"dropout", {{16384, 1024}}, drop, gradients},
    {"add", {{16384, 1024}, {16384, 1024}}, add, nothing},
    {"add, a row to all", {{16384, 1024}, {1024}}, add, reduced},
    {"add, a column to all", {{16384, 1024}, {16384, 1}}, add, reduced},
    {"add, one transposed", {{16384, 1024}, {1024, 16384}}, add_transposed, nothing},
    {"multiply", {{16384, 1024}, {16384, 1024}}, [](In x) { return x[0] * x[1]; }},
    {"sum, of all", {{64, 256, 1024}}, [](In x) { return sum(x[0]); }, nothing},
    {"sum, first axis", {{64, 256, 1024}}, [](In x) { return sum(x[0], {0}); }, nothing},
    {"sum, middle axis", {{64, 256, 1024}}, [](In x) { return sum(x[0], {1}); }, nothing},
    {"sum, last axis", {{64, 256, 1024}}, [](In x) { return sum(x[0], {2}); }, nothing},
    {"sum, outer axes", {{64, 256, 1024}}, [](In x) { return sum(x[0], {0, 2}); }, nothing},
};

template <class O>
std::unique_ptr<optim::Optimizer> make(const std::vector<Parameter>& of) {
  return std::make_unique<O>(of);
}
std::unique_ptr<optim::Optimizer> momentum(const std::vector<Parameter>& of) {
  return std::make_unique<optim::Sgd>(of, optim::SgdOptions{.momentum = 0.9});
}

const UpdateCase updates[] = {
    {"sgd", {4096, 4096}, make<optim::Sgd>, 0},
    {"sgd, momentum", {4096, 4096}, momentum, 1},
    {"adam", {4096, 4096}, make<optim::Adam>, 2},
    {"adamw", {4096, 4096}, make<optim::AdamW>, 2},
};
// clang-format on

}  // namespace

double backward_bytes(Moves moves, double all, double first, double output) {
  switch (moves) {
    case nothing:
      return 0;
    case reduced:
      return output + all - first;
    case gradients:
      return output + all;
    case inputs:
      return output + 2 * all;
    case Moves::output:
      return 2 * output + all;
    case both:
      return 2 * output + 2 * all;
  }
  return 0;
}

std::span<const OpCase> op_cases() {
  return cases;
}

std::span<const UpdateCase> update_cases() {
  return updates;
}

}  // namespace tutti::bench
